"""Follows what really happens to each unit and has it judged, at the moment it happens.

Feeds a model of each unit (``harness.invariants.model``) with what the simulated world does to it, asks the
checks of it, and counts what they find in the trace.
"""

from collections.abc import Callable

from harness.invariants import checks, deadlines, verdict
from harness.invariants import memory as memories
from harness.invariants.model import NEVER, Run, UnitModel
from harness.simulation import charm, ear, services, story, wiretap
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call

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


class Observer:
    """The models of all units, and what is asked of them.

    Attributes:
        machines: where each unit is.
        models: of each unit.
        charms: of each unit.
        quiet_since: since when nothing disturbs a machine.
        replaced_for: for how many seconds a word of a unit has been replaced by another.
        maintenance: how many seconds of it are left, and for how long that was announced.
        addresses: of the controllers, and for how long they are all there.
        newest: the newest revision that is stored.
    """

    def __init__(self, log: story.Story, units: dict[str, str]) -> None:
        self._log = log
        self.machines = units
        self.models = {unit: UnitModel(unit=unit) for unit in units}
        self.charms: dict[str, charm.Charm] = {}
        self.quiet_since: dict[str, float] = dict.fromkeys(units.values(), 0.0)
        self._well_since: dict[str, float] = dict.fromkeys(units.values(), NEVER)
        self._free_at: dict[str, float] = dict.fromkeys(units.values(), NEVER)
        self._controller_restored_at = NEVER
        self._led_back_at = NEVER
        self.replaced_for: Callable[[str, status.MeterStatus], float] = lambda _unit, _word: 0.0
        self.maintenance: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
        self.addresses: Callable[[], tuple[tuple[str, ...], float]] = lambda: ((), 0.0)
        self.newest: Callable[[], int] = lambda: 0

    def _on(self, machine: str) -> list[UnitModel]:
        return [of for unit, of in self.models.items() if self.machines[unit] == machine]

    # What is heard.

    def ear(self, its: charm.Charm) -> wiretap.Ear:
        """Return what takes note of all that the agent of a unit hears."""
        return ear.Ear(self.models[its.unit], its, self._on_said, self._on_announced, self._on_heard)

    def _on_heard(self, of: UnitModel) -> None:
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

    # What hooks are told.

    def began(self, run: Run) -> None:
        """Judge a hook run that begins."""
        of, judge = self.models[run.unit], self._log.judge
        running = [one.running for one in self.charms.values() if one.running is not None]
        if len(self._on(run.machine)) > 1:
            judge("6 one hook", checks.alone(run, running))
        troubled = story.now() - self.charms[run.unit].troubled_at < RETRIED
        free_at = self._free_at[run.machine]
        if run.told.hook is hook_call.HookKind.WILL_CHANGE:
            held_up = troubled or story.now() - free_at < BUSY
            judge("warned in time", deadlines.warns_in_time(of, run, held_up=held_up))
            return
        judge("1 severity never falls", checks.never_falls(of, run))
        judge("no older word lowers", checks.holds(of, run))
        judge("1 a stage raises", checks.raises(of, run))
        judge("2 never early", deadlines.not_early(of, run))
        judge("2 the stage of the time", deadlines.not_overtaken(of, run))
        judge("2 the controller first", deadlines.tries_first(of, run))
        judge("7 the safe side", checks.is_safe(of, run))
        judge("2 never late", deadlines.not_late(of, run, free_at=free_at, is_troubled=troubled))
        judge("3 only what is so", checks.is_so(of, run))
        judge("3 the latest word", checks.is_fresh(of, run))
        judge("5 written ahead", checks.is_written_ahead(of, run))
        judge("5 same id", checks.same_id(of, run))
        judge("8 its own", checks.own(of, run))
        judge("never twice", checks.not_twice(of, run))
        judge("says what was told", checks.says_what_was_told(of, run))
        judge("says since contact", deadlines.says_since_contact(of, run))
        of.begin(run)

    def ended(self, run: Run) -> None:
        """Take note of a run's end."""
        self._free_at[run.machine] = story.now()
        if run.told.hook is hook_call.HookKind.CHANGED:
            self.models[run.unit].end(run)

    # What disks hold.

    def wrote(self, unit: str, content: bytes, clocks: memories.Clocks) -> None:
        """Judge a version that is on a unit's disk from now on."""
        of = self.models[unit]
        of.write(content, story.now(), clocks)
        self._log.judge("4 truly delivered", checks.truly_delivered(of))
        if of.memory is not None and of.memory.mark is not None:
            self._log.judge("2 no other grace", deadlines.counts_from_contact(of))
            self._log.judge("2 maintenance", deadlines.waits_as_announced(of))

    def wrote_nothing(self, unit: str) -> None:
        """Take note of a version that a unit's disk did not take: its agent's death forgets it."""
        self.models[unit].is_written = False

    def read(self, unit: str, found: memories.Found, clocks: memories.Clocks) -> None:
        """Take note that an agent that has started reads its disk, and judge what is left there."""
        of = self.models[unit]
        of.start(found, story.now(), clocks)
        of.was_overdue = deadlines.is_overdue(of, story.now())
        self._log.judge("5 it is remembered", checks.is_remembered(of))

    def disk_fails(self, machine: str) -> None:
        """Take note of a disk that takes nothing more."""
        self._well_since[machine] = float("inf")

    def disk_is_well(self, machine: str) -> None:
        """Take note of a disk that is well again."""
        self._well_since[machine] = story.now()

    def knows_addresses(self, unit: str, written: tuple[str, ...] | None) -> None:
        """Take note of where an agent has written down that controllers are; None where it could not."""
        self.models[unit].addresses = written

    def complained(self, unit: str) -> None:
        """Judge a complaint of the product about a state file."""
        of = self.models[unit]
        self._log.judge("7 a whole file", checks.whole(of))
        self._log.judge("7 damage is noticed", checks.notices_damage(of, story.now(), is_said=True))
        of.is_to_complain = False

    # What runs.

    def started(self, machine: str, *, has_controller: bool = False, was_stopped: bool = False) -> None:
        """Take note of an agent that starts, or runs again, and whether it has a controller to reach."""
        for of in self._on(machine):
            of.started_at, of.was_stopped, of.has_controller = story.now(), was_stopped, has_controller
            if was_stopped:
                of.was_overdue = deadlines.is_overdue(of, story.now())
            if was_stopped and of.contact.latest >= of.stopped_at:
                # What it had read in that very moment it takes now, and counts from now.
                of.count_from(story.now(), is_sure=False)

    def stopped(self, machine: str) -> None:
        """Take note of an agent that is held."""
        for of in self._on(machine):
            of.stopped_at = story.now()

    def controller_restored(self) -> None:
        """Take note of a controller that went back in time: it knows less than it was told."""
        for of in self.models.values():
            of.is_copied = False
        self._controller_restored_at = story.now()

    def led_back(self, revision: int) -> None:
        """Take note that an old copy of the controller's database serves."""
        for of in self.models.values():
            of.lead_back(revision)
        self._led_back_at = story.now()
        self.controller_restored()

    def may_follow(self) -> None:
        """Take note that somebody says that the old copy is to hold: at any moment from now on it does."""
        for of in self.models.values():
            of.held = None

    def follows_again(self) -> None:
        """Take note that it does."""
        for of in self.models.values():
            of.is_led_back, of.knows_more, of.follows_since = False, False, story.now()

    def ruled(self, units: list[str]) -> None:
        """Take note that a policy for units is changed."""
        for machine in {self.machines[unit] for unit in units}:
            self.quiet_since[machine] = max(self.quiet_since[machine], story.now())

    # What does not happen.

    def look(self, held: dict[str, services.Held], running: set[str]) -> None:
        """Judge what must have happened by now, of machines whose agent runs.

        Args:
            held: what the controller holds, by unit.
            running: the machines.
        """
        for unit, of in self.models.items():
            if self.machines[unit] in running:
                self._look(of, held[unit])

    def look_at_controller(self, of: services.Served, said: dict[str, status.MeterStatus]) -> None:
        """Judge what a controller says, and to whom, where there is more than one.

        Args:
            of: what is true of it.
            said: what each unit was last acknowledged to have, of those for which that is no news.
        """
        if of.well_for > PROMPT:
            self._log.judge("9 the same word", services.says_the_same(of, said))
        self._log.judge("9 nobody is served", services.serves_nobody(of))

    def _look(self, of: UnitModel, held: services.Held) -> None:
        machine, now, its = self.machines[of.unit], story.now(), self.charms[of.unit]
        self._log.judge("7 damage is noticed", checks.notices_damage(of, now))
        well_for = now - max(self._well_since[machine], of.started_at)
        self._log.judge("2 written at last", deadlines.writes_at_last(of, well_for, allowed=NOTED))
        quiet = now - self.quiet_since[machine]
        if quiet > SETTLED and now - held.changed_at > PROMPT:
            self._log.judge("9 every unit hears", checks.hears(of, held.said))
        addresses, joined_for = self.addresses()
        if quiet > SETTLED and joined_for > PRESENTED:
            self._log.judge("9 knows where", checks.knows_all(of, addresses))
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

    def _look_at_rest(self, of: UnitModel, held: services.Held) -> None:
        self._log.judge("3 and 9 agreement", checks.agrees(of, held.said))
        self._log.judge("2 contact is marked", deadlines.marks_contact(of))
        if held.copy is not None:
            self._log.judge("3 the copy", checks.is_copied(of, held.copy))
            of.is_copied = of.told is not None and held.copy.told == of.told.status
        if held.rules is not None:
            self._log.judge("3 the policy", checks.follows(of, held.rules))
        if held.reported is not None and of.last is not None:
            is_of_this_life = of.last.began > max(of.started_at, self._controller_restored_at)
            if is_of_this_life:
                self._log.judge("the report", checks.is_reported(of, held.reported))
