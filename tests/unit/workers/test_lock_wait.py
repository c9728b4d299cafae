"""workers.lock_wait: a long wait for the machine lock is said, and who is in the way."""

import asyncio
import dataclasses
import datetime
import logging

import pytest

from meterstatus.domain import status
from meterstatus.domain.unit import offline_clock, state
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import lock_wait

MINUTE = 60


class Runner(fakes.FakeHookRunner):
    """A hook runner that knows who holds the lock."""

    def __init__(self, holder: str) -> None:
        super().__init__()
        self.holder = holder

    def lock_holder(self) -> str:
        return self.holder


class Setting:
    """A wait over fakes."""

    def __init__(self, memory: state.State, runner: fakes.FakeHookRunner | None = None) -> None:
        self.memory = memory
        self.reported = 0
        self.clock = virtual_time.VirtualClock()
        self.wait = lock_wait.LockWait(
            runner or Runner("/tmp/lock is held by process 7"),
            self.clock,
            logging.getLogger("test.lock"),
            lambda: self.memory,
            self._note,
        )

    def _note(self) -> None:
        self.reported += 1


def _said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.message) for record in caplog.records if record.name == "test.lock"]


@virtual_time.virtual
async def test_a_controllers_word_that_waits_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """After some seconds, and again each minute, with who holds the lock; and it is reported."""
    setting = Setting(state.State(observed=status.MeterStatus("RED", "over")))
    setting.wait.begin()
    await asyncio.sleep(lock_wait.LONG.total_seconds() - 0.1)
    assert _said(caplog) == []
    await asyncio.sleep(0.2)
    words = "its hook has waited 5 s for the machine lock: /tmp/lock is held by process 7"
    assert _said(caplog) == [("WARNING", f"RED is not told yet: {words}")]
    assert setting.reported == 1
    await asyncio.sleep(MINUTE - 1)
    assert len(_said(caplog)) == 1
    await asyncio.sleep(2)
    assert len(_said(caplog)) == 2
    setting.wait.end()


@virtual_time.virtual
async def test_a_stage_that_waits_is_an_error_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """A stage has its time: one that comes while something else waits is said without another minute."""
    setting = Setting(state.State("GREEN", "ok"))
    setting.wait.begin()
    await asyncio.sleep(lock_wait.LONG.total_seconds() + 0.1)
    instant = setting.clock.instant_now()
    begun = dataclasses.replace(instant, boot=instant.boot - datetime.timedelta(seconds=301))
    setting.memory = state.State(
        "GREEN",
        "ok",
        state.Disconnected(int(instant.wall.timestamp()), state.WorkerState.WAITING_AMBER),
        mark=offline_clock.contact(begun),
    )
    await asyncio.sleep(lock_wait.LONG.total_seconds())
    setting.wait.end()
    (_, _), (level, text) = _said(caplog)
    assert level == "ERROR"
    assert text.startswith("AMBER is overdue: its hook has waited 10 s for the machine lock: /tmp/lock is")


@virtual_time.virtual
async def test_a_short_wait_is_not_said(caplog: pytest.LogCaptureFixture) -> None:
    """Most hooks take less; a second end does nothing."""
    setting = Setting(state.State("GREEN"))
    setting.wait.begin()
    await asyncio.sleep(lock_wait.LONG.total_seconds() - 0.1)
    now = setting.wait.now()
    assert now is not None
    assert datetime.timedelta(seconds=4) < now.waited < lock_wait.LONG
    setting.wait.end()
    setting.wait.end()
    await asyncio.sleep(MINUTE)
    assert (_said(caplog), setting.reported, setting.wait.now()) == ([], 0, None)


@virtual_time.virtual
async def test_a_runner_that_cannot_name_anybody_is_enough(caplog: pytest.LogCaptureFixture) -> None:
    """A caller's own runner need not know its lock; a warning hook that waits has no status to name."""
    setting = Setting(state.State(), fakes.FakeHookRunner())
    setting.wait.begin()
    await asyncio.sleep(lock_wait.LONG.total_seconds() + 0.1)
    setting.wait.end()
    assert _said(caplog) == [
        ("WARNING", "a warning is not given yet: its hook has waited 5 s for the machine lock")
    ]
