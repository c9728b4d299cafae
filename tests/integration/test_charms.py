"""Charms that people write, on what PyPI has for them, run as real hooks by the real runner."""

import asyncio
import dataclasses
import datetime
import logging
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from harness import real_fleet
from meterstatus.adapters import hook_runner
from meterstatus.domain import agent_config, status
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.runtime import clock
from meterstatus.testing import fakes

LIMIT = 60
UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
ROOT = pathlib.Path(__file__).parents[2]
TOLD = {"bash": "told", "shop": "told.tsv"}
"""Where an example charm notes what it was told."""

CHARMS = ["bash", "charmhelpers", "ops", "reactive"]

Make = Callable[[str], "Unit"]


class Unit:
    """One unit with one of the example charms."""

    def __init__(self, charm_dir: pathlib.Path) -> None:
        self.charm = charm_dir
        self._runner = hook_runner.CharmHookRunner(
            hook_runner.HookRunnerConfig(
                machine_lock=fakes.FakeMachineLock(),
                agent_config=agent_config.AgentConfig(
                    tag="unit-shop-0",
                    controller=f"controller-{UUID}",
                    model=f"model-{UUID}",
                    upgraded_to_version="3.6.1",
                    data_dir=str(charm_dir.parents[2]),
                ),
                tag="unit-shop-0",
                clock=clock.SystemClock(),
                logger=logging.getLogger("test.charms"),
                environment={"PATH": "/usr/local/bin:/usr/bin:/bin"},
            )
        )

    async def hear(self, told: hook_call.HookCall) -> outcome.HookOutcome:
        """Run the hook with this."""

        async def prepare() -> hook_call.HookCall:
            return told

        ended = await asyncio.wait_for(self._runner.deliver(prepare, asyncio.Event()), LIMIT)
        assert ended is not None
        return ended


@pytest.fixture
def make_unit(tmp_path: pathlib.Path, build_charm: Callable[[str, pathlib.Path], pathlib.Path]) -> Make:
    """Make a unit of an example charm."""

    def make(name: str) -> Unit:
        charm_dir = tmp_path / "agents" / "unit-shop-0" / "charm"
        charm_dir.parent.mkdir(parents=True)
        return Unit(build_charm(name, charm_dir))

    return make


RED = hook_call.HookCall(
    status.MeterStatus("RED", "over budget"),
    delivery_id="18c-1",
    attempt=1,
    origin=hook_call.Origin.CONTROLLER,
)
GREEN = dataclasses.replace(RED, status=status.MeterStatus("GREEN", "ok"), delivery_id="18c-2")


def _messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name.startswith("unit.shop/0")]


