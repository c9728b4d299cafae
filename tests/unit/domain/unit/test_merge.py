"""What is believed when disk and controller both hold a state (spec worker, B-12)."""

import dataclasses

import pytest

from meterstatus.domain.unit import merge, state

GREEN, RED = state.State("GREEN", "ok", deliveries=3), state.State("RED", "over", deliveries=7)


def test_a_unit_without_either_is_new() -> None:
    """Nothing is believed, and nothing has to be written."""
    for has_disk in (True, False):
        merged = merge.merged(None, None, has_disk=has_disk)
        assert merged == merge.Merged(state.State(), is_copy_stale=False)


def test_without_a_disk_the_copy_is_all_there_is() -> None:
    """As in the reference."""
    assert merge.merged(None, GREEN, has_disk=False).memory is GREEN


def test_what_agrees_is_the_disks() -> None:
    """It knows more beside it."""
    assert merge.merged(GREEN, state.State("GREEN", "ok"), has_disk=True) == merge.Merged(
        GREEN, is_copy_stale=False
    )
    assert merge.merged(GREEN, None, has_disk=True) == merge.Merged(GREEN, is_copy_stale=True)


def test_what_agrees_counts_on_from_the_higher_count() -> None:
    """A disk restored from a backup would else be taken for one that has seen less, whatever it tells later.

    Found by the simulation: RED was told without contact, and the copy from before it was believed.
    """
    older = dataclasses.replace(GREEN, deliveries=1)
    assert merge.merged(older, GREEN, has_disk=True).memory.deliveries == GREEN.deliveries
    assert merge.merged(GREEN, older, has_disk=True).memory.deliveries == GREEN.deliveries


def test_a_disk_that_has_seen_more_is_right() -> None:
    """And the copy is written again."""
    assert merge.merged(RED, GREEN, has_disk=True) == merge.Merged(RED, is_copy_stale=True)


def test_a_disk_that_has_seen_less_is_no_longer_sure() -> None:
    """One restored from a backup believes the copy, and tells the hook again."""
    merged = merge.merged(GREEN, RED, has_disk=True)
    assert (merged.memory.delivered, merged.memory.unsure) == (RED.delivered, True)
    assert (merged.memory.deliveries, merged.is_copy_stale) == (7, False)


def test_a_copy_that_somebody_else_wrote_cannot_be_compared() -> None:
    """A Juju agent does not count: the hook is told again."""
    for deliveries in (1, 3):
        disk = state.State("GREEN", "ok", deliveries=deliveries)
        merged = merge.merged(disk, state.State("RED", "over"), has_disk=True)
        assert (merged.memory.delivered, merged.memory.unsure) == (GREEN.delivered, True)


def test_jujus_own_disk_goes_before_jujus_copy() -> None:
    """Neither counts: the reference's order holds (A.12)."""
    disk = state.State("AMBER", "cut off")
    assert merge.merged(disk, state.State("GREEN", "ok"), has_disk=True).memory is disk


@pytest.mark.parametrize("disk", [None, state.State(), state.State(disconnected=state.Disconnected(5, 1))])
def test_a_disk_that_has_told_nothing_believes_the_copy_and_tells_again(disk: state.State | None) -> None:
    """It was lost, and with it what was told without contact; its disconnect record is its own.

    Found by the simulation: a unit that was RED when its disk was replaced stayed so, although the controller
    said AMBER, as it had before.
    """
    memory = merge.merged(disk, RED, has_disk=True).memory
    assert (memory.delivered, memory.unsure) == (RED.delivered, True)
    assert memory.disconnected == (disk and disk.disconnected)
    assert memory.deliveries == 7


def test_a_disconnect_record_makes_the_copy_stale() -> None:
    """The first contact clears it there too (B-10)."""
    copy = state.State("GREEN", "ok", state.Disconnected(5, 1))
    assert merge.merged(GREEN, copy, has_disk=True).is_copy_stale


def test_the_copy_counts_only_beside_a_disk() -> None:
    """Without one there will be nothing to merge."""
    full = state.State("RED", "over", state.Disconnected(5, 1), warned="AMBER", unsure=True, deliveries=7)
    for has_disk in (True, False):
        assert merge.copy_of(full, has_disk=has_disk) == state.State("RED", "over")
        assert merge.copy_of(full, has_disk=has_disk).deliveries == (7 if has_disk else 0)
