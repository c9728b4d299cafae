"""The isolated worker, driven through its ports (spec worker, A.6 and B.1)."""

import asyncio
import datetime
import logging
from typing import Any

import pytest

import meterstatus
from meterstatus import errors
from meterstatus.domain import instants, policy
from meterstatus.domain.unit import delivery, offline_clock, reconnection
from meterstatus.ports import time
from meterstatus.runtime import waiting
from meterstatus.testing import fakes, virtual_time
from meterstatus.workers import attempts, clocks
from meterstatus.workers.isolated import FIRST_TRY_LIMIT

MINUTE = datetime.timedelta(minutes=1)
SECOND = datetime.timedelta(seconds=1)
A, R = MINUTE, MINUTE * 5
AMBER = ("AMBER", policy.DISCONNECTED_INFO)
RED = ("RED", policy.DISCONNECTED_INFO)
OVERDUE = meterstatus.State("GREEN", "ok", meterstatus.Disconnected(1, meterstatus.WorkerState.WAITING_AMBER))
FAILED = meterstatus.HookOutcome(meterstatus.HookResult.FAILED, 1)


class Setting:
    """An isolated unit's parts, all fakes."""

    def __init__(self, **parts: Any) -> None:
        self.calls: list[str] = []
        self.store = fakes.FakeStateReadWriter(parts.pop("stored", None), self.calls)
        self.runner = fakes.FakeHookRunner(parts.pop("outcomes", ()), self.calls)
        self.clock = virtual_time.VirtualClock()
        self.triggers: list[tuple[object, ...]] = []
        self.more = parts

    def armed(self, *inputs: Any) -> meterstatus.Triggers:
        self.triggers.append(inputs)
        self.calls.append("triggers")
        return meterstatus.get_triggers(*inputs)

    def start(self, factory: Any = None) -> meterstatus.IsolatedStatusWorker:
        return meterstatus.IsolatedStatusWorker.start(
            meterstatus.IsolatedConfig(
                runner=self.runner,
                state_read_writer=self.store,
                clock=self.clock,
                logger=logging.getLogger("test.isolated"),
                amber_grace_period=A,
                red_grace_period=R,
                trigger_factory=factory or self.armed,
                **self.more,
            )
        )

    async def run(self, *spans: datetime.timedelta, factory: Any = None) -> None:
        """Start a worker, let time pass, and end it."""
        worker = self.start(factory)
        await virtual_time.settle()
        for span in spans:
            await self.clock.advance(span)
        worker.kill()
        await worker.wait()


@virtual_time.virtual
async def test_two_timers_wait_and_two_hooks_run() -> None:
    """Armed for amber and red; a second after each grace period its hook has run."""
    setting = Setting()
    worker = setting.start()
    await virtual_time.settle()
    assert [A, R] == setting.clock.armed

    await setting.clock.advance(A + SECOND)
    assert [AMBER] == setting.runner.told

    await setting.clock.advance(R + SECOND)
    assert [AMBER, RED] == setting.runner.told
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_the_record_is_saved_before_any_timer_is_armed() -> None:
    """A restart at any moment finds since when the unit is cut off (B-02)."""
    setting = Setting()
    await setting.run()

    assert ["read", "write", "triggers"] == setting.calls
    assert setting.store.value is not None
    assert setting.store.value.disconnected == meterstatus.Disconnected(
        int(virtual_time.START.timestamp()), meterstatus.WorkerState.WAITING_AMBER
    )


@virtual_time.virtual
async def test_the_trigger_factory_is_called_once_with_the_record() -> None:
    """State, code, instant, clock and periods, in the reference's order."""
    setting = Setting(stored=meterstatus.State("GREEN", "ok"))
    await setting.run(R * 2)

    assert [(meterstatus.WorkerState.WAITING_AMBER, "GREEN", virtual_time.START, setting.clock, A, R)] == (
        setting.triggers
    )


@virtual_time.virtual
async def test_offline_time_survives_restarts() -> None:
    """A restart every half minute changes neither amber's time nor red's (B-02)."""
    setting = Setting()
    for _ in range(int(R / (MINUTE / 2))):
        before = list(setting.runner.told)
        await setting.run(MINUTE / 2 - SECOND)
        late = setting.clock.now() - virtual_time.START
        assert len(setting.runner.told) == (0 if late < A else 1), (before, late)
        await asyncio.sleep(1)
    await setting.run()

    assert [AMBER, RED] == setting.runner.told


