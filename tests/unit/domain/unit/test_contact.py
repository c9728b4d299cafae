"""What a memory counts from: at a start, in contact, without it, and as time passes."""

import dataclasses
import datetime

import pytest

from meterstatus.domain import policy, status
from meterstatus.domain.unit import contact, offline_clock, state

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
GREEN = status.MeterStatus("GREEN", "ok")


def instant(seconds: float, boot_id: str = "boot", *, set_by: float = 0.0) -> offline_clock.Instant:
    passed = datetime.timedelta(seconds=seconds)
    return offline_clock.Instant(T0 + passed + datetime.timedelta(seconds=set_by), passed, boot_id)


def in_contact() -> state.State:
    """A unit that was told GREEN and heard of it at T0."""
    return contact.confirm(state.State("GREEN", "ok"), GREEN, None, instant(0))


def test_a_start_forgets_what_was_not_written() -> None:
    """A later contact than the mark is known to nobody, and the agent's options are those of now."""
    own = policy.amber_red(red=None)
    begun = contact.begin(in_contact(), own, instant(10))
    assert (begun.latest_contact, begun.own_policy) == (None, own)
    assert begun.mark == in_contact().mark


def test_a_start_in_another_boot_counts_by_its_clock_from_then_on() -> None:
    """What passed until it goes by the wall clock, and what passes after it by the boot clock."""
    begun = contact.begin(in_contact(), policy.Policy(), instant(60, "another"))
    assert begun.mark == offline_clock.Mark(60 * SECOND, instant(60, "another"), T0 + 60 * SECOND)


@pytest.mark.parametrize("at", [0, -5, 2**37])
def test_a_time_that_cannot_be_is_now(at: int) -> None:
    """None, before 1970 or in the year 6325 (B-15)."""
    record = state.Disconnected(at, state.WorkerState.WAITING_RED)
    begun = contact.begin(state.State("AMBER", "", record), policy.Policy(), instant(3))
    assert begun.disconnected == state.Disconnected(int(T0.timestamp()) + 3, state.WorkerState.WAITING_RED)
    assert begun.mark == offline_clock.contact(instant(3))


def test_a_loss_counts_from_the_latest_contact() -> None:
    """Not from when it was noticed; said again, it changes nothing."""
    memory = contact.confirm(in_contact(), GREEN, None, instant(30))
    lost = contact.lose(memory, instant(45))
    assert lost.mark == offline_clock.Mark(15 * SECOND, instant(45), T0 + 45 * SECOND)
    assert lost.disconnected == state.Disconnected(int(T0.timestamp()) + 30, 1)
    assert contact.lose(lost, instant(99)) is lost


def test_an_agent_that_ends_leaves_what_it_knows() -> None:
    """The latest contact, or what was counted without it by then: found by the simulation, seed 1003."""
    memory = contact.confirm(in_contact(), GREEN, None, instant(30))
    assert contact.leave(memory, instant(40)).mark == offline_clock.contact(instant(30))
    lost = contact.lose(memory, instant(45))
    left = contact.leave(lost, instant(50))
    assert left.mark == offline_clock.Mark(20 * SECOND, instant(50), T0 + 50 * SECOND)
    assert contact.leave(state.State(), instant(1)).mark is None


def test_a_unit_that_never_had_contact_counts_from_now() -> None:
    """There is nothing else to count from."""
    assert contact.lose(state.State(), instant(5)).mark == offline_clock.contact(instant(5))


def test_contact_keeps_a_young_mark() -> None:
    """So that nothing is written while nothing changes, but once a minute."""
    young = contact.confirm(in_contact(), GREEN, None, instant(59))
    assert (young.mark, young.latest_contact) == (in_contact().mark, offline_clock.contact(instant(59)))
    assert contact.confirm(in_contact(), GREEN, None, instant(60)).mark == offline_clock.contact(instant(60))
    short = contact.confirm(in_contact(), GREEN, policy.amber_red(10 * SECOND, 20 * SECOND), instant(1))
    later = contact.confirm(short, GREEN, short.policy, instant(3))
    assert later.mark == offline_clock.contact(instant(3)), "a fifth of a short grace"


def test_contact_takes_in_the_word_and_the_policy() -> None:
    """A word that is what the hook was told is not kept apart; the record and the warning end."""
    lost = contact.lose(in_contact(), instant(5))
    ruled = policy.amber_red(amber=None)
    red = status.MeterStatus("RED", "over")
    found = contact.confirm(lost, red, ruled, instant(9))
    assert (found.observed, found.policy, found.disconnected, found.warned) == (red, ruled, None, "")
    assert contact.confirm(lost, GREEN, None, instant(9)).observed is None


