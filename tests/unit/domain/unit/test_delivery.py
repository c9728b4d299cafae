"""What the hook must be told, and the life of a delivery; ``test_decide.py`` has it with all its effects."""

import dataclasses
import datetime

from meterstatus.domain import epoch, policy, status
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.domain.unit import decide, delivery, offline_clock, state

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
NOW = offline_clock.Instant(T0, datetime.timedelta(hours=1), "boot")
GREEN, RED = status.MeterStatus("GREEN", "ok"), status.MeterStatus("RED", "over")
AMBER_STAGE = status.MeterStatus("AMBER", policy.DISCONNECTED_INFO)
TOLD = state.State("GREEN", "ok", mark=offline_clock.contact(NOW))


def later(minutes: float) -> offline_clock.Instant:
    passed = datetime.timedelta(minutes=minutes)
    return offline_clock.Instant(NOW.wall + passed, NOW.boot + passed, NOW.boot_id)


def test_a_stage_that_the_charm_cannot_have_heard_of() -> None:
    """Not one that was begun, nor a word of the controller, nor anything in contact."""
    fresh = dataclasses.replace(
        TOLD,
        disconnected=state.Disconnected(1, 1),
        delivering=state.Delivery("x", AMBER_STAGE, attempt=0),
    )
    assert delivery.is_untold_stage(fresh)
    for change in (
        {"disconnected": None},
        {"delivering": None},
        {"delivering": state.Delivery("x", AMBER_STAGE, attempt=1)},
        {"delivering": state.Delivery("x", RED, attempt=0)},
    ):
        assert not delivery.is_untold_stage(dataclasses.replace(fresh, **change))


def test_after_damage_the_word_is_told_again() -> None:
    """What the hook was told last may have been anything, so that even the same status is due."""
    assert delivery.due(TOLD, NOW) is None
    due = delivery.due(dataclasses.replace(TOLD, unsure=True), NOW)
    assert due is not None
    assert due.status == GREEN


def test_after_damage_the_hook_is_not_told_what_it_was_told_before() -> None:
    """Nobody knows, and what is not known is not told."""
    pending = state.Delivery("x", RED, 1)
    assert delivery.describe(TOLD, pending, NOW).previous == TOLD.delivered
    assert delivery.describe(dataclasses.replace(TOLD, unsure=True), pending, NOW).previous is None


def test_after_damage_nothing_is_told_offline_before_a_stage() -> None:
    """Whatever it were, the charm may know something worse."""
    memory = dataclasses.replace(TOLD, unsure=True, disconnected=state.Disconnected(1, 1))
    assert delivery.target(memory, later(1)) is None
    assert delivery.due(memory, later(1)) is None
    assert delivery.target(memory, later(5)) == status.MeterStatus("RED", policy.DISCONNECTED_INFO)


def test_after_damage_of_all_that_there_was_red_is_due_at_once() -> None:
    """No grace is longer than it was, and the hook is told nothing of a time that nobody knows."""
    memory = dataclasses.replace(state.State.after_damage(NOW.wall), disconnected=state.Disconnected(1, 1))
    due = delivery.due(memory, NOW)
    assert due is not None
    assert due.status == status.MeterStatus("RED", policy.DISCONNECTED_INFO)
    assert delivery.describe(memory, due, NOW).since_contact is None


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
    assert (told.origin, told.attempt, told.delivery_id) == (hook_call.Origin.CONTROLLER, 2, "x")
    assert told.next_stage == hook_call.Stage(
        "AMBER", datetime.timedelta(minutes=5), T0 + datetime.timedelta(minutes=5), "AMBER"
    )
    assert told.since_contact == offline_clock.NOTHING
    cut_off = dataclasses.replace(TOLD, disconnected=state.Disconnected(1, 1))
    told = delivery.describe(cut_off, state.Delivery("y", AMBER_STAGE), later(5))
    assert (told.origin, told.previous) == (hook_call.Origin.AGENT, GREEN)
    assert told.next_stage is not None
    assert (told.next_stage.code, told.since_contact) == ("RED", datetime.timedelta(minutes=5))


def test_a_warning_says_whose_word_was_told() -> None:
    """The status it bears is what the charm knows."""
    stage = hook_call.Stage("AMBER", datetime.timedelta(minutes=1), T0)
    warned = delivery.describe_warning(TOLD, stage, NOW)
    assert (warned.status, warned.origin, warned.next_stage) == (GREEN, hook_call.Origin.CONTROLLER, stage)
    own = state.State("AMBER", policy.DISCONNECTED_INFO, observed=GREEN)
    assert delivery.describe_warning(own, stage, NOW).origin is hook_call.Origin.AGENT
    assert delivery.describe_warning(state.State(), stage, NOW).since_contact is None


def test_a_unit_that_was_told_nothing_knows_nothing() -> None:
    """Blank is no status."""
    assert delivery.last_told(state.State()) is None
    assert delivery.last_told(TOLD) == GREEN


