"""The invariants (docs/explanation/invariants.md) as named checks of records, each pure and tested.

A check returns what is wrong, or "" where nothing is. Severity is that of the domain; that it is right, the
tests of the domain show.
"""

from collections.abc import Callable, Collection, Mapping

from meterstatus.domain import delivery, outcome, state, status
from meterstatus.domain import policy as policies
from meterstatus.testing.simulation import deadlines, facts, ledger, story

STALE = 15.5
"""Seconds for which a controller may say what another one was told to replace: ``Settings.store_silence``."""

FAREWELL = 60.0
"""Seconds without its database after which a controller has let all go: it was in the middle of calls."""

BACK = 20.0
"""Seconds in which a controller that is well again has ended what fell due before: it may be in the middle of
a call that waits for its database, and tries again a second after."""

HEARD_OF = 6.0
"""Seconds in which every controller has heard of what another one was told: a look, and its way."""


def never_falls(of: facts.Facts, run: story.Run) -> str:
    """Check 1: severity falls only to a word that was heard since the run before, never without contact."""
    if of.last is None or of.was_lost or deadlines.severity(run) >= deadlines.severity(of.last):
        return ""
    if run.status in [word for _, word in of.recent] or (of.is_led_back and run.status in of.ever_heard):
        return ""
    return f"{of.unit} fell from {of.last.status.code} to {run.status.code} without a word of the controller"


def holds(of: facts.Facts, run: story.Run) -> str:
    """Check, beyond the ten: a controller that was led back lowers nobody below the last word before."""
    if of.held is None or deadlines.severity(run) >= status.severity(of.held.code):
        return ""
    return f"{of.unit} is told {run.status}, and had heard {of.held} before the controller was led back"


def is_so(of: facts.Facts, run: story.Run) -> str:
    """Check 3: what is told is a word that was heard, or a stage that the policy has."""
    if run.status.info != delivery.DISCONNECTED_INFO:
        return "" if run.status in of.ever_heard else f"{of.unit} is told {run.status}, which nobody said"
    if deadlines.grace_of(of, run.status.code) is not None or of.was_damaged:
        return ""
    return f"{of.unit} is told the stage {run.status.code}, which is off"


def is_fresh(of: facts.Facts, run: story.Run) -> str:
    """Check 3: a word that is told is the latest one heard, but for one that came in the race.

    Or what the charm knows already, where a word that it may not have heard would lower it without contact.
    """
    if run.status.info == delivery.DISCONNECTED_INFO or of.was_killed or of.word is None:
        return ""
    if of.is_led_back and run.status in of.ever_heard:
        return ""
    before = [word for at, word in of.recent if at < run.began - facts.RACE]
    allowed = {word for at, word in of.recent if at >= run.began - facts.RACE} | set(before[-1:])
    known = of.begun | {one.status for one in (of.last, of.told) if one is not None}
    keeps = run.status in known and deadlines.severity(run) > status.severity(of.word.code)
    if keeps or run.status in (allowed or {of.word}):
        return ""
    return f"{of.unit} is told {run.status} where the latest word is {of.word}"


def raises(of: facts.Facts, run: story.Run) -> str:
    """Check 1: a stage that would not raise severity runs no hook, and the reason before it stays."""
    before = of.last
    if run.status.info != delivery.DISCONNECTED_INFO or before is None or not before.succeeded:
        return ""
    if of.was_damaged or deadlines.severity(run) > deadlines.severity(before) or before.status == run.status:
        return ""  # the same again is ``not_twice``'s
    return f"{of.unit} is told the stage {run.status.code} after {before.status}"


def is_safe(of: facts.Facts, run: story.Run) -> str:
    """Check 7: who does not know what was told tells the worst at the first stage."""
    is_unsure = of.saved is not None and of.saved.unsure
    if not is_unsure or run.status.info != delivery.DISCONNECTED_INFO or run.status.code == "RED":
        return ""
    return f"{of.unit} is told {run.status.code} and cannot know that it was not RED"