def test_contact_ends_the_loss_also_without_news() -> None:
    """That the hook knows the word already is no reason to go on counting (B-10)."""
    lost = contact.lose(in_contact(), instant(5))
    assert lost.disconnected is not None
    assert contact.confirm(lost, GREEN, None, instant(9)).disconnected is None


def test_time_moves_the_mark_on_only_where_it_must() -> None:
    """Each second while a stage is to come, after a boot, and after the wall clock was set, by how much."""
    assert contact.tick(state.State(), instant(9)) == (state.State(), offline_clock.NOTHING)
    lost = contact.lose(in_contact(), instant(5))
    assert contact.tick(lost, instant(5.5)) == (lost, offline_clock.NOTHING)
    moved, step = contact.tick(lost, instant(6))
    assert (moved.mark, step) == (
        offline_clock.Mark(6 * SECOND, instant(6), T0 + 6 * SECOND),
        offline_clock.NOTHING,
    )
    assert contact.tick(in_contact(), instant(7, "another"))[0].mark == offline_clock.Mark(
        7 * SECOND, instant(7, "another"), T0 + 7 * SECOND
    )
    assert contact.tick(in_contact(), instant(7, set_by=-3600))[1] == -3600 * SECOND


def test_a_controller_without_meter_status_ends_the_loss_and_begins_none() -> None:
    """The record goes, and a later loss makes no new one until a status was fetched."""
    lost = contact.lose(in_contact(), instant(45))
    lost = dataclasses.replace(lost, warned="AMBER", warn_again_at=50 * SECOND)
    without = contact.unmeter(lost)
    assert (without.disconnected, without.unmetered) == (None, True)
    assert (without.warned, without.warn_again_at) == ("", None), "of nothing it is to be warned"
    assert contact.lose(without, instant(99)) is without
    again = contact.confirm(without, GREEN, None, instant(120))
    assert not again.unmetered
    assert again.mark == offline_clock.contact(instant(120))
    young = contact.confirm(contact.unmeter(in_contact()), GREEN, None, instant(10))
    assert young.mark == offline_clock.contact(instant(10)), "nothing was counted for it meanwhile"


def test_contact_after_a_loss_is_written_down_however_young_the_mark_is() -> None:
    """Noticed at once the loss counts nothing yet; the contact that ends it is a new one all the same."""
    lost = contact.lose(in_contact(), instant(0))
    found = contact.confirm(lost, GREEN, None, instant(10))
    assert found.mark == offline_clock.contact(instant(10))


def test_maintenance_that_is_another_is_written_down() -> None:
    """By a second it is; what passes by itself is not another, nor is an answer that took a moment."""
    known = contact.confirm(state.State("GREEN", "ok"), GREEN, None, instant(0), 60 * SECOND)
    for rest, is_news in ((30, False), (29.5, False), (29, True), (31, True), (0, True)):
        again = contact.confirm(known, GREEN, None, instant(30), rest * SECOND)
        assert (again.mark != known.mark) is is_news


def test_a_word_that_the_latest_contact_has_overtaken() -> None:
    """One from before it, or of another boot; where there was none, nothing has."""
    memory = contact.confirm(in_contact(), GREEN, None, instant(30))
    assert not contact.is_overtaken(memory, instant(30))
    assert contact.is_overtaken(memory, instant(29))
    assert contact.is_overtaken(memory, instant(31, "another"))
    assert not contact.is_overtaken(state.State(), instant(0))


class TestMaintenance:
    """What is left of announced maintenance, as contact brings it."""

    def test_news_of_it_is_written(self) -> None:
        """Announced, made longer or ended: each makes a mark; that it goes by makes none."""
        memory = contact.confirm(in_contact(), GREEN, None, instant(1), 600 * SECOND)
        assert memory.mark == offline_clock.contact(instant(1), 600 * SECOND)
        later = contact.confirm(memory, GREEN, None, instant(31), 570.5 * SECOND)
        assert later.mark == memory.mark
        assert later.latest_contact == offline_clock.contact(instant(31), 570.5 * SECOND)
        longer = contact.confirm(later, GREEN, None, instant(32), 900 * SECOND)
        assert longer.mark == offline_clock.contact(instant(32), 900 * SECOND)
        assert contact.confirm(longer, GREEN, None, instant(33)).mark == offline_clock.contact(instant(33))

    def test_its_end_is_no_news(self) -> None:
        """The mark says already that nothing is left of it."""
        memory = contact.confirm(in_contact(), GREEN, None, instant(1), 10 * SECOND)
        assert contact.confirm(memory, GREEN, None, instant(20)).mark == memory.mark

    def test_no_more_is_believed_than_can_be_announced(self) -> None:
        """Whatever came over the wire."""
        memory = contact.confirm(in_contact(), GREEN, None, instant(1), datetime.timedelta(days=9))
        assert memory.latest_contact == offline_clock.contact(instant(1), datetime.timedelta(days=1))
