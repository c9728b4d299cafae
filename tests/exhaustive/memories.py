"""Memories by number: finitely many, because of each only what can matter is kept.

Time is relative: every decision is made at one fixed instant, and what passes is taken off the memories
instead. Two memories with one number behave alike for ever.
"""

import dataclasses
import datetime
from typing import NamedTuple

from meterstatus.domain import policy, status
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import contact, offline_clock, state

ZERO = datetime.timedelta(0)
SECOND = datetime.timedelta(seconds=1)
FAR = datetime.timedelta(days=10)
"""By how much a clock is set that is set far: longer than anything waits here."""

NOW = offline_clock.Instant(datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC), ZERO, "now")
"""What was before in this boot has a time below nothing: so an agent starts at the beginning of its boot."""

FORMER = "former"
"""The id of every boot that is over: which one it was cannot matter."""

LIMIT = policy.JUJU_RED
"""Nothing waits longer where no maintenance is announced."""

MOST_MAINTENANCE = 24 * 60 * 60
"""How much longer a unit waits at most, in seconds, whatever was announced."""

LONGEST_WAIT = 90 * 24 * 60 * 60
"""Beyond which announced maintenance makes no wait longer, in seconds."""


def due(grace: int, longer: int) -> int:
    """Return when a stage comes by the rule: in how many seconds from the last contact.

    Args:
        grace: what the policy has.
        longer: what was left at that contact of announced maintenance, as far as it counts.
    """
    return max(grace, min(grace + longer, LONGEST_WAIT))


ID = "id"
"""The id of every delivery under way, so that a new one's is known by being another."""

STATUSES = (
    status.MeterStatus("", ""),
    *(status.MeterStatus(code, "word") for code in ("GREEN", "AMBER", "RED")),
    *(status.MeterStatus(code, policy.DISCONNECTED_INFO) for code in ("AMBER", "RED")),
)
"""Everything a charm can be told, by number; 0 is nothing, and the last two are the stages."""

SEVERITY = tuple(status.severity(told.code) for told in STATUSES)
NUMBERS = {told: number for number, told in enumerate(STATUSES)}


RESULTS = tuple(outcome.HookOutcome(result) for result in outcome.HookResult)
"""The six ends of a hook. None stands for another: how long the agent rests, and whether a word of the
controller ends the rest, depends on each."""

TOLD = (outcome.HookResult.RAN, outcome.HookResult.MISSING)
"""The ends after which the status counts as told."""


class _Folded(NamedTuple):
    """A mark of which only what can matter is kept, and its number."""

    number: int
    mark: offline_clock.Mark