@virtual_time.virtual
async def test_what_was_told_is_not_told_again_after_a_restart() -> None:
    """Each stage is told once, however often the agent restarts."""
    setting = Setting()
    for _ in range(5):
        await setting.run(R)

    assert [AMBER, RED] == setting.runner.told


@virtual_time.virtual
async def test_the_clocks_are_looked_at_before_anything_is_due() -> None:
    """What was counted is in the store by then, for a machine that boots with another time."""
    setting = Setting(look_period=SECOND)
    await setting.run(SECOND * 10)

    assert setting.store.value is not None and setting.store.value.mark is not None
    assert setting.store.value.mark.counted >= SECOND * 9


class Trying(attempts.Attempts):
    """Attempts that an unreachable controller fails, after some time."""

    def __init__(self, clock: time.Clock, takes: datetime.timedelta) -> None:
        super().__init__(clock)
        self.takes = takes
        self.began: list[datetime.datetime] = []

    async def go_on(self, clock: virtual_time.VirtualClock) -> None:
        while True:
            await self.urgent.wait()
            self.began.append(clock.now())
            self.begin()
            timer = clock.after(self.takes)
            await waiting.wait_any(timer, self.urgent.wait())
            timer.cancel()
            if not self.urgent.is_set():
                self.note(errors.ConnectFailedError("refused"))


@virtual_time.virtual
async def test_an_overdue_stage_waits_until_the_controller_was_tried() -> None:
    """For half a minute at most; one attempt at the start is enough."""
    for spans, told in (
        ([FIRST_TRY_LIMIT - SECOND], []),
        ([FIRST_TRY_LIMIT + SECOND], [RED]),
    ):
        setting = Setting(stored=OVERDUE, attempts=attempts.Attempts(virtual_time.VirtualClock()))
        await setting.run(*spans)
        assert told == setting.runner.told

    known = attempts.Attempts(virtual_time.VirtualClock())
    setting = Setting(stored=OVERDUE, attempts=known)
    worker = setting.start()
    await setting.clock.advance(SECOND)
    assert setting.runner.told == []
    known.note(errors.ConnectFailedError("refused"))
    await virtual_time.settle()
    assert setting.runner.told == [RED]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_stage_that_falls_due_just_after_the_start_has_its_second() -> None:
    """The first attempt is under way, and may succeed: so long it waits, whatever is overdue besides."""
    known = attempts.Attempts(virtual_time.VirtualClock())
    setting = Setting(attempts=known)
    now = clocks.instants(setting.clock).instant_now()
    mark = offline_clock.Mark(R - SECOND / 5, now, now.wall)
    setting.store.value = meterstatus.State("GREEN", "ok", OVERDUE.disconnected, mark=mark)
    known.begin()
    worker = setting.start()
    await setting.clock.advance(SECOND / 2)
    assert setting.runner.told == []
    await setting.clock.advance(SECOND)
    assert setting.runner.told == [RED]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_stage_that_falls_due_as_a_connection_is_lost_has_its_second() -> None:
    """Only an agent that starts has all of the first attempt: this one has been there all the time."""
    known = attempts.Attempts(virtual_time.VirtualClock())
    known.begin()
    known.note(None)
    setting = Setting(attempts=known)
    now = clocks.instants(setting.clock).instant_now()
    mark = offline_clock.Mark(A + SECOND / 500, now, now.wall)
    setting.store.value = meterstatus.State("GREEN", "ok", mark=mark)
    known.begin()
    worker = setting.start()
    await setting.clock.advance(SECOND / 2)
    assert setting.runner.told == []
    await setting.clock.advance(SECOND / 2)
    assert setting.runner.told == [AMBER]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_an_unsure_unit_that_starts_just_before_its_first_stage() -> None:
    """It is RED by that, however severe what it remembers is, and waits for no later stage."""
    known = attempts.Attempts(virtual_time.VirtualClock())
    setting = Setting(attempts=known)
    now = clocks.instants(setting.clock).instant_now()
    mark = offline_clock.Mark(A - SECOND, now, now.wall)
    setting.store.value = meterstatus.State("AMBER", "budget", mark=mark, unsure=True)
    known.begin()
    worker = setting.start()
    await setting.clock.advance(2 * SECOND)
    assert setting.runner.told == [RED]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_connection_without_a_word_ends_the_wait_of_an_overdue_stage_no_later() -> None:
    """The thirty seconds that it may wait for its controller are those since its agent started."""
    known = attempts.Attempts(virtual_time.VirtualClock())
    setting = Setting(stored=OVERDUE, attempts=known)
    known.begin()
    first = setting.start()
    await setting.clock.advance(20 * SECOND)
    first.kill()
    await first.wait()
    known.note(None)  # connected, for nine seconds in which no status comes
    await setting.clock.advance(9 * SECOND)
    known.begin()
    second = setting.start()
    await setting.clock.advance(SECOND * 0.9)
    assert setting.runner.told == []
    await setting.clock.advance(SECOND * 0.2)
    assert setting.runner.told == [RED]
    second.kill()
    await second.wait()


