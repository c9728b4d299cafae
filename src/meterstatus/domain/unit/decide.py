"""The heart: what a unit's agent does next, decided from its memory, an event and the clocks.

    decide(memory, event, now) -> (memory', effects)

Both workers run this one function. The target status is always recomputed (``domain.unit.delivery``) from
memory and now: while in contact, the controller's word; cut off, the worst of it and of the stage that the
time since the last contact has reached (``domain.unit.escalation``). So no timer, however late, early or out
of order, decides anything (spec worker, B-17), and isolation never lowers severity (B-04).

A hook is run in two steps. ``TakeLock`` asks for the machine lock; once it is held, ``LockHeld`` asks again
what is to be told now, which may be something else or nothing (B-20). Then ``Save`` writes the delivery
ahead, ``RunHook`` runs the hook, and only an outcome that counts ends the delivery (B-06, B-18).

The caller runs the effects in order, answers ``TakeLock`` with exactly one ``LockHeld``, ``LockRefused`` or
``CharmAwaited`` and ``RunHook`` with exactly one ``HookEnded``, never has two hooks under way, and calls
again with ``TimePassed`` no later than the last ``WakeIn``. Pure: same input, same output.
"""

import dataclasses
import datetime
from collections.abc import Callable
from typing import assert_never

from meterstatus import errors
from meterstatus.domain import epoch, status
from meterstatus.domain import policy as policies
from meterstatus.domain.hook import hook_call
from meterstatus.domain.hook import outcome as outcomes
from meterstatus.domain.unit import contact, delivery, escalation, offline_clock, state


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """The worker has read its memory; nonsense in it is put right before anything rests on it.

    What else follows from it is decided with the first word of the controller, or its loss.
    """

    own_policy: policies.Policy = policies.JUJU_POLICY
    """The agent's options, which hold where the controller says nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class PolicyWord:
    """What the controller says of when to escalate, and how new its word is."""

    policy: policies.Policy | None
    """None where it leaves that to the agent."""

    is_silent: bool = False
    """It says nothing of a policy: what it said before holds."""

    place: epoch.Place | None = None
    """None where it knows no epochs; ``epoch.UNSAID`` where it knows policies, and refused to say."""

    maintenance: datetime.timedelta = offline_clock.NOTHING
    """What is left of announced maintenance."""

    lacks: epoch.Place | None = None
    """What it was told that the unit has heard, and does not have; None where it was told of nothing such."""


@dataclasses.dataclass(frozen=True, slots=True)
class ContactConfirmed:
    """The controller's status was fetched, or came with an event."""

    status: status.MeterStatus
    policy: PolicyWord | None = None
    """None where it said nothing of it: it was not asked, or knows no policies. What it said before holds,
    for silence takes back nothing: a controller set back to a release without policies would else lengthen
    every wait that was set, and start those that are off. Of maintenance it is the other way round: it only
    makes waits longer, and may have been taken back, so what was announced before does not hold."""

    heard: offline_clock.Instant | None = None
    """When it came, where it could not be taken then; None is now. Contact counts from it, and from nothing
    later."""

    by_event: bool = False
    """The controller sent an event, where else it was only time to ask again."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unmetered:
    """There is a controller, and it has no meter status: it says nothing, and its loss will say nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class ContactLost:
    """There is no way to the controller; said at each start without one, and counted from the last one."""


@dataclasses.dataclass(frozen=True, slots=True)
class TimePassed:
    """A timer fired, or the caller looks again for another reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class LockHeld:
    """The machine lock that ``TakeLock`` asked for is held."""


@dataclasses.dataclass(frozen=True, slots=True)
class LockRefused:
    """The machine lock that ``TakeLock`` asked for was not to be had; no hook was run."""


@dataclasses.dataclass(frozen=True, slots=True)
class CharmAwaited:
    """Instead of taking the lock: there is no charm yet that could be told anything (spec worker, B-07)."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookFound:
    """The charm has a hook now, which it lacked when it was last to be told (spec worker, B-06 g)."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookEnded:
    """The hook that ``RunHook`` asked for has ended."""

    outcome: outcomes.HookOutcome


@dataclasses.dataclass(frozen=True, slots=True)
class Stopping:
    """The worker ends, and another may begin: what only this one knows is written down. Runs no hook."""


Event = (
    Started
    | Stopping
    | ContactConfirmed
    | Unmetered
    | ContactLost
    | TimePassed
    | LockHeld
    | LockRefused
    | CharmAwaited
    | HookFound
    | HookEnded
)


@dataclasses.dataclass(frozen=True, slots=True)
class Save:
    """Write the new memory to the unit's own disk before going on.

    Where ``TakeLock`` follows at once it may wait until the lock is not to be had at once: with the lock
    held the next ``Save`` holds all of it.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class TakeLock:
    """Wait for the machine lock and answer; always the last effect.

    The answer is ``LockHeld``, ``LockRefused``, or ``CharmAwaited`` where it need not be waited for.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class RunHook:
    """Run the hook under the lock, then answer ``HookEnded``; always the last effect."""

    telling: hook_call.HookCall


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """Write what the hook was told to the controller, as Juju's keys and without a disconnect record."""


