"""The clock that cannot be set, case by case of the reference's defects (spec worker, B-16)."""

import datetime

import pytest

from meterstatus.domain.unit import offline_clock

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND, DAY = datetime.timedelta(seconds=1), datetime.timedelta(days=1)


def at(
    passed: float, *, set_by: datetime.timedelta = offline_clock.NOTHING, boot: float = 0, boot_id: str = "a"
) -> offline_clock.Instant:
    """Read the clocks when so many seconds have passed; ``boot`` is when the machine booted."""
    return offline_clock.Instant(T0 + passed * SECOND + set_by, (passed - boot) * SECOND, boot_id)


MARK = offline_clock.contact(at(0))


def test_time_counts_from_the_contact() -> None:
    """At the contact nothing has passed."""
    assert offline_clock.elapsed(MARK, at(0)) == offline_clock.NOTHING
    assert offline_clock.elapsed(MARK, at(299.5)) == 299.5 * SECOND


@pytest.mark.parametrize("set_by", [DAY, -DAY, datetime.timedelta(days=-20000)])
def test_within_a_boot_the_wall_clock_is_nobody(set_by: datetime.timedelta) -> None:
    """Setting it, or a time server correcting 1970, counts nothing (B-16 a to c)."""
    assert offline_clock.elapsed(MARK, at(300, set_by=set_by)) == 300 * SECOND


def test_across_boots_the_wall_clock_counts_on() -> None:
    """What was counted stays, and the time that the machine was off is added."""
    mark = offline_clock.advanced(MARK, at(100))
    assert offline_clock.elapsed(mark, at(160, boot=150, boot_id="b")) == 160 * SECOND


def test_a_clock_set_back_across_boots_takes_nothing_back() -> None:
    """And adds what has passed since the boot, until it has passed what it once showed."""
    mark = offline_clock.advanced(MARK, at(100))
    assert offline_clock.elapsed(mark, at(160, set_by=-DAY, boot=160, boot_id="b")) == 100 * SECOND
    assert offline_clock.elapsed(mark, at(220, set_by=-DAY, boot=160, boot_id="b")) == 160 * SECOND
    assert offline_clock.elapsed(mark, at(160, boot=0.5, boot_id="b")) == 160 * SECOND


def test_three_reboots_with_a_clock_that_is_a_day_behind_lose_only_what_the_machine_was_off() -> None:
    """Each agent starts some seconds after its machine, and what passes until then counts."""
    mark, passed, off = MARK, 0.0, 5.0
    for boot in ("b", "c", "d"):
        booted = passed + off
        passed = booted + 20
        mark = offline_clock.advanced(mark, at(passed, set_by=-DAY, boot=booted, boot_id=boot))
    assert offline_clock.elapsed(mark, at(passed, set_by=-DAY, boot=booted, boot_id="d")) == 60 * SECOND


def test_another_clock_of_the_same_boot_says_nothing_of_when_it_began() -> None:
    """One that went back, as in a container that was moved, may have run for weeks before the mark."""
    mark = offline_clock.contact(at(50))
    assert offline_clock.elapsed(mark, at(60, set_by=-DAY, boot=55)) == offline_clock.NOTHING


def test_time_is_not_counted_twice_after_a_clock_was_set_back() -> None:
    """Back by a day in one boot and forward again before the next is no day without contact."""
    mark = offline_clock.advanced(offline_clock.advanced(MARK, at(10)), at(20, set_by=-DAY))
    assert mark.highest_wall == T0 + 10 * SECOND
    assert offline_clock.elapsed(mark, at(40, boot_id="b")) == (20 + 30) * SECOND


def test_a_boot_clock_that_went_back_is_another() -> None:
    """The id alone is not believed: a container that was moved keeps it."""
    assert not offline_clock.same_boot(offline_clock.contact(at(50)), at(60, boot=55))
    assert offline_clock.same_boot(MARK, at(0))


def test_a_step_of_the_wall_clock_is_seen_within_a_boot() -> None:
    """Slewing is none, and across boots nobody knows."""
    assert offline_clock.wall_step(MARK, at(60, set_by=DAY)) == DAY
    assert offline_clock.wall_step(MARK, at(60, set_by=-2 * SECOND)) == -2 * SECOND
    assert offline_clock.wall_step(MARK, at(60, set_by=SECOND)) == offline_clock.NOTHING
    assert offline_clock.wall_step(MARK, at(60, set_by=DAY, boot_id="b")) == offline_clock.NOTHING


def test_a_mark_that_is_moved_on_keeps_what_was_announced() -> None:
    """It belongs to the contact that is counted from."""
    at = offline_clock.Instant(datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(1), "a")
    mark = offline_clock.contact(at, datetime.timedelta(hours=2))
    assert offline_clock.advanced(mark, at).longer == datetime.timedelta(hours=2)
    assert offline_clock.contact(at).longer == datetime.timedelta(0)
