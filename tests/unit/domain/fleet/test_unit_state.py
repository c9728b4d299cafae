"""Merging a unit's stored state."""

import pytest

from meterstatus.domain.fleet import unit_state


def test_only_named_fields_are_touched() -> None:
    """A named field is replaced, an empty one goes, the others stay."""
    stored = {"uniter-state": "u", "storage-state": "s", "meter-status-state": "m"}
    merged = unit_state.merge(stored, {"uniter-state": "", "meter-status-state": "n", "charm-state": ""})
    assert merged == {"storage-state": "s", "meter-status-state": "n"}


def test_the_agent_parts_share_a_limit() -> None:
    """512 KiB over all fields but the charm's, in bytes."""
    half = "ü" * (128 * 1024)
    full = unit_state.merge({"uniter-state": half}, {"storage-state": half})
    with pytest.raises(
        unit_state.QuotaError, match=r"^agent state: max allowed size \(524288\) exceeded$"
    ) as caught:
        unit_state.merge(full, {"secret-state": "x"})
    assert caught.value.code == "quota limit exceeded"


def test_the_charm_has_its_own_limit() -> None:
    """2 MiB for the charm's state, whatever the agent stores."""
    stored = {"uniter-state": "x" * unit_state.MAX_AGENT_STATE_BYTES}
    fits = {"charm-state": "x" * unit_state.MAX_CHARM_STATE_BYTES}
    assert unit_state.merge(stored, fits) == stored | fits
    with pytest.raises(unit_state.QuotaError, match=r"^charm state: max allowed size \(2097152\) exceeded$"):
        unit_state.merge(stored, {"charm-state": fits["charm-state"] + "x"})
