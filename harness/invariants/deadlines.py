"""Invariant 2 as checks of a unit's model: no stage early, none late, and what the disk has of the time."""

import datetime

from harness.invariants import verdict
from harness.invariants.model import CLOSE, NEVER, RACE, Run, UnitModel
from meterstatus.domain import status

FIRST_TRY = 31.0
"""The thirty seconds that an agent may try its controller before a stage that is overdue at its start, and
the second that every stage has."""

OLD_CONNECTION = 35.0
"""What is added for an agent that was stopped: thirty seconds until the connection that it had counts as
broken, and some until it tries another. The machine may have slept, and the controller be there."""

MARK_PERIOD = 60.0
"""How old the contact on the disk may be, plus the way of an answer."""


def _new_stage(of: UnitModel, run: Run) -> float | None:
    """Return the grace of a stage that its agent does not know to be told; None of any other run."""
    if not run.is_stage or (run.severity <= of.severity() and not of.is_unsure):
        return None
    return dict(of.stages).get(run.status.code)


def _tries_until(of: UnitModel) -> float:
    """Return until when an agent may try its controller before a stage that is overdue as it begins."""
    return of.started_at + FIRST_TRY + (OLD_CONNECTION if of.was_stopped else 0.0)


def not_early(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check: no stage before its grace has passed since the earliest contact that its agent can know of."""
    grace = _new_stage(of, run)
    if grace is None:
        return verdict.NOT_CONCERNED
    due = of.due(grace).earliest
    if run.began >= due - CLOSE:
        return verdict.HELD
    if run.status in of.begun:
        # It was due before, and the charm may know it: nothing has lowered it to the end since.
        return verdict.Excused(verdict.Cause.HALF_TOLD)
    return verdict.Violated(f"{of.unit} is told {run.status.code} {due - run.began:.3f} s before it is due")


def not_late(of: UnitModel, run: Run, *, free_at: float, is_troubled: bool) -> verdict.Verdict:
    """Check: a stage is told within a second of agent run time.

    Args:
        of: the unit's.
        run: what begins.
        free_at: when the machine's last hook before it ended.
        is_troubled: the unit's own hook failed so lately that its next attempt may be this.
    """
    grace = _new_stage(of, run)
    if grace is None:
        return verdict.NOT_CONCERNED
    due = of.due(grace)
    limit = max(due.latest, free_at) + 1.0
    if due.earliest <= of.started_at:
        limit = max(limit, _tries_until(of))
    late = run.began - limit
    if late <= CLOSE:
        return verdict.HELD
    if is_troubled:
        return verdict.Excused(verdict.Cause.HELD_UP)
    return verdict.Violated(f"{of.unit}: {run.status.code} {late:.3f} s late")


def not_overtaken(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check: no stage is told once a worse one is due; a second before its hook that was decided."""
    if _new_stage(of, run) is None:
        return verdict.NOT_CONCERNED
    worse = [grace for code, grace in of.stages if status.severity(code) > run.severity]
    if not worse:
        return verdict.NOT_CONCERNED
    if run.began < of.due(worse[0]).latest + RACE:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} is told {run.status.code} once what is worse is due")


def is_overdue(of: UnitModel, now: float) -> bool:
    """Tell whether a stage that it was not told is due."""
    return any(
        status.severity(code) > of.severity() and now > of.due(grace).latest for code, grace in of.stages
    )


