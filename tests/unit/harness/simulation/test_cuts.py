"""harness.simulation.cuts: what it draws is short enough, and what it judges it can accuse of."""

import random

import pytest

from harness.invariants import model, verdict
from harness.simulation import cuts
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call


def run(code: str, info: str, delivery_id: str = "1", hook: str = "meter-status-changed") -> model.Run:
    told = hook_call.HookCall(
        status=status.MeterStatus(code, info), delivery_id=delivery_id, hook=hook_call.HookKind(hook)
    )
    return model.Run(unit="shop/0", machine="m0", began=12.5, told=told)


@pytest.mark.parametrize("seed", range(20))
def test_no_cut_is_long_enough_for_a_stage(seed: int) -> None:
    """Less than seven tenths of the grace, and after each a rest in which an agent can come back."""
    planned = cuts.plan(random.Random(seed))  # noqa: S311
    assert planned.grace in cuts.GRACES
    assert max(seconds for _, seconds, _ in planned.cuts) < 0.7 * planned.grace
    assert min(rest for _, _, rest in planned.cuts) >= cuts.SHORTEST_REST * planned.grace


def test_every_kind_of_cut_is_drawn() -> None:
    """Of twenty worlds none is left out, and neither is a grace."""
    plans = [cuts.plan(random.Random(seed)) for seed in range(20)]  # noqa: S311
    assert {kind for one in plans for kind, _, _ in one.cuts} == {*cuts.Cut}
    assert {one.grace for one in plans} == {*cuts.GRACES}


def test_a_stage_is_accused() -> None:
    """The first of them is named."""
    assert cuts.false_stages([run("AMBER", "said so")]) == verdict.HELD
    found = cuts.false_stages([run("AMBER", model.STAGE_INFO)] * 2)
    assert found == verdict.Violated("2 stages were told, shop/0 AMBER at 12.500 s first")


def test_more_hooks_than_changes_are_accused() -> None:
    """An attempt at the same delivery is none of its own, and a warning is no change."""
    runs = [run("AMBER", "one", "1"), run("AMBER", "one", "1"), run("", "", "7", "meter-status-will-change")]
    assert cuts.too_many(runs, 1) == verdict.HELD
    assert cuts.too_many([], 0) == verdict.HELD
    runs.append(run("GREEN", "two", "2"))
    assert cuts.too_many(runs, 1) == verdict.Violated("shop/0 was told 2 times, and 1 changes were made")


def test_another_word_after_all_cuts_is_accused() -> None:
    """What was told last is what the controller says, and nothing told is not."""
    said = status.MeterStatus("AMBER", "one")
    assert cuts.agrees("shop/0", run("AMBER", "one"), said) == verdict.HELD
    assert isinstance(cuts.agrees("shop/0", run("GREEN", ""), said), verdict.Violated)
    assert isinstance(cuts.agrees("shop/0", None, said), verdict.Violated)
