"""The invariants as named checks of records (architecture, section 7), each pure, so that each can be tested.

A check returns what is wrong, or "" where nothing is. Severity is that of the domain.
"""

import dataclasses
from collections.abc import Callable, Collection

from meterstatus.domain import delivery, status, telling
from meterstatus.testing.simulation import story

AMBER_AFTER, RED_AFTER = 300.0, 900.0
GRACES = {"AMBER": AMBER_AFTER, "RED": RED_AFTER}
FIRST_TRY = 31.0
"""The thirty seconds that an agent may try its controller before a stage that is overdue at its start, and
the second that every stage has."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Facts:
    """What is true of a unit, whatever its agent believes."""

    unit: str
    contact_at: float = 0.0
    """When its agent last heard a status that it acts on."""

    heard_at: float = 0.0
    """When it last heard any status, a login's included."""

    started_at: float = 0.0
    """When its agent last started, or last ran again after it was held."""

    is_exact: bool = True
    """Whether the clocks allow to count exactly since the last contact; not after a boot with a false one."""

    was_killed: bool = False
    """Since the last contact: up to a minute of contact may be forgotten."""

    was_damaged: bool = False
    """Whether its disk was damaged or failing since the last delivery in contact."""

    was_restarted: bool = False
    """Since the last hook run began."""

    told: story.Run | None = None
    """The last run that succeeded."""

    last: story.Run | None = None
    """The last run."""

    ever: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    """All that it was told with success."""


def _severity(run: story.Run | None) -> int:
    return 0 if run is None else status.severity(run.status.code)


def never_falls(facts: Facts, run: story.Run) -> str:
    """Check 1: without a word of the controller between two runs, severity never falls."""
    if facts.last is None or facts.heard_at >= facts.last.began or _severity(run) >= _severity(facts.last):
        return ""
    if run.told.origin is not telling.Origin.AGENT:
        return ""
    return f"{facts.unit} fell from {facts.last.status.code} to {run.status.code} without contact"


def not_early(facts: Facts, run: story.Run) -> str:
    """Check 2, first half: no stage before its grace has passed since the last contact."""
    is_stage = run.status.info == delivery.DISCONNECTED_INFO and _severity(run) > _severity(facts.told)
    if not (is_stage and facts.is_exact) or facts.was_damaged:
        return ""
    passed = run.began - facts.contact_at
    forgotten = 62.0 if facts.was_killed else 0.1
    if passed >= GRACES[run.status.code] - forgotten:
        return ""
    return f"{facts.unit} was told {run.status.code} after only {passed:.3f} s"


def not_late(facts: Facts, run: story.Run, *, held_up: bool) -> str:
    """Check 2, second half: a stage is told within a second of agent run time, where nothing held it up."""
    is_stage = run.status.info == delivery.DISCONNECTED_INFO and _severity(run) > _severity(facts.told)
    if not is_stage or held_up or not facts.is_exact or facts.was_damaged:
        return ""
    due = facts.contact_at + GRACES[run.status.code]
    limit = due + 1.0 if due > facts.started_at else facts.started_at + FIRST_TRY
    return (
        "" if run.began <= limit + 0.01 else f"{facts.unit}: {run.status.code} {run.began - limit:.3f} s late"
    )


def not_missing(facts: Facts, now: float, *, allowed: float) -> str:
    """Check 2 and 5: what is overdue, with all that it is allowed, was told."""
    if not facts.is_exact or facts.was_damaged:
        return ""
    due = max(facts.contact_at + RED_AFTER, facts.started_at + FIRST_TRY)
    if now <= due + allowed or _severity(facts.told) >= status.severity("RED"):
        return ""
    return f"{facts.unit} is not RED although contact was lost at {facts.contact_at:.0f} s"


def agrees(facts: Facts, said: status.MeterStatus) -> str:
    """Check 3 and 9: once settled in contact, the last successful run said what the controller says."""
    if facts.told is not None and facts.told.status == said and facts.last is facts.told:
        return ""
    told = None if facts.told is None else facts.told.status
    return f"{facts.unit} was told {told}, the controller says {said}"


def truly_delivered(facts: Facts, recorded: status.MeterStatus) -> str:
    """Check 4: recorded as delivered is only what the hook was told with success."""
    if not recorded.code:
        return ""
    last = None if facts.told is None else facts.told.status
    if recorded == last or (facts.was_damaged and recorded in facts.ever):
        return ""
    return f"{facts.unit} records {recorded}, its hook was last told {last}"


def same_id(facts: Facts, run: story.Run) -> str:
    """Check 5: what is begun again after a crash bears the same id."""
    before = facts.last
    if before is None or before.succeeded or not facts.was_restarted or facts.was_damaged:
        return ""
    if before.status != run.status or facts.heard_at > before.began:
        return ""
    if before.told.delivery_id == run.told.delivery_id:
        return ""
    return f"{facts.unit}: {run.told.delivery_id} is {before.told.delivery_id} under another id"


def alone(run: story.Run, running: Collection[story.Run]) -> str:
    """Check 6: no other hook runs on the machine."""
    others = [one.unit for one in running if one is not run and one.machine == run.machine]
    return f"{run.unit} beside {others} on {run.machine}" if others else ""


def whole(unit: str, log_line: str, *, damaged: bool) -> str:
    """Check 7: a state file that nobody damaged is never taken for damaged."""
    return "" if damaged else f"{unit}: {log_line}"


def own(run: story.Run) -> str:
    """Check 8: a unit is told of itself alone."""
    info = run.status.info
    if info in ("", delivery.DISCONNECTED_INFO) or info.startswith(f"{run.unit} "):
        return ""
    return f"{run.unit} was told {info!r}"


def same_log(first: Callable[[], str], second: Callable[[], str]) -> str:
    """Check 10: the same seed makes the same log."""
    one, other = first().splitlines(), second().splitlines()
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left != right:
            return f"line {number}: {left!r} and {right!r}"
    return "" if len(one) == len(other) else f"{len(one)} and {len(other)} lines"


def not_twice(facts: Facts, run: story.Run) -> str:
    """Check, beyond the ten: nothing that the charm surely knows is told again."""
    before = facts.last
    if before is None or not before.succeeded or before.status != run.status:
        return ""
    if facts.was_restarted or facts.was_damaged:
        return ""
    return f"{facts.unit} is told {run.status.code} {run.status.info!r} again"
