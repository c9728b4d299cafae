"""The invariants of a unit's agent (docs/explanation/invariants.md), over random lives of one unit.

A life is a list of steps: words of the controller, losses of contact, time, crashes, reboots, a wall clock
that is set. The shell here is deliberately dumb: it obeys the effects, keeps a "disk" that only ``Save``
writes, and answers each hook with a drawn outcome. A crash forgets everything but the disk, and may come
while the hook runs.
"""

import copy
import dataclasses
import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from meterstatus.domain import policy, status
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import decide, escalation, offline_clock, state

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
A, R = policy.JUJU_AMBER, policy.JUJU_RED

WORDS = [status.MeterStatus(code, info) for code in ("GREEN", "AMBER", "RED") for info in ("a", "b")]
TELLING = (outcome.HookResult.RAN, outcome.HookResult.MISSING)
JUST_BEFORE = datetime.timedelta(milliseconds=1)
OUTCOMES = [outcome.HookOutcome(result) for result in outcome.HookResult]


@dataclasses.dataclass
class Heard:
    """One run of the hook that may have reached the charm."""

    told: status.MeterStatus
    at: datetime.datetime
    isolated: bool
    delivery: str
    succeeded: bool


class Life:
    """A unit, its disk, its hook, and what the invariants need to know of the past."""

    def __init__(self) -> None:
        self.now = T0
        self.set_by = datetime.timedelta()
        self.booted, self.boots = T0, 1
        self.contact_at: datetime.datetime | None = None
        self.memory = state.State()
        self.disk = state.State()
        self.heard: list[Heard] = []
        self.lost_at: datetime.datetime | None = None
        self.known_at_loss: set[status.MeterStatus] = set()
        self.wake_at: datetime.datetime | None = None
        self.outcomes: list[outcome.HookOutcome] = []
        self.crash_in_hook = False
        self.word: status.MeterStatus | None = None
        self.restart()

    @property
    def instant(self) -> offline_clock.Instant:
        return offline_clock.Instant(self.now + self.set_by, self.now - self.booted, f"boot-{self.boots}")

    def restart(self) -> None:
        self.memory, effects = decide.decide(
            state.State.from_yaml(self.disk.to_yaml()), decide.Started(), self.instant
        )
        assert effects in ((), (decide.Save(),))
        if effects:
            self.disk = self.memory
        self.wake_at = None

    def on(self, event: decide.Event) -> None:
        upcoming: decide.Event | None = event
        while upcoming is not None:
            self.memory, effects = decide.decide(self.memory, upcoming, self.instant)
            self.wake_at, upcoming = None, None
            for effect in effects:
                upcoming = self.obey(effect)

    def obey(self, effect: decide.Effect) -> decide.Event | None:
        match effect:
            case decide.Save():
                self.disk = self.memory
            case decide.TakeLock():
                return decide.LockHeld()
            case decide.WakeIn():
                self.wake_at = self.now + effect.delay
            case decide.RunHook():
                assert self.memory.delivering is not None
                return self.run_hook(self.memory.delivering)
            case decide.Notice():
                pass
            case decide.Report():
                assert self.memory.disconnected is None
        return None

    def run_hook(self, under_way: state.Delivery) -> decide.Event | None:
        on_disk = self.disk.delivering
        assert on_disk is not None, "the hook runs before its delivery is written ahead"
        assert on_disk == under_way
        isolated = self.memory.disconnected is not None
        if self.crash_in_hook:
            self.crash_in_hook = False
            self.heard.append(Heard(under_way.status, self.now, isolated, under_way.id, succeeded=False))
            self.restart()
            return self.standing()
        ended = self.outcomes.pop() if self.outcomes else OUTCOMES[0]
        if ended.result is not outcome.HookResult.NOT_STARTED:
            self.heard.append(
                Heard(under_way.status, self.now, isolated, under_way.id, succeeded=ended.result in TELLING)
            )
        return decide.HookEnded(ended)

    def step(self, step: tuple[str, int]) -> None:
        kind, number = step
        if kind == "word":
            self.lost_at, self.word = None, WORDS[number % len(WORDS)]
            self.contact_at = self.now
            self.on(decide.ContactConfirmed(self.word))
        elif kind == "lost":
            if self.lost_at is None:
                self.lost_at, self.known_at_loss = self.contact_at or self.now, self.may_be_known()
            self.on(decide.ContactLost())
        elif kind == "outcome":
            self.outcomes.append(OUTCOMES[number % len(OUTCOMES)])
        elif kind == "crash in hook":
            self.crash_in_hook = True
        elif kind == "crash":
            self.start_again()
        elif kind == "clock":
            self.set_by += datetime.timedelta(seconds=(number - 600) * 100)
            self.on(decide.TimePassed())
        elif kind == "reboot":
            self.on(decide.TimePassed())  # it has looked a second ago
            self.boots += 1
            self.booted = (
                self.now
            )  # what a boot's clock has counted when its agent starts is part of the time
            self.start_again()
        else:
            self.pass_time(datetime.timedelta(seconds=number))
        self.check()

    def start_again(self) -> None:
        self.restart()
        standing = self.standing()
        if standing is not None:
            self.on(standing)

    def standing(self) -> decide.Event | None:
        """Say how things stand, as the workers of a restarted agent do."""
        if self.lost_at is not None:
            return decide.ContactLost()
        return None if self.word is None else decide.ContactConfirmed(self.word)

    def pass_time(self, span: datetime.timedelta) -> None:
        """Let time pass, looking whenever it was asked to, and just before that: it looks each second."""
        end = self.now + span
        while self.wake_at is not None and self.wake_at <= end:
            assert self.wake_at >= self.now, "a wake in the past"
            if self.wake_at - JUST_BEFORE > self.now:
                self.now = self.wake_at - JUST_BEFORE
                self.on(decide.TimePassed())
                self.check()
                continue
            before = self.now, self.wake_at, len(self.heard)
            self.now = self.wake_at
            self.on(decide.TimePassed())
            assert before != (self.now, self.wake_at, len(self.heard)), "it asks for ever"
        self.now = end

    def check(self) -> None:
        self.severity_never_falls_offline()
        self.stages_are_not_early()
        self.delivered_was_heard()

    def severity_never_falls_offline(self) -> None:
        for former, later in zip(self.heard, self.heard[1:], strict=False):
            if later.isolated:
                assert status.severity(later.told.code) >= status.severity(former.told.code)

    def stages_are_not_early(self) -> None:
        if self.lost_at is None or not self.heard or self.heard[-1].told.info != policy.DISCONNECTED_INFO:
            return
        last = self.heard[-1]
        # A hook that failed or crashed leaves open which of several statuses the charm knows; then the most
        # severe of them is told again, whenever contact is lost, and that is no stage.
        if last.isolated and last.at >= self.lost_at and last.told not in self.known_at_loss:
            grace = R if last.told.code == "RED" else A
            assert last.at - self.lost_at >= grace

    def may_be_known(self) -> set[status.MeterStatus]:
        """Return what the charm was last told with success, and all that it may have heard since."""
        ends = [number for number, heard in enumerate(self.heard) if heard.succeeded]
        return {heard.told for heard in self.heard[ends[-1] if ends else 0 :]}

    def delivered_was_heard(self) -> None:
        """Invariant 4, which a missing hook satisfies too."""
        if self.memory.code:
            assert self.memory.delivered in [heard.told for heard in self.heard if heard.succeeded]

    def settle(self) -> None:
        """Let everything that still waits happen, the hook behaving from now on."""
        self.outcomes, self.crash_in_hook = [], False
        self.pass_time(datetime.timedelta(hours=1))
        self.check()


