"""python-libjuju's connections, closed again after use, with the gaps in its types in one place."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any

from juju.client import client
from juju.client import connection as juju_connection
from juju.controller import Controller
from juju.model import Model

from harness import real_fleet
from meterstatus.adapters.files import login_file
from meterstatus.domain.fleet import records
from meterstatus.programs.cli import session
from meterstatus.protocol.facades import meter_status_admin

# Of its types pyright knows next to nothing; what comes from it is Any here.
MODEL: Any = Model
CONTROLLER: Any = Controller
CLIENT: Any = client
CONNECTION: Any = juju_connection.Connection


@contextlib.contextmanager
def serving(folder: pathlib.Path, names: Sequence[str] = (), **units: str) -> Generator[real_fleet.RealFleet]:
    """Run a controller, without agents, with the users admin and reader.

    Args:
        folder: where it lies.
        names: what it is told that it is reached by.
        units: the first statuses of units, ``shop_0="RED"``; "" leaves one unset. Each has its code as info.
    """
    fleet = real_fleet.RealFleet(folder, names=names)
    fleet.add_user("reader", records.Access.READ)
    try:
        fleet.start_controller()
        for unit, code in units.items():
            add(fleet, unit.replace("_", "/"), code)
        yield fleet
    finally:
        fleet.stop()


def add(fleet: real_fleet.RealFleet, unit: str, code: str = "") -> None:
    """Add a unit from this process, which a command's would only take longer for."""
    wanted = meter_status_admin.AddUnit(unit, code, code and f"was {code}")
    _operate(fleet, lambda opened: opened.admin.add_units([wanted]))


def remove(fleet: real_fleet.RealFleet, unit: str) -> None:
    """Remove a unit."""
    _operate(fleet, lambda opened: opened.admin.remove_units([meter_status_admin.RemoveUnit(unit)]))


def set_status(fleet: real_fleet.RealFleet, tag: str, code: str, info: str = "") -> None:
    """Set a status."""
    _operate(fleet, lambda opened: opened.metrics.set_meter_status(tag, code, info))


def _operate(fleet: real_fleet.RealFleet, question: Callable[[session.Session], Any]) -> None:
    session.ask(fleet.login, session.websocket_dialer, question)


def login_of(fleet: real_fleet.RealFleet, user: str) -> pathlib.Path:
    """Return the login file of ``admin`` or ``reader``."""
    return fleet.login if user == "admin" else fleet.folder / f"{user}.yaml"


def _parameters(fleet: real_fleet.RealFleet, user: str) -> dict[str, Any]:
    file = login_file.read(login_of(fleet, user))
    return {
        "endpoint": f"localhost:{fleet.port}",
        "username": file.user,
        "password": file.password,
        "cacert": file.ca_certificate,
    }


@contextlib.asynccontextmanager
async def model(fleet: real_fleet.RealFleet, user: str = "admin") -> AsyncGenerator[Any]:
    """Connect to the model with the units."""
    made = MODEL()
    await made.connect(uuid=login_file.read(fleet.login).model, **_parameters(fleet, user))
    try:
        yield made
    finally:
        await made.disconnect()


@contextlib.asynccontextmanager
async def controller(fleet: real_fleet.RealFleet, user: str = "admin") -> AsyncGenerator[Any]:
    """Connect to the controller."""
    made = CONTROLLER()
    await made.connect(**_parameters(fleet, user))
    try:
        yield made
    finally:
        await made.disconnect()


def metrics_debug(connected: Any) -> Any:
    """Return the library's own class of the facade that sets statuses."""
    return CLIENT.MetricsDebugFacade.from_connection(connected.connection())


def colours(status: Any) -> dict[str, tuple[str, str]]:
    """Return the meter statuses that a full status shows, by unit."""
    shown: dict[str, tuple[str, str]] = {}
    for application in status.applications.values():
        meter_statuses: dict[str, Any] = application.meter_statuses or {}
        shown.update({unit: (each.color, each.message) for unit, each in meter_statuses.items()})
    return shown


async def until(condition: Callable[[], object], what: str) -> None:
    """Let the library work until something holds of what it shows."""
    loop = asyncio.get_running_loop()
    end = loop.time() + real_fleet.READY_SECONDS
    while not condition():
        assert loop.time() < end, f"not in time: {what}"
        await asyncio.sleep(0.02)