def tries_first(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check: an agent that has a controller to reach asks it before it tells what was due at its start."""
    is_first = of.last is None or of.last.began < of.started_at
    if not of.has_controller or not (is_first or run.is_stage):
        return verdict.NOT_CONCERNED
    if not (run.began < of.started_at + 0.5 and run.is_stage):
        return verdict.HELD if is_first and of.was_overdue else verdict.NOT_CONCERNED
    if run.status in of.begun:
        return verdict.Excused(verdict.Cause.HALF_TOLD)  # and the charm may have heard half of it
    grace = dict(of.stages).get(run.status.code)
    if grace is not None and of.due(grace).earliest > of.started_at:
        return verdict.NOT_CONCERNED  # it fell due only just after the start
    return verdict.Violated(f"{of.unit} is told {run.status.code} although there is a controller to ask")


def not_missing(of: UnitModel, now: float, *, allowed: float) -> verdict.Verdict:
    """Check: every stage that is overdue, with all that it is allowed, was told."""
    found: verdict.Verdict = verdict.NOT_CONCERNED
    for code, grace in of.stages:
        due = max(of.due(grace).latest, _tries_until(of))
        if now <= due + allowed:
            continue
        if of.severity() < status.severity(code):
            return verdict.Violated(f"{of.unit} is not {code}, which was due at {due:.0f} s")
        found = verdict.HELD
    return found


def counts_from_contact(of: UnitModel) -> verdict.Verdict:
    """Check: what is written down counts from the last contact, neither later nor, cut off, earlier.

    Once the last stage was told no time counts any more, and none is written down.
    """
    if not any(status.severity(code) > of.severity() for code, _ in of.stages):
        return verdict.NOT_CONCERNED
    if of.saved_contact > of.contact.latest + CLOSE:
        late = of.saved_contact - of.contact.latest
        return verdict.Violated(f"{of.unit} counts from {late:.3f} s after its last contact")
    is_behind = of.memory is not None and of.memory.is_cut_off and of.noted_at > of.heard_at + RACE
    if is_behind and of.saved_contact < of.contact.earliest - CLOSE:
        early = of.contact.earliest - of.saved_contact
        return verdict.Violated(f"{of.unit} counts from {early:.3f} s before its last contact")
    return verdict.HELD


def waits_as_announced(of: UnitModel) -> verdict.Verdict:
    """Check: what is written down waits no longer than announced maintenance has it.

    By a second more at most: so little is no news, for which a contact is written down before its minute.
    """
    mark = None if of.memory is None else of.memory.mark
    if mark is None or not mark.longer:
        return verdict.NOT_CONCERNED
    late = of.saved_contact + mark.longer - of.base.latest
    if late <= 1.0 + CLOSE:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} waits {late:.3f} s in vain for maintenance")


def notes_time(of: UnitModel, now: float, *, period: float) -> verdict.Verdict:
    """Check: without contact, and while a stage is to come, the disk is never far behind the time."""
    known = max(of.severity(), 0 if of.last is None else of.last.severity)
    to_come = [
        code
        for code, grace in of.stages
        if status.severity(code) > known and of.due(grace).latest > now - period
    ]
    if of.memory is None or not of.memory.is_cut_off or not to_come:
        return verdict.NOT_CONCERNED
    behind = now - max(of.noted_at, of.started_at)
    if behind <= period:
        return verdict.HELD
    if not of.is_written:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    return verdict.Violated(f"{of.unit}: what its disk counted is {behind:.0f} s behind")


def writes_at_last(of: UnitModel, well_for: float, *, allowed: float) -> verdict.Verdict:
    """Check: what a disk did not take is written once it takes something again."""
    if well_for <= allowed:
        return verdict.NOT_CONCERNED
    if of.is_written:
        return verdict.HELD
    return verdict.Violated(
        f"{of.unit}: its disk is well for {well_for:.0f} s, and lacks what it did not take"
    )


def marks_contact(of: UnitModel) -> verdict.Verdict:
    """Check: in contact the disk is never much older than a minute, so that a crash forgets no more."""
    behind = of.contact.latest - of.saved_contact
    if behind <= MARK_PERIOD + 1:
        return verdict.HELD
    if not of.is_written:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    return verdict.Violated(f"{of.unit}: its disk is {behind:.0f} s behind its contact")


def says_since_contact(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check: the hook is told how long there was no contact."""
    passed = run.told.since_contact
    if passed is None or of.heard_at > run.began - RACE or of.contact.earliest == NEVER:
        return verdict.NOT_CONCERNED  # in contact, or nobody here can say which was first
    shortest, longest = run.began - of.contact.latest, run.began - of.contact.earliest
    if shortest - CLOSE <= passed.total_seconds() <= longest + CLOSE:
        return verdict.HELD
    span = f"{shortest:.3f} to {longest:.3f} s"
    return verdict.Violated(f"{of.unit} is told of {passed} without contact where it is {span}")


def warns_in_time(of: UnitModel, run: Run, *, held_up: bool) -> verdict.Verdict:
    """Check, beyond the twelve: a warning comes no earlier than asked for, and before its stage."""
    upcoming, early = run.told.next_stage, of.rules.warning
    if early is None or upcoming is None:
        return verdict.Violated(f"{of.unit} is warned although nothing is to come, or nobody asked")
    left = of.due(dict(of.stages).get(upcoming.code, 0.0)).earliest - run.began
    if left > early + CLOSE:
        return verdict.Violated(f"{of.unit} is warned of {upcoming.code} {left:.3f} s before it")
    if upcoming.due_in > datetime.timedelta(seconds=1):
        return verdict.HELD
    # An agent that has just started tries its controller first, and warns of nothing meanwhile.
    if held_up or run.began <= _tries_until(of):
        return verdict.Excused(verdict.Cause.HELD_UP)
    return verdict.Violated(f"{of.unit} is warned of {upcoming.code} when it is due")
