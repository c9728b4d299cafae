"""Tests of bound lifetimes: the rules of spec worker C.7, one test each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from meterstatus import errors
from meterstatus.engine import catacomb
from meterstatus.testing import fakes, virtual_time


class _SlowWorker(fakes.FakeWorker):
    """Ends only when the test says so, however often it is killed."""

    killed: int

    def kill(self) -> None:
        self.killed += 1


class _UnkillableWorker(fakes.FakeWorker):
    """Cannot even be asked."""

    def kill(self) -> None:
        self.end()
        raise RuntimeError("cannot be killed")


async def _until_dying(scope: catacomb.Catacomb) -> None:
    await scope.dying.wait()


def _raising(error: BaseException) -> Callable[[catacomb.Catacomb], Awaitable[None]]:
    async def work(_: catacomb.Catacomb) -> None:
        raise error

    return work


@virtual_time.virtual
async def test_kill_without_a_reason_is_a_clean_end() -> None:
    """Killed for no reason, wait returns."""
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill()
    assert scope.dying.is_set()
    await scope.wait()
    assert scope.reason is None


@virtual_time.virtual
async def test_the_end_of_the_work_is_the_end() -> None:
    """Work that returns ends the catacomb cleanly and makes it dying."""

    async def work(_: catacomb.Catacomb) -> None:
        return

    scope = catacomb.Catacomb.start(work)
    await scope.wait()
    assert scope.dying.is_set()


@virtual_time.virtual
async def test_the_first_reason_wins() -> None:
    """A later reason does not replace an earlier one."""
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill(ValueError("first"))
    scope.kill(ValueError("second"))
    with pytest.raises(ValueError, match="first"):
        await scope.wait()


@virtual_time.virtual
async def test_no_reason_gives_way_to_a_reason() -> None:
    """A clean kill can still be given a reason until the end."""
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill()
    scope.kill(ValueError("later"))
    with pytest.raises(ValueError, match="later"):
        await scope.wait()


@virtual_time.virtual
async def test_a_reason_after_the_end_changes_nothing() -> None:
    """What has ended has ended."""
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill()
    await scope.wait()
    scope.kill(ValueError("too late"))
    await scope.wait()
    assert scope.reason is None


@virtual_time.virtual
async def test_an_error_of_the_work_is_the_reason() -> None:
    """Whatever leaves the work comes out of wait, itself."""
    error = TypeError("a defect")
    scope = catacomb.Catacomb.start(_raising(error))
    with pytest.raises(TypeError) as raised:
        await scope.wait()
    assert raised.value is error
    assert any(frame.name == "work" for frame in raised.traceback)


@virtual_time.virtual
async def test_a_stray_cancellation_in_the_work_is_an_error() -> None:
    """A CancelledError that nobody asked for is a failure, not an end of everything."""
    scope = catacomb.Catacomb.start(_raising(asyncio.CancelledError()))
    with pytest.raises(errors.MeterStatusError, match="work was cancelled"):
        await scope.wait()


@virtual_time.virtual
async def test_any_number_may_wait_and_one_may_give_up() -> None:
    """Cancelling one waiter stops neither the catacomb nor the other waiters."""
    scope = catacomb.Catacomb.start(_until_dying)
    waiters = [asyncio.ensure_future(scope.wait()) for _ in range(3)]
    await virtual_time.settle()
    waiters[0].cancel()
    await virtual_time.settle()
    assert not scope.dying.is_set()
    scope.kill(ValueError("over"))
    ends = await asyncio.gather(*waiters, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError, ValueError, ValueError]


@virtual_time.virtual
async def test_kill_stops_every_added_worker_at_once_and_waits() -> None:
    """All are asked in the same step, and the catacomb ends only after the last of them."""
    scope = catacomb.Catacomb.start(_until_dying)
    added = [_SlowWorker(), _SlowWorker()]
    for one in added:
        scope.add(one)
    scope.kill()
    assert [one.killed for one in added] == [1, 1]
    waiting = asyncio.ensure_future(scope.wait())
    added[0].end()
    await virtual_time.settle()
    assert not waiting.done()
    added[1].end()
    await waiting


@virtual_time.virtual
async def test_the_end_of_the_work_stops_the_added_workers() -> None:
    """An added worker does not outlive the work."""
    child = fakes.FakeWorker()

    async def work(scope: catacomb.Catacomb) -> None:
        scope.add(child)

    await catacomb.Catacomb.start(work).wait()
    assert child.killed == 1


@virtual_time.virtual
async def test_an_added_workers_error_kills() -> None:
    """Its error is the reason, and the others are stopped."""
    scope = catacomb.Catacomb.start(_until_dying)
    failing, other = fakes.FakeWorker(), fakes.FakeWorker()
    scope.add(failing)
    scope.add(other)
    failing.end(ValueError("child"))
    with pytest.raises(ValueError, match="child"):
        await scope.wait()
    assert other.killed == 1


@virtual_time.virtual
async def test_an_added_workers_clean_end_does_not_kill() -> None:
    """The catacomb goes on without it."""
    scope = catacomb.Catacomb.start(_until_dying)
    child = fakes.FakeWorker()
    scope.add(child)
    child.end()
    await virtual_time.settle()
    assert not scope.dying.is_set()
    scope.kill()
    await scope.wait()
    assert child.killed == 0


@virtual_time.virtual
async def test_an_error_while_stopping_is_the_reason_of_a_clean_kill() -> None:
    """A worker that fails when stopped makes the end unclean."""
    scope = catacomb.Catacomb.start(_until_dying)
    child = _SlowWorker()
    scope.add(child)
    scope.kill()
    child.end(ValueError("while stopping"))
    with pytest.raises(ValueError, match="while stopping"):
        await scope.wait()


@virtual_time.virtual
async def test_adding_while_dying_stops_the_newcomer() -> None:
    """The newcomer is killed, the caller told "dying", and returning that from work is a clean end."""
    newcomer = fakes.FakeWorker()

    async def work(scope: catacomb.Catacomb) -> None:
        await scope.dying.wait()
        scope.add(newcomer)

    scope = catacomb.Catacomb.start(work)
    scope.kill()
    await scope.wait()
    assert newcomer.killed == 1


@virtual_time.virtual
async def test_adding_while_dying_says_so() -> None:
    """The caller gets the catacomb's own dying error."""
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill()
    with pytest.raises(catacomb.DyingError, match="dying") as raised:
        scope.add(fakes.FakeWorker())
    assert raised.value.catacomb is scope
    await scope.wait()


