"""A client that nobody here wrote: python-libjuju sets a status, and the hook runs with it."""

import asyncio
import pathlib

import pytest
from juju import errors as juju_errors
from juju.client import connection as juju_connection

from harness import real_fleet
from meterstatus.adapters.files import login_file


async def connect(fleet: real_fleet.RealFleet, password: str | None = None) -> juju_connection.Connection:
    login = login_file.read(fleet.login)
    return await juju_connection.Connection.connect(  # pyright: ignore[reportUnknownMemberType] - its types have gaps
        endpoint=f"localhost:{fleet.port}",
        uuid=login.model,
        username=login.user,
        password=login.password if password is None else password,
        cacert=login.ca_certificate,
    )


async def test_the_admin_sets_a_status_and_the_hook_runs_with_it(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """Login as the admin user, MetricsDebug.SetMeterStatus through raw rpc, and the charm hears it."""
    await asyncio.to_thread(fleet.start_controller)
    placed = await asyncio.to_thread(fleet.add_unit, "shop/0", charm)
    await asyncio.to_thread(fleet.start_agent)
    client = await connect(fleet)
    try:
        answer = await client.rpc(
            {
                "type": "MetricsDebug",
                "request": "SetMeterStatus",
                "version": 2,
                "params": {"statues": [{"tag": "unit-shop-0", "code": "RED", "info": "set by libjuju"}]},
            }
        )
    finally:
        await client.close()

    assert answer["response"] == {"results": [{}]}
    await asyncio.to_thread(
        real_fleet.wait_until,
        lambda: ("RED", "set by libjuju") in real_fleet.told(placed),
        "the hook told what libjuju set",
    )


async def test_refusals_arrive_as_its_own_errors(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """A wrong password and a wrong status are errors that the library understands."""
    await asyncio.to_thread(fleet.start_controller)
    await asyncio.to_thread(fleet.add_unit, "shop/0", charm)
    with pytest.raises(juju_errors.JujuAPIError, match="invalid entity name or password"):
        await connect(fleet, "wrong")

    client = await connect(fleet)
    try:
        with pytest.raises(juju_errors.JujuError, match='meter status "NOT AVAILABLE" not valid'):
            await client.rpc(
                {
                    "type": "MetricsDebug",
                    "request": "SetMeterStatus",
                    "version": 2,
                    "params": {"statues": [{"tag": "unit-shop-0", "code": "PURPLE"}]},
                }
            )
    finally:
        await client.close()
