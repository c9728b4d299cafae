"""The heart: what a unit's agent does next, decided from its memory, an event and the time.

    decide(memory, event, now) -> (memory', effects)

Both workers run this one function. The target status is always recomputed from memory and now: while in
contact, the controller's word; cut off, the worst of the controller's word, the stage that the time since
the last contact has reached, and what the hook was or may have been told. So no timer, however late,
early or out of order, decides anything (spec worker, B-17), and isolation never lowers severity (B-04).

A delivery is written ahead: ``Save`` with ``State.delivering`` set comes before ``RunHook``, and only an
outcome that counts clears it (B-06, B-18). While it stands, the hook may have been told that status, so
the current target is delivered even where it equals what was delivered before.

The caller runs the effects in order, answers ``RunHook`` with exactly one ``HookEnded``, never has two
hooks under way, and calls again with ``TimePassed`` no later than the last ``WakeAt``.
Pure: same input, same output.
"""

import dataclasses
import datetime
from typing import assert_never

from meterstatus import errors
from meterstatus.domain import outcome as outcomes
from meterstatus.domain import state, status

DISCONNECTED_INFO = "unit agent has been disconnected"
"""The information of both stages (spec worker, A.2)."""

FIRST_RETRY = datetime.timedelta(seconds=5)
LAST_RETRY = datetime.timedelta(minutes=5)
LAST_RETRY_UNTRIED = datetime.timedelta(seconds=30)
"""The longest wait where the hook was not started or was ended from outside: the fault is not the charm's,
and trying costs next to nothing."""


_END_OF_TIME = 2**37
"""Unix seconds, in the year 6325: later instants cannot be reckoned with, and some not even be written."""


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """The worker has read its memory; nonsense in it is put right before anything rests on it.

    Has no effects: what follows from it is decided with the first word of the controller, or its loss.
    """

    policy: state.Policy | None = None
    """The grace periods from now on; None keeps those of the memory."""


@dataclasses.dataclass(frozen=True, slots=True)
class ContactConfirmed:
    """The controller's status was fetched."""

    status: status.MeterStatus


@dataclasses.dataclass(frozen=True, slots=True)
class ContactLost:
    """There is no way to the controller; said at each start without one, and counted from the first."""


@dataclasses.dataclass(frozen=True, slots=True)
class TimePassed:
    """A timer fired, or the caller looks again for another reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookEnded:
    """The hook that ``RunHook`` asked for has ended."""

    outcome: outcomes.HookOutcome


Event = Started | ContactConfirmed | ContactLost | TimePassed | HookEnded


@dataclasses.dataclass(frozen=True, slots=True)
class Save:
    """Write the new memory to the unit's own disk before going on."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunHook:
    """Run the hook with this delivery's status, then answer ``HookEnded``; always the last effect."""

    delivery: state.Delivery


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """Write what the hook was told to the controller, as Juju's keys and without a disconnect record."""


@dataclasses.dataclass(frozen=True, slots=True)
class WakeAt:
    """Call again at this instant at the latest; the last one said counts, and none said means never."""

    at: datetime.datetime


Effect = Save | RunHook | Report | WakeAt


def decide(
    memory: state.State, event: Event, now: datetime.datetime
) -> tuple[state.State, tuple[Effect, ...]]:
    """Decide what follows from an event.

    Args:
        memory: the unit's memory as the last call returned it, or as it was read.
        event: what happened.
        now: the wall time, aware UTC.

    Returns:
        The new memory, and what to do, in order.

    Raises:
        LocalProtocolError: ``HookEnded`` without a delivery under way.
    """
    changed = _react(memory, event, now)
    if isinstance(event, Started):
        return changed, ()
    return _plan(memory, changed, now)


def _react(memory: state.State, event: Event, now: datetime.datetime) -> state.State:
    match event:
        case Started():
            if event.policy is not None:
                policy = None if event.policy == state.JUJU_POLICY else event.policy
                memory = dataclasses.replace(memory, policy=policy)
            return _sound(memory, now)
        case ContactConfirmed():
            return _on_contact_confirmed(memory, event.status)
        case ContactLost():
            return _on_contact_lost(memory, now)
        case TimePassed():
            return memory
        case HookEnded():
            return _on_hook_ended(memory, event.outcome, now)
        case _:
            assert_never(event)