def announces(unit: str, said: float, rest: float, changed_for: float) -> str:
    """Check 9: what a controller says is left of maintenance is what was announced, but for what is new."""
    if abs(said - rest) <= deadlines.CLOSE or changed_for <= STALE:
        return ""
    return f"{unit} is said to have {said:.3f} s of maintenance left, and it is {rest:.3f} s"


def hears(of: facts.Facts, said: status.MeterStatus) -> str:
    """Check 9: a unit in contact hears of a change within seconds, and not with the next poll."""
    return "" if of.word == said else f"{of.unit} has heard {of.word}, the controller says {said}"


def knows_all(of: facts.Facts, addresses: Collection[str]) -> str:
    """Check 9: a unit in contact has written down where every controller is, whichever it is connected to."""
    if of.addresses is None or set(of.addresses) >= set(addresses):
        return ""
    return f"{of.unit} knows of controllers at {of.addresses}, and they are at {addresses}"


def is_current(unit: str, word: status.MeterStatus, replaced_for: float) -> str:
    """Check 9: no controller says for long what another was told to replace, and so confirms no contact."""
    if replaced_for <= STALE:
        return ""
    return f"{unit} is said to be {word}, which was replaced {replaced_for:.1f} s before"


def says_the_same(of: facts.Served, said: Mapping[str, status.MeterStatus]) -> str:
    """Check 9: what one controller acknowledged, every other one says soon, whether it was woken or not."""
    for unit, word in said.items():
        if of.says.get(unit) != word:
            return f"{of.name} says that {unit} is {of.says.get(unit)}, and it is {word}"
    return ""


def ends_in_time(scope: str, passing: ledger.Passing, at: float, able_since: float) -> str:
    """Check, beyond the ten: what is set for a time ends within a second, where a controller can do it.

    Args:
        scope: whose it is.
        passing: what is to end.
        at: when it has ended; or now, where it has not.
        able_since: since when a controller runs, and reaches the database as it is.
    """
    late = at - max(passing.until, able_since + BACK, passing.set_at + HEARD_OF)
    if late <= 1.0 + deadlines.CLOSE:
        return ""
    return f"{scope}: {passing.status} was set until {passing.until:.3f} s, and ends {late:.3f} s too late"


def serves_nobody(of: facts.Served) -> str:
    """Check 9: nobody waits at a controller without its database, where nothing would ever come."""
    if of.unconfirmed_for <= FAREWELL or not of.served:
        return ""
    return f"{of.name} serves {of.served} after {of.unconfirmed_for:.0f} s without its database"


def is_reported(of: facts.Facts, reported: Collection[tuple[str, int]]) -> str:
    """Check, beyond the ten: the controller has heard of the last run."""
    if of.last is None:
        return ""
    run = (of.last.told.delivery_id or "", of.last.told.attempt or 0)
    return "" if run in reported else f"{of.unit} reported {reported}, its last run was {run}"


def agrees(of: facts.Facts, said: status.MeterStatus) -> str:
    """Check 3 and 9: once settled in contact, the last successful run said what the controller says."""
    if of.saved is None or of.saved.disconnected is not None or of.saved.delivering is not None:
        return f"{of.unit} is settled and remembers {of.saved}"
    if of.told is not None and of.told.status == said and of.last is of.told:
        return ""
    if of.may_forget and of.saved.delivered == said:
        return ""  # a backup of the disk that says what the controller says, which knows no better
    told = None if of.told is None else of.told.status
    return f"{of.unit} was told {told}, the controller says {said}"


def is_copied(of: facts.Facts, copy: state.State) -> str:
    """Check 3: once settled, the controller's copy says what the hook was told, and of no disconnection."""
    told = None if of.told is None else of.told.status
    if (copy.delivered == told or of.was_lost) and copy.disconnected is None:
        return ""
    return f"{of.unit} was told {told}, the copy at the controller is {copy.delivered}, {copy.disconnected}"


def follows(of: facts.Facts, ruling: policies.Policy) -> str:
    """Check 3: once settled, the agent remembers the policy that rules its unit."""
    held = None if of.saved is None else of.saved.policy or policies.JUJU_POLICY
    return "" if held == ruling else f"{of.unit} follows {held} where {ruling} rules"


