"""How long history and reports are kept."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain.fleet import records, retention

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
    assert KEEP.edges(NOW, 1000, 900).drops_change(revision, NOW - age) is goes


@pytest.mark.parametrize(
    ("revision", "age", "newer", "goes"),
    [
        (5, 2 * DAY, retention.OWN_CHANGES - 1, False),
        (5, 2 * DAY, retention.OWN_CHANGES, True),
        (950, datetime.timedelta(minutes=59), retention.OWN_CHANGES, False),
        (950, 11 * DAY, 0, True),
        (1000, 11 * DAY, retention.OWN_CHANGES, False),
    ],
)
def test_an_own_change_goes_by_age_or_its_units_number(
    revision: int, age: datetime.timedelta, newer: int, goes: bool
) -> None:
    """Whatever others changed: beyond so many of the unit, and never within an hour, and never the newest."""
    assert KEEP.edges(NOW, 1000, 900).drops_own_change(revision, NOW - age, newer) is goes


def own(minutes: int, who: str = "unit-shop-0") -> records.Change:
    author = records.Author(who, NOW - datetime.timedelta(minutes=minutes))
    return records.Change(1, records.ChangeKind.PASSWORD, "shop/0", author)


@pytest.mark.parametrize(
    ("changes", "is_too_much"),
    [
        ([own(59)] * retention.OWN_CHANGES, True),
        ([own(59)] * (retention.OWN_CHANGES - 1) + [own(60)], False),
        ([own(1)] * (retention.OWN_CHANGES - 1) + [own(1, "user-bob")], False),
    ],
)
def test_an_agent_changes_no_more_than_is_kept(changes: list[records.Change], is_too_much: bool) -> None:
    """Of the hour in which nothing goes; what others change of its unit is not its own."""
    assert retention.has_many_own(changes, NOW) is is_too_much


def test_a_report_goes_by_age() -> None:
    """After three days, and not before."""
    edges = KEEP.edges(NOW, 1000, 900)
    assert edges.drops_report(NOW - 3 * DAY - datetime.timedelta(seconds=1))
    assert not edges.drops_report(NOW - 3 * DAY)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"history": datetime.timedelta(hours=23)}, "time to keep history: a day"),
        ({"reports": datetime.timedelta(0)}, "time to keep reports: a day"),
        ({"most_changes": 0}, "number of changes to keep, 0: 1 is"),
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
