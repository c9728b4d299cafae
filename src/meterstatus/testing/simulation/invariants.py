"""The invariants as named checks of records (architecture, section 7), each pure, so that each can be tested.

A check returns what is wrong, or "" where nothing is. Severity is that of the domain; that it is right, the
tests of the domain show.
"""

import datetime
from collections.abc import Callable, Collection, Mapping

from meterstatus.domain import delivery, outcome, state, status
from meterstatus.domain import policy as policies
from meterstatus.testing.simulation import facts, ledger, story

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

STALE = 15.5
"""Seconds for which a controller may say what another one was told to replace: ``Settings.store_silence``."""

FAREWELL = 60.0
"""Seconds without its database after which a controller has let all go: it was in the middle of calls."""

BACK = 20.0
"""Seconds in which a controller that is well again has ended what fell due before: it may be in the middle of
a call that waits for its database, and tries again a second after."""

HEARD_OF = 6.0
"""Seconds in which every controller has heard of what another one was told: a look, and its way."""

MARK_PERIOD = 60.0
"""How old the contact on the disk may be, plus the way of an answer."""


def _severity(run: story.Run | None) -> int:
    return 0 if run is None else status.severity(run.status.code)


def _grace(of: facts.Facts, code: str) -> float | None:
    """Return the seconds until a stage; None where it is off."""
    graces = {stage.value: grace.total_seconds() for stage, grace in of.policy.stages()}
    return graces.get(code)


def _tries_until(of: facts.Facts) -> float:
    """Return until when an agent may try its controller before a stage that is overdue as it begins."""
    return of.started_at + FIRST_TRY + (OLD_CONNECTION if of.was_stopped else 0.0)


def _is_new_stage(of: facts.Facts, run: story.Run) -> bool:
    return run.status.info == delivery.DISCONNECTED_INFO and _severity(run) > _severity(of.told)


def never_falls(of: facts.Facts, run: story.Run) -> str:
    """Check 1: severity falls only to a word that was heard since the run before, never without contact."""
    if of.last is None or of.was_lost or _severity(run) >= _severity(of.last):
        return ""
    if run.status in [word for _, word in of.recent] or (of.is_led_back and run.status in of.ever_heard):
        return ""
    return f"{of.unit} fell from {of.last.status.code} to {run.status.code} without a word of the controller"


def holds(of: facts.Facts, run: story.Run) -> str:
    """Check, beyond the ten: a controller that was led back lowers nobody below the last word before."""
    if of.held is None or _severity(run) >= status.severity(of.held.code):
        return ""
    return f"{of.unit} is told {run.status}, and had heard {of.held} before the controller was led back"


def is_so(of: facts.Facts, run: story.Run) -> str:
    """Check 3: what is told is a word that was heard, or a stage that the policy has."""
    if run.status.info != delivery.DISCONNECTED_INFO:
        return "" if run.status in of.ever_heard else f"{of.unit} is told {run.status}, which nobody said"
    if _grace(of, run.status.code) is not None or of.was_damaged:
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
    keeps = run.status in known and _severity(run) > status.severity(of.word.code)
    if keeps or run.status in (allowed or {of.word}):
        return ""
    return f"{of.unit} is told {run.status} where the latest word is {of.word}"


def not_early(of: facts.Facts, run: story.Run) -> str:
    """Check 2, first half: no stage before its grace has passed since the last contact it can know of."""
    grace = _grace(of, run.status.code)
    if grace is None or not _is_new_stage(of, run):
        return ""
    passed, asked = run.began - of.known_contact_at, grace + of.known_longer
    if passed >= asked - CLOSE:
        return ""
    return f"{of.unit} was told {run.status.code} after only {passed:.3f} s, and not after {asked:.3f} s"


def not_late(of: facts.Facts, run: story.Run, *, held_up: bool) -> str:
    """Check 2, second half: a stage is told within a second of agent run time, where nothing held it up."""
    grace = _grace(of, run.status.code)
    if grace is None or not _is_new_stage(of, run) or held_up or of.was_lost:
        return ""
    limit = of.contact_at + of.longer + grace + 1.0
    # Whoever was damaged or killed may count from an earlier contact, by which it started late.
    earliest = min(of.contact_at + of.longer, of.known_contact_at + of.known_longer)
    if earliest + grace <= of.started_at:
        limit = max(limit, _tries_until(of))
    late = run.began - limit
    return "" if late <= CLOSE else f"{of.unit}: {run.status.code} {late:.3f} s late"


def raises(of: facts.Facts, run: story.Run) -> str:
    """Check 1: a stage that would not raise severity runs no hook, and the reason before it stays."""
    before = of.last
    if run.status.info != delivery.DISCONNECTED_INFO or before is None or not before.succeeded:
        return ""
    if of.was_damaged or _severity(run) > _severity(before) or before.status == run.status:
        return ""  # the same again is ``not_twice``'s
    return f"{of.unit} is told the stage {run.status.code} after {before.status}"


def not_overtaken(of: facts.Facts, run: story.Run) -> str:
    """Check 2: no stage is told once the next one is due; a second before its hook that was decided."""
    later = _grace(of, "RED")
    if run.status.code != "AMBER" or later is None or not _is_new_stage(of, run) or of.was_lost:
        return ""
    passed = run.began - of.contact_at
    if passed < later + of.longer + facts.RACE:
        return ""
    return f"{of.unit} is told AMBER {passed:.0f} s after contact"


