"""The other invariants of a unit as checks of its model (docs/explanation/invariants.md). Pure.

A check returns a verdict (``verdict``): what is right is held even where it would be excused. Severity is
that of the domain; that it is right, the tests of the domain show.
"""

from collections.abc import Callable, Collection

from harness.invariants import memory as memories
from harness.invariants import verdict
from harness.invariants.model import RACE, Run, UnitModel
from meterstatus.domain import status

START = 5.0
"""Seconds in which an agent that starts has read what it has."""


def never_falls(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 1: severity falls only to a word that was heard since the run before, never without contact."""
    if of.floor is None:
        return verdict.NOT_CONCERNED
    floor = max(status.severity(of.floor.code), of.severity() if run.is_stage else 0)
    if run.severity >= floor or run.status in [word for _, word in of.recent]:
        return verdict.HELD
    if of.is_led_back and run.status in of.ever_heard:
        return verdict.Excused(verdict.Cause.LED_BACK)
    fall = f"fell from {of.floor.code} to {run.status.code}"
    return verdict.Violated(f"{of.unit} {fall} without a word of the controller")


def raises(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 1: a stage that would not raise severity runs no hook, and the reason before it stays."""
    if not run.is_stage or of.known in (None, run.status):
        return verdict.NOT_CONCERNED  # the same again is ``not_twice``'s
    if run.severity > of.severity():
        return verdict.HELD
    if not of.is_sure:
        return verdict.NOT_CONCERNED
    return verdict.Violated(f"{of.unit} is told the stage {run.status.code} after {of.known}")


def holds(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check, beyond the twelve: a controller that was led back lowers nobody below the last word before."""
    if of.held is None:
        return verdict.NOT_CONCERNED
    if run.severity >= status.severity(of.held.code):
        return verdict.HELD
    before = f"had heard {of.held} before the controller was led back"
    return verdict.Violated(f"{of.unit} is told {run.status}, and {before}")


def is_so(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 3: what is told is a word that was heard, or a stage that its policy has."""
    if not run.is_stage:
        if run.status in of.ever_heard:
            return verdict.HELD
        return verdict.Violated(f"{of.unit} is told {run.status}, which nobody said")
    if run.status.code in dict(of.stages) or run.status in of.begun or run.status == of.known:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} is told the stage {run.status.code}, which is off")


def is_fresh(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 3: a word that is told is the latest one heard, but for one that came in the race.

    Or what the charm knows already, where a word that it may not have heard would lower it without contact.
    """
    if run.is_stage or of.word is None:
        return verdict.NOT_CONCERNED
    before = [word for at, word in of.recent if at < run.began - RACE]
    allowed = {word for at, word in of.recent if at >= run.began - RACE} | set(before[-1:])
    if run.status in (allowed or {of.word}):
        return verdict.HELD
    if of.is_led_back and run.status in of.ever_heard:
        return verdict.Excused(verdict.Cause.LED_BACK)
    if run.status in {*of.begun, of.floor, of.known} and run.severity > status.severity(of.word.code):
        return verdict.Excused(verdict.Cause.HALF_TOLD)
    return verdict.Violated(f"{of.unit} is told {run.status} where the latest word is {of.word}")


def is_safe(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 7: who does not know what was told tells the worst at the first stage."""
    if not of.is_unsure or not run.is_stage:
        return verdict.NOT_CONCERNED
    if run.status.code == "RED":
        return verdict.HELD
    return verdict.Violated(f"{of.unit} is told {run.status.code} and cannot know that it was not RED")


def hears(of: UnitModel, said: status.MeterStatus) -> verdict.Verdict:
    """Check 9: a unit in contact hears of a change within seconds, and not with the next poll."""
    if of.word == said:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} has heard {of.word}, the controller says {said}")


def knows_all(of: UnitModel, addresses: Collection[str]) -> verdict.Verdict:
    """Check 9: a unit in contact has written down where every controller is, whichever it is connected to."""
    if of.addresses is None:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    if set(of.addresses) >= set(addresses):
        return verdict.HELD
    return verdict.Violated(f"{of.unit} knows of controllers at {of.addresses}, and they are at {addresses}")


def is_reported(of: UnitModel, reported: Collection[tuple[str, int]]) -> verdict.Verdict:
    """Check, beyond the twelve: the controller has heard of the last run."""
    if of.last is None:
        return verdict.NOT_CONCERNED
    run = (of.last.told.delivery_id or "", of.last.told.attempt or 0)
    if run in reported:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} reported {reported}, its last run was {run}")


def agrees(of: UnitModel, said: status.MeterStatus) -> verdict.Verdict:
    """Check 3 and 9: once settled in contact, the last successful run said what the controller says."""
    if of.memory is None or of.memory.is_cut_off or of.memory.pending is not None:
        return verdict.Violated(f"{of.unit} is settled and remembers {of.memory}")
    if of.told is not None and of.told.status == said and of.last is of.told:
        return verdict.HELD
    if of.is_misled and of.known == said:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    told = None if of.told is None else of.told.status
    return verdict.Violated(f"{of.unit} was told {told}, the controller says {said}")


