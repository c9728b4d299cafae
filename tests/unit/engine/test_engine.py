"""Tests of the running engine in virtual time: spec worker C.1 to C.6 through the public names."""

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.engine import engine, graph, interface
from meterstatus.ports import worker as workers
from meterstatus.testing import fakes, virtual_time


class _FatalError(errors.MeterStatusError):
    def __init__(self, rank: int) -> None:
        super().__init__(f"fatal {rank}")
        self.rank = rank


class _SlowWorker(fakes.FakeWorker):
    """Ends only when the test says so."""

    killed: int

    def kill(self) -> None:
        self.killed += 1


class _Part:
    """A manifold whose starts a test watches and directs.

    Attributes:
        starts: the virtual second of each call of start.
        workers: every worker it made.
        contexts: every context it was given.
        gets: what it asks its context for at each start, and then what it got, in ``got``.
        failures: what the next starts raise, in order; None lets one through.
        gate: while set to an unset event, start waits for it.
    """

    def __init__(self, *inputs: str, kind: Callable[[], fakes.FakeWorker] = fakes.FakeWorker) -> None:
        self.inputs = inputs
        self.kind = kind
        self.starts: list[float] = []
        self.workers: list[fakes.FakeWorker] = []
        self.contexts: list[interface.Context] = []
        self.gets: tuple[str, ...] = ()
        self.got: list[Any] = []
        self.failures: list[BaseException | None] = []
        self.gate: asyncio.Event | None = None

    @property
    def worker(self) -> fakes.FakeWorker:
        """The latest worker."""
        return self.workers[-1]

    async def start(self, context: interface.Context) -> workers.Worker:
        self.starts.append(round(asyncio.get_running_loop().time(), 3))
        self.contexts.append(context)
        for name in self.gets:
            self.got.append(context.get(name))
        if self.gate is not None:
            await self.gate.wait()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.workers.append(self.kind())
        return self.worker

    def manifold(
        self, translate: interface.Filter | None = None, output: interface.Output | None = None
    ) -> interface.Manifold:
        return interface.Manifold(self.inputs, self.start, translate, output)


def _is_fatal(error: BaseException) -> bool:
    return isinstance(error, _FatalError)


def _worst_error(new: BaseException, former: BaseException) -> BaseException:
    assert isinstance(new, _FatalError)
    assert isinstance(former, _FatalError)
    return new if new.rank > former.rank else former


def _config(**changes: Any) -> engine.EngineConfig:
    settings: dict[str, Any] = {
        "is_fatal": _is_fatal,
        "worst_error": _worst_error,
        "clock": virtual_time.VirtualClock(),
        "logger": logging.getLogger("test.engine"),
        "random": lambda: 0.5,
    }
    return engine.EngineConfig(**{**settings, **changes})


async def _start(changes: Mapping[str, Any] | None = None, **parts: _Part) -> engine.Engine:
    running = engine.Engine.start(_config(**(changes or {})))
    for name, part in parts.items():
        await running.install(name, part.manifold())
    await virtual_time.settle()
    return running


async def _end(running: engine.Engine) -> None:
    running.kill()
    await running.wait()


def _manifold_report(running: engine.Engine, name: str) -> Mapping[str, Any]:
    manifolds: Any = running.report()["manifolds"]
    return manifolds[name]


# C.1: manifolds


@virtual_time.virtual
async def test_a_start_gets_the_output_of_its_input() -> None:
    """A manifold receives what its input's output makes of the running worker."""
    running = await _start()
    source, user = _Part(), _Part("source")
    user.gets = ("source",)
    await running.install("source", source.manifold(output=lambda worker: ("facet", worker)))
    await virtual_time.settle()
    await running.install("user", user.manifold())
    await virtual_time.settle()
    assert user.got == [("facet", source.worker)]
    await _end(running)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("stranger", '"stranger" not declared: dependency not available'),
        ("absent", '"absent" not running: dependency not available'),
        ("source", '"source" not exposed: dependency not available'),
    ],
)
def test_a_missing_input_stops_without_alarm(asked: str, text: str) -> None:
    """A start that lets "missing" through stays stopped, and the report says which input."""

    @virtual_time.virtual
    async def scenario() -> None:
        user = _Part("source", "absent")
        user.gets = (asked,)
        running = await _start(source=_Part())
        await running.install("user", user.manifold())
        await asyncio.sleep(3600)
        assert user.starts == [0]
        assert _manifold_report(running, "user")["state"] == "stopped"
        assert _manifold_report(running, "user")["error"] == text
        await _end(running)

    scenario()


