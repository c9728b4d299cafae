"""The invariants (docs/explanation/invariants.md) as checks of hooks' records and the driver's acts. Pure.

Each check gives what is wrong in words, and nothing where nothing is. What a fault allows is allowed from the
fault to the next time that all agree (``Trouble``). All times are seconds by the driver's own clock.
"""

import dataclasses
import enum
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.chaos import record
from meterstatus.domain import policy
from meterstatus.domain import status as statuses
from meterstatus.domain.unit import state

SLACK = 5.0
"""From an agent's reading of its clock to its hook's first line, at most, on a machine that is busy."""

LATE_ANSWER = 3.0
"""From the controller's last answer to the agent's reading of it, at most: it may be frozen in between."""

LONG_WAIT = 2.0
"""How old what was fetched may be when a hook begins, a whole second told as none included."""

_ALARMS = ("Traceback (most recent call last)", "never retrieved", "never awaited", "Unhandled exception")
_complaint_re = re.compile(r"^.* ERROR .*going on (?:from|without).*$", re.MULTILINE)


class Ill(enum.Enum):
    """What a fault may cost."""

    MEMORY = enum.auto()
    """What happens is not written down: a disk that is full, and was never able to keep room in reserve."""

    DAMAGE = enum.auto()
    """What was written down is lost in part."""

    CLOCK = enum.auto()
    """Nobody can know how long the machine was off."""

    MISSING = enum.auto()
    """There is no hook, and what is told it counts as told."""


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """A fault's consequences for one unit."""

    ill: Ill
    began: float
    ended: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Outage:
    """When there surely was no controller."""

    began: float
    ended: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A status that was sent to the controller."""

    unit: str
    status: statuses.MeterStatus
    sent: float
    acked: float | None = None
    """None where it was not acknowledged; then it may be in force or not."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one unit."""

    unit: str
    runs: Sequence[record.Run] = ()
    """In the order in which they began."""

    changes: Sequence[Change] = ()
    outages: Sequence[Outage] = ()
    troubles: Sequence[Trouble] = ()
    amber_grace: float = 3.0
    red_grace: float = 6.0

    def troubled(self, began: float, ended: float, *ills: Ill) -> bool:
        """Tell whether any of these ills touched a while."""
        return any(
            trouble.ill in ills
            and trouble.began <= ended
            and (trouble.ended is None or trouble.ended >= began)
            for trouble in self.troubles
        )

    def cut_off(self, began: float, ended: float) -> Outage | None:
        """Return the outage in which the whole of a while lies; None where there may have been contact."""
        for outage in self.outages:
            if outage.began <= began and (outage.ended is None or ended <= outage.ended):
                return outage
        return None

    def told_before(self, at: float) -> set[statuses.MeterStatus]:
        """Return all that the hook was told, to its end and with success, before an instant."""
        return {
            run.status for run in self.runs if run.succeeded and run.ended is not None and run.ended <= at
        }

    def sent_at(self, told: statuses.MeterStatus) -> float | None:
        """Return when a status was sent; None where it is no change of this unit's."""
        return next((change.sent for change in self.changes if change.status == told), None)

    def grace(self, code: str) -> float:
        """Return a stage's grace period in seconds."""
        return self.amber_grace if code == statuses.StatusCode.AMBER else self.red_grace


def never_falls(of: Evidence) -> Iterator[str]:
    """Check 1: what the agent tells by itself, or without a controller, is never less than before."""
    for before, run in itertools.pairwise(of.runs):
        is_its_own = run.origin == "agent" or of.cut_off(before.began, run.began) is not None
        excused = of.troubled(before.began, run.began, Ill.MEMORY, Ill.MISSING)
        if is_its_own and run.severity < before.severity and not excused:
            yield f"{of.unit} fell from {before.status.code} to {run.status.code} without contact: {run}"


