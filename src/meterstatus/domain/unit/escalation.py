"""How far a unit without contact must have escalated by now, and what comes next (spec worker, A.6; B-17).

Pure: computed from the memory and the clocks each time, so that no timer decides anything.
"""

import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus.domain import maintenance, status
from meterstatus.domain import policy as policies
from meterstatus.domain.hook import hook_call
from meterstatus.domain.unit import juju_triggers, offline_clock, state

LONGEST_CONTACT_PERIOD = datetime.timedelta(minutes=1)
"""How seldom a connected agent may fetch its status."""

LONGEST_ANSWER = datetime.timedelta(seconds=30)
"""How long any call may take, as ``ports.connection`` has it."""

AGAIN = datetime.timedelta(seconds=5)
"""How soon a warning that could not be given is tried again."""


def elapsed(memory: state.State, now: offline_clock.Instant) -> datetime.timedelta:
    """Return the time without contact, by the latest contact known."""
    mark = memory.latest_contact or memory.mark
    return offline_clock.NOTHING if mark is None else offline_clock.elapsed(mark, now)


def longer(memory: state.State) -> datetime.timedelta:
    """Return how much longer the stages wait, by the maintenance that was announced at the latest contact."""
    mark = memory.latest_contact or memory.mark
    return offline_clock.NOTHING if mark is None else maintenance.bounded(mark.longer)


def stages(memory: state.State) -> Iterator[tuple[policies.Stage, datetime.timedelta]]:
    """Give the stages, each with the time from the latest contact until it."""
    return maintenance.stages(memory.ruling_policy, longer(memory))


def stage(memory: state.State, now: offline_clock.Instant) -> policies.Stage | None:
    """Return the stage that the time without contact has reached; None in contact or before the first.

    A unit whose memory was damaged is RED from its first stage on: it may have been told RED before, which
    AMBER would take back.
    """
    if memory.disconnected is None:
        return None
    passed = elapsed(memory, now)
    reached: policies.Stage | None = None
    for each, due in stages(memory):
        if passed >= due:
            reached = each
    return _worst(memory.ruling_policy, reached) if reached and memory.unsure else reached


def _worst(policy: policies.Policy, reached: policies.Stage) -> policies.Stage:
    last = policy.stages[-1]
    is_red = last.code is status.StatusCode.RED
    return last if is_red else policies.Stage(status.StatusCode.RED, reached.grace)


def overdue(memory: state.State, now: offline_clock.Instant) -> datetime.timedelta:
    """Return how long ago the stage fell due that the time without contact has reached; zero before any."""
    passed = elapsed(memory, now)
    reached = [grace for _, grace in stages(memory) if grace <= passed]
    return passed - max(reached, default=passed)


def coming(
    memory: state.State, now: offline_clock.Instant, than: status.MeterStatus | None
) -> Iterator[hook_call.Stage]:
    """Give the stages still to come that are worse than a status, soonest first, as if contact were lost.

    In contact they are counted from the latest contact. A unit whose controller has no meter status has none.
    """
    if memory.unmetered:
        return
    policy, passed = memory.ruling_policy, elapsed(memory, now)
    for each, due in stages(memory):
        left = due - passed
        if left > offline_clock.NOTHING and policy.outranks(each, than):
            yield hook_call.Stage(each.code.value, left, now.wall + left, policy.name(each))


def due_warning(
    memory: state.State, now: offline_clock.Instant, than: status.MeterStatus | None
) -> hook_call.Stage | None:
    """Return the stage that the charm is to be warned of now; None where it was, or need not be."""
    at = warning_due_in(memory, now, than)
    return None if at is None or at > offline_clock.NOTHING else next(coming(memory, now, than))


def warning_due_in(
    memory: state.State, now: offline_clock.Instant, than: status.MeterStatus | None
) -> datetime.timedelta | None:
    """Return how long until the charm is to be warned of the next stage; None where it is not to be."""
    upcoming = next(coming(memory, now, than), None)
    early = memory.ruling_policy.warning
    if memory.disconnected is None or upcoming is None or early is None or memory.warned == upcoming.name:
        return None
    rest = offline_clock.NOTHING if memory.warn_again_at is None else memory.warn_again_at - now.boot
    return max(upcoming.due_in - early, rest)


def settled(memory: state.State, now: offline_clock.Instant) -> state.State:
    """Record how far the unit has escalated, for Juju's readers; it never goes back."""
    record = memory.disconnected
    if record is None:
        return memory
    reached = stage(memory, now)
    escalated = juju_triggers.worker_state(None if reached is None else reached.code)
    if escalated <= record.state:
        return memory
    return dataclasses.replace(memory, disconnected=dataclasses.replace(record, state=escalated))


def is_to_be_noted(memory: state.State, mark: offline_clock.Mark, now: offline_clock.Instant) -> bool:
    """Tell whether the time counted since the mark has to be written down: while a stage is still to come."""
    if memory.disconnected is None or now.boot - mark.at.boot < count_period(memory.ruling_policy):
        return False
    return any(grace > mark.counted for _, grace in stages(memory))


def count_period(policy: policies.Policy) -> datetime.timedelta:
    """Return how often the time without contact is written down: a thousandth of the last stage's grace.

    Never more often than each second, nor less often than each minute: a boot with a wrong clock loses no
    more than that.
    """
    longest = max((each.grace for each in policy.stages), default=LONGEST_CONTACT_PERIOD)
    return min(max(longest / 1000, offline_clock.STEP), LONGEST_CONTACT_PERIOD)


def answer_limit(policy: policies.Policy) -> datetime.timedelta:
    """Return how long the controller may take to answer before its silence is the loss of contact.

    Three tenths of the first stage's grace: asked after a fifth of it, a controller that is silent is given
    up at its half, and the stage is not late. Never more than a call's own limit, nor less than a busy
    controller may need: an agent's own options may be shorter than any policy.
    """
    first = policy.first_grace or policies.LONGEST
    return min(max(first, policies.SHORTEST) * 3 / 10, LONGEST_ANSWER)


def patience(memory: state.State, now: offline_clock.Instant) -> datetime.timedelta:
    """Return how long a connection may take over one answer: ``answer_limit``, and never past a stage.

    A connection that has brought no contact by then is as good as none, and who waits for it tells no stage.
    """
    told = None if memory.unsure or not memory.code else memory.delivered
    upcoming = next(coming(memory, now, told), None)
    limit = answer_limit(memory.ruling_policy)
    return limit if upcoming is None else min(limit, upcoming.due_in)


def contact_period(policy: policies.Policy) -> datetime.timedelta:
    """Return how often contact has to be confirmed, so that its loss is noticed well before the first stage.

    Five times until then: one answer may be late, and another lost, without the stage being late.
    """
    first = policy.first_grace
    # The division last: it is what takes the time, and the usual policy needs none.
    if first is None or first >= 5 * LONGEST_CONTACT_PERIOD:
        return LONGEST_CONTACT_PERIOD
    return first / 5
