"""Side by side with a Juju agent on one machine (spec worker, D.7, B-05, B-09, B-11; invariant 6)."""

import asyncio
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

from harness import juju_controller, real_fleet
from tests.integration.juju import wire

OTHER = pathlib.Path(__file__).with_name("other_agent.py")
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
TURNS, OTHERS_TURNS = 8, 40
HOOK = """#!/bin/sh
mkdir "{inside}" || exit 1
{busy}
rmdir "{inside}"
printf '%s\\t%s\\n' "$JUJU_METER_STATUS" "$JUJU_METER_INFO" >> told
"""
"""Fails where the other agent is inside."""


class Machine:
    """The lock of one machine, and the other agent's way to it."""

    def __init__(self, unit: Any, tmp_path: pathlib.Path) -> None:
        self.inside = tmp_path / "inside"
        self.log = unit.data_dir / "log" / "machine-lock.log"
        self.log.parent.mkdir()
        self._directory = unit.data_dir / "lock"
        self._directory.mkdir()
        self._hook = unit.charm / "hooks" / "meter-status-changed"
        self.let_hook_be("sleep 0.02")

    def let_hook_be(self, busy: str) -> None:
        """Make the unit's hook stay inside while a command of the shell lasts."""
        self._hook.write_text(HOOK.format(inside=self.inside, busy=busy))

    def start_other(
        self, turns: int, hold: float | None, name: str = "juju-machine-lock"
    ) -> subprocess.Popen[bytes]:
        """Start the other agent, which holds the lock for some seconds; without, until it is told a line."""
        words = [
            sys.executable, "-I", "-S", str(OTHER), str(self._directory / name), str(self.log), "unit-app-0",
            str(turns), "told" if hold is None else str(hold), str(self.inside),
        ]  # fmt: skip
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.fixture
def machine(unit: Any, tmp_path: pathlib.Path) -> Machine:
    """The machine of the unit, whose hook and the other agent exclude each other."""
    return Machine(unit, tmp_path)