@virtual_time.virtual
async def test_a_missing_input_does_not_prevent_a_start() -> None:
    """A manifold that can do without its input runs without it."""
    user = _Part("absent")
    running = await _start(user=user)
    assert _manifold_report(running, "user")["state"] == "started"
    await _end(running)


@virtual_time.virtual
async def test_an_output_that_raises_fails_the_start_of_its_user() -> None:
    """The user fails and is tried again; the input runs on."""
    running = await _start()
    source, user = _Part(), _Part("source")
    user.gets = ("source",)
    outputs: list[BaseException] = [ValueError("no facet")]

    def output(worker: workers.Worker) -> workers.Worker:
        if outputs:
            raise outputs.pop()
        return worker

    await running.install("source", source.manifold(output=output))
    await virtual_time.settle()
    await running.install("user", user.manifold())
    await asyncio.sleep(10)
    assert user.starts == [0, 3.0]
    assert source.starts == [0]
    await _end(running)


@virtual_time.virtual
async def test_an_expired_context_answers_nothing() -> None:
    """Whoever keeps the context past the start is told so."""
    user = _Part("source")
    running = await _start(source=_Part(), user=user)
    with pytest.raises(errors.MeterStatusError, match="expired context"):
        user.contexts[0].get("source")
    await _end(running)


@virtual_time.virtual
async def test_the_filter_translates_errors_of_starts_and_workers_and_clean_ends() -> None:
    """The filter sees each of the three and decides what they mean."""
    seen: list[BaseException | None] = []

    def filter_(error: BaseException | None) -> BaseException | None:
        seen.append(error)
        return None if isinstance(error, KeyError) else errors.BounceError()

    part = _Part()
    start_error, end_error, swallowed = ValueError("start"), ValueError("end"), KeyError("done")
    part.failures = [start_error]
    running = await _start()
    await running.install("part", part.manifold(filter_))
    await asyncio.sleep(1)
    part.worker.end(end_error)
    await asyncio.sleep(1)
    part.worker.end()
    await asyncio.sleep(1)
    part.worker.end(swallowed)
    await asyncio.sleep(3600)
    assert seen == [start_error, end_error, None, swallowed]
    assert len(part.starts) == 4
    assert "error" not in _manifold_report(running, "part")
    await _end(running)


@virtual_time.virtual
async def test_a_filter_that_raises_is_a_failure_of_its_manifold() -> None:
    """What the filter raises is what the manifold ended with."""

    def filter_(_: BaseException | None) -> BaseException | None:
        raise ValueError("bad filter")

    part = _Part()
    running = await _start()
    await running.install("part", part.manifold(filter_))
    await virtual_time.settle()
    part.worker.end()
    await virtual_time.settle()
    await asyncio.sleep(3600)
    assert len(part.starts) == 2
    await _end(running)


@virtual_time.virtual
async def test_bounce() -> None:
    """A worker that asks for it is started again after the bounce delay, from a cause too."""
    part = _Part()
    running = await _start(part=part)
    error = OSError("wrapped")
    error.__cause__ = errors.BounceError()
    part.worker.end(error)
    await asyncio.sleep(1)
    assert part.starts == [0, 0.01]
    await _end(running)


