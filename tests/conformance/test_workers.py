"""Both workers and the handler, driven by a stranger's parts (spec worker, A.3 to A.6, B, C.8)."""

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

import pytest

from meterstatus import (
    ConfigError,
    ConnectedConfig,
    ConnectedStatusHandler,
    ConnectedStatusWorker,
    Disconnected,
    HookOutcome,
    HookResult,
    Interrupt,
    IsolatedConfig,
    IsolatedStatusWorker,
    MeterStatus,
    MeterStatusError,
    NotFoundError,
    NotValidError,
    RequestError,
    State,
    StateCorruptError,
    Triggers,
    WorkerState,
    get_triggers,
)

LOGGER = logging.getLogger("conformance")
START = datetime.datetime(2031, 5, 6, 7, 8, 9, 640000, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
A, R = 60 * SECOND, 300 * SECOND
INFO = "unit agent has been disconnected"
AMBER, RED = ("AMBER", INFO), ("RED", INFO)


class FutureTimer(asyncio.Future[datetime.datetime]):
    """A timer that is a future: who is cancelled while awaiting it cancels it."""


class OwnTimer:
    """A timer that is only awaitable, and only once."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.is_cancelled = False
        self.awaited = 0

    def __await__(self) -> Generator[Any, Any, bool]:
        """Wait."""
        self.awaited += 1
        assert self.awaited == 1
        return self.event.wait().__await__()

    def cancel(self) -> None:
        """Disarm."""
        self.is_cancelled = True


class StepClock:
    """A clock that jumps: everything due fires together, after the jump."""

    def __init__(self, own_timers: bool = False, start: datetime.datetime = START) -> None:
        self.instant = start
        self.own_timers = own_timers
        self.waiters: list[tuple[datetime.datetime, FutureTimer | OwnTimer]] = []

    def now(self) -> datetime.datetime:
        """Return the instant."""
        return self.instant

    def after(self, delay: datetime.timedelta) -> FutureTimer | OwnTimer:
        """Arm."""
        timer = OwnTimer() if self.own_timers else FutureTimer()
        self.waiters.append((self.instant + delay, timer))
        self._fire()
        return timer

    def _fire(self) -> None:
        due = [timer for at, timer in self.waiters if at <= self.instant]
        self.waiters = [(at, timer) for at, timer in self.waiters if at > self.instant]
        for timer in reversed(due):
            if isinstance(timer, OwnTimer):
                timer.event.set()
            elif not timer.done():
                timer.set_result(self.instant)

    def count(self) -> int:
        """Count who waits."""
        return sum(
            not (timer.is_cancelled if isinstance(timer, OwnTimer) else timer.done())
            for _, timer in self.waiters
        )

    async def advance(self, delta: datetime.timedelta) -> None:
        """Jump, and let everybody see it."""
        self.instant += delta
        self._fire()
        await settle()


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(60):
        await asyncio.sleep(0)


class Store:
    """A store in memory that fails as it is told to."""

    def __init__(self, value: State | None = None, calls: list[str] | None = None) -> None:
        self.value = value
        self.calls: list[str] = [] if calls is None else calls
        self.reads = 0
        self.writes: list[State] = []
        self.on_read: Exception | None = None
        self.on_write: Exception | None = None
        self.write_gate: asyncio.Event | None = None

    async def read(self) -> State:
        """Read."""
        self.reads += 1
        if self.on_read is not None:
            raise self.on_read
        if self.value is None:
            raise NotFoundError("my state")
        return self.value

    async def write(self, value: State) -> None:
        """Write."""
        if self.write_gate is not None:
            await self.write_gate.wait()
        await asyncio.sleep(0)
        if self.on_write is not None:
            raise self.on_write
        self.value = value
        self.writes.append(value)


class Runner:
    """A runner that answers what it is told to, after as many turns of the loop as it is told."""

    def __init__(
        self, *answers: HookOutcome | HookResult | Exception, calls: list[str] | None = None
    ) -> None:
        self.answers = list(answers)
        self.calls: list[str] = [] if calls is None else calls
        self.told: list[tuple[str, str]] = []
        self.during: Callable[[Interrupt], Awaitable[HookOutcome | None]] | None = None

    async def run_hook(self, code: str, info: str, interrupt: Interrupt) -> HookOutcome:
        """Run nothing."""
        self.calls.append("hook")
        self.told.append((code, info))
        await asyncio.sleep(0)
        if self.during is not None:
            answer = await self.during(interrupt)
            if answer is not None:
                return answer
        answer = self.answers.pop(0) if self.answers else HookResult.RAN
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, HookOutcome) else HookOutcome(answer)


class Watch:
    """The least a watch can be; its events come from a queue."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Exception | None] = asyncio.Queue()
        self.events.put_nowait(None)
        self.stops = 0
        self.on_stop: Exception | None = None

    def __aiter__(self) -> AsyncIterator[None]:
        """Return itself."""
        return self

    async def __anext__(self) -> None:
        """Take an event."""
        event = await self.events.get()
        if event is not None:
            raise event

    async def stop(self) -> None:
        """Count."""
        self.stops += 1
        if self.on_stop is not None:
            raise self.on_stop


class GeneratorWatch(Watch):
    """A watch whose stream is an async generator, another object."""

    def __aiter__(self) -> AsyncIterator[None]:
        """Return a generator."""
        return self._events()

    async def _events(self) -> AsyncIterator[None]:
        while True:
            event = await self.events.get()
            if event is not None:
                if isinstance(event, StopAsyncIteration):
                    return
                raise event
            yield


class Client:
    """A controller of one unit."""

    def __init__(self, code: str = "GREEN", info: str = "", calls: list[str] | None = None) -> None:
        self.status = MeterStatus(code, info)
        self.calls: list[str] = [] if calls is None else calls
        self.watch: Watch = Watch()
        self.refusal: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def meter_status(self) -> MeterStatus:
        """Answer."""
        self.calls.append("status")
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        return self.status

    async def watch_meter_status(self) -> Watch:
        """Answer."""
        self.calls.append("watch")
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        return self.watch


class Connected:
    """The parts of a connected worker, sharing one list of calls."""

    def __init__(self, stored: State | None = None, *answers: HookOutcome | HookResult | Exception) -> None:
        self.calls: list[str] = []
        self.store = Store(stored, self.calls)
        self.runner = Runner(*answers, calls=self.calls)
        self.client = Client(calls=self.calls)
        self.clock = StepClock()
        self.config = ConnectedConfig(
            runner=self.runner,
            state_read_writer=self.store,
            status=self.client,
            logger=LOGGER,
            clock=self.clock,
        )
        self.handler = ConnectedStatusHandler(self.config)
        self.abort = asyncio.Event()

    async def handle(self, code: str, info: str = "") -> None:
        """Have the handler handle an event with a status."""
        self.client.status = MeterStatus(code, info)
        await self.handler.handle(self.abort)


class TestConnectedConfig:
    """A.3."""

    @pytest.mark.parametrize(
        ("missing", "text"),
        [
            (("runner", "state_read_writer", "status", "logger"), "missing Runner not valid"),
            (("state_read_writer", "status", "logger"), "missing StateReadWriter not valid"),
            (("status", "logger"), "missing Status not valid"),
            (("logger",), "missing Logger not valid"),
        ],
    )
    async def test_order(self, missing: tuple[str, ...], text: str) -> None:
        """The first that is missing is named, by all three that check."""
        changes: dict[str, Any] = dict.fromkeys(missing)
        config = dataclasses.replace(Connected().config, **changes)
        for check in (config.validate, lambda: ConnectedStatusHandler(config)):
            with pytest.raises(NotValidError) as caught:
                check()
            assert str(caught.value) == text
        before = asyncio.all_tasks()
        with pytest.raises(NotValidError, match=text):
            ConnectedStatusWorker.start(config)
        assert asyncio.all_tasks() == before


class TestHandler:
    """A.4."""

    async def test_does_not_rerun_without_change(self) -> None:
        """Watch, status, hook, status; one read, one write."""
        unit = Connected()
        await unit.handler.set_up()
        await unit.handle("GREEN", "ok")
        await unit.handle("GREEN", "ok")
        assert unit.calls == ["watch", "status", "hook", "status"]
        assert (unit.store.reads, unit.store.writes) == (1, [State("GREEN", "ok")])
        assert await unit.handler.tear_down() is None

    async def test_runs_on_changes(self) -> None:
        """Watch, status, hook, status, hook; two writes; a change of the information alone counts."""
        unit = Connected()
        await unit.handler.set_up()
        await unit.handle("GREEN")
        await unit.handle("RED")
        assert unit.calls == ["watch", "status", "hook", "status", "hook"]
        await unit.handle("RED", "unpaid")
        assert unit.store.writes == [State("GREEN"), State("RED"), State("RED", "unpaid")]
        assert unit.runner.told == [("GREEN", ""), ("RED", ""), ("RED", "unpaid")]

    async def test_missing_hook(self) -> None:
        """A missing hook is delivered: written, and success."""
        unit = Connected(None, HookResult.MISSING)
        await unit.handler.set_up()
        await unit.handle("GREEN")
        assert unit.calls == ["watch", "status", "hook"]
        assert unit.store.writes == [State("GREEN")]

    @pytest.mark.parametrize(
        "result", [HookResult.FAILED, HookResult.TERMINATED, HookResult.TIMED_OUT, HookResult.NOT_STARTED]
    )
    async def test_hook_that_did_not_deliver(self, result: HookResult) -> None:
        """Success, nothing written, and told again when its time has come (B-06)."""
        unit = Connected(None, result)
        await unit.handler.set_up()
        await unit.handle("RED")
        assert unit.calls == ["watch", "status", "hook"]
        assert unit.store.writes == []
        unit.clock.instant += 6 * SECOND
        await unit.handle("RED")
        assert unit.runner.told == [("RED", "")] * 2
        assert unit.store.writes == [State("RED")]

    @pytest.mark.parametrize("result", [HookResult.TERMINATED, HookResult.NOT_STARTED])
    async def test_event_after_a_hook_that_was_not_at_fault(self, result: HookResult) -> None:
        """What was not started, or was terminated, is told again with the next event, however soon."""
        unit = Connected(None, result)
        await unit.handler.set_up()
        await unit.handle("RED")
        await unit.handle("RED")
        assert unit.runner.told == [("RED", "")] * 2
        assert unit.store.writes == [State("RED")]

    async def test_newer_status_supersedes(self) -> None:
        """A newer target is told at once, though the older one waits for its next attempt."""
        unit = Connected(None, HookResult.FAILED)
        await unit.handler.set_up()
        await unit.handle("RED")
        await unit.handle("AMBER")
        assert unit.runner.told == [("RED", ""), ("AMBER", "")]
        assert unit.store.writes == [State("AMBER")]

    async def test_failed_hook_and_back(self) -> None:
        """The charm may have acted on a hook that failed: the old status is told again."""
        unit = Connected(State("GREEN"), HookResult.FAILED)
        await unit.handler.set_up()
        await unit.handle("RED")
        await unit.handle("GREEN")
        assert unit.runner.told == [("RED", ""), ("GREEN", "")]

    async def test_after_restart(self) -> None:
        """Watch, status; no hook, no write."""
        unit = Connected(State("GREEN", "ok"))
        await unit.handler.set_up()
        await unit.handle("GREEN", "ok")
        assert unit.calls == ["watch", "status"]
        assert unit.store.writes == []

    async def test_record_ends_with_contact(self) -> None:
        """The disconnect record goes with the first connected write, though nothing changed (B-10)."""
        unit = Connected(State("RED", "x", Disconnected(1893456000, WorkerState.DONE)))
        await unit.handler.set_up()
        await unit.handle("RED", "x")
        await unit.handle("RED", "x")
        assert unit.runner.told == []
        assert unit.store.writes == [State("RED", "x")]

    @pytest.mark.parametrize("error", [OSError("disk"), RequestError("no"), ValueError("mine")])
    async def test_unreadable(self, error: Exception) -> None:
        """Set-up fails with the store's own error, and no watch is made."""
        unit = Connected()
        unit.store.on_read = error
        with pytest.raises(type(error)) as caught:
            await unit.handler.set_up()
        assert caught.value is error
        assert unit.calls == []

    async def test_corrupt(self) -> None:
        """What cannot be understood does not stop it (B-13)."""
        unit = Connected()
        unit.store.on_read = StateCorruptError("rubbish")
        assert await unit.handler.set_up() is unit.client.watch
        await unit.handle("GREEN")
        assert unit.store.writes == [State("GREEN")]

    async def test_refused_status(self) -> None:
        """The client's error comes out; no hook, no write."""
        unit = Connected()
        await unit.handler.set_up()
        unit.client.refusal = RequestError("refused")
        with pytest.raises(RequestError) as caught:
            await unit.handle("RED")
        assert caught.value is unit.client.refusal
        assert unit.calls == ["watch", "status"]

    @pytest.mark.parametrize("error", [OSError("full"), RequestError("quota"), ValueError("mine")])
    async def test_refused_write(self, error: Exception) -> None:
        """The write's error comes out annotated, whatever it is."""
        unit = Connected()
        await unit.handler.set_up()
        unit.store.on_write = error
        with pytest.raises(MeterStatusError) as caught:
            await unit.handle("RED")
        assert str(caught.value) == f"failed to record meter status worker state: {error}"
        assert caught.value.__cause__ is error

    async def test_aborted(self) -> None:
        """With abort said nothing is begun, written or raised."""
        unit = Connected()
        await unit.handler.set_up()
        unit.abort.set()
        await unit.handle("RED")
        assert unit.runner.told == []
        assert unit.store.writes == []

    async def test_runner_gets_the_abort(self) -> None:
        """What the handler was given is what the hook is given."""
        unit = Connected()
        seen: list[Interrupt] = []

        async def during(interrupt: Interrupt) -> None:
            seen.append(interrupt)

        unit.runner.during = during
        await unit.handler.set_up()
        await unit.handle("RED")
        assert seen == [unit.abort]


async def _kill(worker: ConnectedStatusWorker | IsolatedStatusWorker) -> None:
    worker.kill()
    await asyncio.wait_for(worker.wait(), 5)


class TestConnectedWorker:
    """C.8 around the handler."""

    @pytest.mark.parametrize("watch", [Watch, GeneratorWatch])
    async def test_life(self, watch: type[Watch]) -> None:
        """The first event comes by itself; further ones are handled; a kill is clean and stops the watch."""
        unit = Connected()
        unit.client.watch = watch()
        worker = ConnectedStatusWorker.start(unit.config)
        await settle()
        assert unit.runner.told == [("GREEN", "")]
        unit.client.status = MeterStatus("RED", "late")
        unit.client.watch.events.put_nowait(None)
        await settle()
        assert unit.runner.told == [("GREEN", ""), ("RED", "late")]
        await _kill(worker)
        await _kill(worker)
        assert unit.client.watch.stops == 1

    @pytest.mark.parametrize("watch", [Watch, GeneratorWatch])
    async def test_watch_ends(self, watch: type[Watch]) -> None:
        """A watch that ends by itself is an error of its own; the watch is stopped all the same."""
        unit = Connected()
        unit.client.watch = watch()
        unit.client.watch.events.put_nowait(StopAsyncIteration())
        with pytest.raises(MeterStatusError, match=r"^change channel closed$"):
            await asyncio.wait_for(ConnectedStatusWorker.start(unit.config).wait(), 5)
        assert unit.client.watch.stops == 1

    async def test_watch_breaks(self) -> None:
        """Its error, though stopping it fails too (B-26)."""
        unit = Connected()
        unit.client.watch.events.put_nowait(KeyError("broken"))
        unit.client.watch.on_stop = OSError("cannot stop")
        with pytest.raises(KeyError, match="broken"):
            await asyncio.wait_for(ConnectedStatusWorker.start(unit.config).wait(), 5)

    async def test_stop_fails(self) -> None:
        """After a kill, the error of stopping the watch."""
        unit = Connected()
        unit.client.watch.on_stop = OSError("cannot stop")
        worker = ConnectedStatusWorker.start(unit.config)
        await settle()
        with pytest.raises(OSError, match="cannot stop"):
            await _kill(worker)

    async def test_no_watch(self) -> None:
        """A client without a watch is told so."""
        unit = Connected()
        nothing: Any = None
        unit.client.watch = nothing
        with pytest.raises(MeterStatusError, match=r"^handler returned nil watcher$"):
            await asyncio.wait_for(ConnectedStatusWorker.start(unit.config).wait(), 5)

    async def test_runner_with_a_defect(self) -> None:
        """A runner's exception comes out of wait, of every wait, and nothing is recorded."""
        unit = Connected(None, ZeroDivisionError("a defect"))
        worker = ConnectedStatusWorker.start(unit.config)
        waits = await asyncio.wait_for(
            asyncio.gather(worker.wait(), worker.wait(), return_exceptions=True), 5
        )
        assert [type(wait) for wait in waits] == [ZeroDivisionError] * 2
        assert unit.store.writes == []
        assert unit.client.watch.stops == 1

    async def test_kill_before_the_first_step(self) -> None:
        """A worker killed at once ends cleanly and runs no hook."""
        unit = Connected()
        await _kill(ConnectedStatusWorker.start(unit.config))
        assert unit.runner.told == []

    @pytest.mark.parametrize("steps", [1, 60])
    async def test_kill_while_the_client_is_slow(self, steps: int) -> None:
        """Killed during set-up or fetching, it ends when the client answers, without a hook."""
        unit = Connected()
        unit.client.gate = asyncio.Event()
        worker = ConnectedStatusWorker.start(unit.config)
        for _ in range(steps):
            await asyncio.sleep(0)
        worker.kill()
        worker.kill()
        await settle()
        unit.client.gate.set()
        await asyncio.wait_for(worker.wait(), 5)
        assert unit.runner.told == []
        assert unit.store.writes == []

    @pytest.mark.parametrize(
        ("result", "written"), [(HookResult.TERMINATED, []), (HookResult.RAN, [State("GREEN")])]
    )
    async def test_kill_during_a_hook(self, result: HookResult, written: list[State]) -> None:
        """The hook is interrupted and waited for; recorded only if it ran to its end all the same (B-19)."""
        unit = Connected()

        async def during(interrupt: Interrupt) -> HookOutcome:
            await interrupt.wait()
            await settle()
            return HookOutcome(result)

        unit.runner.during = during
        worker = ConnectedStatusWorker.start(unit.config)
        await settle()
        waits = [asyncio.create_task(worker.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        waits[1].cancel()
        worker.kill()
        ends = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 5)
        assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
        assert unit.store.writes == written

    async def test_retry_by_itself(self) -> None:
        """Without an event, a hook that was not started is told again after 5 s."""
        unit = Connected(None, HookResult.NOT_STARTED)
        worker = ConnectedStatusWorker.start(unit.config)
        await settle()
        assert unit.store.writes == []
        await unit.clock.advance(5 * SECOND)
        assert unit.store.writes == [State("GREEN")]
        await _kill(worker)
        assert unit.clock.count() == 0


class Isolated:
    """The parts of an isolated worker."""

    def __init__(
        self,
        stored: State | None = None,
        *answers: HookOutcome | HookResult | Exception,
        own_timers: bool = False,
    ) -> None:
        self.store = Store(stored)
        self.runner = Runner(*answers)
        self.clock = StepClock(own_timers)
        self.config = IsolatedConfig(
            runner=self.runner,
            state_read_writer=self.store,
            clock=self.clock,
            logger=LOGGER,
            amber_grace_period=A,
            red_grace_period=R,
            trigger_factory=get_triggers,
        )

    async def start(self) -> IsolatedStatusWorker:
        """Start a worker and let it settle."""
        worker = IsolatedStatusWorker.start(self.config)
        await settle()
        return worker

    async def restart(self, worker: IsolatedStatusWorker) -> IsolatedStatusWorker:
        """End a worker and start another."""
        await _kill(worker)
        return await self.start()

    def kept(self) -> tuple[str, str, int | None]:
        """Give what Juju would see in the store."""
        value = self.store.value
        assert value is not None
        return (value.code, value.info, value.disconnected.state if value.disconnected else None)


class TestIsolatedConfig:
    """A.5."""

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"runner": None, "state_read_writer": None}, "missing Runner not valid"),
            ({"state_read_writer": None, "clock": None}, "missing StateReadWriter not valid"),
            ({"clock": None, "logger": None}, "missing Clock not valid"),
            ({"logger": None, "amber_grace_period": 0 * A}, "missing Logger not valid"),
            ({"amber_grace_period": 0 * A, "red_grace_period": 0 * R}, "amber grace period not valid"),
            ({"amber_grace_period": -A}, "amber grace period not valid"),
            ({"red_grace_period": 0 * R, "trigger_factory": None}, "red grace period not valid"),
            ({"trigger_factory": None}, "missing TriggerFactory not valid"),
        ],
    )
    async def test_not_valid(self, changes: dict[str, Any], text: str) -> None:
        """The first that fails is named, and nothing is started."""
        config = dataclasses.replace(Isolated().config, **changes)
        before = asyncio.all_tasks()
        for check in (config.validate, lambda: IsolatedStatusWorker.start(config)):
            with pytest.raises(NotValidError) as caught:
                check()
            assert str(caught.value) == text
        assert asyncio.all_tasks() == before

    @pytest.mark.parametrize("amber", [R, R + SECOND])
    async def test_amber_not_shorter(self, amber: datetime.timedelta) -> None:
        """An error of its own kind and text."""
        config = dataclasses.replace(Isolated().config, amber_grace_period=amber)
        with pytest.raises(ConfigError) as caught:
            config.validate()
        assert str(caught.value) == "amber grace period must be shorter than the red grace period"
        assert not isinstance(caught.value, NotValidError)