@virtual_time.virtual
async def test_an_overdue_stage_waits_for_an_attempt_of_its_own() -> None:
    """One that failed in a former outage says nothing of the controller after a night's sleep."""
    clock = virtual_time.VirtualClock()
    trying = Trying(clock, takes=10 * SECOND)
    trying.note(errors.ConnectFailedError("refused, last week"))
    going_on = asyncio.ensure_future(trying.go_on(clock))
    setting = Setting(stored=OVERDUE, attempts=trying)
    worker = setting.start()
    await setting.clock.advance(9 * SECOND)
    assert setting.runner.told == []
    await setting.clock.advance(2 * SECOND)
    assert setting.runner.told == [RED]
    worker.kill()
    await worker.wait()
    going_on.cancel()


@pytest.mark.parametrize(
    ("takes", "after"),
    [
        (datetime.timedelta(), datetime.timedelta()),
        (SECOND / 2, SECOND / 2),
        (MINUTE, reconnection.LAST_TRY),
    ],
)
@virtual_time.virtual
async def test_the_controller_is_tried_before_each_stage(
    takes: datetime.timedelta, after: datetime.timedelta
) -> None:
    """Shortly before it is due, again when it is where that failed; it is told within its second."""
    clock = virtual_time.VirtualClock()
    trying, began = Trying(clock, takes), clock.now()
    going_on = asyncio.ensure_future(trying.go_on(clock))
    trying.note(errors.ConnectFailedError("refused"))
    setting = Setting(attempts=trying)
    told_at: list[datetime.timedelta] = []
    worker = setting.start()
    while len(told_at) < 2:
        await setting.clock.advance(SECOND / 20)
        if len(setting.runner.told) > len(told_at):
            told_at.append(clock.now() - began)
    worker.kill()
    await worker.wait()
    going_on.cancel()

    late = [(told - due).total_seconds() for told, due in zip(told_at, (A, R), strict=True)]
    assert late == pytest.approx([after.total_seconds()] * 2, abs=0.1)
    tried = [A - reconnection.LONGEST_LEAD, R - reconnection.LONGEST_LEAD]
    tried += [A, R] if takes < reconnection.LONGEST_LEAD else []
    found = [(at - began).total_seconds() for at in trying.began]
    assert found == pytest.approx(sorted(at.total_seconds() for at in tried), abs=0.1)


@virtual_time.virtual
async def test_a_stage_is_not_told_once_the_controller_is_there() -> None:
    """The worker is ended by the connection, and the wait for the attempt with it."""
    trying = attempts.Attempts(virtual_time.VirtualClock())
    trying.note(errors.ConnectFailedError("refused"))
    setting = Setting(attempts=trying)
    worker = setting.start()
    await setting.clock.advance(A + SECOND / 2)
    worker.kill()
    await worker.wait()
    assert setting.runner.told == []


@virtual_time.virtual
async def test_both_overdue_means_red_alone() -> None:
    """A machine that slept through both stages hears of red only (B-17)."""
    setting = Setting()
    await setting.run()
    await asyncio.sleep(R.total_seconds() * 3)
    await setting.run(R)

    assert [RED] == setting.runner.told


@virtual_time.virtual
async def test_the_order_of_timers_decides_nothing() -> None:
    """Red's timer first and amber's after it, both early: nothing is told before its time (B-17)."""

    def swapped(*inputs: Any) -> meterstatus.Triggers:
        clock: time.Clock = inputs[3]
        return meterstatus.Triggers(amber=clock.after(SECOND * 2), red=clock.after(SECOND))

    setting = Setting()
    await setting.run(SECOND * 3, factory=swapped)
    assert [] == setting.runner.told

    await setting.run(R, factory=swapped)
    assert [AMBER, RED] == setting.runner.told


