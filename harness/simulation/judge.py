"""Follows what really happens to each unit and lets the invariants judge it, at the moment it happens."""

from collections.abc import Callable

from harness.invariants import verdict
from harness.simulation import charm, deadlines, ear, facts, invariants, services, story, wiretap
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call
from meterstatus.domain.unit import state as states

SETTLED = 300.0
"""Seconds without a fault after which a unit in contact must agree: reconnection, a lost answer or two."""

RETRIED = 400.0
"""Seconds after a hook's failure in which its next attempt has come: five minutes, and a hung hook's end."""

NOTED = 95.0
"""Seconds that the disk may be behind without contact: three looks, and the first attempt to connect."""

PROMPT = 15.0
"""Seconds in which a unit that has contact, and whom nothing disturbs, hears of a change."""

PRESENTED = 30.0
"""Seconds in which the others have heard of a controller that joined, and have told such a unit of it."""

BUSY = 130.0
"""Seconds for which the other unit of a machine may hold the lock: a hung hook and a slow one."""


class Judge:
    """The facts of all units, and the checks of them."""

    def __init__(self, log: story.Story, units: dict[str, str]) -> None:
        self._log = log
        self.machines = units
        self.facts = {unit: facts.Facts(unit=unit) for unit in units}
        self.charms: dict[str, charm.Charm] = {}
        self.quiet_since: dict[str, float] = dict.fromkeys(units.values(), 0.0)
        self._well_since: dict[str, float] = dict.fromkeys(units.values(), float("-inf"))
        self._last_run_on: dict[str, float] = {}
        self._controller_restored_at = float("-inf")
        self.replaced_for: Callable[[str, status.MeterStatus], float] = lambda _unit, _word: 0.0
        self.maintenance: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
        self.addresses: Callable[[], tuple[tuple[str, ...], float]] = lambda: ((), 0.0)
        self.newest: Callable[[], int] = lambda: 0
        self._led_back_at = float("-inf")

    def on(self, machine: str) -> list[facts.Facts]:
        """Return the facts of a machine's units."""
        return [of for unit, of in self.facts.items() if self.machines[unit] == machine]

    # What happens.

    def began_to_count(self) -> None:
        """Take note that all agents are new, and count without contact from now on."""
        for of in self.facts.values():
            of.contact_at = of.known_contact_at = of.saved_contact_at = story.now()

    def ear(self, its: charm.Charm) -> wiretap.Ear:
        """Return what takes note of all that the agent of a unit hears."""
        return ear.Ear(self.facts[its.unit], its, self._on_said, self._on_announced, self._on_heard)

    def _on_heard(self, of: facts.Facts) -> None:
        """Take note of a unit that hears first of an old copy when what ended there is as much as was lost.

        It cannot tell the one history from the other, as ``docs/explanation/restored-controllers.md`` has it.
        """
        if of.placed_at < self._led_back_at and self.newest() >= of.held_from:
            of.held, of.knows_more = None, False
        of.placed_at = story.now()

    def _on_said(self, unit: str, word: status.MeterStatus) -> None:
        self._log.judge("9 nothing stale", services.is_current(unit, word, self.replaced_for(unit, word)))

    def _on_announced(self, unit: str, seconds: float) -> None:
        rest, changed_for = self.maintenance()
        self._log.judge("9 maintenance as announced", services.announces(unit, seconds, rest, changed_for))

    def began(self, run: story.Run) -> None:
        """Judge a hook run that begins."""
        of = self.facts[run.unit]
        running = [one.running for one in self.charms.values() if one.running is not None]
        if len(self.on(run.machine)) > 1:
            self._log.judge("6 one hook", invariants.alone(run, running))
        if run.told.hook is hook_call.HookKind.WILL_CHANGE:
            held_up = self._held_up(run)
            self._log.judge("warned in time", deadlines.warns_in_time(of, run, held_up=held_up))
            return
        self._log.judge("1 severity never falls", invariants.never_falls(of, run))
        self._log.judge("no older word lowers", invariants.holds(of, run))
        self._log.judge("1 a stage raises", invariants.raises(of, run))
        self._log.judge("2 never early", deadlines.not_early(of, run))
        self._log.judge("2 the stage of the time", deadlines.not_overtaken(of, run))
        self._log.judge("2 the controller first", deadlines.tries_first(of, run))
        self._log.judge("7 the safe side", invariants.is_safe(of, run))
        self._log.judge("2 never late", deadlines.not_late(of, run, held_up=self._held_up(run)))
        self._log.judge("3 only what is so", invariants.is_so(of, run))
        self._log.judge("3 the latest word", invariants.is_fresh(of, run))
        self._log.judge("5 written ahead", invariants.is_written_ahead(of, run))
        self._log.judge("5 same id", invariants.same_id(of, run))
        self._log.judge("8 its own", invariants.own(run))
        self._log.judge("never twice", invariants.not_twice(of, run))
        self._log.judge("says what was told", invariants.says_what_was_told(of, run))
        self._log.judge("says since contact", invariants.says_since_contact(of, run))
        of.begin(run)

    def _held_up(self, run: story.Run) -> bool:
        troubled = story.now() - self.charms[run.unit].troubled_at < RETRIED
        waited = story.now() - self._last_run_on.get(self.machines[run.unit], -BUSY) < BUSY
        return troubled or waited

    def ended(self, run: story.Run) -> None:
        """Take note of a run's end."""
        of = self.facts[run.unit]
        self._last_run_on[run.machine] = story.now()
        if run.succeeded and run.told.hook is hook_call.HookKind.CHANGED:
            of.told = run
            of.begun.clear()
            of.ever_told.add(run.status)

    def saved(self, unit: str, value: states.State, contact_at: float | None, noted_at: float | None) -> None:
        """Judge a memory that was written.

        Args:
            unit: whose.
            value: the memory.
            contact_at: the virtual time that its mark counts from; None where its boot is over.
            noted_at: the virtual time of its mark; likewise.
        """
        of = self.facts[unit]
        is_true = invariants.truly_delivered(of, value.delivered)
        unsure = verdict.Cause.UNSURE if value.unsure else None
        self._log.judge("4 truly delivered", verdict.excuse(is_true, unsure))
        of.saved, of.can_write = value, True
        if contact_at is not None and noted_at is not None:
            self._log.judge("2 no longer grace", deadlines.counts_from_contact(of, contact_at))
            longer = 0.0 if value.mark is None else value.mark.longer.total_seconds()
            of.write(contact_at, longer)
            of.noted_at = noted_at
            self._log.judge("2 maintenance", deadlines.waits_as_announced(of))
        if of.heard_at > of.started_at + SETTLED:
            is_known = of.told is not None and value.delivered == of.told.status and not value.unsure
            of.was_damaged = of.was_damaged and not is_known
            of.was_lost = of.was_lost and not is_known
            of.may_forget = of.may_forget and not is_known

    def not_saved(self, unit: str) -> None:
        """Take note of a memory that was not written: its agent's death forgets it."""
        self.facts[unit].can_write = False

    def started(self, machine: str, *, has_controller: bool = False, was_stopped: bool = False) -> None:
        """Take note of an agent that starts, or runs again, and whether it has a controller to reach."""
        for of in self.on(machine):
            of.was_overdue = deadlines.is_overdue(of, story.now())
            of.started_at, of.was_stopped, of.has_controller = story.now(), was_stopped, has_controller
            if was_stopped and of.contact_at >= of.stopped_at:
                # What it had read in that very moment it takes now, and counts from now.
                of.count_from(story.now(), is_sure=False)

    def stopped(self, machine: str) -> None:
        """Take note of an agent that is held."""
        for of in self.on(machine):
            of.stopped_at = story.now()

    def controller_restored(self) -> None:
        """Take note of a controller that went back in time: it knows less than it was told."""
        for of in self.facts.values():
            of.is_copied = False
        self._controller_restored_at = story.now()

    def led_back(self, revision: int) -> None:
        """Take note that an old copy of the controller's database serves, and whose disk knows of more."""
        for of in self.facts.values():
            standing = None if of.saved is None else of.saved.standing
            knows = standing is not None and standing.heard.revision > revision and standing.older is None
            of.held = of.least_word() if knows and of.can_write else None
            of.is_led_back, of.knows_more = True, knows
            of.held_from = 0 if standing is None else standing.heard.revision
        self._led_back_at = story.now()
        self.controller_restored()

    def may_follow(self) -> None:
        """Take note that somebody says that the old copy is to hold: at any moment from now on it does."""
        for of in self.facts.values():
            of.held = None

    def follows_again(self) -> None:
        """Take note that it does."""
        for of in self.facts.values():
            of.is_led_back, of.knows_more, of.follows_since = False, False, story.now()

    def killed(self, machine: str) -> None:
        """Take note of an agent that ended, and with it what it could not write."""
        for of in self.on(machine):
            of.die()
            if not of.can_write:
                of.damage(is_lost=True)
                of.can_write = True  # what is left of it

    def disk_fails(self, machine: str) -> None:
        """Take note of a disk that takes nothing more."""
        self._well_since[machine] = float("inf")

    def disk_is_well(self, machine: str) -> None:
        """Take note of a disk that is well again."""
        self._well_since[machine] = story.now()

    def booted(self, machine: str, *, is_false: bool = False) -> None:
        """Take note of a boot, with a false clock or as the clock was."""
        for of in self.on(machine):
            of.boot(is_false=is_false)

    def clock_set(self, machine: str, at: float) -> None:
        """Take note that the wall clock is set, or stands still for ever."""
        for of in self.on(machine):
            of.clock_set_at, of.is_clock_behind = at, True

    def knows_addresses(self, unit: str, written: tuple[str, ...] | None) -> None:
        """Take note of where an agent has written down that controllers are; None where it could not."""
        self.facts[unit].addresses = written

    def ruled(self, units: list[str]) -> None:
        """Take note that a policy for units is changed."""
        for machine in {self.machines[unit] for unit in units}:
            self.quiet_since[machine] = max(self.quiet_since[machine], story.now())

    def damaged(self, machine: str, *, is_lost: bool = False) -> None:
        """Take note of a disk that lost what it held, or was replaced by another."""
        for of in self.on(machine):
            of.damage(is_lost=is_lost)

    def must_complain(self, unit: str) -> None:
        """Take note that an agent that starts now has to say that a state is damaged."""
        self.facts[unit].is_to_complain = True

    def complained(self, unit: str, line: str) -> None:
        """Judge a complaint of the product about a state file."""
        of = self.facts[unit]
        self._log.judge("7 a whole file", invariants.whole(unit, line, damaged=of.was_damaged))
        self._log.judge("7 damage is noticed", invariants.notices_damage(of, story.now(), is_said=True))
        of.is_to_complain = False

    # What does not happen.

    def look(self, held: dict[str, facts.Held], running: set[str]) -> None:
        """Judge what must have happened by now, of machines whose agent runs.

        Args:
            held: what the controller holds, by unit.
            running: the machines.
        """
        for unit, of in self.facts.items():
            if self.machines[unit] in running:
                self._look(of, held[unit])

    def look_at_controller(self, of: facts.Served, said: dict[str, status.MeterStatus]) -> None:
        """Judge what a controller says, and to whom, where there is more than one.

        Args:
            of: what is true of it.
            said: what each unit was last acknowledged to have, of those for which that is no news.
        """
        if of.well_for > PROMPT:
            self._log.judge("9 the same word", services.says_the_same(of, said))
        self._log.judge("9 nobody is served", services.serves_nobody(of))

    def _look(self, of: facts.Facts, held: facts.Held) -> None:
        machine, now, its = self.machines[of.unit], story.now(), self.charms[of.unit]
        self._log.judge("7 damage is noticed", invariants.notices_damage(of, now))
        well_for = now - max(self._well_since[machine], of.started_at)
        self._log.judge("2 written at last", deadlines.writes_at_last(of, well_for, allowed=NOTED))
        quiet = now - self.quiet_since[machine]
        if quiet > SETTLED and now - held.changed_at > PROMPT:
            self._log.judge("9 every unit hears", invariants.hears(of, held.said))
        addresses, joined_for = self.addresses()
        if quiet > SETTLED and joined_for > PRESENTED:
            self._log.judge("9 knows where", invariants.knows_all(of, addresses))
        untroubled = now - its.troubled_at
        troubled = None if its.behaviour is charm.Behaviour.WELL else verdict.Cause.HOOK_TROUBLED
        is_noted = deadlines.notes_time(of, now, period=NOTED)
        busy = verdict.Cause.HELD_UP if its.is_busy else troubled
        self._log.judge("2 time is noted", verdict.excuse(is_noted, busy))
        late = RETRIED + BUSY if untroubled < 2 * RETRIED else BUSY
        is_told = deadlines.not_missing(of, now, allowed=late)
        retrying = verdict.Cause.HOOK_TROUBLED if untroubled <= RETRIED else troubled
        self._log.judge("2 stages in time", verdict.excuse(is_told, retrying))
        if troubled is not None:
            return
        if min(quiet, now - held.changed_at) > SETTLED and untroubled > RETRIED + BUSY:
            self._look_at_rest(of, held)

    def _look_at_rest(self, of: facts.Facts, held: facts.Held) -> None:
        self._log.judge("3 and 9 agreement", invariants.agrees(of, held.said))
        self._log.judge("2 contact is marked", deadlines.marks_contact(of))
        if held.copy is not None:
            self._log.judge("3 the copy", invariants.is_copied(of, held.copy))
            of.is_copied = of.told is not None and held.copy.delivered == of.told.status
        if held.ruling is not None:
            self._log.judge("3 the policy", invariants.follows(of, held.ruling))
        if held.reported is not None and of.last is not None:
            is_of_this_life = of.last.began > max(of.started_at, self._controller_restored_at)
            if is_of_this_life:
                self._log.judge("the report", invariants.is_reported(of, held.reported))