class TestIsolatedWorker:
    """A.6 with the corrections of B."""

    @pytest.mark.parametrize("own_timers", [False, True])
    async def test_stages(self, own_timers: bool) -> None:
        """Two waiters; A + 1 s one hook; R + 1 s more the second; then nothing waits."""
        unit = Isolated(own_timers=own_timers)
        worker = await unit.start()
        assert unit.clock.count() == 2
        await unit.clock.advance(A + SECOND)
        assert unit.runner.told == [AMBER]
        assert unit.kept() == (*AMBER, WorkerState.WAITING_RED)
        assert unit.clock.count() == 1
        await unit.clock.advance(R + SECOND)
        assert unit.runner.told == [AMBER, RED]
        assert unit.kept() == (*RED, WorkerState.DONE)
        assert unit.clock.count() == 0
        await _kill(worker)

    async def test_neither_early_nor_late(self) -> None:
        """At A and at R to the microsecond, also from a fraction of a second."""
        unit = Isolated()
        worker = await unit.start()
        tick = datetime.timedelta(microseconds=1)
        await unit.clock.advance(A - tick)
        assert unit.runner.told == []
        await unit.clock.advance(tick)
        assert unit.runner.told == [AMBER]
        await unit.clock.advance(R - A - tick)
        assert unit.runner.told == [AMBER]
        await unit.clock.advance(tick)
        assert unit.runner.told == [AMBER, RED]
        await _kill(worker)

    async def test_recorded_before_anything_is_armed(self) -> None:
        """State 1 and the time are stored first (B-02)."""
        unit = Isolated()
        unit.store.write_gate = asyncio.Event()
        worker = await unit.start()
        assert unit.clock.count() == 0
        unit.store.write_gate.set()
        await settle()
        assert unit.store.value is not None
        assert unit.store.value.disconnected == Disconnected(
            int(START.timestamp()), WorkerState.WAITING_AMBER
        )
        await _kill(worker)

    async def test_restarts(self) -> None:
        """A restart every 20 s changes nothing (B-02)."""
        unit = Isolated()
        worker = await unit.start()
        for _ in range(15):
            await unit.clock.advance(20 * SECOND)
            worker = await unit.restart(worker)
        assert unit.runner.told == [AMBER, RED]
        await _kill(worker)

    async def test_jump_over_both(self) -> None:
        """Both timers due at once: RED only, whoever rings first (B-17)."""
        unit = Isolated()
        worker = await unit.start()
        await unit.clock.advance(2 * R)
        assert unit.runner.told == [RED]
        assert unit.kept() == (*RED, WorkerState.DONE)
        await _kill(worker)

    @pytest.mark.parametrize("error", [OSError("full"), MeterStatusError("no"), ValueError("mine")])
    async def test_failed_writes(self, error: Exception) -> None:
        """Whatever a write fails with: each stage at its time, once, and recorded later (B-03)."""
        unit = Isolated()
        unit.store.on_write = error
        worker = await unit.start()
        for _ in range(7):
            await unit.clock.advance(50 * SECOND)
        assert unit.runner.told == [AMBER, RED]
        unit.store.on_write = None
        await unit.clock.advance(10 * SECOND)
        assert unit.kept() == (*RED, WorkerState.DONE)
        assert unit.runner.told == [AMBER, RED]
        await _kill(worker)

    @pytest.mark.parametrize("code", ["RED", "NOT AVAILABLE"])
    async def test_no_step_down(self, code: str) -> None:
        """From RED there is no way to AMBER, nor is RED told again; its information stays (B-04, B-27)."""
        unit = Isolated(State(code, "quota"))
        worker = await unit.start()
        await unit.clock.advance(A + SECOND)
        await unit.clock.advance(R)
        assert unit.runner.told == []
        assert unit.kept() == (code, "quota", WorkerState.DONE)
        await _kill(worker)

    async def test_amber_on_amber(self) -> None:
        """AMBER is not told again; RED is (B-27)."""
        unit = Isolated(State("AMBER", "quota"))
        worker = await unit.start()
        await unit.clock.advance(A + SECOND)
        assert unit.runner.told == []
        assert unit.kept() == ("AMBER", "quota", WorkerState.WAITING_RED)
        await unit.clock.advance(R)
        assert unit.runner.told == [RED]
        await _kill(worker)

    @pytest.mark.parametrize(
        "record",
        [
            Disconnected(),
            Disconnected(0, WorkerState.DONE),
            Disconnected(-5, 2),
            Disconnected(2**63 - 1, 1),
            Disconnected(253402300799, 1),
        ],
    )
    async def test_record_without_a_time(self, record: Disconnected) -> None:
        """A time that cannot be is now (B-15); nothing is told at once, and nothing never."""
        unit = Isolated(State("GREEN", "", record))
        worker = await unit.start()
        assert unit.runner.told == []
        await unit.clock.advance(R)
        assert unit.runner.told == [RED]
        await _kill(worker)

    @pytest.mark.parametrize("number", [0, 7, -2])
    async def test_unknown_stage(self, number: int) -> None:
        """An unknown stage is the first (B-15)."""
        unit = Isolated(State("GREEN", "", Disconnected(int(START.timestamp()) - 10, number)))
        worker = await unit.start()
        await unit.clock.advance(A)
        assert unit.runner.told == [AMBER]
        await _kill(worker)

    @pytest.mark.parametrize(
        "result", [HookResult.FAILED, HookResult.TERMINATED, HookResult.TIMED_OUT, HookResult.NOT_STARTED]
    )
    async def test_hook_that_did_not_deliver(self, result: HookResult) -> None:
        """Not recorded, told again, and the worker lives (B-06)."""
        unit = Isolated(None, result)
        worker = await unit.start()
        await unit.clock.advance(A)
        assert unit.kept() == ("", "", WorkerState.WAITING_AMBER)
        await unit.clock.advance(5 * SECOND)
        assert unit.runner.told == [AMBER, AMBER]
        assert unit.kept() == (*AMBER, WorkerState.WAITING_RED)
        await _kill(worker)

    async def test_crash_between_hook_and_write(self) -> None:
        """Whatever was being told is told again after a restart, though the store knows less (B-18)."""
        unit = Isolated()
        worker = await unit.start()

        async def during(_: Interrupt) -> None:
            unit.store.on_write = OSError("gone")

        unit.runner.during = during
        await unit.clock.advance(A)
        await _kill(worker)
        unit.store.on_write = unit.runner.during = None
        assert unit.store.value is not None
        back = Connected(unit.store.value)
        await back.handler.set_up()
        await back.handle("GREEN")
        assert back.runner.told == [("GREEN", "")]

    @pytest.mark.parametrize("moment", ["first", "armed"])
    async def test_kill(self, moment: str) -> None:
        """Before it has run a step and while waiting; no timer is left behind."""
        unit = Isolated()
        worker = IsolatedStatusWorker.start(unit.config)
        if moment == "armed":
            await settle()
        worker.kill()
        await _kill(worker)
        assert unit.runner.told == []
        assert unit.clock.count() == 0

    async def test_kill_while_reading(self) -> None:
        """A slow store is waited for, not left half done."""
        unit = Isolated()
        unit.store.write_gate = asyncio.Event()
        worker = await unit.start()
        worker.kill()
        await settle()
        unit.store.write_gate.set()
        await asyncio.wait_for(worker.wait(), 5)
        assert len(unit.store.writes) == 1

    async def test_kill_during_a_hook(self) -> None:
        """The hook learns of it, and its end is recorded as what it was (B-19)."""
        unit = Isolated()
        worker = await unit.start()

        async def during(interrupt: Interrupt) -> HookOutcome:
            await interrupt.wait()
            return HookOutcome(HookResult.TERMINATED)

        unit.runner.during = during
        await unit.clock.advance(A)
        await _kill(worker)
        assert unit.kept() == ("", "", WorkerState.WAITING_AMBER)
        unit.runner.during = None
        worker = await unit.start()
        assert unit.runner.told == [AMBER, AMBER]
        await _kill(worker)

    async def test_slow_hook_and_red(self) -> None:
        """AMBER's hook runs past R: RED follows as soon as it ends."""
        unit = Isolated()
        worker = await unit.start()
        gate = asyncio.Event()

        async def during(_: Interrupt) -> None:
            await gate.wait()

        unit.runner.during = during
        await unit.clock.advance(A)
        await unit.clock.advance(R)
        assert unit.runner.told == [AMBER]
        gate.set()
        await settle()
        assert unit.runner.told == [AMBER, RED]
        await _kill(worker)

    async def test_runner_with_a_defect(self) -> None:
        """A runner's exception comes out of wait; nothing false is recorded and no timer is left."""
        unit = Isolated(None, ZeroDivisionError("a defect"))
        worker = await unit.start()
        await unit.clock.advance(A)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(worker.wait(), 5)
        assert unit.kept() == ("", "", WorkerState.WAITING_AMBER)
        assert unit.clock.count() == 0

    @pytest.mark.parametrize("error", [OSError("disk"), RequestError("no"), ValueError("mine")])
    async def test_unreadable(self, error: Exception) -> None:
        """Any error of reading but absence ends it, and runs nothing."""
        unit = Isolated()
        unit.store.on_read = error
        with pytest.raises(type(error)) as caught:
            await asyncio.wait_for(IsolatedStatusWorker.start(unit.config).wait(), 5)
        assert caught.value is error

    async def test_own_trigger_factory(self) -> None:
        """Called once, with what the table takes; one that arms nothing does not stop the stages."""
        unit = Isolated(State("GREEN", "", Disconnected(int(START.timestamp()) - 10, 1)))
        calls: list[tuple[object, ...]] = []

        def arm_nothing(*given: object) -> Triggers:
            calls.append(given)
            return Triggers(None, None)

        unit.config = dataclasses.replace(unit.config, trigger_factory=arm_nothing)
        worker = await unit.start()
        await unit.clock.advance(A)
        await unit.clock.advance(R)
        since = START.replace(microsecond=0) - 10 * SECOND
        assert calls == [(WorkerState.WAITING_AMBER, "GREEN", since, unit.clock, A, R)]
        assert unit.runner.told == [AMBER, RED]
        await _kill(worker)
