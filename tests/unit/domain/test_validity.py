"""domain.validity: certificates on machines whose clocks are wrong."""

import datetime

import pytest

from meterstatus.domain import validity


def year(number: int) -> datetime.datetime:
    return datetime.datetime(number, 1, 1, tzinfo=datetime.UTC)


CHAIN = [validity.Validity(year(2026), year(2035)), validity.Validity(year(2025), year(2034))]


@pytest.mark.parametrize(
    ("wall", "latest", "is_good"),
    [
        (year(2030), None, True),
        (year(2030), year(2029), True),
        # The clock is behind: 1970, or some days back with a controller that was made meanwhile.
        (year(1970), None, True),
        (year(1970), year(2030), True),
        (year(2025), year(2027), True),
        # It has expired, by the clock or by what is known where the clock cannot be right.
        (year(2035), None, False),
        (year(1970), year(2035), False),
        # A clock that was set far forward once keeps nobody out when it is right again.
        (year(2030), year(2060), True),
    ],
)
def test_when_a_chain_is_good(
    wall: datetime.datetime, latest: datetime.datetime | None, is_good: bool
) -> None:
    """Never refused because it is not good yet, and by the latest time known where the clock is behind it."""
    assert (validity.refusal(CHAIN, wall, latest) == "") is is_good


def test_a_refusal_says_until_when_it_was_good() -> None:
    """The first of the chain that ended counts; and what time it is taken for, which may be what is wrong."""
    found = validity.refusal(CHAIN, year(1970), year(2040))
    assert found == "it was good until 2034-01-01T00:00:00Z, and it is 2040-01-01T00:00:00Z"
    assert validity.begins(CHAIN) == year(2026)
