"""The guard against turning a fleet off by one command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus import errors
from meterstatus.domain.fleet import blast_radius

PERCENT = st.floats(0, 100)


def is_refused(percent: float, newly_red: int, units: int) -> bool:
    """Tell whether a change is."""
    try:
        blast_radius.BlastRadius(percent).check(newly_red, units)
    except errors.BlastRadiusError:
        return True
    return False


@pytest.mark.parametrize(
    ("newly_red", "units", "refused"),
    [(0, 0, False), (5, 5, False), (6, 6, True), (6, 24, False), (6, 23, True), (250, 1000, False)],
)
def test_a_quarter_is_the_default(newly_red: int, units: int, refused: bool) -> None:
    """A quarter to the unit, and five of any fleet."""
    assert is_refused(blast_radius.BlastRadius().percent, newly_red, units) is refused


def test_the_refusal_says_what_and_how_much() -> None:
    """A person reads how many would be, of how many, and what the limit is."""
    with pytest.raises(errors.BlastRadiusError) as caught:
        blast_radius.BlastRadius(12.5).check(40, 100)
    assert str(caught.value) == (
        "40 of 100 units would become RED at once, and no more than 12.5 % may; nothing was changed"
    )


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan")])
def test_what_is_no_part_is_refused(percent: float) -> None:
    """Below nothing, above all, and no number."""
    with pytest.raises(errors.NotValidError, match=r"invalid blast radius of .* %: it may be 0 to 100"):
        blast_radius.BlastRadius(percent)


@given(percent=PERCENT, newly_red=st.integers(0, blast_radius.FEW), units=st.integers(0, 10_000))
def test_few_are_never_refused(percent: float, newly_red: int, units: int) -> None:
    """Whatever the share, a small fleet stays usable."""
    assert not is_refused(percent, newly_red, units)


@given(units=st.integers(0, 10_000), percent=st.integers(0, 100), data=st.data())
def test_the_share_is_never_refused_and_more_always_is(units: int, percent: int, data: st.DataObject) -> None:
    """To the unit, where it is more than a few."""
    share = units * percent // 100
    assert not is_refused(percent, data.draw(st.integers(0, share)), units)
    more = max(share, blast_radius.FEW) + data.draw(st.integers(1, 100))
    assert is_refused(percent, more, units)


@given(percent=PERCENT, newly_red=st.integers(0, 10_000), units=st.integers(0, 10_000))
def test_fewer_are_no_worse(percent: float, newly_red: int, units: int) -> None:
    """What may be done to many may be done to one fewer, and with a wider radius."""
    if not is_refused(percent, newly_red, units):
        assert not is_refused(percent, max(newly_red - 1, 0), units)
        assert not is_refused((percent + 100) / 2, newly_red, units)
