"""Tests of the notify worker: each row of spec worker C.8's table, and being woken without an event."""

import asyncio
import datetime
import logging
from collections.abc import Mapping
from typing import cast

import pytest

from meterstatus import errors
from meterstatus.engine import notify
from meterstatus.ports import status, time
from meterstatus.testing import fakes, virtual_time

_LOGGER = logging.getLogger("test.notify")


class _Handler:
    """Records its calls in ``calls``; fails where told; handles until ``hold`` lets it or it is aborted."""

    def __init__(self) -> None:
        self.watcher: fakes.FakeNotifyWatcher | None = _Watcher()
        self.calls: list[str] = []
        self.failures: dict[str, BaseException] = {}
        self.hold: asyncio.Event | None = None
        self.aborted = False
        self._wake_at: float | None = None
        self.next_wake: datetime.timedelta | None = None
        self.handled_at: list[float] = []
        self.at_once = 0

    @property
    def wake_in(self) -> datetime.timedelta | None:
        if self._wake_at is None:
            return None
        return datetime.timedelta(seconds=self._wake_at - asyncio.get_running_loop().time())

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failures:
            raise self.failures[name]

    async def set_up(self) -> status.NotifyWatcher:
        self._call("set up")
        return cast("status.NotifyWatcher", self.watcher)

    async def handle(self, abort: time.Interrupt) -> None:
        assert self.at_once == 0, "two handles at once"
        self.at_once += 1
        self.handled_at.append(round(asyncio.get_running_loop().time(), 3))
        self.calls.append("handle")
        if self.hold is not None:
            holding = asyncio.ensure_future(self.hold.wait())
            aborting = asyncio.ensure_future(abort.wait())
            await asyncio.wait([holding, aborting], return_when=asyncio.FIRST_COMPLETED)
            self.aborted = aborting.done()
            holding.cancel()
            aborting.cancel()
        self.at_once -= 1
        now = asyncio.get_running_loop().time()
        self._wake_at = None if self.next_wake is None else now + self.next_wake.total_seconds()
        self.calls.append("handled")
        if "handle" in self.failures:
            raise self.failures["handle"]

    async def tear_down(self) -> None:
        assert self.watcher is None or "set up" in self.failures or self.watcher.stopped
        self._call("tear down")


class _Watcher(fakes.FakeNotifyWatcher):
    """Can fail to stop, and can end by itself."""

    stop_failure: BaseException | None = None

    async def stop(self) -> None:
        await super().stop()
        if self.stop_failure is not None:
            raise self.stop_failure


class _Timer(virtual_time.LoopTimer):
    """Remembers that it was disarmed."""

    cancelled = False

    def cancel(self) -> None:
        super().cancel()
        self.cancelled = True


class _ReportingHandler(_Handler):
    def report(self) -> Mapping[str, object]:
        return {"status": "GREEN"}


def _start(handler: _Handler, clock: time.Clock | None = None) -> notify.NotifyWorker:
    return notify.NotifyWorker.start(handler, clock or virtual_time.VirtualClock(), _LOGGER)


def _watcher(handler: _Handler) -> _Watcher:
    assert isinstance(handler.watcher, _Watcher)
    return handler.watcher


@virtual_time.virtual
async def test_set_up_error() -> None:
    """A set-up error is the end, after one tear-down; nothing is handled."""
    handler = _Handler()
    handler.failures["set up"] = ValueError("no set-up")
    with pytest.raises(ValueError, match="no set-up"):
        await _start(handler).wait()
    assert handler.calls == ["set up", "tear down"]


@virtual_time.virtual
async def test_set_up_error_hides_tear_down_error() -> None:
    """When set-up and tear-down both fail, set-up's error is the end."""
    handler = _Handler()
    handler.failures = {"set up": ValueError("no set-up"), "tear down": ValueError("no tear-down")}
    with pytest.raises(ValueError, match="no set-up"):
        await _start(handler).wait()
    assert handler.calls == ["set up", "tear down"]


@virtual_time.virtual
async def test_no_watcher() -> None:
    """A set-up that returns no watcher is an error, and is torn down."""
    handler = _Handler()
    handler.watcher = None
    with pytest.raises(errors.MeterStatusError, match="handler returned nil watcher"):
        await _start(handler).wait()
    assert handler.calls == ["set up", "tear down"]


@virtual_time.virtual
async def test_handle_error() -> None:
    """A handle error is the end; the watch is stopped before the tear-down."""
    handler = _Handler()
    handler.failures["handle"] = ValueError("no handle")
    with pytest.raises(ValueError, match="no handle"):
        await _start(handler).wait()
    assert handler.calls == ["set up", "handle", "handled", "tear down"]
    assert _watcher(handler).stopped


def test_handle_error_hides_tear_down_error(caplog: pytest.LogCaptureFixture) -> None:
    """B-26: when handle and tear-down both fail, the handle's error is the end, the other is logged."""

    @virtual_time.virtual
    async def scenario() -> None:
        handler = _Handler()
        handler.failures = {"handle": ValueError("no handle"), "tear down": ValueError("no tear-down")}
        with pytest.raises(ValueError, match="no handle"):
            await _start(handler).wait()

    scenario()
    assert caplog.messages == ["notify worker failed again while stopping: no tear-down"]


@virtual_time.virtual
async def test_tear_down_error() -> None:
    """A tear-down error after a clean run is the end."""
    handler = _Handler()
    handler.failures["tear down"] = ValueError("no tear-down")
    worker = _start(handler)
    await virtual_time.settle()
    worker.kill()
    with pytest.raises(ValueError, match="no tear-down"):
        await worker.wait()


