"""A real controller with many units, some served by a real agent and the others by lean ones.

For the test of a restart and the measurements. Everything lies in one directory, and is ended by ``stop``.
"""

import asyncio
import contextlib
import pathlib
import time
from collections.abc import AsyncGenerator, Sequence

from harness import real_fleet
from harness.herd import process
from meterstatus import errors
from meterstatus.adapters import client, websocket_client
from meterstatus.adapters.client import operator
from meterstatus.adapters.files import agent_conf, login_file
from meterstatus.domain import agent_config, names
from meterstatus.ports import connection
from meterstatus.protocol.facades import meter_status_admin

APPLICATION = "shop"
_AT_ONCE = 1000
"""Units added by one call."""

_EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - herds dial eight, and a controller without a name takes one
_DIALS = 30


class LargeFleet(real_fleet.RealFleet):
    """A controller, one agent with any number of units, and herds.

    Attributes:
        passwords: of every unit's agent, by tag.
        herds: every herd that was made.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.passwords: dict[str, str] = {}
        self.herds: list[process.HerdProcess] = []

    def start_controller(self, *options: str) -> None:
        """Run the controller where lean agents find it: at more addresses of this machine than one."""
        super().start_controller("--listen", _EVERY_ADDRESS, *options)

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncGenerator[connection.APIConnection]:
        """Be logged in as the first user."""
        login = login_file.read(self.login)
        path = f"/model/{login.model}/api"
        endpoint = connection.Endpoint(login.addresses[0], path, login.ca_certificate)
        made = await _dial(endpoint)
        try:
            admin = client.AdminClient(made)
            await admin.login(f"user-{login.user}", login.password, model_tag=f"model-{login.model}")
            yield made
        finally:
            await made.close()

    def add_units(self, count: int) -> Sequence[str]:
        """Add so many units to one application, all GREEN; returns their names."""
        first = len(self.passwords)
        added = [f"{APPLICATION}/{number}" for number in range(first, first + count)]
        asyncio.run(self._add(added))
        return added

    async def _add(self, wanted: Sequence[str]) -> None:
        async with self.connected() as made:
            admin = operator.MeterStatusAdminClient(made)
            for start in range(0, len(wanted), _AT_ONCE):
                units = [
                    meter_status_admin.AddUnit(name, "GREEN", "ok")
                    for name in wanted[start : start + _AT_ONCE]
                ]
                for added in await admin.add_units(units):
                    assert added.error is None, added.error
                    self.passwords[added.tag] = added.password

    def place_units(self, units: Sequence[str], charm: pathlib.Path) -> list[pathlib.Path]:
        """Give units to the real agent, each with a copy of a charm; returns the copies."""
        login = login_file.read(self.login)
        charms: list[pathlib.Path] = []
        for name in units:
            tag = names.unit_tag(name)
            placed = self.unit_dir(name) / "charm"
            placed.parent.mkdir(parents=True)
            real_fleet.write_charm(placed, (charm / "hooks" / "meter-status-changed").read_text())
            charms.append(placed)
            config = agent_config.AgentConfig(
                tag=tag,
                controller=f"controller-{login.controller}",
                model=f"model-{login.model}",
                upgraded_to_version="3.6.0",
                data_dir=str(self.data_dir),
                log_dir=str(self.data_dir / "log"),
                transient_data_dir=str(self.data_dir / "run"),
                metrics_spool_dir=str(self.data_dir / "metricspool"),
                api_addresses=login.addresses,
                ca_certificate=login.ca_certificate,
                api_password=self.passwords[tag],
            )
            agent_conf.write(self.unit_dir(name) / agent_conf.FILE_NAME, config)
        return charms

    def make_herd(self, units: Sequence[str], *, tls: bool = True) -> process.HerdProcess:
        """Make a lean agent for each unit; none is started."""
        login = login_file.read(self.login)
        tags = [names.unit_tag(name) for name in units]
        plan = process.HerdPlan(
            port=self.port,
            path=f"/model/{login.model}/api",
            model_tag=f"model-{login.model}",
            passwords={tag: self.passwords[tag] for tag in tags},
            tls=tls,
        )
        made = process.HerdProcess(plan, self.folder, f"herd-{len(self.herds)}")
        self.herds.append(made)
        return made

    def connected_units(self) -> int:
        """Return how many units have an agent, as the controller says."""

        async def ask() -> int:
            async with self.connected() as made:
                found = await operator.MeterStatusAdminClient(made).status()
            return sum(unit.connected for unit in found.units)

        return asyncio.run(ask())

    def set_all(self, code: str, info: str = "") -> tuple[int, int]:
        """Set the status of every unit, in one change; returns when it was asked for and acknowledged.

        Both in monotonic nanoseconds.
        """

        async def ask() -> tuple[int, int]:
            async with self.connected() as made:
                setter = operator.MeterStatusAdminClient(made)
                everything = meter_status_admin.SetStatusesParams(
                    (f"application-{APPLICATION}",), code=code, info=info, blast_radius_percent=100
                )
                asked = time.monotonic_ns()
                await setter.set_statuses(everything)
                return asked, time.monotonic_ns()

        return asyncio.run(ask())

    def stop(self) -> None:
        """End whatever still runs."""
        for herd in self.herds:
            herd.stop()
        super().stop()


async def _dial(endpoint: connection.Endpoint) -> connection.APIConnection:
    """Dial again and again: amid a storm anybody may be reset."""
    for _ in range(_DIALS):
        with contextlib.suppress(errors.ConnectFailedError):
            return await websocket_client.WebSocketDialer().dial(endpoint)
        await asyncio.sleep(1)
    return await websocket_client.WebSocketDialer().dial(endpoint)
