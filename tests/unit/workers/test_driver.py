"""The shell around the decisions, through a runner that asks under the lock."""

import asyncio
import datetime
import logging

import pytest

from meterstatus import errors
from meterstatus.domain import instants, status
from meterstatus.domain.hook import hook_call, outcome, trouble
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.domain.unit import decide, delivery, offline_clock, state, unit_report
from meterstatus.ports import time
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import clocks, driver, lock_wait, persistence

GREEN, RED = status.MeterStatus("GREEN", "ok"), status.MeterStatus("RED", "over")
SECOND = datetime.timedelta(seconds=1)


class Setting:
    """A driver over fakes."""

    def __init__(
        self,
        look_again: driver.LookAgain | None = None,
        try_first: driver.TryFirst | None = None,
    ) -> None:
        self.calls: list[str] = []
        self.troubles: list[trouble.Trouble | None] = []
        self.outbox = outboxes.Outbox()
        self.runner = fakes.FakeDeliveryRunner(calls=self.calls)
        self.disk = fakes.FakeStateReadWriter(calls=self.calls)
        self.clock = virtual_time.VirtualClock()
        self.interrupt = asyncio.Event()
        self.driver = driver.Driver(
            runner=self.runner,
            clock=self.clock,
            logger=logging.getLogger("test.driver"),
            disk=self.disk,
            controller=None,
            look_again=look_again,
            try_first=try_first,
            outbox=self.outbox,
        )
        self.outbox.follow(lambda: self.troubles.append(self.driver.trouble()))

    async def begin(self) -> None:
        await self.driver.start(state.State(), decide.Started())

    async def hears(self, word: status.MeterStatus) -> None:
        await self.driver.apply(decide.ContactConfirmed(word), self.interrupt)


@virtual_time.virtual
async def test_one_save_before_the_hook_and_one_after() -> None:
    """With the lock free, the delivery's own save is the only one before the hook."""
    setting = Setting()
    await setting.hears(GREEN)
    assert setting.calls == ["write", "hook", "write"]
    ahead = setting.disk.writes[0].delivering
    assert ahead is not None
    assert (ahead.status, ahead.attempt) == (GREEN, 1)
    told = setting.runner.tellings[0]
    assert (told.delivery_id, told.attempt, told.previous) == (ahead.id, 1, None)


@virtual_time.virtual
async def test_an_agent_that_ended_before_its_report_was_taken_reports_anew() -> None:
    """By what it wrote down: the same attempt at the same delivery, without a hook run."""
    setting, restarted = Setting(), Setting()
    await setting.begin()
    await setting.hears(GREEN)
    (lost,) = setting.outbox.waiting
    written = setting.disk.value
    assert written is not None
    await restarted.driver.start(state.State.from_yaml(written.to_yaml()), decide.Started())
    (again,) = restarted.outbox.waiting
    assert (again.delivery_id, again.attempt, again.status) == (lost.delivery_id, lost.attempt, GREEN)
    assert (again.outcome.result, again.ended_at) == (lost.outcome.result, lost.ended_at)
    assert (again.origin, restarted.runner.told) == (lost.origin, [])


@virtual_time.virtual
async def test_what_stands_is_reported_where_a_delivery_is_given_up() -> None:
    """The newest report is of a hook that never started: what the charm knows would be shown as not told."""
    setting = Setting()
    await setting.begin()
    await setting.hears(GREEN)
    setting.outbox.take(setting.outbox.waiting)
    setting.runner.outcomes = [outcome.HookOutcome(outcome.HookResult.NOT_STARTED)]
    await setting.hears(RED)
    assert setting.outbox.waiting[-1].status == RED
    await setting.hears(GREEN)
    assert [report.status for report in setting.outbox.waiting] == [RED, GREEN]
    assert setting.runner.told == [("GREEN", "ok"), ("RED", "over")]