@virtual_time.virtual
async def test_uninstall() -> None:
    """A worker that asks for it is forgotten; its name is free, its dependents keep their input."""
    part, user = _Part(), _Part("part")
    running = await _start(part=part, user=user)
    user_starts = len(user.starts)
    part.worker.end(errors.UninstallError())
    await asyncio.sleep(3600)
    assert list(running.report()["manifolds"]) == ["user"]  # type: ignore[call-overload] # a mapping
    assert len(part.starts) == 1
    assert len(user.starts) == user_starts + 1
    again = _Part()
    await running.install("part", again.manifold())
    await asyncio.sleep(1)
    assert len(again.starts) == 1
    assert len(user.starts) == user_starts + 2
    await _end(running)


# C.2: configuration


@virtual_time.virtual
async def test_an_invalid_configuration_is_refused() -> None:
    """The engine does not start, and says that its configuration was the reason."""
    with pytest.raises(errors.NotValidError, match=r"^invalid config: negative MaxDelay not valid$"):
        engine.Engine.start(_config(max_delay=datetime.timedelta(seconds=-1)))


# C.3: installing


@virtual_time.virtual
async def test_install_starts_at_once() -> None:
    """The first attempt comes without delay, whatever the jitter."""
    part = _Part()
    running = await _start({"jitter": (5.0, 5.0)}, part=part)
    assert part.starts == [0]
    await _end(running)


@virtual_time.virtual
async def test_install_refusals() -> None:
    """A duplicate and a cycle are refused by name, and leave what is there alone."""
    first = _Part("second")
    running = await _start(first=first)
    with pytest.raises(graph.InstallError, match='"first" manifold already installed'):
        await running.install("first", _Part().manifold())
    with pytest.raises(graph.InstallError, match='cannot install "second" manifold: cycle detected at'):
        await running.install("second", _Part("first").manifold())
    assert _manifold_report(running, "first") == {
        "state": "started",
        "inputs": ["second"],
        "start-count": 1,
        "started": "2031-05-06 07:08:09",
    }
    await running.install("second", _Part().manifold())
    await _end(running)


@virtual_time.virtual
async def test_install_into_an_ending_engine() -> None:
    """From the kill on, also after the end, nothing is installed."""
    part = _Part(kind=_SlowWorker)
    running = await _start(part=part)
    running.kill()
    for _ in range(2):
        with pytest.raises(graph.ShuttingDownError, match="engine is shutting down"):
            await running.install("other", _Part().manifold())
        await virtual_time.settle()
    part.worker.end()
    await running.wait()
    with pytest.raises(graph.ShuttingDownError):
        await running.install("other", _Part().manifold())


@virtual_time.virtual
async def test_install_overtaken_by_the_end() -> None:
    """A wish that the engine had no time to answer is refused, not forgotten."""
    running = engine.Engine.start(_config())
    await virtual_time.settle()
    running.kill()
    wish = asyncio.ensure_future(running.install("part", _Part().manifold()))
    with pytest.raises(graph.ShuttingDownError):
        await wish
    await running.wait()


@virtual_time.virtual
async def test_what_is_no_manifold_is_its_callers_fault() -> None:
    """Nonsense does not end the engine."""
    running = await _start()
    with pytest.raises(TypeError):
        await running.install("part", interface.Manifold(None, _Part().start))  # type: ignore[arg-type] # the case
    await virtual_time.settle()
    await _end(running)


# C.4: start, stop, restart


@virtual_time.virtual
async def test_the_snapshot_is_taken_when_the_start_is_requested() -> None:
    """An input that appears during the delay is not seen by that attempt, which is given up instead."""
    user = _Part("late")
    user.failures = [OSError("first")]
    running = await _start(user=user)
    await asyncio.sleep(1)
    late = _Part()
    await running.install("late", late.manifold(output=lambda worker: worker))
    user.gets = ("late",)
    await asyncio.sleep(10)
    assert user.starts == [0, 1.01], "the attempt due at 3 s was given up for one that sees the input"
    assert user.got == [late.worker]
    await _end(running)


@virtual_time.virtual
async def test_kill_during_the_delay() -> None:
    """An attempt that waits is given up at once when the engine ends."""
    part = _Part()
    part.failures = [OSError("first")]
    running = await _start(part=part)
    await _end(running)
    assert asyncio.get_running_loop().time() < 1
    assert part.starts == [0]
    assert _manifold_report(running, "part")["error"] == "aborted before the delay elapsed"


