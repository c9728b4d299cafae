"""One unit's agent: what the real ``decide`` makes of a memory and an event, worked out once for each."""

import dataclasses
import datetime
import enum
import functools
from typing import NamedTuple

from meterstatus.domain import policy
from meterstatus.domain.unit import decide, delivery, escalation, offline_clock, state
from tests.exhaustive import memories
from tests.exhaustive.memories import FORMER, ID, NOW, NUMBERS, SECOND, ZERO


class Phase(enum.IntEnum):
    """What the agent is at."""

    STARTED = 0
    """It has read its disk and waits for the controller's first word, or its absence."""

    IDLE = 1
    ASKS = 2
    """It waits for the machine lock."""

    TELLS = 3
    """A hook runs, or is about to."""


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Happening:
    """An event, known by itself and not by its contents, which would be slow to look up."""

    event: decide.Event


class Told(NamedTuple):
    """What a hook is started with."""

    status: int
    """By number; 0 where it is a warning."""

    is_again: bool
    """It only repeats what the charm may know."""

    warns_of: str
    """The code of the stage that it warns of; "" where it tells a status."""


class Step(NamedTuple):
    """What the agent does with one event."""

    memory: int
    phase: Phase
    saves: bool
    told: Told | None
    """What the hook is started with; None where none is."""

    wake: float
    """Within how many seconds the agent wants to be called; infinite where it does not."""


