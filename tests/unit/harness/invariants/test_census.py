"""harness.invariants.census: what is counted, added, and printed."""

import json

from harness.invariants import census, verdict
from harness.invariants.verdict import Cause
from harness.simulation import story

FOUND = (
    verdict.NOT_CONCERNED,
    verdict.HELD,
    verdict.HELD,
    verdict.Excused(Cause.DISK_LOST),
    verdict.Violated("it is not"),
)


def counted() -> census.Census:
    of = census.Census()
    for found in FOUND:
        of.count("2 never late", found)
    return of


def test_what_a_check_found() -> None:
    """What is none of its is not counted as its own, and what is wrong is."""
    ((check, row),) = counted().rows()
    assert (check, row.concerned, row.held, row.violated, row.not_concerned) == ("2 never late", 4, 2, 1, 1)
    assert dict(row.excused) == {Cause.DISK_LOST.value: 1}
    assert row.excused_share == 0.25


def test_the_sum_of_two_by_way_of_a_file() -> None:
    """What one process wrote another one adds."""
    of = counted()
    of.add(census.Census(json.loads(json.dumps(of.plain()))))
    assert dict(of.rows())["2 never late"].held == 4


def test_what_was_never_asked() -> None:
    """A check that was concerned by nothing has let nothing pass."""
    of = census.Census()
    of.count("1 severity never falls", verdict.NOT_CONCERNED)
    assert dict(of.rows())["1 severity never falls"].excused_share == 0


def test_the_table() -> None:
    """One line for a check, after the heading."""
    _, line = counted().lines()
    assert line.split() == ["2", "never", "late", "4", "2", "25.0%", "1", "disk", "was", "replaced"]


def test_a_check_as_a_world_has_it_judged() -> None:
    """It is counted once for each time, and accused only where it is wrong."""
    log = story.Story()
    log.judge("2 never late", verdict.HELD)
    log.judge("2 never late", verdict.Excused(Cause.HELD_UP))
    assert (log.lines, log.violations) == ([], [])
    assert dict(log.census.rows())["2 never late"].concerned == 2
