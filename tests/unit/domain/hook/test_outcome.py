"""What counts as a delivery."""

import pytest

from meterstatus.domain.hook import outcome


@pytest.mark.parametrize("result", list(outcome.HookResult))
def test_only_a_hook_that_ran_or_is_missing_delivers(result: outcome.HookResult) -> None:
    """Every other end leaves the status to be told again."""
    delivers = result in (outcome.HookResult.RAN, outcome.HookResult.MISSING)

    assert delivers == outcome.HookOutcome(result).is_delivery