@virtual_time.virtual
async def test_red_from_the_controller_is_not_stepped_down() -> None:
    """A unit that was RED when contact was lost hears nothing more (B-04, B-27)."""
    setting = Setting(stored=meterstatus.State("RED", "over budget"))
    await setting.run(R * 2)

    assert [] == setting.runner.told
    assert setting.store.value is not None
    assert ("RED", "over budget") == (setting.store.value.code, setting.store.value.info)
    assert setting.store.value.disconnected is not None
    assert setting.store.value.disconnected.state == meterstatus.WorkerState.DONE


@virtual_time.virtual
async def test_a_full_disk_neither_stops_nor_repeats() -> None:
    """Without a disk the stages are told at their times, once each, and recorded when it is back (B-03)."""
    setting = Setting()
    setting.store.failure = OSError("no space left on device")
    worker = setting.start()
    await setting.clock.advance(R + SECOND)
    assert [AMBER, RED] == setting.runner.told

    setting.store.failure = None
    await setting.clock.advance(SECOND * 10)
    worker.kill()
    await worker.wait()
    assert setting.store.value is not None
    assert setting.store.value.code == "RED"
    assert [AMBER, RED] == setting.runner.told


@virtual_time.virtual
async def test_a_failed_hook_is_tried_again() -> None:
    """AMBER that failed is told again after 5 s; the worker lives on (B-06)."""
    setting = Setting(outcomes=[FAILED])
    await setting.run(A, SECOND * 6)

    assert [AMBER, AMBER] == setting.runner.told


@virtual_time.virtual
async def test_a_kill_ends_a_running_hook_and_it_is_told_again() -> None:
    """What a kill cut short is not recorded, and is told at the next start (B-06, B-18)."""
    setting = Setting()
    setting.runner.hold = asyncio.Event()
    await setting.run(A)
    assert setting.store.value is not None
    assert (setting.store.value.code, setting.store.value.delivering is None) == ("", False)

    setting.runner.hold = None
    await setting.run()
    assert [AMBER, AMBER] == setting.runner.told


@virtual_time.virtual
async def test_the_clocks_are_looked_at_while_a_stage_is_to_come() -> None:
    """Each second until RED was told; from then on nothing wakes the agent, for which no time counts."""
    setting = Setting(look_period=SECOND)
    worker = setting.start()
    await setting.clock.advance(R + SECOND)
    assert setting.clock.armed.count(SECOND) >= (R - 2 * SECOND) / SECOND

    setting.clock.armed.clear()
    await setting.clock.advance(60 * R)
    assert [] == setting.clock.armed
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_unit_without_any_contact_counts_at_once() -> None:
    """Also where the controller is still being tried: an agent restarted every half minute gets to RED."""
    setting = Setting(attempts=attempts.Attempts(virtual_time.VirtualClock()))
    for _ in range(int(R / (29 * SECOND)) + 1):
        await setting.run(29 * SECOND)
    assert RED == setting.runner.told[-1]


@virtual_time.virtual
async def test_an_unreachable_store_ends_the_worker() -> None:
    """An error of reading other than absence or corruption comes out of wait."""
    setting = Setting()
    setting.store.read_failure = PermissionError("no")
    worker = setting.start()

    with pytest.raises(PermissionError):
        await worker.wait()


@virtual_time.virtual
async def test_a_corrupt_store_does_not_stop_the_escalation() -> None:
    """What cannot be understood is logged and passed over (B-13)."""
    setting = Setting()
    setting.store.read_failure = meterstatus.StateCorruptError("gibberish")
    await setting.run(A)

    assert [AMBER] == setting.runner.told


