"""A unit's memory on its disk, and the controller's copy of it."""

import logging

import pytest

from meterstatus import errors
from meterstatus.domain.unit import state
from meterstatus.workers import persistence

MEMORY = state.State("RED", "over")
LOGGER = logging.getLogger(__name__)


class Disk:
    """A store that may refuse."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.written: list[state.State] = []

    async def read(self) -> state.State:
        if self.failure is not None:
            raise self.failure
        return MEMORY

    async def write(self, value: state.State, /) -> None:
        if self.failure is not None:
            raise self.failure
        self.written.append(value)


def kept(disk: Disk | None, controller: Disk | None = None) -> tuple[persistence.Persistence, list[str]]:
    troubles: list[str] = []
    made = persistence.Persistence(LOGGER, disk, controller, lambda: MEMORY, lambda: troubles.append("!"))
    return made, troubles


async def test_what_is_owed_is_written_once() -> None:
    """And at once where it is not owed."""
    disk = Disk()
    made, _ = kept(disk)
    made.owe()
    assert disk.written == []
    await made.save_if_owed()
    await made.save_if_owed()
    assert disk.written == [MEMORY]
    await made.save()
    assert disk.written == [MEMORY] * 2


async def test_a_write_that_failed_is_said_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    """Once in the log, however often; and the trouble is told each time."""
    disk = Disk(OSError("disk full"))
    made, troubles = kept(disk)
    await made.save()
    await made.save()
    assert (made.unsaved, troubles) == ("disk full", ["!", "!"])
    assert caplog.text.count(persistence.NOT_RECORDED) == 1
    disk.failure = None
    await made.save()
    assert (made.unsaved, disk.written) == ("", [MEMORY])


async def test_the_controllers_copy_may_wait_where_there_is_a_disk() -> None:
    """Without one it is all there is to remember by."""
    made, _ = kept(Disk(), Disk(errors.TransportError("gone")))
    await made.report()
    assert made.is_unreported
    alone, _ = kept(None, Disk(errors.TransportError("gone")))
    with pytest.raises(errors.StateWriteError):
        await alone.report()


async def test_a_state_that_is_not_there_or_damaged_is_recalled_as_such() -> None:
    """Nothing, or a memory that is not sure."""
    assert await persistence.recall(Disk(), LOGGER) == MEMORY
    assert await persistence.recall(Disk(errors.NotFoundError("state")), LOGGER) is None
    damaged = Disk(errors.StateCorruptError("cut"))
    assert await persistence.recall(damaged, LOGGER) == state.State.after_damage(None)