async def test_hooks_and_another_agents_turns_exclude_each_other(
    unit: Any,
    controller: juju_controller.JujuController,
    machine: Machine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Over many turns of both, nobody is ever inside with the other, and each release has its line."""
    unit.write_conf(controller.address)
    with machine.start_other(OTHERS_TURNS, 0.06) as other:
        async with unit.running():
            for number in range(TURNS):
                controller.rows["MeterStatus(2).GetMeterStatus"] = wire.status("GREEN", f"turn {number}")
                controller.fire("2")
                await unit.until_told("GREEN", f"turn {number}", hurried=True)
        assert await asyncio.to_thread(other.wait, 30) == 0
    assert "hook failed" not in caplog.text
    lines = machine.log.read_text().splitlines()
    ours = [line for line in lines if "unit-shop-0" in line]
    theirs = [line for line in lines if "unit-app-0" in line]
    assert len(ours) + len(theirs) == len(lines)
    assert re.fullmatch(rf"{STAMP} === agent unit-shop-0 started ===", ours[0])
    assert len(ours) >= 1 + TURNS
    for line in ours[1:]:
        assert re.fullmatch(
            rf"{STAMP} unit-shop-0: meterstatus \(meter-status-changed\), waited \d+s, held \d+s", line
        ), line
    assert len(theirs) == 1 + OTHERS_TURNS


async def test_a_hook_waits_for_another_agent(
    unit: Any, controller: juju_controller.JujuController, machine: Machine
) -> None:
    """While the other holds the lock nothing is told; the line says how long the hook waited."""
    unit.write_conf(controller.address)
    with machine.start_other(1, None) as other:
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == b"held\n"
        async with unit.running():
            await unit.until(lambda: "delivering" in unit.report(), "the wait for the lock")
            await unit.stay()
            assert unit.told() == []
            unit.leap(seconds=70)
            await asyncio.to_thread(other.communicate, b"\n")
            await unit.until_told("GREEN", "ok")
            await unit.until(lambda: "unit-shop-0: " in machine.log.read_text(), "the line")
        assert other.wait() == 0
    assert re.search(r"unit-shop-0: .*waited 1m\d+s", machine.log.read_text())


async def test_another_agent_waits_for_a_hook(
    unit: Any, controller: juju_controller.JujuController, machine: Machine
) -> None:
    """It gets the lock once the hook has ended and its line is written, and not before."""
    go = machine.inside.with_name("go")
    machine.let_hook_be(f'until [ -e "{go}" ]; do sleep 0.01; done')
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(machine.inside.exists, "the hook inside")
        with machine.start_other(1, 0) as other:
            assert other.stdout is not None
            first = asyncio.ensure_future(asyncio.to_thread(other.stdout.readline))
            await unit.stay(0.5)
            assert not first.done()
            assert unit.told() == []
            go.touch()
            assert await first == b"held\n"
            assert unit.told() == [("GREEN", "ok")]
            assert "unit-shop-0: meterstatus (meter-status-changed)" in machine.log.read_text()
            assert await asyncio.to_thread(other.wait, 30) == 0


async def test_an_execution_group_keeps_no_hook_waiting(
    unit: Any, controller: juju_controller.JujuController, machine: Machine
) -> None:
    """Its lock is another one: an action of a group may run for hours."""
    (unit.charm / "hooks" / "meter-status-changed").write_text(real_fleet.HOOK)
    unit.write_conf(controller.address)
    with machine.start_other(1, 600, "juju-machine-lock-backup") as other:
        try:
            assert other.stdout is not None
            assert await asyncio.to_thread(other.stdout.readline) == b"held\n"
            async with unit.running():
                await unit.until_told("GREEN", "ok")
            assert other.poll() is None
        finally:
            other.kill()


BIND = """#!{python}
import os, socket
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
    listening.bind("\\0{directory}/agent.socket")
with open("told", "a") as file:
    file.write(os.environ["JUJU_METER_STATUS"] + "\\tthe name was free\\n")
"""


async def test_the_units_own_socket_stays_free(unit: Any, controller: juju_controller.JujuController) -> None:
    """A Juju agent listens there for its own hooks: during ours and after it the name can be taken (B-09)."""
    (unit.charm / "hooks" / "meter-status-changed").write_text(
        BIND.format(python=sys.executable, directory=unit.directory)
    )
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "the name was free")
        name = f"@{unit.directory}/agent.socket"
        assert name not in pathlib.Path("/proc/net/unix").read_text()


LEFT = """\
status-code: AMBER
status-info: unit agent has been disconnected
disconnected:
  disconnected-at: 1893456000
  disconnected-state: 2
"""
"""What a Juju agent of 2.8 or later leaves that was cut off, or could not delete it afterwards (B-11)."""


async def test_an_old_record_of_jujus_makes_no_unit_red_that_has_contact(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """The controller is tried before a stage that is overdue by years; its word is all that is told."""
    (unit.data_dir / "meter-status.yaml").write_text(LEFT)
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
        await unit.until(lambda: unit.state().get("status-code") == "GREEN", "written down")
    assert unit.told() == [("GREEN", "ok")]
    assert (unit.data_dir / "meter-status.yaml").read_text() == LEFT
    assert "disconnected" not in unit.state()


async def test_the_file_of_several_units_is_nobodys(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """With a second unit on the machine nobody knows whose it is, and nothing of it is believed (B-05)."""
    (unit.data_dir / "meter-status.yaml").write_text(LEFT.replace("AMBER", "RED"))
    (unit.data_dir / "agents" / "unit-db-0").mkdir()
    unit.write_conf()
    async with unit.running():
        await unit.until(lambda: unit.report().get("mode") == "isolated", "isolated")
        unit.leap(minutes=6)
        await unit.until_told("AMBER", "unit agent has been disconnected")
    assert unit.told() == [("AMBER", "unit agent has been disconnected")]