class Memories:
    """Numbers memories.

    Args:
        own: the agent's own policy.
        limit: nothing waits longer; what was counted beyond it is forgotten.
        sets_clocks: the wall clock may be set and machines boot. Where that never happens, a mark is as good
            as one that was made now and counts what has passed since.
    """

    def __init__(self, own: policy.Policy, limit: datetime.timedelta, *, sets_clocks: bool) -> None:
        self._own = own
        self._limit = limit
        self._sets_clocks = sets_clocks
        self._numbers: dict[tuple[object, ...], int] = {}
        self._memories: list[state.State] = []
        self._marks: dict[offline_clock.Mark, _Folded] = {}
        self._mark_numbers: dict[offline_clock.Mark, int] = {}

    def __getitem__(self, number: int) -> state.State:
        """Return the memory of a number."""
        return self._memories[number]

    def number(self, memory: state.State, most_attempts: int = 2) -> int:
        """Return a memory's number, after forgetting what cannot matter.

        Of a delivery: its id, but for whether it stays the same (``_check_id``), and how often it was tried
        or failed, but for whether the charm was asked, whose fault it was, and whether the agent rests. How
        long it rests is left to the search, which ends a rest at any time. Of a disconnect record: when it
        was by the wall clock, which with a mark is only for people. Of a mark: see ``_folded``.
        """
        pending, record = memory.delivering, memory.disconnected
        mark, latest = self._folded_once(memory.mark), self._folded_once(memory.latest_contact)
        # All that can differ, as one flat key: memories are asked for ten times as often as they are new.
        key = (
            memory.code,
            memory.info,
            memory.observed,
            memory.policy,
            memory.warned,
            memory.warning,
            memory.warn_again_at is not None and memory.warn_again_at > NOW.boot,
            memory.unsure,
            memory.unmetered,
            memory.missing,
            memory.standing,
            record and record.state,
            mark and mark.number,
            latest and latest.number,
            pending and _delivery_key(pending, most_attempts),
        )
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._memories)
            self._memories.append(
                dataclasses.replace(
                    memory,
                    delivering=pending and _folded_delivery(pending, most_attempts),
                    deliveries=0,
                    warn_again_at=_folded_rest(memory.warn_again_at),
                    mark=mark and mark.mark,
                    latest_contact=latest and latest.mark,
                    disconnected=record and dataclasses.replace(record, disconnected_at=1),
                    own_policy=self._own,
                )
            )
        return known

    def _folded_once(self, mark: offline_clock.Mark | None) -> "_Folded | None":
        if mark is None:
            return None
        known = self._marks.get(mark)
        if known is None:
            folded = self._folded(mark)
            number = self._mark_numbers.setdefault(folded, len(self._mark_numbers))
            known = self._marks[mark] = _Folded(number, folded)
        return known

    def _folded(self, mark: offline_clock.Mark) -> offline_clock.Mark:
        """Forget of a mark what cannot matter.

        Within its boot these matter: what it counts, how old it is by the boot clock, whether the wall clock
        was set since, and by how much the highest wall time is ahead. From another boot what it counts and
        both its wall times. Once the last stage has come, nothing but that, until contact makes a new mark.
        What was left of maintenance always does.
        """
        counted = min(offline_clock.elapsed(mark, NOW), self._limit)
        is_same = offline_clock.same_boot(mark, NOW)
        if not self._sets_clocks:
            # A contact's mark that is young is not written anew, so its age matters.
            is_young = mark.counted == ZERO and counted < contact.MARK_PERIOD
            return mark if is_young and is_same else offline_clock.Mark(counted, NOW, NOW.wall, mark.longer)
        step = min(max(offline_clock.wall_step(mark, NOW), -FAR), FAR)
        if counted == self._limit:
            at = NOW if is_same else offline_clock.Instant(NOW.wall, ZERO, FORMER)
            at = dataclasses.replace(at, wall=NOW.wall - step)
            return offline_clock.Mark(self._limit, at, NOW.wall, mark.longer)
        ahead = mark.highest_wall - NOW.wall
        highest = NOW.wall + (ahead if ahead <= self._limit else FAR)
        if not is_same:
            behind = mark.highest_wall - mark.at.wall
            at = offline_clock.Instant(highest - (behind if behind <= self._limit else FAR), ZERO, FORMER)
            return offline_clock.Mark(mark.counted, at, highest, mark.longer)
        at = dataclasses.replace(mark.at, wall=mark.at.boot - NOW.boot + NOW.wall - step)
        return offline_clock.Mark(mark.counted, at, highest, mark.longer)


def _delivery_key(pending: state.Delivery, most_attempts: int) -> tuple[object, ...]:
    rests = pending.retry_at is not None and pending.retry_at > NOW.boot
    attempts = min(pending.attempt, most_attempts)
    return pending.status, attempts, pending.doubted, rests, rests and pending.is_charms_fault


def _folded_delivery(pending: state.Delivery, most_attempts: int) -> state.Delivery:
    rest = _folded_rest(pending.retry_at)
    return state.Delivery(
        ID,
        pending.status,
        min(pending.attempt, most_attempts),
        pending.doubted,
        is_charms_fault=pending.is_charms_fault and rest is not None,
        retry_at=rest,
    )


def _folded_rest(until: datetime.timedelta | None) -> datetime.timedelta | None:
    return None if until is None or until <= NOW.boot else NOW.boot + SECOND
