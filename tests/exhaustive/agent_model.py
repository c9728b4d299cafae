"""A finite model of one unit: its agent, disk, clocks, charm and controller, to be searched whole.

Time is relative: every decision is made at one fixed instant, and what passes is taken off the memories
instead. So a memory is one of finitely many, each has a number, and what the agent does with an event is
worked out once (``trace``) and looked up from then on.
"""

import dataclasses
import datetime
import functools
from typing import NamedTuple

from meterstatus.domain import decide, delivery, escalation, offline_clock, outcome, policy, state, status

ZERO = datetime.timedelta(0)
DAY = datetime.timedelta(days=1)
NOW = offline_clock.Instant(
    datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC), datetime.timedelta(days=1000), "now"
)
FORMER = "former"
"""The id of every boot that is over: which one it was cannot matter."""

GREEN, AMBER, RED = (status.MeterStatus(code, "word") for code in ("GREEN", "AMBER", "RED"))
NOBODY = status.MeterStatus("", "")
RAN, FAILED, NOT_STARTED = (
    outcome.HookOutcome(result)
    for result in (outcome.HookResult.RAN, outcome.HookResult.FAILED, outcome.HookResult.NOT_STARTED)
)
"""One of each kind: missing decides as ran does, timed out and terminated as failed, but for the wait."""


STAGES = (
    status.MeterStatus("AMBER", delivery.DISCONNECTED_INFO),
    status.MeterStatus("RED", delivery.DISCONNECTED_INFO),
)
STATUSES = (NOBODY, GREEN, AMBER, RED, *STAGES)
"""Everything a charm can be told, by number; 0 is nothing."""

WORDS = (1, 2, 3)
CUT_OFF = -1
_NUMBERS = {told: number for number, told in enumerate(STATUSES)}


class World(NamedTuple):
    """All that matters at one moment; facts of the environment, but for the agent's memory and disk."""

    memory: int
    """The agent's memory, by number."""

    disk: int
    """What a restarted agent reads, by number."""

    former: int
    """The generation before it."""

    word: int
    """What the controller says, by number; ``CUT_OFF`` while contact is lost."""

    moment: int
    """Index into the moments since contact was lost."""

    counted: int
    """Seconds without contact, as the rule of the offline clock has it (architecture, section 4)."""

    ahead: int
    """Seconds by which the highest wall time seen is ahead of the wall clock."""

    heard: int
    """What the charm certainly knows, by number: the last hook that ran to its end, and none since that may
    have."""

    running: bool
    """A hook runs, or may have run when the agent crashed: what the charm knows is open."""

    unsaved: bool
    """The disk refused the last save."""


class Run(NamedTuple):
    """What the environment does to one event: how hooks end, whether the disk works, where a crash cuts."""

    result: outcome.HookOutcome = RAN
    saves: bool = True
    crash_after: int | None = None
    """Effects that are still carried out, a hook's start and its end being one each; None is no crash."""

    is_lock_busy: bool = False
    """The deferred save is made before the lock is held."""


class Trace(NamedTuple):
    """What the agent did with an event."""

    memory: int
    disks: tuple[int, ...]
    """What was saved, in order."""

    told: tuple[tuple[int, bool], ...]
    """What hooks were started with, and whether it only repeats what the charm may know."""

    heard: int | None
    """What the charm certainly knows after it; None where no hook was started."""

    running: bool
    unsaved: bool
    crashed: bool