@dataclasses.dataclass(frozen=True, slots=True)
class WakeIn:
    """Call again within this time; the last one said counts, and none said means never."""

    delay: datetime.timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Log a line: a person should know of it."""

    text: str


Effect = Save | TakeLock | RunHook | Report | WakeIn | Notice


def decide(
    memory: state.State, event: Event, now: offline_clock.Instant
) -> tuple[state.State, tuple[Effect, ...]]:
    """Decide what follows from an event.

    Args:
        memory: the unit's memory as the last call returned it, or as it was read.
        event: what happened.
        now: the clocks, read together.

    Returns:
        The new memory, and what to do, in order.

    Raises:
        LocalProtocolError: ``HookEnded`` without a hook under way.
    """
    if isinstance(event, Started):
        is_noted = memory.mark is None or offline_clock.same_boot(memory.mark, now)
        return contact.begin(memory, event.own_policy, now), () if is_noted else (Save(),)
    if isinstance(event, Stopping):
        stopped = contact.leave(memory, now)
        return stopped, (Save(),) if stopped != memory else ()
    ticked, step = contact.tick(memory, now)
    changed = _react(ticked, event, now)
    latest = changed.latest_contact
    if (
        latest is not None
        and latest is not changed.mark
        and changed.disconnected is None
        and changed != memory
    ):
        changed = dataclasses.replace(changed, mark=latest)
    changed, effects = _plan(memory, changed, now, lock_held=isinstance(event, LockHeld))
    notice = epoch.notice(memory.standing, changed.standing)
    return changed, (*_notices(step), *((Notice(notice),) if notice else ()), *effects)


def _notices(step: datetime.timedelta) -> tuple[Notice, ...]:
    if not step:
        return ()
    way = "forward" if step > offline_clock.NOTHING else "back"
    seconds = f"{abs(step).total_seconds():.0f} s"
    return (
        Notice(f"the wall clock was set {way} by {seconds}; the time without contact does not follow it"),
    )


def _react(memory: state.State, event: Event, now: offline_clock.Instant) -> state.State:
    match event:
        case ContactConfirmed():
            return _on_contact(memory, event, now)
        case Unmetered():
            return contact.unmeter(memory)
        case ContactLost():
            return contact.lose(memory, now)
        case TimePassed() | LockHeld() | Started() | Stopping():
            return memory
        case LockRefused():
            return _on_not_asked(memory, delivery.refused, now)
        case CharmAwaited():
            return _on_not_asked(memory, delivery.awaiting, now)
        case HookFound():
            return delivery.anew(memory, now)
        case HookEnded():
            return _on_hook_ended(memory, event.outcome, now)
        case _:
            assert_never(event)


def _on_contact(memory: state.State, event: ContactConfirmed, now: offline_clock.Instant) -> state.State:
    """Take in the controller's word, as far as it is to be followed (``domain.epoch``).

    One that is behind brings neither its policy nor its maintenance: both may lengthen a wait that the newer
    one shortened. One that was superseded is no contact.
    """
    if event.heard is not None and contact.is_overtaken(memory, event.heard):
        return memory
    word, at = event.policy, event.heard or now
    former = delivery.controllers_word(memory)
    place, lacks = (None, None) if word is None else (word.place, word.lacks)
    heard = epoch.hear(memory.standing, former, event.status, place, lacks=lacks)
    if heard.standing is not memory.standing:  # where it is, what was heard is no news, as mostly
        memory = dataclasses.replace(memory, standing=heard.standing)
    if not heard.is_contact:
        return memory
    if word is None or not heard.is_followed:
        return contact.confirm(memory, heard.word, memory.policy, at, by_event=event.by_event)
    policy = memory.policy if word.is_silent else word.policy
    return contact.confirm(memory, heard.word, policy, at, word.maintenance, by_event=event.by_event)


def _on_not_asked(
    memory: state.State,
    put_off: Callable[[state.Delivery, offline_clock.Instant], state.Delivery],
    now: offline_clock.Instant,
) -> state.State:
    pending = memory.delivering
    return dataclasses.replace(
        memory,
        delivering=None if pending is None else put_off(pending, now),
        warn_again_at=now.boot + escalation.AGAIN,
    )


def _on_hook_ended(
    memory: state.State, outcome: outcomes.HookOutcome, now: offline_clock.Instant
) -> state.State:
    if memory.warning:
        return _on_warning_ended(memory, outcome.result, now)
    if memory.delivering is None:
        raise errors.LocalProtocolError("a hook ended while no delivery was under way")
    return delivery.ended(memory, memory.delivering, outcome, now)


def _on_warning_ended(
    memory: state.State, result: outcomes.HookResult, now: offline_clock.Instant
) -> state.State:
    """Count a warning as given once the charm had its chance: it is a courtesy, and no status."""
    if result in (outcomes.HookResult.NOT_STARTED, outcomes.HookResult.TERMINATED):
        again = now.boot + escalation.AGAIN
        return dataclasses.replace(memory, warning="", warned="", warn_again_at=again)
    return dataclasses.replace(memory, warning="")


def _plan(
    before: state.State, memory: state.State, now: offline_clock.Instant, *, lock_held: bool
) -> tuple[state.State, tuple[Effect, ...]]:
    chosen = delivery.due(memory, now)
    if chosen is not None and not delivery.rests(chosen, now):
        if lock_held:
            return _tell(before, memory, chosen, now)
        return _ask(before, dataclasses.replace(memory, delivering=chosen))
    if chosen is None:  # else it is the one that is under way, and rests
        if memory.delivering is not None and delivery.target(memory, now) is not None:
            memory = dataclasses.replace(memory, delivering=None)
        memory = escalation.settled(memory, now)
    upcoming = escalation.due_warning(memory, now, delivery.target(memory, now))
    if upcoming is not None:
        return _warn(memory, upcoming, now) if lock_held else _ask(before, memory)
    return memory, (
        *((Save(),) if memory != before else ()),
        *_report(before, memory),
        *_wake(memory, now),
    )


def _ask(before: state.State, memory: state.State) -> tuple[state.State, tuple[Effect, ...]]:
    saving = (Save(),) if memory != before else ()
    return memory, (*_report(before, memory), *saving, TakeLock())


def _tell(
    before: state.State, memory: state.State, chosen: state.Delivery, now: offline_clock.Instant
) -> tuple[state.State, tuple[Effect, ...]]:
    under_way = delivery.begun(chosen)
    count = memory.deliveries + (1 if under_way.attempt == 1 else 0)
    memory = dataclasses.replace(memory, delivering=under_way, deliveries=count)
    return memory, (Save(), *_report(before, memory), RunHook(delivery.describe(memory, under_way, now)))


def _warn(
    memory: state.State, upcoming: hook_call.Stage, now: offline_clock.Instant
) -> tuple[state.State, tuple[Effect, ...]]:
    told = delivery.describe_warning(memory, upcoming, now)
    memory = dataclasses.replace(memory, warned=upcoming.name, warning=upcoming.name, warn_again_at=None)
    return memory, (Save(), RunHook(told))


def _report(before: state.State, memory: state.State) -> tuple[Report, ...]:
    """Report what the hook was told anew, while there is somebody to report to."""
    if memory.disconnected is not None or (memory.code == before.code and memory.info == before.info):
        return ()
    return (Report(),)


def _wake(memory: state.State, now: offline_clock.Instant) -> tuple[WakeIn, ...]:
    target = delivery.target(memory, now)
    delays: list[datetime.timedelta] = []
    if memory.delivering is not None and target is not None:
        retry_at = memory.delivering.retry_at
        delays.append(offline_clock.NOTHING if retry_at is None else retry_at - now.boot)
    if memory.disconnected is not None:
        delays += [upcoming.due_in for upcoming in escalation.coming(memory, now, target)]
        warning = escalation.warning_due_in(memory, now, target)
        delays += [] if warning is None else [warning]
    return (WakeIn(min(delays)),) if delays else ()
