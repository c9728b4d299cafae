"""What a start, contact, its loss and the passing of time make of a memory's clock (invariants 2 and 11).

Pure; ``domain.unit.decide`` asks it first, whatever the event, and then decides what follows.
"""

import dataclasses
import datetime

from meterstatus.domain import maintenance, status
from meterstatus.domain import policy as policies
from meterstatus.domain.unit import delivery, escalation, offline_clock, state

MARK_PERIOD = datetime.timedelta(minutes=1)
"""How seldom a contact is written down where nothing else is. A policy with short stages has every confirmed
contact written: an agent that is killed counts from what is on the disk."""

_END_OF_TIME = 2**37
"""Unix seconds, in the year 6325: later instants cannot be reckoned with, and some not even be written."""


def begin(memory: state.State, own_policy: policies.Policy, now: offline_clock.Instant) -> state.State:
    """Return the memory of an agent that starts: a record that cannot be is put right (spec worker, B-15).

    No time, or one before 1970 or too late to be one, is now; an unknown stage is the first. A record
    without a mark is Juju's own, and what the wall clock says is all there is to count by.
    """
    mark = memory.mark
    if mark is not None and not offline_clock.same_boot(mark, now):
        # From here on the boot clock counts: until the first decision it may be thirty seconds, which a wall
        # clock that was set back would leave out.
        mark = offline_clock.advanced(mark, now)
    memory = dataclasses.replace(memory, own_policy=own_policy, latest_contact=None, mark=mark)
    record = memory.disconnected
    if record is None:
        return memory
    known = record.state in (
        state.WorkerState.WAITING_AMBER,
        state.WorkerState.WAITING_RED,
        state.WorkerState.DONE,
    )
    record = dataclasses.replace(record, state=record.state if known else state.WorkerState.WAITING_AMBER)
    if not 0 < record.disconnected_at < _END_OF_TIME:
        mark = mark or offline_clock.contact(now)
        record = dataclasses.replace(record, disconnected_at=int(mark.at.wall.timestamp()))
    if mark is None:
        passed = max(offline_clock.NOTHING, now.wall - record.when())
        mark = offline_clock.Mark(passed, now, now.wall)
    return dataclasses.replace(memory, disconnected=record, mark=mark)


def lose(memory: state.State, now: offline_clock.Instant) -> state.State:
    """Begin to be without contact, counted from the latest one that is known; once it is, nothing changes.

    Nor does it for a unit whose last controller had no meter status: nobody vouched for it any more, so
    nothing is lost with that controller.
    """
    if memory.disconnected is not None or memory.unmetered:
        return memory
    mark = memory.latest_contact or memory.mark or offline_clock.contact(now)
    since = mark.at.wall - mark.counted
    return dataclasses.replace(
        memory,
        disconnected=state.Disconnected(int(since.timestamp()), state.WorkerState.WAITING_AMBER),
        mark=offline_clock.advanced(mark, now),
        latest_contact=None,
    )


def unmeter(memory: state.State) -> state.State:
    """Take in that the controller has no meter status.

    What the hook was told stays, and so does a delivery that may have reached it: there is nobody to say
    anything else.
    """
    return dataclasses.replace(memory, disconnected=None, unmetered=True, warned="", warn_again_at=None)


def leave(memory: state.State, now: offline_clock.Instant) -> state.State:
    """Return what an agent that ends leaves to the next: the latest contact, or what was counted without it.

    The next may begin in another boot, with a clock in the past.
    """
    mark = memory.latest_contact or memory.mark
    if mark is not None and memory.disconnected is not None:
        mark = offline_clock.advanced(mark, now)
    return dataclasses.replace(memory, mark=mark)


def confirm(
    memory: state.State,
    word: status.MeterStatus,
    policy: policies.Policy | None,
    now: offline_clock.Instant,
    rest: datetime.timedelta = offline_clock.NOTHING,
    *,
    by_event: bool = False,
) -> state.State:
    """Take in contact: a word of the controller, and the policy that it leaves the agent with.

    A mark that is young stays as it is, so that nothing is written while nothing changes: with what was left
    of announced maintenance then, it has the stages at the same time.

    Args:
        memory: the unit's.
        word: the controller's.
        policy: None leaves it to the agent's options.
        now: the clocks.
        rest: what is left of announced maintenance.
        by_event: the controller spoke by itself, and was not only asked again.
    """
    fresh = offline_clock.contact(now, maintenance.bounded(rest))
    mark = memory.mark
    is_stale = (
        mark is None
        or memory.disconnected is not None
        or memory.unmetered
        or mark.counted > offline_clock.NOTHING
        or _is_news(mark, fresh)
        or offline_clock.elapsed(mark, now)
        >= min(MARK_PERIOD, escalation.contact_period(memory.ruling_policy))
    )
    # Each look at the controller is contact, many a minute: what it was only asked again hurries nothing.
    is_new = by_event or memory.disconnected is not None or word != delivery.controllers_word(memory)
    return dataclasses.replace(
        memory,
        observed=None if word == memory.delivered else word,
        disconnected=None,
        mark=fresh if is_stale else mark,
        latest_contact=fresh,
        delivering=delivery.hurried(memory.delivering) if is_new else memory.delivering,
        policy=policy,
        warned="",
        warn_again_at=None,
        unmetered=False,
    )


def is_overtaken(memory: state.State, heard: offline_clock.Instant) -> bool:
    """Tell whether a word that was heard then is older than the latest contact, or of another boot."""
    latest = memory.latest_contact
    return latest is not None and not offline_clock.same_boot(latest, heard)


def _is_news(mark: offline_clock.Mark, fresh: offline_clock.Mark) -> bool:
    """Tell whether maintenance was announced, or ended, since a mark; by a second, for answers take time."""
    left = max(offline_clock.NOTHING, mark.longer - offline_clock.elapsed(mark, fresh.at))
    return abs(left - fresh.longer) >= offline_clock.STEP


def tick(memory: state.State, now: offline_clock.Instant) -> tuple[state.State, datetime.timedelta]:
    """Move the mark on, and return by how much the wall clock was set since it was made.

    It is moved on after a boot, after the wall clock was set, and now and then while cut off.

    All that a later boot has to count by is the mark and the wall clock. Without the first two it would count
    the way of the wall clock although the boot clock knew better. Without the last a machine that loses the
    time with its power would count nothing of what it ran, and restarted often enough never escalate.
    """
    mark = memory.mark
    if mark is None:
        return memory, offline_clock.NOTHING
    step = offline_clock.wall_step(mark, now)
    if offline_clock.same_boot(mark, now) and not step and not escalation.is_to_be_noted(memory, mark, now):
        return memory, offline_clock.NOTHING
    return dataclasses.replace(memory, mark=offline_clock.advanced(mark, now)), step
