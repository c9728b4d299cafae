"""What the hook must be told by now, and the life of a delivery (spec worker, B-06, B-18, B-20).

Pure. A delivery is due while what the hook was last told, for certain, is not the target. It is written
ahead before the hook runs and ends only with an outcome that counts; until then the hook may have been told
it, and the target of the moment is delivered even where it equals what was delivered before.
"""

import dataclasses
import datetime

from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call
from meterstatus.domain.hook import outcome as outcomes
from meterstatus.domain.unit import escalation, offline_clock, state

FIRST_RETRY = datetime.timedelta(seconds=5)
LAST_RETRY = datetime.timedelta(minutes=5)
LAST_RETRY_UNTRIED = datetime.timedelta(seconds=30)
"""The longest wait where the hook was not started or was ended from outside: the fault is not the charm's,
and trying costs next to nothing."""


REMEMBERED = "as the agent wrote it down"
"""The detail of a report whose agent was started anew since."""

CHARM_LOOK = datetime.timedelta(seconds=2)
"""How soon to look again for a charm that is not there yet: a few files, and no hook is tried."""


def controllers_word(memory: state.State) -> status.MeterStatus | None:
    """Return what the controller last said; None where it never spoke."""
    if memory.observed is not None:
        return None if memory.observed == state.NOTHING_HEARD else memory.observed
    return last_told(memory)


def last_told(memory: state.State) -> status.MeterStatus | None:
    """Return what the hook was last told by a delivery that ended; None before the first."""
    return memory.delivered if memory.code else None


def target(memory: state.State, now: offline_clock.Instant) -> status.MeterStatus | None:
    """Compute what the hook must have been told by now; None where there is nothing to tell.

    In contact it is the controller's word. Cut off it is the worst of that, of what the hook was told or
    may have been told by a delivery whose end is not known, and of the stage. Of equals the former counts,
    so a stage that does not raise the severity neither runs the hook nor hides the information (B-27); but a
    later stage takes the place of an earlier one with its code.
    After damage nothing is told before the first stage: whatever it were, it might be less than the charm
    knows. Nor is anything where the controller has no meter status: nobody says anything.
    """
    if memory.unmetered:
        return None
    word = controllers_word(memory)
    if memory.disconnected is None:
        return word
    reached = escalation.stage(memory, now)
    if memory.unsure and reached is None:
        return None
    candidates = (word, *_may_have_been_told(memory.delivering), last_told(memory))
    told = [each for each in candidates if each is not None]
    if reached is None:
        return status.worst(told)
    policy = memory.ruling_policy
    return status.worst([*(each for each in told if not policy.outranks(reached, each)), reached.status])


def due(memory: state.State, now: offline_clock.Instant) -> state.Delivery | None:
    """Choose the delivery that is due, begun before or not; None where the hook knows what it must.

    A fresh one has attempt 0.
    """
    wanted = target(memory, now)
    pending = memory.delivering
    if wanted is None:
        return None
    if pending is not None and pending.status == wanted:
        return pending
    doubted = _may_have_been_told(pending)
    if wanted == memory.delivered and not doubted and not memory.unsure:
        return None
    return state.Delivery(id=_new_id(memory, now), status=wanted, attempt=0, doubted=status.worst(doubted))


def _may_have_been_told(delivery: state.Delivery | None) -> tuple[status.MeterStatus, ...]:
    """Return what the charm may have been told since the last delivery that ended; none if surely nothing."""
    if delivery is None:
        return ()
    told = () if delivery.attempt == 0 else (delivery.status,)
    return told if delivery.doubted is None else (*told, delivery.doubted)


def is_untold_stage(memory: state.State) -> bool:
    """Tell whether what is to be delivered is a stage that the charm cannot have heard of."""
    pending = memory.delivering
    if memory.disconnected is None or pending is None or pending.attempt:
        return False
    stages = memory.ruling_policy.stages
    is_default = pending.status.info == policies.DISCONNECTED_INFO
    return is_default or any(pending.status == stage.status for stage in stages)


def _new_id(memory: state.State, now: offline_clock.Instant) -> str:
    # The count alone would repeat after the file is lost, the time alone after the clock is set back.
    return f"{int(now.wall.timestamp() * 1000):x}-{memory.deliveries + 1}"


def rests(delivery: state.Delivery, now: offline_clock.Instant) -> bool:
    """Tell whether a failed delivery still waits for its next attempt."""
    return delivery.retry_at is not None and now.boot < delivery.retry_at


def begun(chosen: state.Delivery) -> state.Delivery:
    """Count an attempt that begins."""
    return dataclasses.replace(chosen, attempt=chosen.attempt + 1, retry_at=None)


def ended(
    memory: state.State, under_way: state.Delivery, outcome: outcomes.HookOutcome, now: offline_clock.Instant
) -> state.State:
    """Take in what became of the hook: only one that ran to its end, or is missing, was told."""
    if not outcome.is_delivery:
        return dataclasses.replace(memory, delivering=_failed(under_way, outcome.result, now))
    word = controllers_word(memory) or state.NOTHING_HEARD
    return dataclasses.replace(
        memory,
        code=under_way.status.code,
        info=under_way.status.info,
        observed=None if word == under_way.status else word,
        delivering=None,
        ended=state.Ended(under_way.id, under_way.attempt, now.wall),
        unsure=False,
        missing=outcome.result is outcomes.HookResult.MISSING,
    )