@virtual_time.virtual
async def test_what_was_heard_is_saved_while_the_lock_is_busy() -> None:
    """A crash during a long wait for the lock does not forget the controller's word."""
    setting = Setting()
    await setting.hears(GREEN)
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.hears(RED))
    await virtual_time.settle()
    assert setting.disk.writes[-1].observed == RED
    assert setting.runner.told == [("GREEN", "ok")]
    setting.runner.lock.release()
    await telling
    assert setting.runner.told == [("GREEN", "ok"), ("RED", "over")]


@virtual_time.virtual
async def test_what_became_of_the_word_meanwhile_is_told() -> None:
    """After a long wait for the lock the controller is asked again, and an old word is not told (B-20)."""
    latest = GREEN

    async def look_again() -> decide.Event:
        return decide.ContactConfirmed(latest)

    setting = Setting(look_again)
    await setting.hears(GREEN)
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.hears(RED))
    await asyncio.sleep(1200)
    setting.runner.lock.release()
    await telling
    assert setting.runner.told == [("GREEN", "ok")]
    assert setting.driver.memory.delivering is None
    assert setting.disk.value == setting.driver.memory


@virtual_time.virtual
async def test_a_word_that_nobody_took_is_left_to_the_next_worker() -> None:
    """It is written down at the end, with the contact that it was, and no hook is run."""
    setting = Setting()
    await setting.begin()
    await setting.hears(GREEN)
    heard = clocks.instants(setting.clock).instant_now()
    await asyncio.sleep(50)
    await setting.driver.stop(decide.ContactConfirmed(RED, heard=heard))
    assert (setting.disk.value, setting.runner.told) == (setting.driver.memory, [("GREEN", "ok")])
    assert setting.driver.memory.observed == RED
    assert setting.driver.memory.mark == offline_clock.contact(heard)


@virtual_time.virtual
async def test_a_worker_that_never_read_its_memory_writes_none() -> None:
    """What was not read is not written over, whatever was heard."""
    setting = Setting()
    await setting.driver.stop(decide.ContactConfirmed(RED))
    assert setting.disk.writes == []


@virtual_time.virtual
async def test_a_short_wait_asks_nobody() -> None:
    """What was fetched a moment ago is not fetched again."""

    async def look_again() -> decide.Event:
        raise AssertionError("asked again")

    setting = Setting(look_again)
    await setting.hears(GREEN)
    assert setting.runner.told == [("GREEN", "ok")]


@virtual_time.virtual
async def test_a_controller_that_cannot_be_asked_again_stops_nothing() -> None:
    """What was heard before the wait is told."""

    async def look_again() -> decide.Event | None:
        return None

    setting = Setting(look_again)
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.hears(GREEN))
    await asyncio.sleep(2)
    setting.runner.lock.release()
    await telling
    assert setting.runner.told == [("GREEN", "ok")]


@virtual_time.virtual
async def test_a_lock_that_is_not_had_is_tried_again() -> None:
    """The hook was not asked, so nothing is doubted, and the next attempt comes soon."""
    setting = Setting()
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.hears(GREEN))
    await virtual_time.settle()
    setting.interrupt.set()
    await telling
    assert setting.runner.told == []
    assert setting.driver.last_outcome is not None
    assert setting.driver.last_outcome.result is outcome.HookResult.NOT_STARTED
    pending = setting.driver.memory.delivering
    assert pending is not None
    assert (pending.attempt, setting.driver.wake_in) == (0, delivery.FIRST_RETRY)


@virtual_time.virtual
async def test_an_interrupt_before_it_began_keeps_the_word() -> None:
    """Nothing is told, and what was heard is on the disk."""
    setting = Setting()
    setting.interrupt.set()
    await setting.hears(GREEN)
    assert setting.runner.told == []
    assert setting.disk.writes[-1].observed == GREEN