class Agent:
    """Numbers memories and works out what the real ``decide`` does with them."""

    def __init__(self, own: policy.Policy, *, sets_clocks: bool) -> None:
        self.own = own
        self._sets_clocks = sets_clocks
        self._numbers: dict[tuple[object, ...], int] = {}
        self._memories: list[state.State] = []

    def number(self, memory: state.State) -> int:
        """Return a memory's number, after forgetting what cannot matter: ids, counts, how long to rest."""
        pending = memory.delivering
        if pending is not None:
            pending = state.Delivery("id", pending.status, min(pending.attempt, 1), pending.doubted)
        memory = dataclasses.replace(
            memory,
            delivering=pending,
            deliveries=0,
            warn_again_at=None,
            mark=self._folded(memory.mark),
            latest_contact=self._folded(memory.latest_contact),
            disconnected=_timeless(memory.disconnected),
            own_policy=self.own,
        )
        key = (memory, memory.latest_contact, memory.warning)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._memories)
            self._memories.append(memory)
        return known

    def _folded(self, mark: offline_clock.Mark | None) -> offline_clock.Mark | None:
        """Forget of a mark what cannot matter: while no clock is set, when it was made."""
        if mark is None:
            return None
        if not self._sets_clocks:
            mark = offline_clock.advanced(mark, NOW)
        return dataclasses.replace(mark, counted=min(mark.counted, policy.JUJU_RED))

    def memory(self, number: int) -> state.State:
        """Return the memory of a number."""
        return self._memories[number]

    def shifted(
        self, number: int, passed: datetime.timedelta, set_by: datetime.timedelta, boots: bool
    ) -> int:
        """Let time pass, set the wall clock, or begin another boot, for a memory."""
        return self._shifted(number, passed, set_by, boots)

    @functools.cache  # noqa: B019 - one agent for one search
    def _shifted(
        self, number: int, passed: datetime.timedelta, set_by: datetime.timedelta, boots: bool
    ) -> int:
        memory = self.memory(number)

        def moved(mark: offline_clock.Mark | None) -> offline_clock.Mark | None:
            if mark is None:
                return None
            former = boots or mark.at.boot_id != NOW.boot_id
            wall = passed + set_by
            at = offline_clock.Instant(
                mark.at.wall - wall,
                ZERO if former else mark.at.boot - passed,
                FORMER if former else NOW.boot_id,
            )
            return offline_clock.Mark(mark.counted, at, mark.highest_wall - wall)

        return self.number(
            dataclasses.replace(memory, mark=moved(memory.mark), latest_contact=moved(memory.latest_contact))
        )

    @functools.cache  # noqa: B019
    def started(self, disk: int) -> int:
        """Return the memory of an agent that has just read its disk."""
        memory, effects = decide.decide(self.memory(disk), decide.Started(self.own), NOW)
        assert effects == ()
        return self.number(memory)

    @functools.cache  # noqa: B019
    def recovered(self, former: int) -> int:
        """Return what a damaged file leaves: the generation before it, which is unsure."""
        return self.number(dataclasses.replace(self.memory(former), unsure=True))

    @functools.cache  # noqa: B019
    def has_looked(self, number: int) -> bool:
        """Tell whether the agent has decided anything since the machine booted."""
        mark = self.memory(number).mark
        return mark is None or mark.at.boot_id == NOW.boot_id

    @functools.cache  # noqa: B019
    def noted(self, number: int) -> int:
        """Return a memory whose mark was just moved on."""
        memory = self.memory(number)
        assert memory.mark is not None
        return self.number(dataclasses.replace(memory, mark=offline_clock.advanced(memory.mark, NOW)))

    @functools.cache  # noqa: B019
    def elapsed(self, memory: int) -> datetime.timedelta:
        """Return the time without contact that the agent believes in."""
        return escalation.elapsed(self.memory(memory), NOW)

    @functools.cache  # noqa: B019
    def trace(self, memory: int, event: decide.Event, run: Run) -> Trace:
        """Work out what the agent does with an event until it rests, or crashes."""
        return _Obedience(self, self.memory(memory), run).on(event)


def _timeless(record: state.Disconnected | None) -> state.Disconnected | None:
    """Forget when it was by the wall clock: with a mark nothing rests on it."""
    return record and dataclasses.replace(record, disconnected_at=1)


class _Obedience:
    """Carries out one event's effects."""

    def __init__(self, agent: Agent, memory: state.State, run: Run) -> None:
        self._agent = agent
        self._memory = memory
        self._run = run
        self._left = run.crash_after
        self._disks: list[int] = []
        self._told: list[tuple[int, bool]] = []
        self._heard: int | None = None
        self._running = False
        self._unsaved = False
        self._crashed = False

    def on(self, event: decide.Event) -> Trace:
        upcoming: decide.Event | None = event
        for _ in range(12):
            if upcoming is None or self._crashed:
                break
            upcoming = self._step(upcoming)
        else:
            raise AssertionError("it never comes to rest")
        number = self._agent.number(self._memory)
        return Trace(
            number,
            tuple(self._disks),
            tuple(self._told),
            self._heard,
            self._running,
            self._unsaved,
            self._crashed,
        )

    def _step(self, event: decide.Event) -> decide.Event | None:
        before = self._memory
        self._memory, effects = decide.decide(before, event, NOW)
        if self._memory.delivered != before.delivered:
            assert isinstance(event, decide.HookEnded), "invariant 4: only a hook changes what was delivered"
            assert event.outcome.is_delivery, "invariant 4: and only one that ran to its end"
        asks = decide.TakeLock() in effects
        upcoming: decide.Event | None = None
        for effect in effects:
            if isinstance(effect, decide.Save) and asks and not self._run.is_lock_busy:
                continue
            if self._is_cut():
                return None
            upcoming = self._obey(effect)
        return upcoming

    def _is_cut(self) -> bool:
        if self._left is not None:
            self._left -= 1
            self._crashed = self._left < 0
        return self._crashed

    def _obey(self, effect: decide.Effect) -> decide.Event | None:
        match effect:
            case decide.Save():
                self._unsaved = not self._run.saves
                if self._run.saves:
                    self._disks.append(self._agent.number(self._memory))
            case decide.TakeLock():
                return decide.LockHeld()
            case decide.RunHook():
                return self._run_hook()
            case decide.Report():
                assert self._memory.disconnected is None, "a stage was reported as the controller's word"
            case decide.WakeIn():
                assert effect.delay > ZERO, "it asks to be called at once, for ever"
            case decide.Notice():
                pass
        return None

    def _run_hook(self) -> decide.Event:
        if self._memory.warning:
            return decide.HookEnded(self._run.result)
        begun = self._memory.delivering
        assert begun is not None
        if not self._unsaved:
            assert self._disks and self._agent.memory(self._disks[-1]).delivering is not None, (
                "not written ahead"
            )
        again = begun.attempt > 1 or begun.status in (begun.doubted, self._memory.delivered)
        told = _NUMBERS[begun.status]
        self._told.append((told, again))
        if self._run.result is not NOT_STARTED:
            self._running = True
            self._heard = 0
            self._crashed = self._is_cut()
            if self._run.result is RAN and not self._crashed:
                self._heard, self._running = told, False
        return decide.HookEnded(self._run.result)
