"""The invariants (docs/explanation/invariants.md) as named checks of records, each pure and tested.

A check returns a verdict (``verdict``): what is right is held even where it would be excused, but for what
is unknown here by the cause of the excuse. Severity is that of the domain; that it is right, the tests of the
domain show.
"""

from collections.abc import Callable, Collection

from harness.invariants import verdict
from harness.simulation import deadlines, facts, story
from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import state


def never_falls(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 1: severity falls only to a word that was heard since the run before, never without contact."""
    if of.last is None:
        return verdict.NOT_CONCERNED
    is_lower = deadlines.severity(run) < deadlines.severity(of.last)
    if not is_lower or run.status in [word for _, word in of.recent]:
        return verdict.HELD
    if of.is_led_back and run.status in of.ever_heard:
        return verdict.Excused(verdict.Cause.LED_BACK)
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    fall = f"fell from {of.last.status.code} to {run.status.code}"
    return verdict.Violated(f"{of.unit} {fall} without a word of the controller")


def holds(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check, beyond the twelve: a controller that was led back lowers nobody below the last word before."""
    if of.held is None:
        return verdict.NOT_CONCERNED
    if deadlines.severity(run) >= status.severity(of.held.code):
        return verdict.HELD
    before = f"had heard {of.held} before the controller was led back"
    return verdict.Violated(f"{of.unit} is told {run.status}, and {before}")


def is_so(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 3: what is told is a word that was heard, or a stage that the policy has."""
    if run.status.info != policies.DISCONNECTED_INFO:
        if run.status in of.ever_heard:
            return verdict.HELD
        return verdict.Violated(f"{of.unit} is told {run.status}, which nobody said")
    if deadlines.grace_of(of, run.status.code) is not None:
        return verdict.HELD
    if of.was_damaged:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    return verdict.Violated(f"{of.unit} is told the stage {run.status.code}, which is off")


def is_fresh(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 3: a word that is told is the latest one heard, but for one that came in the race.

    Or what the charm knows already, where a word that it may not have heard would lower it without contact.
    """
    if run.status.info == policies.DISCONNECTED_INFO or of.word is None:
        return verdict.NOT_CONCERNED
    before = [word for at, word in of.recent if at < run.began - facts.RACE]
    allowed = {word for at, word in of.recent if at >= run.began - facts.RACE} | set(before[-1:])
    if run.status in (allowed or {of.word}):
        return verdict.HELD
    if of.was_killed:
        return verdict.Excused(verdict.Cause.AGENT_KILLED)
    if of.is_led_back and run.status in of.ever_heard:
        return verdict.Excused(verdict.Cause.LED_BACK)
    known = of.begun | {one.status for one in (of.last, of.told) if one is not None}
    if run.status in known and deadlines.severity(run) > status.severity(of.word.code):
        return verdict.Excused(verdict.Cause.HALF_TOLD)
    return verdict.Violated(f"{of.unit} is told {run.status} where the latest word is {of.word}")


def raises(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 1: a stage that would not raise severity runs no hook, and the reason before it stays."""
    before = of.last
    if run.status.info != policies.DISCONNECTED_INFO or before is None or not before.succeeded:
        return verdict.NOT_CONCERNED
    if before.status == run.status:
        return verdict.NOT_CONCERNED  # the same again is ``not_twice``'s
    if deadlines.severity(run) > deadlines.severity(before):
        return verdict.HELD
    if of.was_damaged:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    return verdict.Violated(f"{of.unit} is told the stage {run.status.code} after {before.status}")


def is_safe(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 7: who does not know what was told tells the worst at the first stage."""
    is_unsure = of.saved is not None and of.saved.unsure
    if not is_unsure or run.status.info != policies.DISCONNECTED_INFO:
        return verdict.NOT_CONCERNED
    if run.status.code == "RED":
        return verdict.HELD
    return verdict.Violated(f"{of.unit} is told {run.status.code} and cannot know that it was not RED")


def hears(of: facts.Facts, said: status.MeterStatus) -> verdict.Verdict:
    """Check 9: a unit in contact hears of a change within seconds, and not with the next poll."""
    return (
        verdict.HELD
        if of.word == said
        else verdict.Violated(f"{of.unit} has heard {of.word}, the controller says {said}")
    )


def knows_all(of: facts.Facts, addresses: Collection[str]) -> verdict.Verdict:
    """Check 9: a unit in contact has written down where every controller is, whichever it is connected to."""
    if of.addresses is None:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    if set(of.addresses) >= set(addresses):
        return verdict.HELD
    return verdict.Violated(f"{of.unit} knows of controllers at {of.addresses}, and they are at {addresses}")


def is_reported(of: facts.Facts, reported: Collection[tuple[str, int]]) -> verdict.Verdict:
    """Check, beyond the twelve: the controller has heard of the last run."""
    if of.last is None:
        return verdict.NOT_CONCERNED
    run = (of.last.told.delivery_id or "", of.last.told.attempt or 0)
    return (
        verdict.HELD
        if run in reported
        else verdict.Violated(f"{of.unit} reported {reported}, its last run was {run}")
    )


def agrees(of: facts.Facts, said: status.MeterStatus) -> verdict.Verdict:
    """Check 3 and 9: once settled in contact, the last successful run said what the controller says."""
    if of.saved is None or of.saved.disconnected is not None or of.saved.delivering is not None:
        return verdict.Violated(f"{of.unit} is settled and remembers {of.saved}")
    if of.told is not None and of.told.status == said and of.last is of.told:
        return verdict.HELD
    if of.may_forget and of.saved.delivered == said:
        # A backup of the disk that says what the controller says, which knows no better.
        return verdict.Excused(verdict.Cause.DISK_LOST)
    told = None if of.told is None else of.told.status
    return verdict.Violated(f"{of.unit} was told {told}, the controller says {said}")


def is_copied(of: facts.Facts, copy: state.State) -> verdict.Verdict:
    """Check 3: once settled, the controller's copy says what the hook was told, and of no disconnection."""
    told = None if of.told is None else of.told.status
    if copy.delivered == told and copy.disconnected is None:
        return verdict.HELD
    if of.was_lost and copy.disconnected is None:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    has = f"{copy.delivered}, {copy.disconnected}"
    return verdict.Violated(f"{of.unit} was told {told}, the copy at the controller is {has}")


def follows(of: facts.Facts, ruling: policies.Policy) -> verdict.Verdict:
    """Check 3: once settled, the agent remembers the policy that rules its unit."""
    held = None if of.saved is None else of.saved.policy or policies.JUJU_POLICY
    return (
        verdict.HELD if held == ruling else verdict.Violated(f"{of.unit} follows {held} where {ruling} rules")
    )


def truly_delivered(of: facts.Facts, recorded: status.MeterStatus) -> verdict.Verdict:
    """Check 4: recorded as delivered is only what the hook was told with success."""
    if not recorded.code:
        return verdict.NOT_CONCERNED
    last = None if of.told is None else of.told.status
    if recorded == last:
        return verdict.HELD
    if of.was_damaged and recorded in of.ever_told:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    return verdict.Violated(f"{of.unit} records {recorded}, its hook was last told {last}")


def is_written_ahead(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 5: a hook that begins is on the disk already, under its id."""
    pending = None if of.saved is None else of.saved.delivering
    if pending is not None and pending.id == run.told.delivery_id:
        return verdict.HELD
    if not of.can_write:
        return verdict.Excused(verdict.Cause.CANNOT_WRITE)
    return verdict.Violated(f"{of.unit}: {run.told.delivery_id} begins, the disk has {pending}")


def same_id(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check 5: what did not succeed and is begun again bears the same id, and counts on."""
    before = of.last
    if before is None or before.succeeded or before.status != run.status:
        return verdict.NOT_CONCERNED
    if any(word != run.status for _, word in of.recent):
        return verdict.NOT_CONCERNED  # it was given up for another one meanwhile
    first, second = before.told.attempt or 0, run.told.attempt or 0
    is_same = before.told.delivery_id == run.told.delivery_id
    if is_same and second > first:
        return verdict.HELD
    if of.was_damaged:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    if is_same:
        return verdict.Violated(f"{of.unit}: attempt {second} of {run.told.delivery_id} after {first}")
    return verdict.Violated(
        f"{of.unit}: {run.told.delivery_id} is {before.told.delivery_id} under another id"
    )


def alone(run: story.Run, running: Collection[story.Run]) -> verdict.Verdict:
    """Check 6: no other hook runs on the machine."""
    others = [one.unit for one in running if one is not run and one.machine == run.machine]
    return verdict.Violated(f"{run.unit} beside {others} on {run.machine}") if others else verdict.HELD


def whole(unit: str, log_line: str, *, damaged: bool) -> verdict.Verdict:
    """Check 7: a state file that nobody damaged is never taken for damaged."""
    return verdict.HELD if damaged else verdict.Violated(f"{unit}: {log_line}")


def notices_damage(of: facts.Facts, now: float, *, is_said: bool = False) -> verdict.Verdict:
    """Check 7: an agent that starts on a damaged state says so."""
    if not of.is_to_complain:
        return verdict.NOT_CONCERNED
    if is_said:
        return verdict.HELD
    if now <= of.started_at + deadlines.START:
        return verdict.NOT_CONCERNED
    return verdict.Violated(f"{of.unit} has started on a damaged state and says nothing of it")


def own(run: story.Run) -> verdict.Verdict:
    """Check 8: a unit is told of itself, its application or the model alone."""
    info = run.status.info
    if info in ("", policies.DISCONNECTED_INFO):
        return verdict.NOT_CONCERNED
    about = (run.unit, run.unit.partition("/")[0], "model")
    return (
        verdict.HELD if info.partition(" ")[0] in about else verdict.Violated(f"{run.unit} was told {info!r}")
    )


def same_log(first: Callable[[], str], second: Callable[[], str]) -> verdict.Verdict:
    """Check 10: the same seed makes the same log."""
    one, other = first().splitlines(), second().splitlines()
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left != right:
            return verdict.Violated(f"line {number}: {left!r} and {right!r}")
    return verdict.HELD if len(one) == len(other) else verdict.Violated(f"{len(one)} and {len(other)} lines")


def not_twice(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check, beyond the twelve: nothing that the charm surely knows is told again."""
    before = of.last
    if before is None or not before.succeeded:
        return verdict.NOT_CONCERNED
    if before.status != run.status:
        return verdict.HELD
    if of.was_restarted:
        return verdict.Excused(verdict.Cause.RESTARTED)
    if before.result is outcome.HookResult.MISSING:
        return verdict.Excused(verdict.Cause.NO_CHARM)
    return verdict.Violated(f"{of.unit} is told {run.status.code} {run.status.info!r} again")


def says_what_was_told(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check, beyond the twelve: the hook is told what it was told before."""
    before, previous = None if of.told is None else of.told.status, run.told.previous
    if previous == before:
        return verdict.HELD
    if previous is None and of.told is not None and of.told.result is outcome.HookResult.MISSING:
        return verdict.Excused(verdict.Cause.NO_CHARM)
    if previous is None and of.saved is not None and of.saved.unsure:
        return verdict.Excused(verdict.Cause.UNSURE)
    if of.was_damaged:
        return verdict.Excused(verdict.Cause.DISK_DAMAGED)
    return verdict.Violated(f"{of.unit} is told that it was told {previous} before, and it was {before}")


def says_since_contact(of: facts.Facts, run: story.Run) -> verdict.Verdict:
    """Check, beyond the twelve: the hook is told how long there was no contact."""
    passed = run.told.since_contact
    if passed is None or of.heard_at > run.began - facts.RACE:
        return verdict.NOT_CONCERNED  # in contact, or nobody here can say which was first
    if of.was_lost:
        return verdict.Excused(verdict.Cause.DISK_LOST)
    shortest = run.began - of.contact_at - deadlines.CLOSE
    longest = run.began - of.known_contact_at + deadlines.CLOSE
    if shortest <= passed.total_seconds() <= longest:
        return verdict.HELD
    span = f"{shortest:.3f} to {longest:.3f} s"
    return verdict.Violated(f"{of.unit} is told of {passed} without contact where it is {span}")