@virtual_time.virtual
async def test_a_disk_that_fails_runs_no_hook_twice() -> None:
    """The write is tried again every 5 s, and the hook is not (B-03)."""
    setting = Setting()
    await setting.begin()
    setting.disk.failure = errors.StateWriteError("no space left on device")
    await setting.hears(GREEN)
    assert setting.driver.wake_in == persistence.SAVE_AGAIN
    report = setting.driver.report(unit_report.Mode.CONNECTED)
    assert (report["unsaved"], report["unsaved-error"]) == (True, "no space left on device")
    for _ in range(5):
        await asyncio.sleep(5)
        await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.runner.told == [("GREEN", "ok")]
    setting.disk.failure = None
    await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.driver.wake_in is None
    assert setting.disk.value == setting.driver.memory
    assert "unsaved" not in setting.driver.report(unit_report.Mode.CONNECTED)


@virtual_time.virtual
async def test_a_store_that_fails_without_a_word_is_reported_all_the_same() -> None:
    """An error of a caller's own store that says nothing is told by its kind."""
    setting = Setting()
    await setting.begin()
    setting.disk.failure = RuntimeError()
    await setting.hears(GREEN)
    assert setting.driver.report(unit_report.Mode.CONNECTED)["unsaved-error"] == "RuntimeError"


@virtual_time.virtual
async def test_before_the_memory_was_read_nothing_is_claimed() -> None:
    """A driver that has not begun reports neither a status nor a policy."""
    assert Setting().driver.report(unit_report.Mode.CONNECTED) == {"mode": "starting"}


@virtual_time.virtual
async def test_a_set_clock_is_logged_and_moves_nothing() -> None:
    """Setting the wall clock by a day brings no stage and delays none (B-16)."""
    setting = Setting()
    await setting.hears(GREEN)
    await setting.driver.apply(decide.ContactLost(), setting.interrupt)
    for step in (datetime.timedelta(days=1), datetime.timedelta(days=-2)):
        setting.clock.step(step)
        await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.driver.wake_in == datetime.timedelta(minutes=5)
    assert setting.runner.told == [("GREEN", "ok")]
    await setting.clock.advance(datetime.timedelta(minutes=5))
    await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.runner.told[-1][0] == "AMBER"


@virtual_time.virtual
async def test_a_reboot_counts_the_time_it_took() -> None:
    """What was counted, and the wall clock's way through the reboot, bring RED at its time."""
    setting = Setting()
    await setting.hears(GREEN)
    await setting.driver.apply(decide.ContactLost(), setting.interrupt)
    await setting.clock.advance(60 * SECOND)
    await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    stored = state.State.from_yaml(setting.driver.memory.to_yaml())
    await setting.clock.advance(839 * SECOND)
    setting.clock.reboot("boot-2")
    await setting.driver.start(stored, decide.Started())
    await setting.driver.apply(decide.ContactLost(), setting.interrupt)
    assert setting.runner.told[-1][0] == "AMBER"
    await setting.clock.advance(SECOND)
    await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.runner.told[-1][0] == "RED"


@virtual_time.virtual
async def test_the_controller_is_tried_before_a_stage_and_before_nothing_else() -> None:
    """A word is told at once; a stage is asked for before the lock, and again after a long wait for it."""
    tries: list[datetime.timedelta] = []

    async def try_first(interrupt: time.Interrupt, waited: datetime.timedelta) -> None:
        assert interrupt is setting.interrupt
        tries.append(waited)

    setting = Setting(try_first=try_first)
    await setting.hears(GREEN)
    await setting.driver.apply(decide.ContactLost(), setting.interrupt)
    assert tries == []
    await setting.clock.advance(datetime.timedelta(minutes=5))
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.driver.apply(decide.TimePassed(), setting.interrupt))
    await asyncio.sleep(2)
    setting.runner.lock.release()
    await telling
    assert tries == [datetime.timedelta(), 2 * SECOND]
    assert setting.runner.told[-1][0] == "AMBER"