def never_early(of: Evidence) -> Iterator[str]:
    """Check 2: a stage is told no sooner than its grace after the last change that was surely fetched."""
    for run in of.runs:
        fetched = [
            sent
            for earlier in of.runs
            if earlier.began < run.began and (sent := of.sent_at(earlier.status)) is not None
        ]
        if not run.is_stage or not fetched:
            continue
        contact = max(fetched)
        excused = of.troubled(contact, run.began, Ill.MEMORY, Ill.DAMAGE, Ill.CLOCK)
        if run.began - contact < of.grace(run.status.code) and not excused:
            yield f"{run.began - contact:.3f} s after contact at the latest: {run}"


def forgets_nothing(of: Evidence) -> Iterator[str]:
    """Check 2: told a stage, the hook hears of at least the time for which there was no controller."""
    for run in of.runs:
        outage = of.cut_off(run.began, run.began)
        if outage is None or not run.is_stage or run.since_contact is None:
            continue
        passed = run.began - outage.began
        excused = of.troubled(outage.began, run.began, Ill.MEMORY, Ill.DAMAGE, Ill.CLOCK)
        if run.since_contact + 1 + SLACK < passed and not excused:
            yield f"{passed:.3f} s without a controller, and the agent counts {run.since_contact}: {run}"


def counts_on(of: Evidence, at: float, boot_now: float, boot_id: str, held: state.State) -> Iterator[str]:
    """Check 2: what an agent left on its disk counts at least the time for which there was no controller."""
    outage, mark = of.cut_off(at, at), held.mark
    if outage is None or mark is None or mark.at.boot_id != boot_id:
        return
    counted = mark.counted.total_seconds() + boot_now - mark.at.boot.total_seconds()
    excused = of.troubled(outage.began, at, Ill.MEMORY, Ill.DAMAGE, Ill.CLOCK)
    if counted + LATE_ANSWER < at - outage.began and not excused:
        yield f"{of.unit} was {at - outage.began:.3f} s without a controller, its file counts {counted:.3f} s"


def in_time(of: Evidence, at: float) -> Iterator[str]:
    """Check 2: after long enough without a controller the last thing that the hook was told is RED."""
    told = [run for run in of.runs if run.succeeded]
    if of.troubled(at, at, Ill.MISSING):
        return  # it may have been RED already when there was no hook
    if not told or told[-1].status.code != statuses.StatusCode.RED:
        yield f"{of.unit} is not RED: {told[-1] if told else 'never told anything'}"


def agrees(of: Evidence, word: statuses.MeterStatus) -> Iterator[str]:
    """Check 3, 5 and 9: at rest, the last run succeeded and said what the controller says."""
    last = of.runs[-1] if of.runs else None
    if last is None or not last.succeeded or last.status != word:
        yield f"the controller says {word.code} {word.info!r}; the last run is {last}"


def at_rest(of: Evidence, held: state.State, word: statuses.MeterStatus) -> Iterator[str]:
    """Check 3: at rest the file says so too, and that nothing is under way."""
    if held.delivered != word or held.delivering is not None or held.disconnected is not None:
        yield f"{of.unit} is at rest with {word}, and its file holds {held}"


def truly_recorded(of: Evidence, at: float, held: state.State) -> Iterator[str]:
    """Check 4 and 5: a file says delivered of what a hook ran to its end for, and that another is under way.

    Both halves: what is said to be delivered was; and what was told last is either that, or still to be told.
    """
    told, recorded = of.told_before(at), held.delivered
    may_be_missing = of.troubled(of.sent_at(recorded) or 0.0, at, Ill.MISSING)
    if recorded.code and recorded not in told and not may_be_missing:
        yield f"{of.unit} records {recorded}, for which no hook ran to its end"
    begun = [run for run in of.runs if run.began <= at]
    excused = bool(begun) and of.troubled(begun[-1].began, at, Ill.MISSING, Ill.MEMORY, Ill.DAMAGE)
    if begun and begun[-1].status != recorded and held.delivering is None and not excused:
        yield f"{of.unit} records {recorded} and nothing under way; the last run is {begun[-1]}"


