"""A unit's life with Juju's own tools at both ends: python-libjuju sets and sees, charms obey and log."""

import asyncio
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from harness import real_fleet
from tests.e2e import libjuju

CHARMS = ("charmhelpers", "ops")
SLOW = 60.0


async def deliveries(model: Any, unit: str) -> list[dict[str, Any]]:
    """Fetch what became of a unit's hooks, by libjuju's raw rpc."""
    answer = await model.connection().rpc(
        {"type": "MeterStatusAdmin", "version": 1, "request": "History", "params": {"entity": unit}}
    )
    return [each["delivery"] for each in answer["response"].get("deliveries", [])]


async def until_told(model: Any, unit: str, code: str) -> dict[str, Any]:
    """Wait until the controller has heard that a hook was told a status, and return the report."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(SLOW):
        while not found:
            found = [
                each
                for each in await deliveries(model, unit)
                if (each["code"], each["result"]) == (code, "ran")
            ]
            await asyncio.sleep(0.1)
    return found[0]


@pytest.mark.timeout(300)
async def test_set_by_libjuju_seen_by_charms_and_logged_at_both_ends(
    fleet: real_fleet.RealFleet,
    tmp_path: pathlib.Path,
    build_charm: Callable[[str, pathlib.Path], pathlib.Path],
) -> None:
    """Hooks see it by charmhelpers and by ops; their juju-log is in the agent's log and in the history."""
    await asyncio.to_thread(fleet.start_controller)
    placed = {
        name: await asyncio.to_thread(fleet.add_unit, f"{name}/0", build_charm(name, tmp_path / name))
        for name in CHARMS
    }
    await asyncio.to_thread(fleet.start_agent)
    async with libjuju.model(fleet, "admin") as model:
        for code, info in (("RED", "over budget"), ("GREEN", "paid")):
            wanted = [
                libjuju.CLIENT.MeterStatusParam(tag=f"unit-{name}-0", code=code, info=info) for name in CHARMS
            ]
            await libjuju.metrics_debug(model).SetMeterStatus(statues=wanted)
            for name, charm in placed.items():
                report = await until_told(model, f"{name}/0", code)
                assert (report["info"], report["origin"]) == (info, "controller")
                assert any(f"obeying {code}: {info}" in line for line in report["log"]), report
                assert real_fleet.told(charm)[-1] == (code, info)
                assert f"obeying {code}: {info}" in fleet.log("agent")
            shown = libjuju.colours(await model.get_status())
            assert shown == {f"{name}/0": (code.lower(), info) for name in CHARMS}