@virtual_time.virtual
async def test_the_timer_of_an_aborted_delay_is_disarmed() -> None:
    """An attempt that is given up leaves no armed timer behind."""
    cancelled: list[datetime.timedelta] = []

    class Timer(virtual_time.LoopTimer):
        def __init__(self, delay: datetime.timedelta) -> None:
            super().__init__(delay)
            self.delay = delay

        def cancel(self) -> None:
            super().cancel()
            cancelled.append(self.delay)

    class Clock(virtual_time.VirtualClock):
        def after(self, delay: datetime.timedelta) -> virtual_time.LoopTimer:
            return Timer(delay)

    part = _Part()
    part.failures = [OSError("first")]
    running = await _start({"clock": Clock()}, part=part)
    await _end(running)
    assert cancelled == [datetime.timedelta(seconds=3)]


@virtual_time.virtual
async def test_a_worker_that_comes_too_late_is_killed() -> None:
    """A start that ends after it was given up gets its worker killed; it does not count."""
    part = _Part("input")
    part.gate = asyncio.Event()
    running = await _start(part=part)
    await running.install("input", _Part().manifold())
    await virtual_time.settle()
    assert part.contexts[0].abort.is_set()
    part.gate.set()
    await asyncio.sleep(1)
    assert [worker.killed for worker in part.workers] == [1, 0]
    assert _manifold_report(running, "part")["start-count"] == 1
    await _end(running)


@virtual_time.virtual
async def test_a_worker_that_comes_after_the_kill_is_killed() -> None:
    """The engine waits for a start under way, and for the end of its worker."""
    part = _Part(kind=_SlowWorker)
    part.gate = asyncio.Event()
    running = await _start(part=part)
    running.kill()
    await virtual_time.settle()
    assert part.contexts[0].abort.is_set()
    part.gate.set()
    await virtual_time.settle()
    assert part.worker.killed == 1
    waiting = asyncio.ensure_future(running.wait())
    await virtual_time.settle()
    assert not waiting.done()
    part.worker.end()
    await waiting


@virtual_time.virtual
async def test_dependents_are_bounced_when_an_input_starts() -> None:
    """A running dependent is stopped and started again from the new worker."""
    user = _Part("source")
    running = await _start(user=user)
    await running.install("source", _Part().manifold())
    await asyncio.sleep(1)
    assert user.workers[0].killed == 1
    assert user.starts == [0, 0.008], "after a clean stop the bounce delay is one step shorter"
    await _end(running)


@virtual_time.virtual
async def test_a_stopped_dependent_is_started_when_an_input_starts() -> None:
    """A dependent that waits for its input starts with it."""
    user = _Part("source")
    user.gets = ("source",)
    running = await _start(user=user)
    await asyncio.sleep(100)
    assert user.starts == [0]
    source = _Part()
    await running.install("source", source.manifold(output=lambda worker: worker))
    await asyncio.sleep(1)
    assert user.starts == [0, 100.01]
    assert user.got == [source.worker]
    await _end(running)


@virtual_time.virtual
async def test_a_restarting_input_bounces_its_dependents_twice() -> None:
    """A dependent starts without the input, and again with it."""
    source, user = _Part(), _Part("source")
    running = await _start(source=source, user=user)
    await asyncio.sleep(1)
    before = len(user.starts)
    source.worker.end(OSError("gone"))
    await asyncio.sleep(10)
    assert source.starts == [0, 4.0]
    assert len(user.starts) == before + 2
    await _end(running)


@virtual_time.virtual
async def test_a_failing_input_does_not_disturb_its_dependents() -> None:
    """While an input is tried again and again, what runs without it runs on."""
    source, user = _Part(), _Part("source")
    source.failures = [OSError("unreachable")] * 20
    running = await _start(source=source, user=user)
    await asyncio.sleep(300)
    assert len(source.starts) > 10
    assert user.starts == [0]
    assert user.worker.killed == 0
    await _end(running)