@pytest.mark.parametrize("when", ["before the lock", "with the lock"])
@virtual_time.virtual
async def test_a_controller_that_is_reached_then_keeps_the_stage_untold(when: str) -> None:
    """What was to be told is on the disk, not begun, and the next worker goes on from it."""
    tries: list[str] = []

    async def try_first(interrupt: time.Interrupt, waited: datetime.timedelta) -> None:
        tries.append("before the lock" if not tries else "with the lock")
        if tries[-1] == when:
            setting.interrupt.set()

    setting = Setting(try_first=try_first)
    await setting.hears(GREEN)
    await setting.driver.apply(decide.ContactLost(), setting.interrupt)
    await setting.clock.advance(datetime.timedelta(minutes=5))
    await setting.runner.lock.acquire()
    telling = asyncio.create_task(setting.driver.apply(decide.TimePassed(), setting.interrupt))
    await asyncio.sleep(2)
    setting.runner.lock.release()
    await telling
    assert tries[-1] == when
    assert setting.runner.told == [("GREEN", "ok")]
    saved = setting.disk.value
    assert saved is not None
    assert saved.delivering is not None
    assert saved.delivering.attempt == 0


@virtual_time.virtual
async def test_what_became_of_a_hook_is_put_into_the_outbox() -> None:
    """Only of a hook: a lock that is not had is no delivery."""
    setting = Setting()
    await setting.hears(GREEN)
    (report,) = setting.outbox.waiting
    assert (report.status, report.attempt, report.origin) == (GREEN, 1, hook_call.Origin.CONTROLLER)
    assert report.ended_at == setting.clock.now()

    setting.interrupt.set()
    await setting.hears(RED)
    assert setting.outbox.waiting == (report,)


@virtual_time.virtual
async def test_a_charm_that_is_awaited_is_told_the_newest_soon_after_it_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is tried meanwhile: no lock, no hook, no write; two lines say that it waited (B-07)."""
    caplog.set_level(logging.INFO)
    setting = Setting()
    setting.runner.waits_for = "the charm is being unpacked"
    await setting.hears(GREEN)
    await setting.hears(RED)
    setting.calls.clear()
    for _ in range(100):
        wait = setting.driver.wake_in
        assert wait is not None
        assert wait <= delivery.CHARM_LOOK
        if wait > datetime.timedelta():
            await asyncio.sleep(wait.total_seconds())
        else:
            await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert setting.calls == []
    assert setting.driver.last_outcome == outcome.HookOutcome(
        outcome.HookResult.NOT_STARTED, detail="the charm is being unpacked"
    )
    setting.runner.waits_for = ""
    await asyncio.sleep(delivery.CHARM_LOOK.total_seconds())
    assert setting.driver.wake_in is not None
    assert setting.driver.wake_in <= datetime.timedelta()
    await setting.driver.apply(decide.TimePassed(), setting.interrupt)
    assert [(told.status, told.attempt) for told in setting.runner.tellings] == [(RED, 1)]
    assert [record.message for record in caplog.records if "charm" in record.message] == [
        "waiting for the charm: the charm is being unpacked",
        "the charm can be told now",
    ]


@virtual_time.virtual
async def test_a_long_wait_for_the_lock_is_said_while_it_lasts() -> None:
    """As the trouble that it is, and the agent's own status has the wait too."""
    setting = Setting()
    await setting.begin()
    await setting.runner.lock.acquire()
    telling_ = asyncio.create_task(setting.hears(RED))
    await asyncio.sleep(lock_wait.LONG.total_seconds() + 1)
    assert setting.troubles[-2:] == [trouble.Trouble(trouble.Reason.LOCK)] * 2
    assert setting.driver.report(unit_report.Mode.CONNECTED)["lock-wait-seconds"] == 6
    setting.runner.lock.release()
    await telling_
    assert "lock-wait-seconds" not in setting.driver.report(unit_report.Mode.CONNECTED)
    assert [told.status for told in setting.runner.tellings] == [RED]