steps = st.lists(
    st.tuples(
        st.sampled_from(["word", "lost", "time", "outcome", "crash", "crash in hook", "clock", "reboot"]),
        st.integers(0, 1200),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_contact_settles_on_the_controllers_word(life: list[tuple[str, int]]) -> None:
    """Invariants 1 to 5: whatever happened, in contact the hook's last run says what the controller says."""
    unit = Life()
    for step in life:
        unit.step(step)
    for word in range(len(WORDS)):
        end = copy.deepcopy(unit)
        end.step(("word", word))
        end.settle()

        assert end.memory.delivered == end.word
        assert (end.heard[-1].told, end.heard[-1].succeeded) == (end.word, True)
        assert (end.memory.delivering, end.memory.disconnected) == (None, None)
        assert end.disk == end.memory


@settings(max_examples=300, deadline=None)
@given(steps)
def test_isolation_settles_on_red(life: list[tuple[str, int]]) -> None:
    """Invariants 1, 2, 4 and 5: whatever happened, an hour offline the hook's last run says RED."""
    unit = Life()
    for step in life:
        unit.step(step)
    unit.step(("lost", 0))
    unit.settle()

    assert unit.memory.code == "RED"
    assert (unit.heard[-1].told.code, unit.heard[-1].succeeded) == ("RED", True)
    reached = escalation.stage(unit.memory, unit.instant)
    assert reached is not None
    assert reached.code is status.StatusCode.RED


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from(["crash", "reboot", "clock"]), st.integers(0, 1200)),
        max_size=12,
    ),
    st.sampled_from(WORDS),
)
def test_red_comes_exactly_at_its_time(
    disturbances: list[tuple[int, str, int]], word: status.MeterStatus
) -> None:
    """Invariant 2: restarts, reboots and a clock that is set neither delay RED nor hasten it."""
    unit = Life()
    unit.step(("word", WORDS.index(word)))
    unit.step(("lost", 0))
    lost_at = unit.now
    for seconds, kind, number in disturbances:
        unit.step(("time", seconds))
        unit.step((kind, number))
    unit.settle()

    reds = [heard.at - lost_at for heard in unit.heard if heard.told.code == "RED" and heard.isolated]
    assert reds == ([] if word.code == "RED" else [R])


@settings(max_examples=200, deadline=None)
@given(steps)
def test_a_repeat_bears_the_same_id(life: list[tuple[str, int]]) -> None:
    """Invariant 5: an id always means the same status, and a new delivery has a new one."""
    unit = Life()
    for step in life:
        unit.step(step)
    unit.settle()

    meaning: dict[str, status.MeterStatus] = {}
    for heard in unit.heard:
        assert meaning.setdefault(heard.delivery, heard.told) == heard.told