def _sound(memory: state.State, now: datetime.datetime) -> state.State:
    """Put right a record that cannot be (spec worker, B-15).

    No time, or one before 1970 or too late to be one, is now; an unknown stage is the first.
    """
    record = memory.disconnected
    if record is None:
        return dataclasses.replace(memory, contact_at=None)
    known = record.state in (
        state.WorkerState.WAITING_AMBER,
        state.WorkerState.WAITING_RED,
        state.WorkerState.DONE,
    )
    stage = record.state if known else state.WorkerState.WAITING_AMBER
    if not 0 < record.disconnected_at < _END_OF_TIME:
        return _cut_off(memory, now, stage)
    return dataclasses.replace(
        memory,
        disconnected=dataclasses.replace(record, state=stage),
        contact_at=memory.cut_off_at,
    )


def _cut_off(memory: state.State, since: datetime.datetime, stage: int) -> state.State:
    return dataclasses.replace(
        memory,
        disconnected=state.Disconnected(int(since.timestamp()), stage),
        contact_at=since,
    )


def _on_contact_lost(memory: state.State, now: datetime.datetime) -> state.State:
    if memory.disconnected is not None:
        return memory
    return _cut_off(memory, now, state.WorkerState.WAITING_AMBER)


def _on_contact_confirmed(memory: state.State, told: status.MeterStatus) -> state.State:
    return dataclasses.replace(
        memory,
        observed=None if told == memory.delivered else told,
        disconnected=None,
        contact_at=None,
        delivering=_hurried(memory.delivering),
    )


def _hurried(delivery: state.Delivery | None) -> state.Delivery | None:
    """Let the controller's word be told at once where it was no fault of the charm that it was not."""
    if delivery is None or delivery.is_charms_fault:
        return delivery
    return dataclasses.replace(delivery, retry_at=None)


def _on_hook_ended(memory: state.State, outcome: outcomes.HookOutcome, now: datetime.datetime) -> state.State:
    delivery = memory.delivering
    if delivery is None:
        raise errors.LocalProtocolError("a hook ended while no delivery was under way")
    if not outcome.is_delivery:
        return dataclasses.replace(memory, delivering=_failed(delivery, outcome.result, now))
    word = controllers_word(memory) or state.NOTHING_HEARD
    return dataclasses.replace(
        memory,
        code=delivery.status.code,
        info=delivery.status.info,
        observed=None if word == delivery.status else word,
        delivering=None,
    )


def _failed(delivery: state.Delivery, result: outcomes.HookResult, now: datetime.datetime) -> state.Delivery:
    untried = result is outcomes.HookResult.NOT_STARTED
    outside = untried or result is outcomes.HookResult.TERMINATED
    delay = FIRST_RETRY * 2 ** min(delivery.failures, 10)
    return dataclasses.replace(
        delivery,
        attempt=delivery.attempt - 1 if untried else delivery.attempt,
        failures=delivery.failures + 1,
        is_charms_fault=not outside,
        retry_at=now + min(delay, LAST_RETRY_UNTRIED if outside else LAST_RETRY),
    )


def _plan(
    before: state.State, memory: state.State, now: datetime.datetime
) -> tuple[state.State, tuple[Effect, ...]]:
    due = _due_delivery(memory, now)
    if due is not None and not _rests(due, now):
        begun = _begin(memory, due)
        effects: tuple[Effect, ...] = (Save(), *_report(before, begun))
        return begun, (*effects, RunHook(begun.delivering)) if begun.delivering else effects
    memory = dataclasses.replace(memory, delivering=due)
    if due is None:
        memory = _settle_stage(memory, now)
    return memory, (
        *((Save(),) if memory != before else ()),
        *_report(before, memory),
        *_wake(memory, now),
    )


def _rests(delivery: state.Delivery, now: datetime.datetime) -> bool:
    """Tell whether a failed delivery still waits; never longer than it was ever told to.

    The bound is for a wall clock set back, which would otherwise put the next attempt off with it.
    """
    return delivery.retry_at is not None and now < delivery.retry_at <= now + LAST_RETRY


def _begin(memory: state.State, due: state.Delivery) -> state.State:
    begun = dataclasses.replace(due, attempt=due.attempt + 1, retry_at=None)
    fresh = memory.delivering is None or memory.delivering.id != due.id
    return dataclasses.replace(memory, delivering=begun, deliveries=memory.deliveries + (1 if fresh else 0))