def truly_delivered(of: facts.Facts, recorded: status.MeterStatus) -> str:
    """Check 4: recorded as delivered is only what the hook was told with success."""
    if not recorded.code:
        return ""
    last = None if of.told is None else of.told.status
    if recorded == last or (of.was_damaged and recorded in of.ever_told):
        return ""
    return f"{of.unit} records {recorded}, its hook was last told {last}"


def is_written_ahead(of: facts.Facts, run: story.Run) -> str:
    """Check 5: a hook that begins is on the disk already, under its id."""
    pending = None if of.saved is None else of.saved.delivering
    if not of.can_write or (pending is not None and pending.id == run.told.delivery_id):
        return ""
    return f"{of.unit}: {run.told.delivery_id} begins, the disk has {pending}"


def same_id(of: facts.Facts, run: story.Run) -> str:
    """Check 5: what did not succeed and is begun again bears the same id, and counts on."""
    before = of.last
    if before is None or before.succeeded or of.was_damaged or before.status != run.status:
        return ""
    if any(word != run.status for _, word in of.recent):
        return ""  # it was given up for another one meanwhile
    if before.told.delivery_id != run.told.delivery_id:
        return f"{of.unit}: {run.told.delivery_id} is {before.told.delivery_id} under another id"
    first, second = before.told.attempt or 0, run.told.attempt or 0
    return "" if second > first else f"{of.unit}: attempt {second} of {run.told.delivery_id} after {first}"


def alone(run: story.Run, running: Collection[story.Run]) -> str:
    """Check 6: no other hook runs on the machine."""
    others = [one.unit for one in running if one is not run and one.machine == run.machine]
    return f"{run.unit} beside {others} on {run.machine}" if others else ""


def whole(unit: str, log_line: str, *, damaged: bool) -> str:
    """Check 7: a state file that nobody damaged is never taken for damaged."""
    return "" if damaged else f"{unit}: {log_line}"


def notices_damage(of: facts.Facts, now: float) -> str:
    """Check 7: an agent that starts on a damaged state says so."""
    if not of.is_to_complain or now <= of.started_at + deadlines.START:
        return ""
    return f"{of.unit} has started on a damaged state and says nothing of it"


def own(run: story.Run) -> str:
    """Check 8: a unit is told of itself, its application or the model alone."""
    info = run.status.info
    about = (run.unit, run.unit.partition("/")[0], "model")
    if info in ("", delivery.DISCONNECTED_INFO) or info.partition(" ")[0] in about:
        return ""
    return f"{run.unit} was told {info!r}"


def same_log(first: Callable[[], str], second: Callable[[], str]) -> str:
    """Check 10: the same seed makes the same log."""
    one, other = first().splitlines(), second().splitlines()
    for number, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left != right:
            return f"line {number}: {left!r} and {right!r}"
    return "" if len(one) == len(other) else f"{len(one)} and {len(other)} lines"


def not_twice(of: facts.Facts, run: story.Run) -> str:
    """Check, beyond the ten: nothing that the charm surely knows is told again."""
    before = of.last
    if before is None or not before.succeeded or before.status != run.status:
        return ""
    if of.was_restarted or before.result is outcome.HookResult.MISSING:
        return ""
    return f"{of.unit} is told {run.status.code} {run.status.info!r} again"


def says_truly(of: facts.Facts, run: story.Run) -> str:
    """Check, beyond the ten: the hook is told what it was told before, and how long there was no contact."""
    before, previous = None if of.told is None else of.told.status, run.told.previous
    was_missing = of.told is not None and of.told.result is outcome.HookResult.MISSING
    is_unknown = previous is None and (was_missing or (of.saved is not None and of.saved.unsure))
    if previous != before and not (is_unknown or of.was_damaged):
        return f"{of.unit} is told that it was told {previous} before, and it was {before}"
    passed = run.told.since_contact
    if passed is None or of.was_lost or of.heard_at > run.began - facts.RACE:
        return ""
    shortest = run.began - of.contact_at - deadlines.CLOSE
    longest = run.began - of.known_contact_at + deadlines.CLOSE
    if shortest <= passed.total_seconds() <= longest:
        return ""
    return f"{of.unit} is told of {passed} without contact where it is {shortest:.3f} to {longest:.3f} s"