@virtual_time.virtual
async def test_while_a_charm_is_awaited_nobody_is_called_for_it() -> None:
    """The look is the driver's own: of the next one who calls it is told, and whoever asks for its status."""
    setting = Setting()
    await setting.begin()
    setting.runner.waits_for = "the charm is being unpacked"
    await setting.hears(GREEN)
    for _ in range(10):
        await asyncio.sleep(delivery.CHARM_LOOK.total_seconds())
        assert setting.driver.wake_in == delivery.CHARM_LOOK
        said = setting.driver.report(unit_report.Mode.CONNECTED)
        assert said["retry-in-seconds"] == delivery.CHARM_LOOK.total_seconds()
        assert (said["last-outcome"], said["attempt"]) == ("not started", 0)


@virtual_time.virtual
async def test_a_charm_that_gets_a_hook_is_told_what_it_missed(caplog: pytest.LogCaptureFixture) -> None:
    """A missing hook counts for a charm without it, and no longer (B-06 g); also after a restart."""
    caplog.set_level(logging.INFO)
    setting = Setting()
    setting.runner.outcomes = [outcome.HookOutcome(outcome.HookResult.MISSING)]
    setting.runner.finds_hook = False
    await setting.hears(GREEN)
    await setting.hears(GREEN)
    assert len(setting.runner.tellings) == 1
    restarted = Setting()
    memory = state.State.from_yaml(setting.driver.memory.to_yaml())
    await restarted.driver.start(memory, decide.Started())
    await restarted.hears(GREEN)
    await restarted.hears(GREEN)
    told = restarted.runner.tellings
    assert [(each.status, each.attempt, each.previous) for each in told] == [(GREEN, 1, None)]
    assert "the charm has a hook now, and is told what it missed" in caplog.messages


@virtual_time.virtual
async def test_a_hook_is_not_looked_for_in_a_charm_that_is_being_unpacked() -> None:
    """It may be there already and its modules not."""
    setting = Setting()
    setting.runner.outcomes = [outcome.HookOutcome(outcome.HookResult.MISSING)]
    setting.runner.finds_hook = False
    await setting.hears(GREEN)
    setting.runner.finds_hook, setting.runner.waits_for = True, "the charm is being unpacked"
    await setting.hears(GREEN)
    assert len(setting.runner.tellings) == 1
    setting.runner.waits_for = ""
    await setting.hears(GREEN)
    assert len(setting.runner.tellings) == 2


@virtual_time.virtual
async def test_a_hook_that_is_found_and_gone_again_ends_in_no_loop() -> None:
    """It is looked for once with each event, whatever becomes of it."""
    setting = Setting()
    missing = outcome.HookOutcome(outcome.HookResult.MISSING)
    setting.runner.outcomes = [missing, missing, missing]
    await setting.hears(GREEN)
    assert len(setting.runner.tellings) == 2


class Plain:
    """A hook runner that is told code and information alone."""

    def __init__(self, runner: fakes.FakeHookRunner) -> None:
        self.run_hook = runner.run_hook