@pytest.mark.parametrize("name", CHARMS)
async def test_a_charm_obeys_and_says_so(
    make_unit: Make, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told each status, keeps its own store over runs, and its juju-log is in the agent's log."""
    caplog.set_level(logging.DEBUG)
    unit = make_unit(name)
    for told, is_closed in ((RED, True), (GREEN, False)):
        ended = await unit.hear(told)
        assert ended.result is outcome.HookResult.RAN, ended
        assert (unit.charm / "closed").exists() is is_closed
    assert real_fleet.told(unit.charm) == [("RED", "over budget"), ("GREEN", "ok")]
    assert any("obeying RED: over budget" in message for message in _messages(caplog))
    warnings = [r.message for r in caplog.records if r.levelno > logging.INFO]
    assert warnings == []


@pytest.mark.parametrize("name", ["bash", "shop"])
def test_a_hook_is_tried_by_hand_as_the_how_to_says(name: str, tmp_path: pathlib.Path) -> None:
    """Without an agent and its hook tools the page's command ends well in the charm's directory."""
    page = (ROOT / "docs" / "how-to" / "write-a-hook.md").read_text()
    command = page.partition("## Try it without an agent\n\n```sh\n")[2].partition("```")[0]
    charm = tmp_path / name
    shutil.copytree(ROOT / "examples" / name, charm)
    done = subprocess.run(["sh", "-c", command], cwd=charm, capture_output=True, text=True, check=False)
    assert (done.returncode, "RED" in (charm / TOLD[name]).read_text()) == (0, True), done.stderr


@pytest.mark.parametrize("name", ["bash", "charmhelpers"])
async def test_a_charm_asks_what_it_may_ask(
    make_unit: Make, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The workload's status is unknown in this hook, and a tool that refuses does so as Juju's does."""
    caplog.set_level(logging.DEBUG)
    unit = make_unit(name)
    assert (await unit.hear(RED)).result is outcome.HookResult.RAN
    assert any("the workload is unknown" in message for message in _messages(caplog))


async def test_an_ops_charm_without_dispatch_runs_by_its_legacy_hook(make_unit: Make) -> None:
    """As before Juju 2.8 the hook's file is a link to the charm, whose interpreter its first line names."""
    unit = make_unit("ops")
    (unit.charm / "dispatch").unlink()
    source = unit.charm / "src" / "charm.py"
    lines = source.read_text().splitlines(keepends=True)
    source.write_text("".join([f"#!{sys.executable}\n", *lines[1:]]))
    (unit.charm / "hooks" / "meter-status-changed").symlink_to("../src/charm.py")
    assert await unit.hear(RED) == outcome.HookOutcome(outcome.HookResult.RAN, 0, "by the hook's own script")
    assert real_fleet.told(unit.charm) == [("RED", "over budget")]


async def test_ops_runs_a_legacy_hook_beside_dispatch(make_unit: Make) -> None:
    """The framework itself starts it, with the whole environment, and then its own observers."""
    unit = make_unit("ops")
    legacy = unit.charm / "hooks" / "meter-status-changed"
    legacy.write_text('#!/bin/sh\nprintf "%s" "$JUJU_METER_STATUS $METER_STATUS_ATTEMPT" > legacy\n')
    legacy.chmod(0o755)
    assert (await unit.hear(RED)).result is outcome.HookResult.RAN
    assert (unit.charm / "legacy").read_text() == "RED 1"
    assert real_fleet.told(unit.charm) == [("RED", "over budget")]


async def test_an_ops_charm_that_knows_of_no_meter_status_is_left_in_peace(
    make_unit: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Every charm on ops has a dispatch, and so gets the hook: it passes over it and ends well."""
    caplog.set_level(logging.DEBUG)
    unit = make_unit("ops")
    (unit.charm / "src" / "charm.py").write_text("import ops\n\nops.main(ops.CharmBase)\n")
    assert (await unit.hear(RED)).result is outcome.HookResult.RAN
    warning = dataclasses.replace(RED, hook=hook_call.HookKind.WILL_CHANGE)
    (unit.charm / "hooks" / "meter-status-will-change").unlink()
    assert (await unit.hear(warning)).result is outcome.HookResult.MISSING
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []


async def test_an_ops_charm_is_warned(make_unit: Make) -> None:
    """The warning is an event of its own, and no news."""
    unit = make_unit("ops")
    warning = dataclasses.replace(
        RED,
        hook=hook_call.HookKind.WILL_CHANGE,
        status=status.MeterStatus("GREEN", "ok"),
        next_stage=hook_call.Stage(
            "AMBER", datetime.timedelta(minutes=1), datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
        ),
    )
    ended = await unit.hear(warning)
    assert ended.result is outcome.HookResult.RAN, ended
    assert (unit.charm / "warned").read_text() == "AMBER"
    assert real_fleet.told(unit.charm) == []


async def test_an_ops_charm_that_fails_says_why_and_is_not_taken_for_told(
    make_unit: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """The framework's traceback is in the log by juju-log, and the exit status is what counts."""
    caplog.set_level(logging.DEBUG)
    unit = make_unit("ops")
    (unit.charm / "closed").mkdir()
    ended = await unit.hear(GREEN)
    assert (ended.result, ended.exit_status) == (outcome.HookResult.FAILED, 1)
    assert any("Uncaught exception while in charm code" in message for message in _messages(caplog))
    shutil.rmtree(unit.charm / "closed")
    assert (await unit.hear(GREEN)).result is outcome.HookResult.RAN
    assert real_fleet.told(unit.charm) == [("GREEN", "ok")]