@virtual_time.virtual
async def test_a_late_newcomers_error_is_the_reason() -> None:
    """Its error is not lost, although it came too late."""
    newcomer = _SlowWorker()

    async def work(scope: catacomb.Catacomb) -> None:
        await scope.dying.wait()
        scope.add(newcomer)

    scope = catacomb.Catacomb.start(work)
    scope.kill()
    waiting = asyncio.ensure_future(scope.wait())
    await virtual_time.settle()
    assert not waiting.done()
    newcomer.end(ValueError("newcomer"))
    with pytest.raises(ValueError, match="newcomer"):
        await waiting


def test_an_error_after_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A worker added after the end cannot fail in silence."""

    @virtual_time.virtual
    async def scenario() -> None:
        scope = catacomb.Catacomb.start(_until_dying, name="tomb")
        scope.kill()
        await scope.wait()
        late = _SlowWorker()
        with pytest.raises(catacomb.DyingError):
            scope.add(late)
        late.end(ValueError("from the grave"))
        await virtual_time.settle()

    with caplog.at_level(logging.ERROR):
        scenario()
    assert caplog.messages == ["tomb: worker added after the end failed: from the grave"]


@virtual_time.virtual
async def test_another_catacombs_dying_error_is_misuse() -> None:
    """Handed a foreign dying error, it ends with an error that says so."""
    other = catacomb.Catacomb.start(_until_dying)
    other.kill()
    scope = catacomb.Catacomb.start(_until_dying)
    scope.kill(catacomb.DyingError(other))
    with pytest.raises(errors.MeterStatusError, match="dying error of another catacomb"):
        await scope.wait()


@virtual_time.virtual
async def test_a_worker_that_cannot_be_killed_does_not_spare_the_others() -> None:
    """The failed kill is the reason, and the next worker is still asked."""
    scope = catacomb.Catacomb.start(_until_dying)
    other = fakes.FakeWorker()
    scope.add(_UnkillableWorker())
    scope.add(other)
    scope.kill()
    with pytest.raises(RuntimeError, match="cannot be killed"):
        await scope.wait()
    assert other.killed == 1


@virtual_time.virtual
async def test_a_worker_cancelled_from_outside_is_an_error() -> None:
    """An added worker whose wait is cancelled by itself has failed."""

    class Cancelled(fakes.FakeWorker):
        async def wait(self) -> None:
            raise asyncio.CancelledError

    scope = catacomb.Catacomb.start(_until_dying)
    scope.add(Cancelled())
    with pytest.raises(errors.MeterStatusError, match="added worker was cancelled"):
        await scope.wait()


@virtual_time.virtual
async def test_catacombs_nest() -> None:
    """One catacomb in another: an inner error ends the outer, an outer kill ends the inner."""
    inner = catacomb.Catacomb.start(_until_dying)
    outer = catacomb.Catacomb.start(_until_dying)
    outer.add(inner)
    outer.kill()
    await inner.wait()
    await outer.wait()
    inner, outer = catacomb.Catacomb.start(_until_dying), catacomb.Catacomb.start(_until_dying)
    outer.add(inner)
    inner.kill(ValueError("inner"))
    with pytest.raises(ValueError, match="inner"):
        await outer.wait()


def test_closing_the_loop_cancels_the_work_and_stops_the_workers() -> None:
    """A program that ends without killing cancels the work; its clean-up runs and workers are asked."""
    log: list[str] = []
    children: list[fakes.FakeWorker] = []

    async def work(scope: catacomb.Catacomb) -> None:
        children.append(fakes.FakeWorker())
        scope.add(children[0])
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cleaned up")

    @virtual_time.virtual
    async def program() -> None:
        catacomb.Catacomb.start(work)
        await virtual_time.settle()

    program()
    assert log == ["cleaned up"]
    assert children[0].killed == 1
