"""Clocks that know no boot."""

import datetime

from meterstatus.testing import virtual_time
from meterstatus.workers import clocks

SECOND = datetime.timedelta(seconds=1)


class _Plain:
    """A caller's own clock."""

    def __init__(self) -> None:
        self.wall = virtual_time.START

    def now(self) -> datetime.datetime:
        return self.wall

    def after(self, delay: datetime.timedelta) -> virtual_time.LoopTimer:
        return virtual_time.LoopTimer(delay)


@virtual_time.virtual
async def test_a_clock_that_knows_boots_is_taken_as_it_is() -> None:
    """Nothing is put before it."""
    known = virtual_time.VirtualClock()
    assert clocks.instants(known) is known


@virtual_time.virtual
async def test_a_plain_clock_counts_forward_only() -> None:
    """Wall time that goes forward has passed; set back it takes nothing back, and goes on from there."""
    plain = _Plain()
    clock = clocks.instants(plain)
    first = clock.instant_now()
    plain.wall += 60 * SECOND
    assert clock.instant_now().boot - first.boot == 60 * SECOND
    plain.wall -= 3600 * SECOND
    assert clock.instant_now().boot - first.boot == 60 * SECOND
    plain.wall += SECOND
    assert clock.instant_now().boot - first.boot == 61 * SECOND
    assert clock.now() == plain.wall
    await clock.after(SECOND)


@virtual_time.virtual
async def test_each_is_a_boot_of_its_own() -> None:
    """A restarted worker goes by the wall clock."""
    plain = _Plain()
    assert clocks.instants(plain).instant_now().boot_id != clocks.instants(plain).instant_now().boot_id