@virtual_time.virtual
async def test_a_stop_is_asked_for_once() -> None:
    """A dependent that is stopping already is left alone, and starts once it has stopped."""
    source, user = _Part(), _Part("source", kind=_SlowWorker)
    running = await _start(source=source, user=user)
    await asyncio.sleep(1)
    count = len(user.workers)
    worker = user.worker
    killed = worker.killed
    for _ in range(3):
        source.worker.end(errors.BounceError())
        await asyncio.sleep(1)
    assert worker.killed - killed == 1
    assert len(user.workers) == count
    worker.end()
    await asyncio.sleep(1)
    assert len(user.workers) == count + 1
    running.kill()
    user.worker.end()
    await running.wait()


@pytest.mark.parametrize("end", [None, errors.UninstallError(), OSError("x")], ids=str)
def test_what_was_asked_to_stop_starts_again_whatever_it_ended_with(end: BaseException | None) -> None:
    """Neither success nor "uninstall" nor an error matters after a requested stop."""

    @virtual_time.virtual
    async def scenario() -> None:
        source, user = _Part(), _Part("source", kind=_SlowWorker)
        running = await _start(user=user)
        await running.install("source", source.manifold())
        await virtual_time.settle()
        assert user.worker.killed == 1
        user.worker.end(end)
        await asyncio.sleep(0.02)
        assert len(user.starts) == 2
        running.kill()
        user.worker.end()
        await running.wait()

    scenario()


@virtual_time.virtual
async def test_kill_stops_every_worker_at_the_same_time() -> None:
    """All workers are asked in one go; the engine ends with the last of them."""
    parts = {"a": _Part(kind=_SlowWorker), "b": _Part("a", kind=_SlowWorker)}
    running = await _start(a=parts["a"])
    await running.install("b", parts["b"].manifold())
    await virtual_time.settle()
    running.kill()
    await virtual_time.settle()
    assert [part.worker.killed for part in parts.values()] == [1, 1]
    assert running.report()["state"] == "stopping"
    parts["b"].worker.end()
    waiting = asyncio.ensure_future(running.wait())
    await virtual_time.settle()
    assert not waiting.done()
    assert _manifold_report(running, "a")["state"] == "stopping"
    assert _manifold_report(running, "b")["state"] == "stopped"
    parts["a"].worker.end()
    await waiting
    assert running.report()["state"] == "stopped"
    running.kill()
    await running.wait()


@virtual_time.virtual
async def test_cancelling_a_waiter_stops_nothing() -> None:
    """The engine and its other waiters go on."""
    part = _Part()
    running = await _start(part=part)
    waiting = asyncio.ensure_future(running.wait())
    await virtual_time.settle()
    waiting.cancel()
    await virtual_time.settle()
    assert part.worker.killed == 0
    await _end(running)


@virtual_time.virtual
async def test_a_worker_that_cannot_be_killed_does_not_spare_the_others() -> None:
    """The engine goes on stopping, and waits for the one until it ends by itself."""

    class Stubborn(fakes.FakeWorker):
        def kill(self) -> None:
            raise RuntimeError("will not")

    stubborn, other = _Part(kind=Stubborn), _Part()
    running = await _start(stubborn=stubborn, other=other)
    running.kill()
    await virtual_time.settle()
    assert other.worker.killed == 1
    stubborn.worker.end()
    await running.wait()


# C.5: after a stop


@virtual_time.virtual
async def test_delays_grow_with_failures_in_a_row() -> None:
    """Failed starts are tried again after 3.0, 3.6, 4.32 s and so on, up to 120 s."""
    part = _Part()
    part.failures = [OSError("again")] * 23
    running = await _start(part=part)
    await asyncio.sleep(3600)
    gaps = [round(after - before, 3) for before, after in zip(part.starts, part.starts[1:], strict=False)]
    assert gaps[:3] == [3.0, 3.6, 4.32]
    assert gaps[9] == 15.479
    assert gaps[19:] == [95.844, 115.013, 120.0, 120.0]
    await _end(running)


