"""harness.simulation.plans: a seed does always the same, and something of every kind."""

from harness.simulation import faults, plans


def test_a_seed_draws_the_same_plan() -> None:
    """And others draw others; half of them have two controllers, and in some the second joins."""
    assert plans.of(3) == plans.of(3)
    assert plans.of(3) != plans.of(11)
    assert [plans.of(seed).controllers for seed in range(4)] == [1, 2, 1, 2]
    assert [plans.of(seed).joins_at is not None for seed in (1, 2, 3, 11)] == [False, False, True, True]


def test_every_kind_of_fault_is_drawn() -> None:
    """And each is over while there is time for things to settle."""
    drawn = [plans.of(seed) for seed in range(40)]
    assert {fault.kind for planned in drawn for fault in planned.strikes} == set(faults.Kind)
    assert all(fault.at < faults.CALM for planned in drawn for fault in planned.strikes)