def report(memory: state.State) -> delivery_report.DeliveryReport | None:
    """Return the report of what the hook was last told, as far as it is remembered.

    None where that is not known, or where another delivery is under way, whose reports are newer.
    """
    told, ended_by = last_told(memory), memory.ended
    if told is None or ended_by is None or memory.unsure or memory.delivering is not None:
        return None
    result = outcomes.HookResult.MISSING if memory.missing else outcomes.HookResult.RAN
    is_word = told == controllers_word(memory)
    return delivery_report.DeliveryReport(
        delivery_id=ended_by.id,
        attempt=ended_by.attempt,
        hook=hook_call.HookKind.CHANGED,
        status=told,
        origin=hook_call.Origin.CONTROLLER if is_word else hook_call.Origin.AGENT,
        outcome=outcomes.HookOutcome(result, detail=REMEMBERED),
        ended_at=ended_by.at,
    )


def _failed(
    under_way: state.Delivery, result: outcomes.HookResult, now: offline_clock.Instant
) -> state.Delivery:
    untried = result is outcomes.HookResult.NOT_STARTED
    outside = untried or result is outcomes.HookResult.TERMINATED
    return dataclasses.replace(
        _put_off(under_way, now, LAST_RETRY_UNTRIED if outside else LAST_RETRY),
        attempt=under_way.attempt - 1 if untried else under_way.attempt,
        is_charms_fault=not outside,
    )


def refused(pending: state.Delivery, now: offline_clock.Instant) -> state.Delivery:
    """Put off a delivery for which the machine lock was not to be had; the charm was not asked."""
    return dataclasses.replace(_put_off(pending, now, LAST_RETRY_UNTRIED), is_charms_fault=False)


def awaiting(pending: state.Delivery, now: offline_clock.Instant) -> state.Delivery:
    """Put off a delivery for which there is no charm yet; that is no failure, however long it takes."""
    return dataclasses.replace(pending, retry_at=now.boot + CHARM_LOOK, is_charms_fault=False)


def still_awaiting(memory: state.State, now: offline_clock.Instant) -> state.State:
    """Put off what waits for a charm that was looked for in vain; nothing that is stored changes."""
    pending = memory.delivering
    return memory if pending is None else dataclasses.replace(memory, delivering=awaiting(pending, now))


def anew(memory: state.State, now: offline_clock.Instant) -> state.State:
    """Have a charm told that had no hook before: a missing one counted for that charm only (B-06 g)."""
    wanted = target(memory, now)
    if not memory.missing or memory.delivering is not None or wanted is None:
        return memory
    return dataclasses.replace(memory, delivering=state.Delivery(_new_id(memory, now), wanted, attempt=0))


def _put_off(
    delivery: state.Delivery, now: offline_clock.Instant, longest: datetime.timedelta
) -> state.Delivery:
    delay = FIRST_RETRY * 2 ** min(delivery.failures, 10)
    return dataclasses.replace(
        delivery, failures=delivery.failures + 1, retry_at=now.boot + min(delay, longest)
    )


def hurried(delivery: state.Delivery | None) -> state.Delivery | None:
    """Let the controller's word be told at once where it was no fault of the charm that it was not.

    For a controller that is back, sends an event, or says something new: else the time that was said for it
    holds.
    """
    if delivery is None or delivery.is_charms_fault:
        return delivery
    return dataclasses.replace(delivery, retry_at=None)


def describe(
    memory: state.State, under_way: state.Delivery, now: offline_clock.Instant
) -> hook_call.HookCall:
    """Say all that the hook is told with a delivery that is under_way."""
    word = controllers_word(memory)
    return hook_call.HookCall(
        hook=hook_call.HookKind.CHANGED,
        delivery_id=under_way.id,
        attempt=under_way.attempt,
        status=under_way.status,
        previous=None if memory.unsure or memory.missing else last_told(memory),
        origin=hook_call.Origin.CONTROLLER if under_way.status == word else hook_call.Origin.AGENT,
        next_stage=next(escalation.coming(memory, now, under_way.status), None),
        since_contact=_since_contact(memory, now),
        longer=escalation.longer(memory) or None,
        standing=memory.standing,
    )


def describe_warning(
    memory: state.State, upcoming: hook_call.Stage, now: offline_clock.Instant
) -> hook_call.HookCall:
    """Say all that the hook is told when it is warned of a stage."""
    told = last_told(memory)
    return hook_call.HookCall(
        hook=hook_call.HookKind.WILL_CHANGE,
        delivery_id=_new_id(memory, now),
        attempt=1,
        status=memory.delivered,
        previous=told,
        origin=hook_call.Origin.CONTROLLER if told == controllers_word(memory) else hook_call.Origin.AGENT,
        next_stage=upcoming,
        since_contact=_since_contact(memory, now),
        longer=escalation.longer(memory) or None,
        standing=memory.standing,
    )


def _since_contact(memory: state.State, now: offline_clock.Instant) -> datetime.timedelta | None:
    # After damage the mark counts the most that there is, which tells the hook nothing.
    is_known = memory.mark is not None and memory.mark.counted < policies.LONGEST
    return escalation.elapsed(memory, now) if is_known else None
