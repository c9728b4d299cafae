"""The invariants of time, and what they share with the others (docs/explanation/invariants.md).

As in ``invariants`` a check returns a verdict.
"""

import datetime

from harness.invariants import verdict
from harness.simulation import facts, story
from meterstatus.domain import policy, status

FIRST_TRY = 31.0
"""The thirty seconds that an agent may try its controller before a stage that is overdue at its start, and
the second that every stage has."""

OLD_CONNECTION = 35.0
"""What is added for an agent that was stopped: thirty seconds until the connection that it had counts as
broken, and some until it tries another. The machine may have slept, and the controller be there."""

START = 5.0
"""Seconds in which an agent that starts has read what it has."""

CLOSE = 0.1
"""Seconds that two readings of one moment may lie apart."""

MARK_PERIOD = 60.0
"""How old the contact on the disk may be, plus the way of an answer."""


def severity(run: story.Run | None) -> int:
    """Return how severe what a run was told is; 0 of none."""
    return 0 if run is None else status.severity(run.status.code)


def grace_of(of: facts.Facts, code: str) -> float | None:
    """Return the seconds until a stage; None where it is off."""
    graces = {stage.code.value: stage.grace.total_seconds() for stage in of.policy.stages}
    return graces.get(code)


def _first_grace(of: facts.Facts) -> float | None:
    return min((stage.grace.total_seconds() for stage in of.policy.stages), default=None)


def _is_new_stage(of: facts.Facts, run: story.Run) -> bool:
    return run.status.info == policy.DISCONNECTED_INFO and severity(run) > severity(of.told)


def _tries_until(of: facts.Facts) -> float:
    """Return until when an agent may try its controller before a stage that is overdue as it begins."""
    return of.started_at + FIRST_TRY + (OLD_CONNECTION if of.was_stopped else 0.0)


def not_early(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 2, first half: no stage before its grace has passed since the last contact it can know of."""
    grace = grace_of(of, run.status.code)
    if grace is None or not _is_new_stage(of, run):
        return verdict.NOT_CONCERNED
    if of.known_contact_at == float("-inf"):
        return verdict.Excused(_why_unknown(of))
    passed, asked = run.began - of.known_contact_at, grace + of.known_longer
    if passed >= asked - CLOSE:
        return verdict.HELD
    if run.status in of.begun:
        # It was due before, and the charm may know it: nothing has lowered it to the end since.
        return verdict.Excused(verdict.Cause.HALF_TOLD)
    return verdict.Violated(
        f"{of.unit} was told {run.status.code} after only {passed:.3f} s, and not after {asked:.3f} s"
    )


def _why_unknown(of: facts.Facts) -> verdict.Cause:
    """Return why nobody here knows what its agent counts from."""
    if of.was_lost:
        return verdict.Cause.DISK_LOST
    return verdict.Cause.DISK_DAMAGED if of.was_damaged else verdict.Cause.CLOCK_SET


def not_late(of: facts.Facts, run: story.Run, *, held_up: bool) -> verdict.Verdict:
    """Check 2, second half: a stage is told within a second of agent run time, where nothing held it up."""
    grace = grace_of(of, run.status.code)
    if grace is None or not _is_new_stage(of, run):
        return verdict.NOT_CONCERNED
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    limit = of.contact_at + of.longer + grace + 1.0
    # Whoever was damaged or killed may count from an earlier contact, by which it started late.
    earliest = min(of.contact_at + of.longer, of.known_contact_at + of.known_longer)
    if earliest + grace <= of.started_at:
        limit = max(limit, _tries_until(of))
    late = run.began - limit
    if late <= CLOSE:
        return verdict.HELD
    return (
        verdict.Excused(verdict.Cause.HELD_UP)
        if held_up
        else verdict.Violated(f"{of.unit}: {run.status.code} {late:.3f} s late")
    )


def not_overtaken(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 2: no stage is told once the next one is due; a second before its hook that was decided."""
    later = grace_of(of, "RED")
    if run.status.code != "AMBER" or later is None or not _is_new_stage(of, run):
        return verdict.NOT_CONCERNED
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    passed = run.began - of.contact_at
    if passed < later + of.longer + facts.RACE:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} is told AMBER {passed:.0f} s after contact")


def is_overdue(of: facts.Facts, now: float) -> bool:
    """Tell whether a stage that was not told is due, whatever its agent may have forgotten."""
    since = now - of.contact_at - of.longer
    return any(
        status.severity(stage.code) > severity(of.told) and since > stage.grace.total_seconds()
        for stage in of.policy.stages
    )