def _report(before: state.State, memory: state.State) -> tuple[Report, ...]:
    """Report what the hook was told anew, while there is somebody to report to."""
    if memory.disconnected is not None or memory.delivered == before.delivered:
        return ()
    return (Report(),)


def _wake(memory: state.State, now: datetime.datetime) -> tuple[WakeAt, ...]:
    instants = [] if memory.delivering is None else [memory.delivering.retry_at or now]
    instants += next_stages(memory, now)
    return (WakeAt(min(instants)),) if instants else ()


def _due_delivery(memory: state.State, now: datetime.datetime) -> state.Delivery | None:
    """Choose the delivery that is due, begun before or not; None where the hook knows what it must.

    A fresh one has attempt 0 here; ``_begin`` counts it.
    """
    target = target_status(memory, now)
    pending = memory.delivering
    if target is None:
        return None
    if pending is not None and pending.status == target:
        return pending
    if target == memory.delivered and not _may_have_been_told(pending):
        return None
    return state.Delivery(
        id=_delivery_id(memory, now),
        status=target,
        attempt=0,
        doubted=status.worst(_may_have_been_told(pending)),
    )


def _may_have_been_told(delivery: state.Delivery | None) -> tuple[status.MeterStatus, ...]:
    """Return what the charm may have been told since the last delivery that ended; none if surely nothing."""
    if delivery is None:
        return ()
    begun = () if delivery.attempt == 0 else (delivery.status,)
    return begun if delivery.doubted is None else (*begun, delivery.doubted)


def _delivery_id(memory: state.State, now: datetime.datetime) -> str:
    # The count alone would repeat after the file is lost, the time alone after the clock is set back.
    return f"{int(now.timestamp() * 1000):x}-{memory.deliveries + 1}"


def _settle_stage(memory: state.State, now: datetime.datetime) -> state.State:
    """Record how far the unit has escalated, for Juju's readers; it never goes back."""
    record = memory.disconnected
    if record is None:
        return memory
    reached = {
        None: state.WorkerState.WAITING_AMBER,
        status.StatusCode.AMBER: state.WorkerState.WAITING_RED,
        status.StatusCode.RED: state.WorkerState.DONE,
    }[stage(memory, now)]
    if reached <= record.state:
        return memory
    return dataclasses.replace(memory, disconnected=dataclasses.replace(record, state=reached))


def controllers_word(memory: state.State) -> status.MeterStatus | None:
    """Return what the controller last said; None where it never spoke."""
    if memory.observed is not None:
        return None if memory.observed == state.NOTHING_HEARD else memory.observed
    return memory.delivered if memory.code else None


def stage(memory: state.State, now: datetime.datetime) -> status.StatusCode | None:
    """Return the stage that the time since the last contact has reached; None in contact or before AMBER."""
    since = memory.cut_off_at
    if since is None:
        return None
    policy = memory.policy or state.JUJU_POLICY
    elapsed = now - since
    if elapsed >= policy.red_grace_period:
        return status.StatusCode.RED
    if elapsed >= policy.amber_grace_period:
        return status.StatusCode.AMBER
    return None


def next_stages(memory: state.State, now: datetime.datetime) -> list[datetime.datetime]:
    """Return the instants, ascending, at which time alone will raise the target status."""
    since = memory.cut_off_at
    if since is None:
        return []
    policy = memory.policy or state.JUJU_POLICY
    target = target_status(memory, now)
    severity = 0 if target is None else status.severity(target.code)
    dues = (
        (status.StatusCode.AMBER, since + policy.amber_grace_period),
        (status.StatusCode.RED, since + policy.red_grace_period),
    )
    return [at for code, at in dues if at > now and status.severity(code) > severity]


def target_status(memory: state.State, now: datetime.datetime) -> status.MeterStatus | None:
    """Compute what the hook must have been told by now; None where there is nothing to tell.

    In contact it is the controller's word. Cut off it is the worst of that, of what the hook was told or
    may have been told by a delivery whose end is not known, and of the stage. Of equals the former counts,
    so a stage that does not raise the severity neither runs the hook nor hides the information (B-27).
    """
    word = controllers_word(memory)
    if memory.disconnected is None:
        return word
    reached = stage(memory, now)
    candidates = (
        word,
        *_may_have_been_told(memory.delivering),
        memory.delivered if memory.code else None,
        None if reached is None else status.MeterStatus(reached.value, DISCONNECTED_INFO),
    )
    return status.worst(candidate for candidate in candidates if candidate is not None)
