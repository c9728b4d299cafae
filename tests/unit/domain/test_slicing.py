"""domain.slicing: long reckoning in steps."""

import pytest

from meterstatus.domain import slicing


@pytest.mark.parametrize(
    ("count", "made_at_each"), [(0, []), (1, []), (100, []), (101, [100]), (250, [100, 200])]
)
def test_a_lot_of_items_is_one_step(count: int, made_at_each: list[int]) -> None:
    """Everything is made, in order; it can be interrupted between two lots and nowhere else."""
    made: list[int] = []

    def make(item: int) -> int:
        made.append(item)
        return -item

    assert [len(made) for _ in slicing.over(make, range(count))] == made_at_each
    assert made == list(range(count))


def test_steps_are_run_to_their_end_at_once() -> None:
    """What they come to is returned, and what they raise is raised."""
    assert slicing.at_once(slicing.over(str, range(250))) == [str(item) for item in range(250)]
    with pytest.raises(ValueError, match="x"):
        slicing.at_once(slicing.over(int, "1" * 150 + "x"))
