"""The invariants of a unit whose controller is led back, restored, forgotten, or away as announced.

Lives as in ``test_decide``, whose shell obeys the effects, with words that bear a place and what is left of
announced maintenance. The controller here is the real thing's shadow: histories that only grow, each with an
epoch, and one of them speaks.
"""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from meterstatus.domain import epoch, policy, status
from meterstatus.domain.unit import decide, escalation, offline_clock
from tests.property.test_decide import WORDS, Life

A, R = policy.JUJU_AMBER, policy.JUJU_RED
SECOND = datetime.timedelta(seconds=1)


class Announced(Life):
    """A unit whose controller announces maintenance."""

    def __init__(self) -> None:
        self.over_at: datetime.datetime | None = None
        self.rest = offline_clock.NOTHING
        super().__init__()

    def word_of(self, told: status.MeterStatus) -> decide.ContactConfirmed:
        rest = offline_clock.NOTHING if self.over_at is None else self.over_at - self.now
        self.rest = max(offline_clock.NOTHING, rest)
        return decide.ContactConfirmed(told, decide.PolicyWord(None, maintenance=self.rest))

    def standing(self) -> decide.Event | None:
        if self.lost_at is not None:
            return decide.ContactLost()
        return None if self.word is None else self.confirmed(self.word)

    def confirmed(self, told: status.MeterStatus) -> decide.Event:
        self.contact_at = self.now
        return self.word_of(told)

    def step(self, step: tuple[str, int]) -> None:
        kind, number = step
        if kind == "announce":
            self.over_at = self.now + number * SECOND if number % 3 else None
        elif kind == "word":
            self.lost_at, self.word = None, WORDS[number % len(WORDS)]
            self.on(self.confirmed(self.word))
            self.check()
        else:
            super().step(step)


IN_CONTACT = st.lists(
    st.tuples(st.sampled_from(["announce", "word", "time", "crash"]), st.integers(0, 1200)), max_size=10
)
WITHOUT = st.lists(
    st.tuples(st.integers(1, 400), st.sampled_from(["crash", "reboot", "clock"]), st.integers(0, 1200)),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(IN_CONTACT, WITHOUT)
def test_red_comes_exactly_at_its_time_and_what_was_announced(
    contact: list[tuple[str, int]], disturbances: list[tuple[int, str, int]]
) -> None:
    """Invariant 2: R and what was left at the last contact; restarts, reboots and clocks change nothing."""
    unit = Announced()
    for step in (*contact, ("word", 0)):
        unit.step(step)
    unit.step(("lost", 0))
    lost_at, expected = unit.now, R + unit.rest
    for seconds, kind, number in disturbances:
        unit.step(("time", seconds))
        unit.step((kind, number))
    unit.settle()
    reds = [heard.at - lost_at for heard in unit.heard if heard.told.code == "RED" and heard.isolated]
    assert reds == [expected]


class History:
    """One history of a controller: its epoch, where that began, and how far it is."""

    def __init__(self, number: int, base: int, revision: int) -> None:
        self.number, self.base, self.revision = number, base, revision

    @property
    def place(self) -> epoch.Place:
        return epoch.Place(self.number, self.revision, self.base)


class LedBack(Life):
    """A unit whose controller may be led back by hand, restored, or be a forgotten one."""

    def __init__(self) -> None:
        self.speaking = History(1, 0, 1)
        self.newest: status.MeterStatus | None = None
        self.told_newest: bool = False
        super().__init__()

    def step(self, step: tuple[str, int]) -> None:
        kind, number = step
        if kind == "led back":
            self.speaking = History(
                self.speaking.number, self.speaking.base, number % (self.speaking.revision + 1)
            )
        elif kind == "restored":
            base = number % (self.speaking.revision + 1)
            self.speaking = History(self.speaking.number + 1, base, base + 1)
        elif kind == "forgotten":
            self.speaking = History(max(1, self.speaking.number - 1), 0, number)
        elif kind == "word":
            self.speaking.revision += 1
            self.say(WORDS[number % len(WORDS)])
        else:
            super().step(step)

    def say(self, said: status.MeterStatus) -> None:
        before = self.memory.standing
        # Told of all that it may lack, which is more than an agent says on one connection.
        unknown = None if before is None else before.unknown
        lacks = None if unknown is None or epoch.has(self.speaking.place, unknown) else unknown
        event = decide.ContactConfirmed(said, decide.PolicyWord(None, place=self.speaking.place, lacks=lacks))
        is_superseded = before is not None and self.speaking.number < before.heard.epoch
        if not is_superseded:
            self.lost_at, self.contact_at = None, self.now
        self.on(event)
        after = self.memory.standing
        assert after is not None
        if after.relation in (epoch.Relation.CURRENT, epoch.Relation.RESTORED):
            self.newest = said
        self.word = None  # who restarts finds no controller at once: what it says then is another step
        self.check()

    def standing(self) -> decide.Event | None:
        return None if self.lost_at is None else decide.ContactLost()

    def check(self) -> None:
        super().check()
        if self.memory.delivered.code and self.newest is not None and self.memory.delivering is None:
            told, newest = (status.severity(each.code) for each in (self.memory.delivered, self.newest))
            assert told >= newest, "it was lowered below the newest word"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["word", "word", "word", "led back", "restored", "forgotten", "lost", "time", "crash", "outcome"]
        ),
        st.integers(0, 1200),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_no_older_word_lowers_what_a_newer_one_said(life: list[tuple[str, int]]) -> None:
    """Whoever speaks, nothing is told below the newest word; and an hour offline is RED."""
    unit = LedBack()
    for step in life:
        unit.step(step)
    unit.settle()
    unit.step(("lost", 0))
    unit.settle()
    if unit.memory.mark is not None:
        reached = escalation.stage(unit.memory, unit.instant)
        assert reached is not None
        assert reached.code is status.StatusCode.RED
        assert unit.memory.code == "RED"


@settings(max_examples=100, deadline=None)
@given(STEPS, st.integers(0, 5))
def test_a_new_epoch_always_rules(life: list[tuple[str, int]], word: int) -> None:
    """Whatever happened, the word of an epoch above all that was heard is what the charm is told."""
    unit = LedBack()
    for step in life:
        unit.step(step)
    heard = unit.memory.standing
    unit.speaking = History(max(unit.speaking.number, heard.heard.epoch if heard else 0) + 1, 5, 5)
    unit.step(("word", word))
    unit.settle()
    assert unit.memory.delivered == WORDS[word % len(WORDS)]
    assert unit.memory.disconnected is None


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_controller_that_is_only_behind_turns_nobody_red(life: list[tuple[str, int]]) -> None:
    """Contact with it is contact: while it speaks, no stage comes."""
    unit = LedBack()
    unit.step(("word", 0))
    for kind, number in life:
        if kind in ("led back", "time", "crash", "word"):
            unit.step((kind, min(number, 200) if kind == "time" else number))
            unit.step(("word", 0))
    assert not any(heard.isolated for heard in unit.heard)
