"""How long history and reports are kept."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import retention

NOW = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
KEEP = retention.Retention(history=10 * DAY, most_changes=100, reports=3 * DAY)


@pytest.mark.parametrize(
    ("revision", "age", "goes"),
    [
        (400, 11 * DAY, True),
        (950, 10 * DAY, False),
        (950, 11 * DAY, True),
        (899, 2 * DAY, True),
        (900, 2 * DAY, True),
        (901, 2 * DAY, False),
        (5, datetime.timedelta(minutes=59), False),
        (5, datetime.timedelta(hours=1), False),
        (1000, 11 * DAY, False),
    ],
)
def test_a_change_goes_by_age_or_number(revision: int, age: datetime.timedelta, goes: bool) -> None:
    """Beyond ten days or the newest hundred of thousand; never within an hour, and never the newest."""
    assert KEEP.edges(NOW, 1000).drops_change(revision, NOW - age) is goes


def test_a_report_goes_by_age() -> None:
    """After three days, and not before."""
    edges = KEEP.edges(NOW, 1000)
    assert edges.drops_report(NOW - 3 * DAY - datetime.timedelta(seconds=1))
    assert not edges.drops_report(NOW - 3 * DAY)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"history": datetime.timedelta(hours=23)}, "keeping history for less than a day"),
        ({"reports": datetime.timedelta(0)}, "keeping reports for less than a day"),
        ({"most_changes": 0}, "keeping 0 changes"),
    ],
)
def test_what_keeps_too_little_is_refused(arguments: dict[str, object], complaint: str) -> None:
    """A typing error must not delete what somebody looks for the next morning."""
    with pytest.raises(errors.NotValidError, match=complaint):
        retention.Retention(**arguments)  # pyright: ignore[reportArgumentType] # by name


def test_the_least_that_may_be_kept() -> None:
    """A day, and one change."""
    least = retention.Retention(history=DAY, most_changes=1, reports=DAY)
    assert (least.history, least.most_changes, least.reports) == (DAY, 1, DAY)


def test_something_was_removed_or_not() -> None:
    """The counts are true where there is any."""
    assert not retention.Pruned()
    assert retention.Pruned(1) and retention.Pruned(0, 1)