class TestTrouble:
    """What keeps the hook from being told is known at every moment, and said when it may have changed."""

    @virtual_time.virtual
    async def test_a_lock_that_is_waited_for_and_a_hook_that_runs_pass(self) -> None:
        """First the one, then the other; once the hook was told there is none."""
        setting = Setting()
        await setting.runner.lock.acquire()
        telling = asyncio.create_task(setting.hears(RED))
        await virtual_time.settle()
        assert setting.driver.trouble() == trouble.Trouble(trouble.Reason.LOCK)
        setting.runner.lock.release()
        await telling
        reasons = [said and said.reason for said in setting.troubles]
        assert reasons[:3] == [trouble.Reason.LOCK, trouble.Reason.HOOK_RUNNING, None]
        assert setting.driver.trouble() is None

    @virtual_time.virtual
    async def test_a_hook_that_failed_is_one_until_it_is_told(self) -> None:
        """With what became of it, and when it is tried again."""
        setting = Setting()
        await setting.begin()
        setting.runner.outcomes = [outcome.HookOutcome(outcome.HookResult.FAILED, 3)]
        await setting.hears(RED)
        said = setting.driver.trouble()
        assert said is not None
        assert (said.reason, said.detail) == (trouble.Reason.HOOK_FAILED, "failed; exit status 3")
        assert said.retry_at is not None
        assert said.retry_at == setting.clock.now() + delivery.FIRST_RETRY
        shown = setting.driver.report(unit_report.Mode.CONNECTED)["trouble"]
        assert shown == {
            "reason": "hook-failed",
            "detail": said.detail,
            "retry-at": instants.in_full(said.retry_at),
        }
        await asyncio.sleep(5)
        await setting.driver.apply(decide.TimePassed(), setting.interrupt)
        assert setting.driver.trouble() is None

    @virtual_time.virtual
    async def test_a_lock_that_is_not_to_be_had_is_one(self) -> None:
        """The hook was never asked, and the lock's own words are the reason."""
        setting = Setting()
        await setting.runner.lock.acquire()
        telling = asyncio.create_task(setting.hears(RED))
        await virtual_time.settle()
        setting.interrupt.set()
        await telling
        said = setting.driver.trouble()
        assert said is not None
        assert (said.reason, said.detail) == (trouble.Reason.LOCK, "cancelled acquiring mutex")

    @virtual_time.virtual
    async def test_a_charm_that_is_not_there_is_one(self) -> None:
        """What is missing of it is said, and it is over once the hook was told."""
        setting = Setting()
        setting.runner.waits_for = "there is no charm"
        await setting.hears(RED)
        assert setting.troubles[-1] == trouble.Trouble(trouble.Reason.CHARM, "there is no charm")
        setting.runner.waits_for = ""
        await asyncio.sleep(delivery.CHARM_LOOK.total_seconds())
        await setting.driver.apply(decide.TimePassed(), setting.interrupt)
        assert (setting.runner.told, setting.troubles[-1]) == ([("RED", "over")], None)

    @virtual_time.virtual
    async def test_a_runner_that_does_not_ask_is_running_too(self) -> None:
        """One that is told only code and information has no lock to wait for."""
        setting = Setting()
        setting.runner.hold = asyncio.Event()
        plain = driver.Driver(
            runner=Plain(setting.runner),
            clock=setting.clock,
            logger=logging.getLogger("test.driver"),
            disk=setting.disk,
            controller=None,
        )
        telling = asyncio.create_task(plain.apply(decide.ContactConfirmed(RED), setting.interrupt))
        await virtual_time.settle()
        said = plain.trouble()
        assert said is not None
        assert said.reason is trouble.Reason.HOOK_RUNNING
        setting.runner.hold.set()
        await telling
        assert plain.trouble() is None

    @virtual_time.virtual
    async def test_a_worker_that_cannot_begin_is_one_until_another_has(self) -> None:
        """What the worker before said of its hook is so no more."""
        setting = Setting()
        setting.driver.cannot_begin("the state cannot be read")
        stands = setting.outbox.trouble()
        assert stands == trouble.Trouble(trouble.Reason.AGENT, "the state cannot be read")
        await setting.begin()
        assert setting.outbox.trouble() is None

    @virtual_time.virtual
    async def test_a_memory_that_cannot_be_written_is_one_though_the_hook_was_told(self) -> None:
        """It withholds nothing, and is over with the first write."""
        setting = Setting()
        setting.disk.failure = OSError("no space left")
        await setting.hears(RED)
        assert setting.driver.trouble() == trouble.Trouble(trouble.Reason.STATE, "no space left")
        setting.disk.failure = None
        await setting.driver.apply(decide.TimePassed(), setting.interrupt)
        assert (setting.driver.trouble(), setting.troubles[-1]) == (None, None)
