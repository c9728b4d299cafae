"""What the hook must be told, and the life of a delivery; ``test_decide.py`` has it with all its effects."""

import dataclasses
import datetime

from meterstatus.domain import decide, delivery, offline_clock, outcome, state, status, telling

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
NOW = offline_clock.Instant(T0, datetime.timedelta(hours=1), "boot")
GREEN, RED = status.MeterStatus("GREEN", "ok"), status.MeterStatus("RED", "over")
AMBER_STAGE = status.MeterStatus("AMBER", delivery.DISCONNECTED_INFO)
TOLD = state.State("GREEN", "ok", mark=offline_clock.contact(NOW))


def later(minutes: float) -> offline_clock.Instant:
    passed = datetime.timedelta(minutes=minutes)
    return offline_clock.Instant(NOW.wall + passed, NOW.boot + passed, NOW.boot_id)


def test_after_damage_the_word_is_told_again() -> None:
    """What the hook was told last may have been anything, so that even the same status is due."""
    assert delivery.due(TOLD, NOW) is None
    due = delivery.due(dataclasses.replace(TOLD, unsure=True), NOW)
    assert due is not None
    assert due.status == GREEN


def test_after_damage_nothing_is_told_offline_before_a_stage() -> None:
    """Whatever it were, the charm may know something worse."""
    memory = dataclasses.replace(TOLD, unsure=True, disconnected=state.Disconnected(1, 1))
    assert delivery.target(memory, later(1)) is None
    assert delivery.due(memory, later(1)) is None
    assert delivery.target(memory, later(5)) == status.MeterStatus("RED", delivery.DISCONNECTED_INFO)


def test_a_delivery_that_stands_survives_damage_offline() -> None:
    """It is neither told before a stage nor forgotten."""
    pending = state.Delivery("x", RED, 1)
    memory = dataclasses.replace(TOLD, unsure=True, disconnected=state.Disconnected(1, 1), delivering=pending)
    changed, effects = decide.decide(memory, decide.TimePassed(), later(1))
    assert changed.delivering == pending
    assert decide.TakeLock() not in effects


def test_one_that_ended_is_sure_again() -> None:
    """What the hook has just been told is known."""
    memory = dataclasses.replace(TOLD, unsure=True, delivering=state.Delivery("x", RED, 1))
    ended = delivery.ended(
        memory, state.Delivery("x", RED, 1), outcome.HookOutcome(outcome.HookResult.RAN), NOW
    )
    assert (ended.delivered, ended.unsure, ended.delivering) == (RED, False, None)


def test_a_lock_that_was_not_had_doubts_nothing() -> None:
    """The charm was not asked: the attempt is not counted, and the controller's word hurries it."""
    put_off = delivery.refused(state.Delivery("x", RED, 0), NOW)
    assert (put_off.attempt, put_off.retry_at) == (0, NOW.boot + delivery.FIRST_RETRY)
    assert delivery.rests(put_off, NOW)
    assert not delivery.rests(put_off, later(1))
    assert delivery.hurried(put_off) == dataclasses.replace(put_off, retry_at=None)


def test_the_hook_is_told_whose_word_it_is() -> None:
    """The controller's, with what would come if contact were lost now; or a stage of the agent's own."""
    told = delivery.describe(TOLD, state.Delivery("x", GREEN, 2), NOW)
    assert (told.origin, told.attempt, told.delivery_id) == (telling.Origin.CONTROLLER, 2, "x")
    assert told.next_stage == telling.Stage(
        "AMBER", datetime.timedelta(minutes=5), T0 + datetime.timedelta(minutes=5)
    )
    assert told.since_contact == offline_clock.NOTHING
    cut_off = dataclasses.replace(TOLD, disconnected=state.Disconnected(1, 1))
    told = delivery.describe(cut_off, state.Delivery("y", AMBER_STAGE), later(5))
    assert (told.origin, told.previous) == (telling.Origin.AGENT, GREEN)
    assert told.next_stage is not None
    assert (told.next_stage.code, told.since_contact) == ("RED", datetime.timedelta(minutes=5))


def test_a_warning_says_whose_word_was_told() -> None:
    """The status it bears is what the charm knows."""
    stage = telling.Stage("AMBER", datetime.timedelta(minutes=1), T0)
    warned = delivery.describe_warning(TOLD, stage, NOW)
    assert (warned.status, warned.origin, warned.next_stage) == (GREEN, telling.Origin.CONTROLLER, stage)
    own = state.State("AMBER", delivery.DISCONNECTED_INFO, observed=GREEN)
    assert delivery.describe_warning(own, stage, NOW).origin is telling.Origin.AGENT
    assert delivery.describe_warning(state.State(), stage, NOW).since_contact is None