@pytest.mark.parametrize(("random", "seconds"), [(0.0, 2.7), (0.5, 3.0), (0.999999, 3.3)])
def test_jitter(random: float, seconds: float) -> None:
    """The injected random number spreads the delay over the configured range."""

    @virtual_time.virtual
    async def scenario() -> None:
        part = _Part()
        part.failures = [OSError("again")]
        running = await _start({"random": lambda: random}, part=part)
        await asyncio.sleep(60)
        assert part.starts == [0, seconds]
        await _end(running)

    scenario()


@virtual_time.virtual
async def test_a_long_run_resets_the_back_off() -> None:
    """A worker that ran for a minute has failed for the first time; one that ran less has not."""
    part = _Part()
    part.failures = [OSError("again")] * 4
    running = await _start(part=part)
    await asyncio.sleep(3 + 3.6 + 4.32 + 5.184 + 0.001)
    assert len(part.workers) == 1
    begun = part.starts[-1]
    await asyncio.sleep(60)
    part.worker.end(OSError("after a minute"))
    await asyncio.sleep(4)
    assert part.starts[-1] == round(begun + 60.001 + 3, 3)
    begun = part.starts[-1]
    part.worker.end(OSError("at once"))
    ended = asyncio.get_running_loop().time()
    await asyncio.sleep(4)
    assert part.starts[-1] == round(ended + 3.6, 3)
    await _end(running)


@virtual_time.virtual
async def test_a_manifold_may_shorten_its_delays() -> None:
    """Before jitter, and asked each time; a word that is said takes back what is left of one."""
    part, urgent = _Part(), asyncio.Event()
    part.failures = [OSError("again")] * 3
    longest = [3.0, 2.0, 100.0]
    running = await _start({"jitter": (0.0, 1.0)})
    manifold = dataclasses.replace(
        part.manifold(), max_delay=lambda: datetime.timedelta(seconds=longest.pop(0)), urgent=urgent
    )
    await running.install("part", manifold)
    await asyncio.sleep(1.5 + 1.0 + 0.5)
    assert [round(at, 3) for at in part.starts] == [0, 1.5, 2.5]
    urgent.set()
    await virtual_time.settle()
    assert round(part.starts[3], 3) == 3.0
    await _end(running)


@virtual_time.virtual
async def test_a_clean_end_stays_stopped() -> None:
    """A worker that has ended without an error is not started again by itself."""
    part = _Part()
    running = await _start(part=part)
    part.worker.end()
    await asyncio.sleep(3600)
    assert part.starts == [0]
    assert _manifold_report(running, "part") == {"state": "stopped", "inputs": [], "start-count": 1}
    await _end(running)