@virtual_time.virtual
async def test_killing_is_idempotent_and_anyone_may_wait() -> None:
    """Any number of kills and waits, before and after the end."""
    worker = Setting().start()
    await virtual_time.settle()
    worker.kill()
    worker.kill()
    await asyncio.gather(worker.wait(), worker.wait())
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_reports_since_when_and_what_comes_next() -> None:
    """An operator sees the disconnection, the next stage and its time (B-28)."""
    setting = Setting(stored=meterstatus.State("GREEN", "ok"))
    worker = setting.start()
    await virtual_time.settle()
    report = worker.report()
    worker.kill()
    await worker.wait()

    since, stage = instants.in_full(virtual_time.START), instants.in_full(virtual_time.START + A)
    assert report == {
        "mode": "isolated",
        "status": "GREEN",
        "info": "ok",
        "last-contact": since,
        "seconds-since-contact": 0,
        "disconnected-since": since,
        "next-stage": {"status": "AMBER", "at": stage, "in-seconds": A.total_seconds()},
        "next-action": stage,
        "policy": {
            "words": "AMBER after 1m, RED after 5m",
            "origin": "agent",
            "amber-grace-seconds": A.total_seconds(),
            "red-grace-seconds": R.total_seconds(),
            "warning-seconds": None,
        },
    }


@virtual_time.virtual
async def test_without_a_controller_that_had_no_meter_status_nothing_comes() -> None:
    """It was not what the unit is cut off from, however long it is gone, and nothing is armed or written."""
    setting = Setting(stored=meterstatus.State("GREEN", "ok", unmetered=True))
    await setting.run(R * 100)
    assert (setting.runner.told, setting.triggers, setting.store.writes) == ([], [], [])


@virtual_time.virtual
async def test_a_charm_that_comes_late_hears_the_stage_of_then() -> None:
    """AMBER was due while the charm was awaited, and RED: only RED is told, soon after it came (B-07)."""
    setting = Setting()
    setting.runner = charms = fakes.FakeDeliveryRunner()
    charms.waits_for = "the charm is being unpacked"
    worker = setting.start()
    await virtual_time.settle()
    await setting.clock.advance(R * 3)
    assert charms.told == []
    charms.waits_for = ""
    await setting.clock.advance(delivery.CHARM_LOOK + SECOND)
    assert charms.told == [RED]
    worker.kill()
    await worker.wait()


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    said = [record.levelname for record in caplog.records if "cut off" in record.message]
    caplog.clear()
    return said


def test_an_ordinary_start_says_nothing_of_being_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """At its start no agent has contact; it is said once a first try has failed, and what comes."""

    @virtual_time.virtual
    async def scenario() -> None:
        tries = attempts.Attempts(virtual_time.VirtualClock())
        await Setting(attempts=tries).run(SECOND)
        assert levels(caplog) == []
        tries.contact.found(logging.getLogger("test.isolated"), "ctl")

        tries = attempts.Attempts(virtual_time.VirtualClock())
        reached = Setting(attempts=tries)
        worker = reached.start()
        await reached.clock.advance(SECOND)
        tries.begin()
        tries.note(None)
        await reached.clock.advance(SECOND)
        assert levels(caplog) == []
        worker.kill()
        await worker.wait()

        tries = attempts.Attempts(virtual_time.VirtualClock())
        setting = Setting(attempts=tries)
        worker = setting.start()
        await setting.clock.advance(SECOND)
        tries.begin()
        tries.note(errors.ConnectFailedError("cannot connect to ctl:17070: Connection refused"))
        await setting.clock.advance(SECOND)
        (said,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
        assert said.startswith("cut off from the controller since ")
        assert ", cannot connect to ctl:17070: Connection refused; AMBER in " in said
        worker.kill()
        await worker.wait()

    with caplog.at_level("DEBUG"):
        scenario()


def test_an_attempt_without_an_end_is_said_before_the_first_stage(caplog: pytest.LogCaptureFixture) -> None:
    """A network that swallows everything says nothing either."""

    @virtual_time.virtual
    async def scenario() -> None:
        await Setting(attempts=attempts.Attempts(virtual_time.VirtualClock())).run(A - 10 * SECOND)
        assert levels(caplog) == ["WARNING"]

    with caplog.at_level("DEBUG"):
        scenario()


def test_a_loss_is_said_at_once_and_once(caplog: pytest.LogCaptureFixture) -> None:
    """There was contact; a worker that begins anew says it for whoever looks closer."""

    @virtual_time.virtual
    async def scenario() -> None:
        tries = attempts.Attempts(virtual_time.VirtualClock())
        tries.contact.found(logging.getLogger("test.isolated"), "ctl")
        for expected in ("WARNING", "DEBUG"):
            await Setting(attempts=tries).run()
            assert levels(caplog) == [expected]

    with caplog.at_level("DEBUG"):
        scenario()