def is_copied(of: UnitModel, copy: memories.Memory) -> verdict.Verdict:
    """Check 3: once settled, the controller's copy says what the hook was told, and of no disconnection."""
    if copy.told == of.known and not copy.is_cut_off:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} was told {of.known}, and its copy says {copy}")


def follows(of: UnitModel, rules: memories.Rules) -> verdict.Verdict:
    """Check 3: once settled, the agent remembers the policy that rules its unit."""
    held = None if of.memory is None else of.memory.rules
    return verdict.HELD if held == rules else verdict.Violated(f"{of.unit} has {held} where {rules} rules")


def truly_delivered(of: UnitModel) -> verdict.Verdict:
    """Check 4: recorded as delivered is only what the hook was told with success."""
    if of.memory is None or of.memory.told is None or of.memory.is_unsure:
        return verdict.NOT_CONCERNED
    if of.memory.told == of.known:
        return verdict.HELD
    return verdict.Violated(f"{of.unit} records {of.memory.told}, its hook was last told {of.known}")


def is_written_ahead(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 5: a hook that begins is on the disk already, under its id."""
    pending = None if of.memory is None else of.memory.pending
    if of.is_written and pending is not None and pending.id == run.told.delivery_id:
        return verdict.HELD
    if not of.is_written:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    return verdict.Violated(f"{of.unit}: {run.told.delivery_id} begins, the disk has {pending}")


def same_id(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 5: what did not succeed and is begun again bears the same id, and counts on."""
    before = of.pending
    if before is None or before.status != run.status or any(word != run.status for _, word in of.recent):
        return verdict.NOT_CONCERNED  # nothing was begun, or it was given up for another one meanwhile
    if before.id == run.told.delivery_id and (run.told.attempt or 0) > before.attempt:
        return verdict.HELD
    again = f"attempt {run.told.attempt} of {run.told.delivery_id}"
    return verdict.Violated(f"{of.unit}: {again} after {before.attempt} of {before.id}")


def alone(run: Run, running: Collection[Run]) -> verdict.Verdict:
    """Check 6: no other hook runs on the machine."""
    others = [one.unit for one in running if one is not run and one.machine == run.machine]
    return verdict.Violated(f"{run.unit} beside {others} on {run.machine}") if others else verdict.HELD


def whole(of: UnitModel) -> verdict.Verdict:
    """Check 7: a state file that is whole is never taken for damaged."""
    return (
        verdict.HELD if of.is_damaged else verdict.Violated(f"{of.unit}: a whole file is taken for damaged")
    )


def notices_damage(of: UnitModel, now: float, *, is_said: bool = False) -> verdict.Verdict:
    """Check 7: an agent that starts on a damaged state says so."""
    if not of.is_to_complain:
        return verdict.NOT_CONCERNED
    if is_said:
        return verdict.HELD
    if now <= of.started_at + START:
        return verdict.NOT_CONCERNED
    return verdict.Violated(f"{of.unit} has started on a damaged state and says nothing of it")


def own(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check 8: a unit is told of itself, its application or the model alone."""
    if run.is_stage or not run.status.info:
        return verdict.NOT_CONCERNED
    if run.status.info.partition(" ")[0] in (of.unit, of.unit.partition("/")[0], "model"):
        return verdict.HELD
    return verdict.Violated(f"{of.unit} was told {run.status.info!r}")


def same_log(first: Callable[[], str], second: Callable[[], str]) -> verdict.Verdict:
    """Check 10: the same seed makes the same log."""
    one, other = first().splitlines(), second().splitlines()
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left != right:
            return verdict.Violated(f"line {number}: {left!r} and {right!r}")
    return verdict.HELD if len(one) == len(other) else verdict.Violated(f"{len(one)} and {len(other)} lines")


def not_twice(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check, beyond the twelve: nothing that the charm surely knows is told again."""
    if of.known is None:
        return verdict.NOT_CONCERNED
    if of.known != run.status:
        return verdict.HELD
    if not of.is_sure:
        return verdict.NOT_CONCERNED
    return verdict.Violated(f"{of.unit} is told {run.status.code} {run.status.info!r} again")


def says_what_was_told(of: UnitModel, run: Run) -> verdict.Verdict:
    """Check, beyond the twelve: the hook is told what it was told before."""
    is_open = of.is_unsure or of.is_missing
    if run.told.previous == of.known or (is_open and run.told.previous is None):
        return verdict.HELD
    if not of.is_written:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    said = f"is told that it was told {run.told.previous} before"
    return verdict.Violated(f"{of.unit} {said}, and it was {of.known}")


def is_remembered(of: UnitModel) -> verdict.Verdict:
    """Check 5: an agent that starts on what was written last finds what its charm may have been told."""
    if of.left is None or of.is_replaced:
        return verdict.NOT_CONCERNED
    memory = of.memory or memories.Memory()
    worst = memory.worst()
    begun = (memory.told, memory.pending and memory.pending.status)
    if of.left in begun or (worst and status.severity(of.left.code) <= status.severity(worst.code)):
        return verdict.HELD
    return verdict.Violated(f"{of.unit} was last told {of.left}, and starts on {memory}")