@pytest.mark.parametrize(
    ("error", "levels"),
    [
        (None, ["DEBUG"]),
        (errors.DependencyMissingError(), ["Level 5"]),
        (errors.BounceError(), ["DEBUG"]),
        (errors.UninstallError(), ["DEBUG"]),
        (OSError("down"), ["DEBUG", "ERROR"]),
        (errors.StoreUnavailableError("busy"), ["DEBUG", "INFO"]),
    ],
    ids=["none", "missing", "bounce", "uninstall", "other", "try-again"],
)
def test_what_is_logged(
    error: BaseException | None, levels: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """An end is logged as loud as it matters, with the manifold's name and the error."""

    @virtual_time.virtual
    async def scenario() -> None:
        part = _Part()
        running = await _start(part=part)
        part.worker.end(error)
        await virtual_time.settle()
        assert [record.levelname for record in caplog.records] == levels
        assert caplog.messages[-1] == '"part" manifold worker stopped' + (f": {error}" if error else "")
        await _end(running)

    with caplog.at_level(5, logger="test.engine"):
        scenario()


def _is_of_the_system(error: BaseException) -> bool:
    return isinstance(error, OSError)


def test_an_error_that_the_log_does_not_need_is_no_error_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At DEBUG, as every end, and not once more as an error."""

    @virtual_time.virtual
    async def scenario() -> None:
        part = _Part()
        changes = {"is_said": _is_of_the_system}
        running = await _start(changes, part=part)
        part.worker.end(OSError("down"))
        await virtual_time.settle()
        assert [record.levelname for record in caplog.records] == ["DEBUG"]
        await _end(running)

    with caplog.at_level(5, logger="test.engine"):
        scenario()


def test_a_defect_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """An exception that is no foreseen error shows where it was raised; a foreseen one does not."""

    @virtual_time.virtual
    async def scenario() -> None:
        part = _Part()
        part.failures = [ZeroDivisionError("defect"), OSError("foreseen")]
        running = await _start(part=part)
        await asyncio.sleep(60)
        await _end(running)

    with caplog.at_level(logging.INFO, logger="test.engine"):
        scenario()
    assert [record.exc_info is not None for record in caplog.records] == [True, False]


@virtual_time.virtual
async def test_a_start_that_returns_nothing_has_failed() -> None:
    """None is no worker; it is tried again, and the engine lives."""

    async def start(_: interface.Context) -> workers.Worker:
        return None  # type: ignore[return-value] # the case

    running = await _start()
    await running.install(
        "part", interface.Manifold((), start, lambda error: errors.UninstallError(str(error)))
    )
    await virtual_time.settle()
    assert running.report()["manifolds"] == {}
    await _end(running)


@pytest.mark.parametrize("during", ["start", "wait"])
def test_a_stray_cancellation_is_a_failure(during: str) -> None:
    """A CancelledError that nobody asked for does not lose the manifold."""

    class Cancelled(fakes.FakeWorker):
        async def wait(self) -> None:
            raise asyncio.CancelledError

    @virtual_time.virtual
    async def scenario() -> None:
        part = _Part(kind=Cancelled if during == "wait" else fakes.FakeWorker)
        if during == "start":
            part.failures = [asyncio.CancelledError()]
        running = await _start(part=part)
        part.kind = fakes.FakeWorker
        await asyncio.sleep(60)
        assert part.starts == [0, 3.0]
        await _end(running)

    scenario()


@virtual_time.virtual
async def test_a_fatal_error_ends_the_engine() -> None:
    """The other workers are stopped, and wait raises the error."""
    part, other = _Part(), _Part()
    running = await _start(part=part, other=other)
    error = _FatalError(1)
    part.worker.end(error)
    with pytest.raises(_FatalError) as raised:
        await running.wait()
    assert raised.value is error
    assert other.worker.killed == 1
    assert running.report()["error"] == "fatal 1"


@virtual_time.virtual
async def test_the_filtered_error_is_what_can_be_fatal() -> None:
    """A filter can make an error fatal, and a fatal one harmless."""
    harmless, deadly = _Part(), _Part()
    running = await _start()
    await running.install("harmless", harmless.manifold(lambda _: None))
    await running.install("deadly", deadly.manifold(lambda error: error and _FatalError(3)))
    await virtual_time.settle()
    harmless.worker.end(_FatalError(1))
    await virtual_time.settle()
    assert running.report()["state"] == "started"
    deadly.worker.end(OSError("full"))
    with pytest.raises(_FatalError, match="fatal 3"):
        await running.wait()


@pytest.mark.parametrize(("ranks", "worst"), [((1, 2), "fatal 2"), ((2, 1), "fatal 2"), ((2, 2), "fatal 2")])
def test_the_worst_fatal_error_is_remembered(ranks: tuple[int, int], worst: str) -> None:
    """Of several fatal errors, the worst is raised, whichever came first."""

    @virtual_time.virtual
    async def scenario() -> None:
        parts = [_Part(kind=_SlowWorker), _Part(kind=_SlowWorker)]
        running = await _start(first=parts[0], second=parts[1])
        for part, rank in zip(parts, ranks, strict=True):
            part.worker.end(_FatalError(rank))
            await virtual_time.settle()
        with pytest.raises(_FatalError, match=worst):
            await running.wait()

    scenario()


@virtual_time.virtual
async def test_the_engines_filter_translates_its_end() -> None:
    """A fatal error can be turned into success."""
    part = _Part()
    seen: list[BaseException | None] = []

    def filter_(error: BaseException | None) -> BaseException | None:
        seen.append(error)
        return None

    running = await _start({"filter": filter_}, part=part)
    error = _FatalError(1)
    part.worker.end(error)
    await running.wait()
    assert seen == [error]


@pytest.mark.parametrize("broken", ["is_fatal", "worst_error"])
def test_a_broken_judge_ends_the_engine(broken: str) -> None:
    """When is_fatal or worst_error raises, everything is stopped in order and wait raises that."""

    def judge(*_: BaseException) -> Any:
        raise ValueError("cannot judge")

    @virtual_time.virtual
    async def scenario() -> None:
        parts = [_Part(kind=_SlowWorker), _Part(kind=_SlowWorker)]
        running = await _start({broken: judge}, first=parts[0], second=parts[1])
        for part in parts:
            part.worker.end(_FatalError(1))
        with pytest.raises(ValueError, match="cannot judge"):
            await running.wait()
        assert running.report()["error"] == "cannot judge"

    scenario()


# C.6: reports


@virtual_time.virtual
async def test_report_through_a_life() -> None:
    """A manifold's report follows it from the first start to the end."""
    part = _Part(kind=_SlowWorker)
    part.failures = [OSError("down")]
    part.gate = asyncio.Event()
    running = await _start(part=part)
    assert _manifold_report(running, "part") == {"state": "starting", "inputs": []}
    part.gate.set()
    await virtual_time.settle()
    assert _manifold_report(running, "part") == {"state": "starting", "inputs": []}
    await asyncio.sleep(5)
    started: dict[str, object] = {"inputs": [], "start-count": 1, "started": "2031-05-06 07:08:12"}
    assert _manifold_report(running, "part") == {"state": "started", **started}
    running.kill()
    await virtual_time.settle()
    assert _manifold_report(running, "part") == {"state": "stopping", **started}
    part.worker.end(OSError("torn"))
    await running.wait()
    assert _manifold_report(running, "part") == {
        "state": "stopped",
        "inputs": [],
        "start-count": 1,
        "error": "torn",
    }


# The end of a program


def test_closing_the_loop_stops_the_workers() -> None:
    """A program that ends without killing its engine leaves no start running and asks every worker."""
    part, slow = _Part(), _Part()
    log: list[str] = []

    async def hanging(_: interface.Context) -> workers.Worker:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("start cancelled")
        raise AssertionError

    @virtual_time.virtual
    async def program() -> None:
        running = await _start(part=part, slow=slow)
        await running.install("hanging", interface.Manifold((), hanging))
        await virtual_time.settle()

    program()
    assert log == ["start cancelled"]
    assert part.worker.killed == 1


def test_a_defect_of_the_engine_takes_everything_down() -> None:
    """When even the clock raises, workers are asked to stop, starts are cancelled, and wait says why."""

    class BrokenClock(virtual_time.VirtualClock):
        broken = False

        def now(self) -> datetime.datetime:
            if self.broken:
                raise RuntimeError("no time")
            return super().now()

    @virtual_time.virtual
    async def scenario() -> None:
        clock = BrokenClock()
        part, late, dying = _Part(kind=_SlowWorker), _Part(), _Part()
        running = await _start({"clock": clock}, part=part, dying=dying)
        late.gate = asyncio.Event()
        await running.install("late", late.manifold())
        await virtual_time.settle()
        clock.broken = True
        dying.worker.end()
        await virtual_time.settle()
        assert part.worker.killed == 1
        wish = asyncio.ensure_future(running.install("wish", _Part().manifold()))
        forgotten = asyncio.ensure_future(running.install("forgotten", _Part().manifold()))
        await virtual_time.settle()
        forgotten.cancel()
        part.worker.end()
        with pytest.raises(graph.ShuttingDownError):
            await wish
        with pytest.raises(RuntimeError, match="no time"):
            await running.wait()
        assert late.workers == []

    scenario()