def tries_first(of: facts.Facts, run: story.Run) -> str:
    """Check 2: an agent that has a controller to reach asks it before it tells what was due at its start."""
    is_at_once = run.began < of.started_at + 0.5
    if not (of.has_controller and is_at_once and run.status.info == delivery.DISCONNECTED_INFO):
        return ""
    if of.saved is not None and of.saved.delivering is not None and (run.told.attempt or 0) > 1:
        return ""  # begun before it started, and the charm may have heard half of it
    grace = _grace(of, run.status.code)
    if grace is not None and of.known_contact_at + of.known_longer + grace > of.started_at:
        return ""  # it fell due only just after the start
    return f"{of.unit} is told {run.status.code} although there is a controller to ask"


def is_safe(of: facts.Facts, run: story.Run) -> str:
    """Check 7: who does not know what was told tells the worst at the first stage."""
    is_unsure = of.saved is not None and of.saved.unsure
    if not is_unsure or run.status.info != delivery.DISCONNECTED_INFO or run.status.code == "RED":
        return ""
    return f"{of.unit} is told {run.status.code} and cannot know that it was not RED"


def not_missing(of: facts.Facts, now: float, *, allowed: float) -> str:
    """Check 2 and 5: every stage that is overdue, with all that it is allowed, was told."""
    if of.was_lost:
        return ""
    for code, grace in of.policy.stages():
        due = max(of.contact_at + of.longer + grace.total_seconds(), _tries_until(of))
        if now > due + allowed and _severity(of.told) < status.severity(code):
            return f"{of.unit} is not {code} although contact was lost at {of.contact_at:.0f} s"
    return ""


def counts_from_contact(of: facts.Facts, saved_contact_at: float) -> str:
    """Check 2: what is written down never counts from later than the last contact: no grace is lengthened.

    Once the last stage was told no time counts any more, and none is written down.
    """
    if of.was_lost or saved_contact_at <= of.contact_at + CLOSE:
        return ""
    if not any(status.severity(code) > _severity(of.told) for code, _ in of.policy.stages()):
        return ""
    later = saved_contact_at - of.contact_at
    return f"{of.unit} counts from {later:.3f} s after its last contact at {of.contact_at:.3f} s"


def waits_as_announced(of: facts.Facts) -> str:
    """Check 2: what is written down waits no longer than announced maintenance has it.

    By a second more at most: so little is no news, for which a contact is written down before its minute.
    """
    late = of.saved_contact_at + of.saved_longer - of.contact_at - of.longer
    if of.was_lost or not of.saved_longer or late <= 1.0 + CLOSE:
        return ""
    return f"{of.unit} waits {of.saved_longer:.3f} s for maintenance, {late:.3f} s of it in vain"


def announces(unit: str, said: float, rest: float, changed_for: float) -> str:
    """Check 9: what a controller says is left of maintenance is what was announced, but for what is new."""
    if abs(said - rest) <= CLOSE or changed_for <= STALE:
        return ""
    return f"{unit} is said to have {said:.3f} s of maintenance left, and it is {rest:.3f} s"


def notes_time(of: facts.Facts, now: float, *, period: float) -> str:
    """Check 2: without contact, and while a stage is to come, the disk is never far behind the time."""
    is_cut_off = of.saved is not None and of.saved.disconnected is not None
    behind = now - max(of.noted_at, of.started_at)
    if not is_cut_off or not of.can_write or behind <= period:
        return ""
    passed = now - period - of.contact_at
    known = max(_severity(of.told), _severity(of.last))
    left = [
        code
        for code, grace in of.policy.stages()
        if status.severity(code) > known and grace.total_seconds() + of.longer > passed
    ]
    return f"{of.unit}: what its disk counted is {behind:.0f} s behind" if left else ""


def writes_at_last(of: facts.Facts, well_for: float, *, allowed: float) -> str:
    """Check 2: what a disk did not take is written once it takes something again."""
    if of.can_write or well_for <= allowed:
        return ""
    return f"{of.unit}: its disk is well for {well_for:.0f} s, and what it did not take is not on it"


def marks_contact(of: facts.Facts) -> str:
    """Check 2: in contact the disk is never much older than a minute, so that a crash forgets no more."""
    behind = of.contact_at - of.saved_contact_at
    return "" if behind <= MARK_PERIOD + 1 else f"{of.unit}: its disk is {behind:.0f} s behind its contact"


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
    if late <= 1.0 + CLOSE:
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
    if not of.is_to_complain or now <= of.started_at + START:
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
    shortest, longest = run.began - of.contact_at - CLOSE, run.began - of.known_contact_at + CLOSE
    if shortest <= passed.total_seconds() <= longest:
        return ""
    return f"{of.unit} is told of {passed} without contact where it is {shortest:.3f} to {longest:.3f} s"


def warns_in_time(of: facts.Facts, run: story.Run, *, held_up: bool) -> str:
    """Check, beyond the ten: a warning comes no earlier than asked for, and before its stage."""
    upcoming, early = run.told.next_stage, of.policy.warning
    if of.was_damaged:
        return ""
    # An agent that has just started tries its controller first, and warns of nothing meanwhile.
    held_up = held_up or run.began <= _tries_until(of)
    if upcoming is not None and not held_up and upcoming.due_in <= datetime.timedelta(seconds=1):
        return f"{of.unit} is warned of {upcoming.code} when it is due"
    if early is None or upcoming is None:
        return f"{of.unit} is warned although nothing is to come, or nobody asked"
    left = (_grace(of, upcoming.code) or 0.0) + of.known_longer - (run.began - of.known_contact_at)
    if left <= early.total_seconds() + CLOSE:
        return ""
    return f"{of.unit} is warned of {upcoming.code} {left:.3f} s before it"
