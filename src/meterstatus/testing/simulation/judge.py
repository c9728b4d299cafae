"""Follows what really happens to each unit and lets the invariants judge it, at the moment it happens."""

from meterstatus.domain import state as states
from meterstatus.domain import status
from meterstatus.testing.simulation import charm, invariants, story

SETTLED = 300.0
"""Seconds without a fault after which a unit in contact must agree: reconnection, a lost answer or two."""

RETRIED = 400.0
"""Seconds after a hook's failure in which its next attempt has come: five minutes, and a hung hook's end."""

BUSY = 130.0
"""Seconds for which the other unit of a machine may hold the lock: a hung hook and a slow one."""


class Judge:
    """The facts of all units, and the checks of them."""

    def __init__(self, log: story.Story, units: dict[str, str]) -> None:
        self._log = log
        self.machines = units
        self.facts = {unit: invariants.Facts(unit=unit) for unit in units}
        self.charms: dict[str, charm.Charm] = {}
        self.quiet_since: dict[str, float] = dict.fromkeys(units.values(), 0.0)
        self.disk_trouble: dict[str, bool] = dict.fromkeys(units.values(), False)
        self._last_run_on: dict[str, float] = {}

    def on(self, machine: str) -> list[invariants.Facts]:
        """Return the facts of a machine's units."""
        return [facts for unit, facts in self.facts.items() if self.machines[unit] == machine]

    def _check(self, invariant: str, wrong: str) -> None:
        if wrong:
            self._log.accuse(invariant, wrong)

    # What happens.

    def heard(self, unit: str, how: str) -> None:
        """Take note of a status that an agent heard, at its login or later."""
        facts = self.facts[unit]
        facts.heard_at = story.now()
        if how == "told":
            facts.contact_at = story.now()
            facts.is_exact, facts.was_killed = True, False

    def began(self, run: story.Run) -> None:
        """Judge a hook run that begins."""
        facts = self.facts[run.unit]
        running = [one.running for one in self.charms.values() if one.running is not None]
        held_up = self._held_up(run)
        self._check("1 severity never falls", invariants.never_falls(facts, run))
        self._check("2 never early", invariants.not_early(facts, run))
        self._check("2 never late", invariants.not_late(facts, run, held_up=held_up))
        self._check("5 same id", invariants.same_id(facts, run))
        self._check("6 one hook", invariants.alone(run, running))
        self._check("8 its own", invariants.own(run))
        self._check("never twice", invariants.not_twice(facts, run))
        facts.last, facts.was_restarted = run, False

    def _held_up(self, run: story.Run) -> bool:
        troubled = story.now() - self.charms[run.unit].troubled_at < RETRIED
        waited = story.now() - self._last_run_on.get(self.machines[run.unit], -BUSY) < BUSY
        return troubled or waited

    def ended(self, run: story.Run) -> None:
        """Take note of a run's end."""
        facts = self.facts[run.unit]
        self._last_run_on[run.machine] = story.now()
        if run.succeeded:
            facts.told = run
            facts.ever.add(run.status)

    def saved(self, unit: str, value: states.State) -> None:
        """Judge a memory that was written."""
        facts = self.facts[unit]
        self._check("4 truly delivered", invariants.truly_delivered(facts, value.delivered))
        if not self.disk_trouble[self.machines[unit]] and facts.heard_at > facts.started_at + SETTLED:
            is_known = facts.told is not None and value.delivered == facts.told.status
            facts.was_damaged = facts.was_damaged and not is_known

    def started(self, machine: str) -> None:
        """Take note of an agent that starts, or runs again."""
        for facts in self.on(machine):
            facts.started_at = story.now()

    def killed(self, machine: str) -> None:
        """Take note of an agent that ended."""
        for facts in self.on(machine):
            facts.was_killed = facts.was_restarted = True

    def misled(self, machine: str) -> None:
        """Take note of a boot with a false clock."""
        for facts in self.on(machine):
            facts.is_exact = False

    def damaged(self, machine: str) -> None:
        """Take note of a disk that fails, or lost what it held."""
        for facts in self.on(machine):
            facts.was_damaged = True

    def complained(self, unit: str, line: str) -> None:
        """Judge a complaint of the product about a state file."""
        wrong = invariants.whole(unit, line, damaged=self.facts[unit].was_damaged)
        self._check("7 a whole file", wrong)

    # What does not happen.

    def look(
        self, said: dict[str, status.MeterStatus], changed_at: dict[str, float], running: set[str]
    ) -> None:
        """Judge what must have happened by now, of machines whose agent runs."""
        for unit, facts in self.facts.items():
            machine, now = self.machines[unit], story.now()
            if machine not in running:
                continue
            late = RETRIED + BUSY if now - self.charms[unit].troubled_at < 2 * RETRIED else BUSY
            is_well = self.charms[unit].behaviour is charm.Behaviour.WELL
            if is_well and now - self.charms[unit].troubled_at > RETRIED:
                self._check("2 RED in time", invariants.not_missing(facts, now, allowed=late))
            is_settled = now - max(changed_at[unit], self.quiet_since[machine]) > SETTLED
            if is_well and is_settled and now - self.charms[unit].troubled_at > RETRIED + BUSY:
                self._check("3 and 9 agreement", invariants.agrees(facts, said[unit]))