def test_offline_what_may_have_been_told_holds() -> None:
    """RED's hook failed and GREEN's was not started: the charm may know RED, and no stage lowers it."""
    doubted = state.Delivery("x", GREEN, 0, doubted=RED)
    memory = dataclasses.replace(TOLD, disconnected=state.Disconnected(1, 1), delivering=doubted)
    assert delivery.target(memory, NOW) == RED
    assert delivery.target(memory, later(5)) == RED
    begun = dataclasses.replace(
        TOLD, disconnected=state.Disconnected(1, 1), delivering=state.Delivery("x", RED)
    )
    assert delivery.target(begun, NOW) == RED


def test_offline_the_worst_counts_and_the_first_of_equals() -> None:
    """A stage neither lowers what was told nor hides its reason."""
    memory = dataclasses.replace(TOLD, code="RED", info="over", disconnected=state.Disconnected(1, 1))
    assert delivery.target(memory, later(5)) == RED
    assert delivery.target(memory, later(15)) == RED


def test_what_a_superseded_delivery_may_have_told_is_kept() -> None:
    """The worst of it, over any number of them; one that was never begun leaves nothing."""
    amber = status.MeterStatus("AMBER", "near")
    pending = state.Delivery("x", amber, 1, doubted=RED)
    fresh = delivery.due(dataclasses.replace(TOLD, delivering=pending), NOW)
    assert fresh is not None
    assert (fresh.status, fresh.attempt, fresh.doubted) == (GREEN, 0, RED)
    untried = dataclasses.replace(TOLD, delivering=state.Delivery("x", amber, 0))
    assert delivery.due(untried, NOW) is None


def test_one_that_is_due_already_stays_itself() -> None:
    """Each attempt at a status bears the id of the first."""
    pending = state.Delivery("x", RED, 1)
    assert delivery.due(dataclasses.replace(TOLD, observed=RED, delivering=pending), NOW) == pending


def test_an_id_is_the_time_and_the_count() -> None:
    """Milliseconds, hexadecimal, and which delivery of the unit it is."""
    due = delivery.due(dataclasses.replace(TOLD, observed=RED, deliveries=6), NOW)
    assert due is not None
    assert due.id == f"{int(T0.timestamp()) * 1000:x}-7"


def test_an_attempt_that_begins_waits_for_nothing() -> None:
    """It is counted, and what it waited for is over."""
    begun = delivery.begun(state.Delivery("x", RED, 1, retry_at=NOW.boot))
    assert (begun.attempt, begun.retry_at) == (2, None)


def test_what_was_not_started_was_not_attempted() -> None:
    """The charm cannot have heard it; what failed it may have heard."""
    for result, attempt in ((outcome.HookResult.NOT_STARTED, 0), (outcome.HookResult.FAILED, 1)):
        memory = delivery.ended(TOLD, state.Delivery("x", RED, 1), outcome.HookOutcome(result), NOW)
        assert memory.delivering is not None
        assert memory.delivering.attempt == attempt


def test_waits_grow_up_to_their_longest() -> None:
    """From 5 s, doubled each time, up to half a minute or five minutes."""
    for result, longest in (
        (outcome.HookResult.TERMINATED, delivery.LAST_RETRY_UNTRIED),
        (outcome.HookResult.TIMED_OUT, delivery.LAST_RETRY),
    ):
        pending, waits = state.Delivery("x", RED, 1), list[datetime.timedelta]()
        for _ in range(12):
            ended = delivery.ended(TOLD, pending, outcome.HookOutcome(result), NOW).delivering
            assert ended is not None and ended.retry_at is not None
            pending = ended
            waits.append(ended.retry_at - NOW.boot)
        assert waits[:3] == [datetime.timedelta(seconds=seconds) for seconds in (5, 10, 20)]
        assert (waits[-1], max(waits)) == (longest, longest)


def test_a_lock_that_was_not_had_is_nobodys_fault() -> None:
    """Contact hurries it, whatever the attempt before it was."""
    put_off = delivery.refused(state.Delivery("x", RED, 1, is_charms_fault=True), NOW)
    assert put_off.is_charms_fault is False
    hurried = delivery.hurried(put_off)
    assert hurried is not None
    assert hurried.retry_at is None


def test_nothing_worse_than_red_comes() -> None:
    """A hook that is told RED is told of no stage."""
    assert delivery.describe(TOLD, state.Delivery("x", RED, 1), NOW).next_stage is None


def test_all_that_a_warning_says() -> None:
    """A delivery of its own, once, with what was told last and how long contact is lost."""
    stage = hook_call.Stage("AMBER", datetime.timedelta(minutes=1), T0)
    assert delivery.describe_warning(TOLD, stage, later(4)) == hook_call.HookCall(
        hook=hook_call.HookKind.WILL_CHANGE,
        delivery_id=f"{int(T0.timestamp() + 240) * 1000:x}-1",
        attempt=1,
        status=GREEN,
        previous=GREEN,
        origin=hook_call.Origin.CONTROLLER,
        next_stage=stage,
        since_contact=datetime.timedelta(minutes=4),
    )


