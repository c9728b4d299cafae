"""The shell around the decisions, through a runner that asks under the lock."""

import asyncio
import datetime
import logging

from meterstatus import errors
from meterstatus.domain import decide, delivery, delivery_report, outcome, state, status, telling, unit_report
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import driver

GREEN, RED = status.MeterStatus("GREEN", "ok"), status.MeterStatus("RED", "over")
SECOND = datetime.timedelta(seconds=1)


class Setting:
    """A driver over fakes."""

    def __init__(
        self,
        look_again: driver.LookAgain | None = None,
        outbox: delivery_report.Outbox | None = None,
    ) -> None:
        self.calls: list[str] = []
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
            outbox=outbox,
        )
        self.outbox = outbox

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
    assert setting.driver.wake_in == driver.SAVE_AGAIN
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
async def test_what_became_of_a_hook_is_put_into_the_outbox() -> None:
    """Only of a hook: a lock that is not had is no delivery."""
    setting = Setting(outbox=delivery_report.Outbox())
    await setting.hears(GREEN)
    assert setting.outbox is not None
    (report,) = setting.outbox.waiting
    assert (report.status, report.attempt, report.origin) == (GREEN, 1, telling.Origin.CONTROLLER)
    assert report.ended_at == setting.clock.now()

    setting.interrupt.set()
    await setting.hears(RED)
    assert setting.outbox.waiting == (report,)