def tries_first(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 2: an agent that has a controller to reach asks it before it tells what was due at its start."""
    is_first = of.last is None or of.last.began < of.started_at
    if not of.has_controller or not (is_first or run.status.info == policy.DISCONNECTED_INFO):
        return verdict.NOT_CONCERNED
    is_at_once = run.began < of.started_at + 0.5
    if not (is_at_once and run.status.info == policy.DISCONNECTED_INFO):
        return verdict.HELD if is_first and of.was_overdue else verdict.NOT_CONCERNED
    if of.saved is not None and of.saved.delivering is not None and (run.told.attempt or 0) > 1:
        return verdict.Excused(
            verdict.Cause.HALF_TOLD
        )  # begun before it started, and the charm may have heard half of it
    # One that is unsure is RED from its first stage on.
    grace = _first_grace(of) if of.was_damaged else grace_of(of, run.status.code)
    if grace is not None and _counted_from(of, run) + of.known_longer + grace > of.started_at:
        return verdict.NOT_CONCERNED  # it fell due only just after the start
    return verdict.Violated(f"{of.unit} is told {run.status.code} although there is a controller to ask")


def _counted_from(of: facts.Facts, run: story.Run) -> float:
    """Return from when a unit counts; where its disk was replaced or damaged, it alone knows that."""
    passed = run.told.since_contact
    is_its_own = of.was_lost or of.was_damaged
    return run.began - passed.total_seconds() if is_its_own and passed is not None else of.known_contact_at


def not_missing(of: facts.Facts, now: float, *, allowed: float) -> verdict.Verdict:
    """Check 2 and 5: every stage that is overdue, with all that it is allowed, was told."""
    found: verdict.Verdict = verdict.NOT_CONCERNED
    for stage in of.policy.stages:
        due = max(of.contact_at + of.longer + stage.grace.total_seconds(), _tries_until(of))
        if now <= due + allowed:
            continue
        if severity(of.told) >= status.severity(stage.code):
            found = verdict.HELD
        elif of.was_lost:
            return verdict.Excused(verdict.Cause.DISK_LOST)
        else:
            return verdict.Violated(
                f"{of.unit} is not {stage.code} although contact was lost at {of.contact_at:.0f} s"
            )
    return found


def counts_from_contact(of: facts.Facts, saved_contact_at: float) -> verdict.Verdict:
    """Check 2: what is written down never counts from later than the last contact: no grace is lengthened.

    Once the last stage was told no time counts any more, and none is written down.
    """
    if not any(status.severity(stage.code) > severity(of.told) for stage in of.policy.stages):
        return verdict.NOT_CONCERNED
    if saved_contact_at <= of.contact_at + CLOSE:
        return verdict.HELD
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    later = f"{saved_contact_at - of.contact_at:.3f} s after its last contact at {of.contact_at:.3f} s"
    return verdict.Violated(f"{of.unit} counts from {later}")


def waits_as_announced(of: facts.Facts) -> verdict.Verdict:
    """Check 2: what is written down waits no longer than announced maintenance has it.

    By a second more at most: so little is no news, for which a contact is written down before its minute.
    """
    if not of.saved_longer:
        return verdict.NOT_CONCERNED
    late = of.saved_contact_at + of.saved_longer - of.contact_at - of.longer
    if late <= 1.0 + CLOSE:
        return verdict.HELD
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    return verdict.Violated(
        f"{of.unit} waits {of.saved_longer:.3f} s for maintenance, {late:.3f} s of it in vain"
    )


def notes_time(of: facts.Facts, now: float, *, period: float) -> verdict.Verdict:
    """Check 2: without contact, and while a stage is to come, the disk is never far behind the time."""
    if of.saved is None or of.saved.disconnected is None or not _is_to_come(of, now - period - of.contact_at):
        return verdict.NOT_CONCERNED
    behind = now - max(of.noted_at, of.started_at)
    if behind <= period:
        return verdict.HELD
    if not of.can_write:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    if of.was_lost and of.noted_at < of.started_at:
        return verdict.Excused(
            verdict.Cause.DISK_LOST
        )  # by the disk that was put back it may have been told the last stage
    return verdict.Violated(f"{of.unit}: what its disk counted is {behind:.0f} s behind")


def _is_to_come(of: facts.Facts, passed: float) -> bool:
    """Tell whether a stage that it may not have been told has not been due for as long as that."""
    known = max(severity(of.told), severity(of.last))
    if of.was_lost and of.saved is not None:
        known = max(known, status.severity(of.saved.code))
    return any(
        status.severity(stage.code) > known and stage.grace.total_seconds() + of.longer > passed
        for stage in of.policy.stages
    )


def writes_at_last(of: facts.Facts, well_for: float, *, allowed: float) -> verdict.Verdict:
    """Check 2: what a disk did not take is written once it takes something again."""
    if well_for <= allowed:
        return verdict.NOT_CONCERNED
    if of.can_write:
        return verdict.HELD
    return verdict.Violated(
        f"{of.unit}: its disk is well for {well_for:.0f} s, and what it did not take is not on it"
    )


def marks_contact(of: facts.Facts) -> verdict.Verdict:
    """Check 2: in contact the disk is never much older than a minute, so that a crash forgets no more."""
    behind = of.contact_at - of.saved_contact_at
    if behind <= MARK_PERIOD + 1:
        return verdict.HELD
    if not of.can_write:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    return verdict.Violated(f"{of.unit}: its disk is {behind:.0f} s behind its contact")


def warns_in_time(of: facts.Facts, run: story.Run, *, held_up: bool) -> verdict.Verdict:
    """Check, beyond the twelve: a warning comes no earlier than asked for, and before its stage."""
    upcoming, early = run.told.next_stage, of.policy.warning
    if of.was_damaged:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    if early is None or upcoming is None:
        return verdict.Violated(f"{of.unit} is warned although nothing is to come, or nobody asked")
    left = (grace_of(of, upcoming.code) or 0.0) + of.known_longer - (run.began - of.known_contact_at)
    if left > early.total_seconds() + CLOSE:
        return verdict.Violated(f"{of.unit} is warned of {upcoming.code} {left:.3f} s before it")
    if upcoming.due_in > datetime.timedelta(seconds=1):
        return verdict.HELD
    # An agent that has just started tries its controller first, and warns of nothing meanwhile.
    if held_up or run.began <= _tries_until(of):
        return verdict.Excused(verdict.Cause.HELD_UP)
    return verdict.Violated(f"{of.unit} is warned of {upcoming.code} when it is due")
