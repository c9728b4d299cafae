"""ports.hooks.MachineLock: one suite for the flock and the fake (spec worker, D.7)."""

import asyncio
import logging
import pathlib
from collections.abc import Callable

import pytest

from meterstatus import errors
from meterstatus.adapters import machine_lock
from meterstatus.ports import hooks
from meterstatus.runtime import clock
from meterstatus.testing import fakes


@pytest.fixture(params=["flock", "fake"])
def lock(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> hooks.MachineLock:
    """A lock of each kind that nobody holds."""
    if request.param == "fake":
        return fakes.FakeMachineLock()
    return machine_lock.FlockMachineLock(
        "unit-shop-0", clock.SystemClock(), logging.getLogger(), tmp_path / "lock.log", tmp_path
    )


async def _acquire(lock: hooks.MachineLock, group: str = "") -> Callable[[], None]:
    return await lock.acquire(worker="w", comment="c", cancel=asyncio.Event(), group=group)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_request_without_cancel_or_worker_is_not_valid(lock: hooks.MachineLock) -> None:
    """The request is checked, cancel before worker."""
    with pytest.raises(errors.NotValidError, match=r"^missing Cancel not valid$"):
        await lock.acquire(worker="", comment="", cancel=None)
    with pytest.raises(errors.NotValidError, match=r"^missing Worker not valid$"):
        await lock.acquire(worker="", comment="", cancel=asyncio.Event())


async def test_waiters_are_served_in_their_order(lock: hooks.MachineLock) -> None:
    """First come, first served, one at a time."""
    served: list[int] = []

    async def take(number: int) -> None:
        release = await _acquire(lock)
        served.append(number)
        await asyncio.sleep(0)
        assert served[-1] == number
        release()

    release = await _acquire(lock)
    waiting = [asyncio.ensure_future(take(number)) for number in range(5)]
    await _settle()
    assert served == []
    release()
    await asyncio.gather(*waiting)
    assert served == [0, 1, 2, 3, 4]


async def test_the_word_to_stop_ends_the_wait(lock: hooks.MachineLock) -> None:
    """A waiter that is told to stop gets nothing, and the next one is served."""
    release = await _acquire(lock)
    cancel = asyncio.Event()
    waiting = asyncio.ensure_future(lock.acquire(worker="w", comment="c", cancel=cancel))
    await _settle()
    cancel.set()
    with pytest.raises(errors.LockUnavailableError, match=r"^cancelled acquiring mutex$"):
        await waiting
    release()
    (await _acquire(lock))()


async def test_a_word_said_before_keeps_the_lock_free(lock: hooks.MachineLock) -> None:
    """Who is already told to stop gets no lock, although it is free."""
    cancel = asyncio.Event()
    cancel.set()
    with pytest.raises(errors.LockUnavailableError, match="cancelled"):
        await lock.acquire(worker="w", comment="c", cancel=cancel)
    (await _acquire(lock))()


@pytest.mark.parametrize("released_first", [False, True])
async def test_a_cancelled_coroutine_leaves_the_lock_free(
    lock: hooks.MachineLock, *, released_first: bool
) -> None:
    """Cancelling gives up the place, and gives back a lock that came in the same moment."""
    release = await _acquire(lock)
    waiting = asyncio.ensure_future(_acquire(lock))
    await _settle()
    if released_first:
        release()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not released_first:
        release()
    (await asyncio.wait_for(_acquire(lock), 5))()


async def test_a_group_has_a_lock_of_its_own(lock: hooks.MachineLock) -> None:
    """A group's lock and the machine's do not exclude each other."""
    release = await _acquire(lock)
    release_group = await asyncio.wait_for(_acquire(lock, "backup"), 5)
    release()
    release_group()


async def test_a_second_release_is_refused(lock: hooks.MachineLock) -> None:
    """Releasing twice is a defect, and must not free the next holder's lock."""
    release = await _acquire(lock)
    release()
    with pytest.raises(RuntimeError):
        release()
