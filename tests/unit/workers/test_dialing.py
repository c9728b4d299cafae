"""Reaching the first of several controllers (spec juju-api, 9.2)."""

import asyncio
import datetime

import pytest

from meterstatus import errors
from meterstatus.engine import graph
from meterstatus.ports import connection
from meterstatus.testing import connection as fakes
from meterstatus.testing import virtual_time
from meterstatus.workers import dialing

Outcome = fakes.FakeAPIConnection | errors.ConnectFailedError


class TimedDialer:
    """A dialer whose addresses answer after a time, and which notes when each was dialled and dropped."""

    def __init__(self, answers: dict[str, tuple[float, Outcome]]) -> None:
        self._answers = answers
        self._began = asyncio.get_running_loop().time()
        self.dialled: dict[str, float] = {}
        self.cancelled: list[str] = []

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        address = endpoint.address
        self.dialled[address] = round(asyncio.get_running_loop().time() - self._began, 3)
        seconds, outcome = self._answers[address]
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(address)
            raise
        if isinstance(outcome, errors.ConnectFailedError):
            raise outcome
        return outcome


def endpoints(*addresses: str) -> list[connection.Endpoint]:
    return [connection.Endpoint(address, "/api", "") for address in addresses]


@virtual_time.virtual
async def test_the_first_to_answer_wins() -> None:
    """A slow address is overtaken by the next one, and dropped."""
    quick = fakes.FakeAPIConnection()
    dialer = TimedDialer({"a": (60, fakes.FakeAPIConnection()), "b": (0.1, quick), "c": (0, quick)})

    made = await dialing.dial_first(dialer, endpoints("a", "b", "c"), virtual_time.VirtualClock())

    assert made is quick
    assert {"a": 0.0, "b": 0.2} == dialer.dialled
    assert ["a"] == dialer.cancelled


@virtual_time.virtual
async def test_a_refusal_moves_on_at_once() -> None:
    """An address that fails is not waited for."""
    second = fakes.FakeAPIConnection()
    dialer = TimedDialer({"a": (0, errors.ConnectFailedError("refused")), "b": (0, second)})

    assert second is await dialing.dial_first(dialer, endpoints("a", "b"), virtual_time.VirtualClock())
    assert {"a": 0.0, "b": 0.0} == dialer.dialled


@virtual_time.virtual
async def test_says_why_each_address_failed() -> None:
    """The error names every address, its failure or its silence."""
    dialer = TimedDialer(
        {"a": (0, errors.ConnectFailedError("a refused")), "b": (60, fakes.FakeAPIConnection())}
    )

    with pytest.raises(errors.ConnectFailedError) as caught:
        await dialing.dial_first(dialer, endpoints("a", "b"), virtual_time.VirtualClock())

    assert str(caught.value) == "a refused; cannot connect to b: no answer within 10 s"
    assert ["b"] == dialer.cancelled


@virtual_time.virtual
async def test_without_an_address_there_is_nothing_to_dial() -> None:
    """An agent.conf without addresses says so."""
    with pytest.raises(errors.ConnectFailedError, match="no controller address is known"):
        await dialing.dial_first(TimedDialer({}), [], virtual_time.VirtualClock())


@virtual_time.virtual
async def test_a_connection_that_came_too_late_is_closed() -> None:
    """Of two that answer in the same instant one is used and the other closed."""
    first, second = fakes.FakeAPIConnection(), fakes.FakeAPIConnection()
    dialer = TimedDialer({"a": (0.3, first), "b": (0.1, second)})

    made = await dialing.dial_first(dialer, endpoints("a", "b"), virtual_time.VirtualClock())

    loser = second if made is first else first
    await loser.wait_closed()
    assert made in (first, second)


@virtual_time.virtual
async def test_cancelling_leaves_nothing_behind() -> None:
    """Every attempt is dropped with the caller."""
    dialer = TimedDialer({"a": (60, fakes.FakeAPIConnection())})
    dialled = asyncio.ensure_future(dialing.dial_first(dialer, endpoints("a"), virtual_time.VirtualClock()))
    await virtual_time.settle()
    dialled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialled

    assert ["a"] == dialer.cancelled


@virtual_time.virtual
async def test_a_step_has_its_limit() -> None:
    """A step that takes longer is cancelled and gone; a quick one gives its result."""
    clock = virtual_time.VirtualClock()
    limit = datetime.timedelta(seconds=5)
    ended: list[str] = []

    async def step(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        finally:
            ended.append(f"{seconds:g}")
        return "done"

    assert await dialing.within(limit, clock, lambda: step(4)) == "done"
    with pytest.raises(errors.RequestTimeoutError, match="no end within 5 s"):
        await dialing.within(limit, clock, lambda: step(6))
    assert ["4", "6"] == ended


@virtual_time.virtual
async def test_a_step_that_is_no_longer_wanted_ends() -> None:
    """The word cancels it long before its limit."""
    clock, abort, ended = virtual_time.VirtualClock(), asyncio.Event(), asyncio.Event()

    async def step() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    waiting = asyncio.ensure_future(dialing.within(datetime.timedelta(minutes=2), clock, step, abort))
    await virtual_time.settle()
    abort.set()
    with pytest.raises(graph.AbortedError):
        await asyncio.wait_for(waiting, 1)
    assert ended.is_set()


@virtual_time.virtual
async def test_cancelling_a_limited_step_cancels_the_step() -> None:
    """The step ends with its caller."""
    clock = virtual_time.VirtualClock()
    began = asyncio.Event()
    ended = asyncio.Event()

    async def step() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    waiting = asyncio.ensure_future(dialing.within(datetime.timedelta(minutes=2), clock, step))
    await began.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