class Agent:
    """Works out what the real ``decide`` does with a memory, by numbers.

    Attributes:
        own: the agent's own policy.
        limit: in how many seconds all has come that may come.
        graces: when AMBER and RED come, in seconds; where a stage is off, when Juju's would.
        number: returns the number of a memory.
    """

    def __init__(self, own: policy.Policy, limit: int, *, sets_clocks: bool) -> None:
        self.own = own
        self.limit = limit
        amber, red = (own.grace(code) for code in policy.CODES)
        self.graces = ((amber or policy.JUJU_AMBER) // SECOND, (red or policy.JUJU_RED) // SECOND)
        self._memories = memories.Memories(own, limit * SECOND, sets_clocks=sets_clocks)
        self.number = self._memories.number

    def memory(self, number: int) -> state.State:
        """Return the memory of a number."""
        return self._memories[number]

    @functools.cache  # noqa: B019 - one agent for one search
    def shifted(self, number: int, passed: int, set_by: int, *, boots: bool = False) -> int:
        """Let seconds pass, set the wall clock by some, or begin another boot, for a memory."""
        memory = self.memory(number)

        def moved(mark: offline_clock.Mark | None) -> offline_clock.Mark | None:
            if mark is None:
                return None
            former = boots or mark.at.boot_id != NOW.boot_id
            wall = (passed + set_by) * SECOND
            at = offline_clock.Instant(
                mark.at.wall - wall,
                ZERO if former else mark.at.boot - passed * SECOND,
                FORMER if former else NOW.boot_id,
            )
            return offline_clock.Mark(mark.counted, at, mark.highest_wall - wall, mark.longer)

        return self.number(
            dataclasses.replace(memory, mark=moved(memory.mark), latest_contact=moved(memory.latest_contact))
        )

    @functools.cache  # noqa: B019
    def stored(self, number: int) -> int:
        """Return what a state file keeps of a memory: what comes back from its text."""
        memory = self.memory(number)
        pending = memory.delivering and dataclasses.replace(
            memory.delivering, is_charms_fault=False, retry_at=None
        )
        kept = self.number(
            dataclasses.replace(
                memory, delivering=pending, latest_contact=None, warning="", warn_again_at=None
            ),
            1,
        )
        # The text is slow to read, so it is asked only once for all that differs in nothing it holds.
        return self._read_back(kept)

    @functools.cache  # noqa: B019
    def _read_back(self, number: int) -> int:
        read = self.number(state.State.from_yaml(self.memory(number).to_yaml()))
        assert read == number, "what was read is not what was written"
        return read

    @functools.cache  # noqa: B019
    def started(self, number: int) -> int:
        """Return the memory of an agent that has just read this one."""
        memory, effects = decide.decide(self.memory(number), decide.Started(self.own), NOW)
        assert bool(effects) is self.notes_boot(number), "a boot is to be written down, and nothing else"
        return self.number(memory)

    def notes_boot(self, number: int) -> bool:
        """Tell whether an agent that reads this one writes down at once that another boot began."""
        mark = self.memory(number).mark
        return mark is not None and not offline_clock.same_boot(mark, NOW)

    @functools.cache  # noqa: B019
    def unsure(self, former: int) -> int:
        """Return what a damaged file leaves: the version before it, which is unsure."""
        return self.number(self.memory(former).recovered())

    def nothing_left(self) -> int:
        """Return what is left where both versions are damaged."""
        return self.number(state.State.after_damage(NOW.wall))

    @functools.cache  # noqa: B019
    def rested(self, number: int) -> int:
        """Return a memory whose rest before the next attempt is over."""
        memory = self.memory(number)
        pending = memory.delivering and dataclasses.replace(memory.delivering, retry_at=None)
        return self.number(dataclasses.replace(memory, delivering=pending, warn_again_at=None))

    @functools.cache  # noqa: B019
    def noted(self, number: int) -> int:
        """Return a memory that looked each second, and so has moved its mark on if a stage is to come."""
        memory = self.memory(number)
        mark = memory.mark
        assert mark is not None
        longer = self.longer(number)
        graces = (stage.grace // SECOND for stage in memory.ruling_policy.stages)
        if all(memories.due(grace, longer) * SECOND <= mark.counted for grace in graces):
            return number
        return self.number(dataclasses.replace(memory, mark=offline_clock.advanced(mark, NOW)))

    @functools.cache  # noqa: B019
    def mark(self, number: int) -> offline_clock.Mark | None:
        """Return the contact that the agent counts from; None where it remembers none."""
        return self.memory(number).latest_contact or self.memory(number).mark

    @functools.cache  # noqa: B019
    def ahead(self, number: int) -> int:
        """Return by how many seconds the highest wall time that it knows of is ahead of the wall clock."""
        mark = self.mark(number)
        return 0 if mark is None else max(ZERO, mark.highest_wall - NOW.wall) // SECOND

    def earlier(self, longer: int, counted: int, other_longer: int, other_counted: int) -> int:
        """Return by how many seconds any stage comes earlier by another count of the time without contact.

        By whichever of the stages gains the least: a wait that is the longest already gets no longer.
        """
        return min(
            (memories.due(grace, longer) - counted) - (memories.due(grace, other_longer) - other_counted)
            for grace in self.graces
        )

    @functools.cache  # noqa: B019
    def is_honest(self, number: int) -> bool:
        """Tell whether, as far as the mark tells, it was made in this boot and the wall clock was not set."""
        mark = self.mark(number)
        if mark is None or not offline_clock.same_boot(mark, NOW):
            return False
        return mark.highest_wall - NOW.wall == mark.at.boot - NOW.boot

    @functools.cache  # noqa: B019
    def has_looked(self, number: int) -> bool:
        """Tell whether the mark is of this boot."""
        mark = self.mark(number)
        return mark is not None and offline_clock.same_boot(mark, NOW)

    @functools.cache  # noqa: B019
    def told(self, number: int) -> int:
        """Return what a hook under way tells, by number; 0 where it tells nothing."""
        memory = self.memory(number)
        is_status = memory.delivering is not None and not memory.warning
        return NUMBERS[memory.delivering.status] if is_status and memory.delivering else 0

    @functools.cache  # noqa: B019
    def elapsed(self, number: int) -> int:
        """Return the seconds without contact that the agent believes in, as far as they matter."""
        return min(escalation.elapsed(self.memory(number), NOW) // SECOND, self.limit)

    @functools.cache  # noqa: B019
    def longer(self, number: int) -> int:
        """Return how many seconds longer each stage waits, by the contact that the agent counts from."""
        mark = self.mark(number)
        return 0 if mark is None else mark.longer // SECOND

    @functools.cache  # noqa: B019
    def step(self, number: int, happening: Happening) -> Step:
        """Work out what the agent does with an event."""
        before, event = self.memory(number), happening.event
        memory, effects = decide.decide(before, event, NOW)
        if memory.delivered != before.delivered:
            assert isinstance(event, decide.HookEnded), "invariant 4: only a hook changes what was delivered"
            assert event.outcome.result in memories.TOLD, "invariant 4: and only one that ran to its end"
        kinds = [type(effect) for effect in effects if not isinstance(effect, decide.Notice)]
        saves = decide.Save in kinds
        assert saves or self.stored(self.number(memory)) == self.stored(number), "a change was not saved"
        phase, told, wake = Phase.IDLE, None, float("inf")
        for effect in effects:
            match effect:
                case decide.TakeLock():
                    phase = Phase.ASKS
                case decide.RunHook():
                    phase, told = Phase.TELLS, _told(before, memory, effect)
                    assert kinds[0] is decide.Save, "not written ahead"
                case decide.Report():
                    assert memory.disconnected is None, "a stage was reported as the controller's word"
                case decide.WakeIn():
                    wake = effect.delay / SECOND
                    assert wake > 0, "it asks to be called at once, for ever"
                case _:
                    pass
        if memory.disconnected is not None and before.disconnected is not None and before.mark is not None:
            assert memory.mark is not None, "it forgot since when it counts"
            assert memory.mark.highest_wall >= before.mark.highest_wall, "it forgot the highest wall time"
        if phase is Phase.ASKS and isinstance(
            event, decide.LockRefused | decide.CharmAwaited | decide.HookEnded
        ):
            _check_rest(before, memory)
        assert phase is Phase.IDLE or isinstance(effects[-1], decide.TakeLock | decide.RunHook)
        # Where a hook runs, one that is not started is taken back from the attempts; else one is as many.
        reached = self.number(memory, 2 if phase is Phase.TELLS else 1)
        return Step(reached, phase, saves, told, wake)


def _check_rest(before: state.State, memory: state.State) -> None:
    """Check that what was not to be had is not asked for at once: it is another delivery, or a warning."""
    pending, former = memory.delivering, before.delivering
    if pending is None or delivery.rests(pending, NOW):
        assert not _rests(memory.warn_again_at), "it asks again at once to warn"
    else:
        is_other = former is None or pending.status != former.status
        assert is_other, "it asks again at once for what it did not get"


def _rests(until: datetime.timedelta | None) -> bool:
    return until is not None and until > NOW.boot


def _told(before: state.State, memory: state.State, effect: decide.RunHook) -> Told:
    telling = effect.telling
    if memory.warning:
        return Told(0, is_again=False, warns_of=memory.warning)
    begun = memory.delivering
    assert begun is not None
    assert begun.attempt >= 1
    assert (begun.id, begun.status) == (telling.delivery_id, telling.status), "it told what was not written"
    _check_id(before, begun)
    is_again = begun.attempt > 1 or begun.status in (begun.doubted, memory.delivered)
    return Told(NUMBERS[begun.status], is_again, "")


def _check_id(before: state.State, begun: state.Delivery) -> None:
    """Invariant 5: a repeat bears the same id, and nothing else does."""
    pending = before.delivering
    is_repeat = pending is not None and pending.status == begun.status
    assert (begun.id == ID) is is_repeat, "a repeat bears another id, or another delivery the same"