def test_the_hook_hears_how_new_the_word_is_and_of_maintenance() -> None:
    """Whatever it is run for; of maintenance that was not announced it hears nothing."""
    longer = datetime.timedelta(minutes=20)
    standing = epoch.Standing(epoch.Place(3, 7))
    mark = offline_clock.contact(NOW, longer)
    announced = dataclasses.replace(TOLD, mark=mark, standing=standing)
    stage, pending = hook_call.Stage("AMBER", datetime.timedelta(minutes=1), T0), state.Delivery("x", RED, 1)
    for memory, expected in ((announced, (longer, standing)), (TOLD, (None, None))):
        changed = delivery.describe(memory, pending, NOW)
        warned = delivery.describe_warning(memory, stage, NOW)
        assert (changed.longer, changed.standing) == (warned.longer, warned.standing) == expected


def test_nothing_is_told_where_the_controller_has_no_meter_status() -> None:
    """Not even what it last said when it had: nobody says it now."""
    memory = state.State("GREEN", "ok", observed=RED, unmetered=True)
    assert delivery.target(memory, NOW) is None


def test_a_charm_that_is_awaited_is_no_failure() -> None:
    """However often it was looked for: the next look comes as soon, and no attempt is counted (B-07)."""
    pending = state.Delivery("x", RED, 0, failures=3, is_charms_fault=True)
    put_off = delivery.awaiting(pending, NOW)
    assert (put_off.attempt, put_off.failures) == (0, 3)
    assert put_off.retry_at == NOW.boot + delivery.CHARM_LOOK
    assert put_off.is_charms_fault is False
    assert delivery.hurried(put_off) == dataclasses.replace(put_off, retry_at=None)


def test_a_look_in_vain_changes_nothing_that_is_stored() -> None:
    """It is said when the next one is, and a warning, which has no delivery, waits by itself."""
    memory = dataclasses.replace(TOLD, delivering=state.Delivery("x", RED, 0, retry_at=NOW.boot))
    put_off = delivery.still_awaiting(memory, later(1))
    assert put_off == memory
    assert put_off.delivering is not None
    assert put_off.delivering.retry_at == later(1).boot + delivery.CHARM_LOOK
    assert delivery.still_awaiting(TOLD, NOW) == TOLD


def test_a_missing_hook_is_remembered_until_one_ran() -> None:
    """It counts as told, and the charm does not know."""
    under_way = state.Delivery("x", RED, 1)
    memory = dataclasses.replace(TOLD, delivering=under_way)
    missing = delivery.ended(memory, under_way, outcome.HookOutcome(outcome.HookResult.MISSING), NOW)
    assert (missing.delivered, missing.missing) == (RED, True)
    assert delivery.describe(missing, under_way, NOW).previous is None
    ran = delivery.ended(missing, under_way, outcome.HookOutcome(outcome.HookResult.RAN), NOW)
    assert not ran.missing


def test_a_charm_that_had_no_hook_is_told_anew() -> None:
    """With the status of the moment, as a delivery of its own (B-06 g)."""
    missing = dataclasses.replace(TOLD, missing=True, deliveries=1)
    anew = delivery.anew(missing, NOW)
    due = delivery.due(anew, NOW)
    assert due is not None
    assert (due.id, due.status, due.attempt) == (f"{int(T0.timestamp()) * 1000:x}-2", GREEN, 0)
    assert anew.missing
    cut_off = dataclasses.replace(missing, disconnected=state.Disconnected(1, 1))
    due = delivery.due(delivery.anew(cut_off, later(5)), later(5))
    assert due is not None
    assert due.status == AMBER_STAGE


def test_nothing_is_told_anew_that_was_told_or_is_being_told_or_that_nobody_knows() -> None:
    """Only what counts without having been heard."""
    pending = dataclasses.replace(TOLD, missing=True, delivering=state.Delivery("x", RED, 1))
    unsure = dataclasses.replace(TOLD, missing=True, unsure=True, disconnected=state.Disconnected(1, 1))
    for memory in (TOLD, pending, unsure):
        assert delivery.anew(memory, NOW) == memory


def test_what_the_hook_was_last_told_can_be_reported_from_memory() -> None:
    """By the delivery that told it; not while another is under way, nor where that is not certain."""
    told = dataclasses.replace(TOLD, ended=state.Ended("x", 2, T0))
    report = delivery.report(told)
    assert report is not None
    assert (report.delivery_id, report.attempt, report.status, report.ended_at) == ("x", 2, GREEN, T0)
    assert (report.origin, report.outcome.result) == (hook_call.Origin.CONTROLLER, outcome.HookResult.RAN)
    cut_off = delivery.report(dataclasses.replace(told, observed=RED, missing=True))
    assert cut_off is not None
    assert (cut_off.origin, cut_off.outcome.result) == (hook_call.Origin.AGENT, outcome.HookResult.MISSING)
    pending = dataclasses.replace(told, delivering=state.Delivery("y", RED, 1))
    for memory in (TOLD, state.State(), pending, dataclasses.replace(told, unsure=True)):
        assert delivery.report(memory) is None
