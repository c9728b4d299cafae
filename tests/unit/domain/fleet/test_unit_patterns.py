"""domain.fleet.unit_patterns: which units a person means."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain.fleet import records, unit_patterns

SINCE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def _meant(*texts: str) -> list[str]:
    patterns = unit_patterns.UnitPatterns(texts)
    units = (
        records.Unit(name, "", records.NOT_SET, 1, SINCE, 1)
        for name in ("shop/0", "shop/1", "till/0", "till/10")
    )
    return [unit.name for unit in units if patterns.match(unit)]


@pytest.mark.parametrize(
    ("texts", "meant"),
    [
        ((), ["shop/0", "shop/1", "till/0", "till/10"]),
        (("shop",), ["shop/0", "shop/1"]),
        (("till/0",), ["till/0"]),
        (("t*",), ["till/0", "till/10"]),
        (("*/0",), ["shop/0", "till/0"]),
        (("shop/[1-9]", "till/??"), ["shop/1", "till/10"]),
        (("nothing", "no*"), []),
    ],
)
def test_names_and_patterns_of_units_and_applications(texts: tuple[str, ...], meant: list[str]) -> None:
    """One that fits is enough, and none at all mean every unit."""
    assert _meant(*texts) == meant


def test_names_without_number_but_few_patterns() -> None:
    """A name is looked up; a pattern is tried with every unit, so that many would be hours of work."""
    assert _meant("till/0", *(f"none/{number}" for number in range(10_000))) == ["till/0"]
    most = [f"s{number}*" for number in range(unit_patterns.MAX_PATTERNS)]
    assert _meant(*most) == []
    with pytest.raises(errors.NotValidError, match="there are 51"):
        _meant(*most, "x*")
    with pytest.raises(errors.NotValidError, match="250 characters"):
        _meant("*" * (names.MAX_NAME_CHARACTERS + 1))