def truly_previous(of: Evidence) -> Iterator[str]:
    """Check 4: what a hook hears that it was told before, it was told before, to its end."""
    for run in of.runs:
        if run.previous is None or run.previous in of.told_before(run.began):
            continue
        if not of.troubled(of.sent_at(run.previous) or 0.0, run.began, Ill.MISSING):
            yield f"{run.previous} was never told: {run}"


def same_id(of: Evidence) -> Iterator[str]:
    """Check 5: what did not come to its end is told again under the same id.

    Not where it was another matter meanwhile: a stage may have been reached in between, or contact made.
    """
    for before, run in itertools.pairwise(of.runs):
        if before.succeeded or before.status != run.status or before.delivery_id == run.delivery_id:
            continue
        if of.troubled(before.began, run.began, Ill.MEMORY, Ill.DAMAGE, Ill.MISSING):
            continue
        if run.is_stage:
            is_same_matter = of.cut_off(before.began, run.began) is not None
        else:
            since = before.since_contact or 0
            is_same_matter = run.began - before.began + since + LONG_WAIT < of.amber_grace
        if is_same_matter:
            yield f"{before.delivery_id} is told again as {run.delivery_id}: {run}"


def alone(of: Evidence) -> Iterator[str]:
    """Check 6: no other hook of the machine was running when one began."""
    for run in of.runs:
        if not run.alone:
            yield f"another hook was running at {run.began:.3f}: {run}"


def own(of: Evidence) -> Iterator[str]:
    """Check 8: a unit is told of itself alone."""
    for run in of.runs:
        if run.status.info in ("", "not set", policy.DISCONNECTED_INFO):
            continue
        if not run.status.info.startswith(f"{of.unit} change "):
            yield f"{of.unit} was told of another: {run}"


def kept(changes: Iterable[Change], history: Sequence[tuple[str, statuses.MeterStatus]]) -> Iterator[str]:
    """Check 9: the history has every status that was acknowledged, in order, and none that nobody sent.

    Args:
        changes: all that were sent, in order.
        history: the unit and new status of each change in it, oldest first.
    """
    sent = list(changes)
    places = {entry: place for place, entry in enumerate(history)}
    if len(places) != len(history):
        yield "the history has a change twice"
    known = {(change.unit, change.status) for change in sent}
    for entry in history:
        if entry not in known:
            yield f"nobody sent {entry}"
    last = -1
    for change in sent:
        place = places.get((change.unit, change.status))
        if place is None and change.acked is not None:
            yield f"{change.status} was acknowledged and is not in the history"
        if place is not None and place < last:
            yield f"{change.status} is out of order in the history"
        last = max(last, -1 if place is None else place)


def complains(log: str, damaged: Mapping[str, bool]) -> Iterator[str]:
    """Check 7: an agent reports each state file that was damaged, and no other.

    Args:
        log: what the agent has logged since all was well.
        damaged: whether each file was damaged meanwhile, by its path.
    """
    complaints = _complaint_re.findall(log)
    for path, is_damaged in damaged.items():
        found = [line for line in complaints if f"{path}: " in line]
        if is_damaged and not found:
            yield f"{path} was damaged and the log says nothing of it"
        if found and not is_damaged:
            yield f"nobody damaged {path}: {found[0]}"


def calm(log: str) -> Iterator[str]:
    """Check that a log tells of no defect."""
    for alarm in _ALARMS:
        if alarm in log:
            at = log.index(alarm)
            yield f"{alarm}: {log[at : at + 2000]}"


FROM_THE_RECORD = {
    "1 severity never falls": never_falls,
    "2 never early": never_early,
    "2 nothing is forgotten": forgets_nothing,
    "4 what was told before": truly_previous,
    "5 the same id": same_id,
    "6 one hook at a time": alone,
    "8 its own status": own,
}
"""The checks that need nothing but the evidence."""