@virtual_time.virtual
async def test_watch_breaks() -> None:
    """A watch that raises is the end, with its error."""
    handler = _Handler()
    worker = _start(handler)
    await virtual_time.settle()
    _watcher(handler).fail(errors.ConnectionLostError())
    with pytest.raises(errors.ConnectionLostError):
        await worker.wait()
    assert handler.calls[-1] == "tear down"


@virtual_time.virtual
async def test_watch_breaks_while_handling() -> None:
    """A watch that raises while a handler runs aborts it at once."""
    handler = _Handler()
    handler.hold = asyncio.Event()
    worker = _start(handler)
    await virtual_time.settle()
    _watcher(handler).fail(errors.ConnectionLostError())
    with pytest.raises(errors.ConnectionLostError):
        await worker.wait()
    assert handler.aborted
    assert handler.calls == ["set up", "handle", "handled", "tear down"]


@virtual_time.virtual
async def test_watch_ends_by_itself() -> None:
    """A watch that ends while nobody stopped it is an error."""
    handler = _Handler()
    worker = _start(handler)
    await virtual_time.settle()
    await _watcher(handler).stop()
    with pytest.raises(errors.MeterStatusError, match="change channel closed"):
        await worker.wait()


@virtual_time.virtual
async def test_kill() -> None:
    """Killed, it ends cleanly: watch stopped, then one tear-down."""
    handler = _Handler()
    worker = _start(handler)
    await virtual_time.settle()
    worker.kill()
    worker.kill()
    await worker.wait()
    assert handler.calls == ["set up", "handle", "handled", "tear down"]


@virtual_time.virtual
async def test_kill_when_the_watch_fails_to_stop() -> None:
    """Killed, it ends with the error of stopping the watch, and still tears down."""
    handler = _Handler()
    _watcher(handler).stop_failure = ValueError("no stop")
    worker = _start(handler)
    await virtual_time.settle()
    worker.kill()
    with pytest.raises(ValueError, match="no stop"):
        await worker.wait()
    assert handler.calls[-1] == "tear down"


@virtual_time.virtual
async def test_kill_before_set_up() -> None:
    """Killed at once, it sets up, handles nothing, stops the watch and tears down."""
    handler = _Handler()
    worker = _start(handler)
    worker.kill()
    await worker.wait()
    assert handler.calls == ["set up", "tear down"]
    assert _watcher(handler).stopped


@virtual_time.virtual
async def test_kill_aborts_the_handle_and_waits_for_it() -> None:
    """A running handle is told to stop, and the watch is stopped only after it."""
    handler = _Handler()
    handler.hold = asyncio.Event()
    worker = _start(handler)
    await virtual_time.settle()
    assert handler.calls == ["set up", "handle"]
    worker.kill()
    assert not _watcher(handler).stopped
    await worker.wait()
    assert handler.aborted
    assert handler.calls == ["set up", "handle", "handled", "tear down"]


@virtual_time.virtual
async def test_one_handle_per_event() -> None:
    """Each event is handled once, the first included."""
    handler = _Handler()
    worker = _start(handler)
    for _ in range(3):
        await virtual_time.settle()
        _watcher(handler).send()
    await virtual_time.settle()
    assert handler.calls.count("handle") == 4
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_events_while_handling_are_merged_and_never_concurrent() -> None:
    """Of any number of events during a handle, one is read ahead and the watch merges the others."""
    handler = _Handler()
    handler.hold = asyncio.Event()
    worker = _start(handler)
    for _ in range(3):
        await virtual_time.settle()
        _watcher(handler).send()
    await virtual_time.settle()
    assert handler.calls.count("handle") == 1
    handler.hold.set()
    await virtual_time.settle()
    assert handler.calls.count("handle") == 3
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_woken_without_an_event() -> None:
    """The handler is called again at the instant it asked for, as often as it asks."""
    handler = _Handler()
    handler.next_wake = datetime.timedelta(seconds=2.5)
    worker = _start(handler)
    await asyncio.sleep(6)
    assert handler.handled_at == [0, 2.5, 5]
    handler.next_wake = None
    await asyncio.sleep(3600)
    assert handler.handled_at == [0, 2.5, 5, 7.5]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_an_event_comes_before_the_wake() -> None:
    """An event is handled at once, and the wake is asked for anew."""
    handler = _Handler()
    handler.next_wake = datetime.timedelta(seconds=10)
    worker = _start(handler)
    await asyncio.sleep(4)
    _watcher(handler).send()
    await asyncio.sleep(15)
    assert handler.handled_at == [0, 4, 14]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_timers_are_disarmed() -> None:
    """An event leaves no armed timer behind."""
    handler = _Handler()
    handler.next_wake = datetime.timedelta(seconds=0.5)
    armed: list[_Timer] = []

    class Clock(virtual_time.VirtualClock):
        def after(self, delay: datetime.timedelta) -> virtual_time.LoopTimer:
            armed.append(_Timer(delay))
            return armed[-1]

    worker = _start(handler, Clock())
    await virtual_time.settle()
    worker.kill()
    await worker.wait()
    assert [timer.cancelled for timer in armed] == [True]


@virtual_time.virtual
async def test_report_is_the_handlers() -> None:
    """The worker reports what its handler does, and nothing if it does not report."""
    silent, reporting = _start(_Handler()), _start(_ReportingHandler())
    assert silent.report() == {}
    assert reporting.report() == {"status": "GREEN"}
    for worker in (silent, reporting):
        worker.kill()
        await worker.wait()


def test_closing_the_loop_tears_down() -> None:
    """A program that ends without killing still stops the watch and tears down, once."""
    handlers: list[_Handler] = []

    @virtual_time.virtual
    async def program() -> None:
        handlers.append(_Handler())
        _start(handlers[0])
        await virtual_time.settle()

    program()
    assert handlers[0].calls == ["set up", "handle", "handled", "tear down"]
