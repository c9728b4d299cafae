"""All that may happen to one unit's agent, in small steps, and what follows (docs/explanation/invariants.md).

A world is a view, which is all that the agent's next steps rest on, and two generations of its state file.
What follows from a view does not depend on the files, so it is worked out once for each view; the files are
only carried along until a restart reads them. Where an event leads depends on less than the view, and is
worked out and checked once for all views that have that in common (``reach``). Each step is one call of
``decide``, or the time that passes, or an end of the agent: an agent that crashes between any two steps has
crashed at every point that matters, a crash between a decision and its save being one before the decision.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import decide, state
from tests.exhaustive import agent_model as model
from tests.exhaustive import checks, memories
from tests.exhaustive.agent_model import Happening, Phase
from tests.exhaustive.memories import SEVERITY
from tests.exhaustive.worlds import (
    AGAIN,
    CUT_OFF,
    FAR,
    NEAR,
    NOBODY,
    UNWRITTEN,
    WORDS,
    Next,
    Scope,
    View,
    Word,
    Words,
)

LOST, TIME = Happening(decide.ContactLost()), Happening(decide.TimePassed())
STOPPING, FOUND = Happening(decide.Stopping()), Happening(decide.HookFound())
HELD = Happening(decide.LockHeld())
NOT_HELD = {
    "the lock is refused": Happening(decide.LockRefused()),
    "the charm is awaited": Happening(decide.CharmAwaited()),
}
ENDED = {result.result: Happening(decide.HookEnded(result)) for result in memories.RESULTS}
"""The ends of a hook."""


class Reached(NamedTuple):
    """Where an event leads, but for what becomes of the files."""

    phase: Phase
    memory: int
    heard: int
    doubt: int
    saves: bool


class Environment:
    """Works out what follows from each view."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.agent = model.Agent(scope.own, scope.limit, sets_clocks=scope.sets_clocks)
        self.words: Words = tuple(
            Word(told, ruling, rest)
            for told in WORDS
            for ruling in scope.policies or (None,)
            for rest in (0, *scope.rests)
        )
        """What the controller says."""

        self.confirmed = tuple(
            Happening(
                decide.ContactConfirmed(
                    memories.STATUSES[word.told],
                    decide.PolicyWord(word.ruling, maintenance=word.rest * memories.SECOND)
                    if scope.policies or scope.rests
                    else None,
                )
            )
            for word in self.words
        )
        self._names = tuple(f"{confirmed.event}" for confirmed in self.confirmed)
        early = 0 if scope.own.warning is None else scope.own.warning // memories.SECOND
        self.moments = {
            word.longer: tuple(
                sorted({due - before for due in self._dues(word.longer) for before in (0, early)})
            )
            for word in self.words
        }
        """Each time at which something is due, in seconds, by how much longer stages wait."""

    def _dues(self, longer: int) -> list[int]:
        return [memories.due(grace, longer) for grace in self.agent.graces]

    def first(self) -> tuple[View, int]:
        """Return where all begins, a new unit without contact, and what its disk holds."""
        blank = self.agent.number(state.State())
        memory = self.agent.started(blank)
        view = View(Phase.STARTED, memory, CUT_OFF, 0, 0, 0, 0)
        return view, blank

    def following(self, view: View) -> Iterator[Next]:
        """Give all that may follow while the agent lives."""
        if view.phase is not Phase.TELLS:
            yield from self._confirmed(view)
        match view.phase:
            case Phase.STARTED:
                yield from self.losing(view)
            case Phase.IDLE:
                yield from self.losing(view) if view.word != CUT_OFF else self._looks(view)
                yield from self._set(view) if self.scope.sets_clocks and view.word == CUT_OFF else ()
                yield from self._confirmed_again(view)
                yield from self._finds_hook(view)
                yield from self._stops(view)
            case Phase.ASKS:
                yield from self.after(view, HELD, "the lock is held")
                for name, happening in NOT_HELD.items():
                    yield from self.after(view, happening, name)
                yield from self._waits(view)
                yield from self._stops(view)
            case Phase.TELLS:
                for result, happening in ENDED.items():
                    yield from self.after(view, happening, result.value)
        if self.scope.is_slow and view.phase in (Phase.ASKS, Phase.TELLS):
            for passed in self._spans(view)[1:]:
                yield Next(f"{passed} s pass", self.moved(view, passed), passed)

    def _confirmed(self, view: View) -> Iterator[Next]:
        phase, memory, _, _, _, heard, doubt, unsaved, owed = view
        for word, happening in enumerate(self.confirmed):
            longer = self.words[word].longer
            told = View(phase, memory, word, 0, longer, heard, doubt, unsaved, owed)
            if phase is not Phase.ASKS:
                yield from self.after(told, happening, self._names[word])
                continue
            # The controller is asked again while the lock is awaited: of what is to be done only a save is.
            step = self.agent.step(memory, happening)
            name = f"meanwhile {self._names[word]}"
            yield Next(name, told._replace(memory=step.memory, owed=view.owed or step.saves))

    def _confirmed_again(self, view: View) -> Iterator[Next]:
        if self.scope.is_confirmed_again and view.word != CUT_OFF:
            said = self.words[view.word]
            rest = max(0, said.rest - AGAIN)
            goes_on = said._replace(rest=rest)
            word = self.words.index(goes_on) if goes_on in self.words else view.word
            longer = self.words[word].longer
            later = self.moved(view, AGAIN)._replace(counted=0, word=word, longer=longer)
            yield from self.after(later, self.confirmed[word], "contact goes on", passed=AGAIN)

    def _finds_hook(self, view: View) -> Iterator[Next]:
        if self.agent.memory(view.memory).missing:
            yield from self.after(view, FOUND, "the charm has a hook now")

    def _spans(self, view: View) -> list[int]:
        """Return how many seconds may pass before the next event: none, or until something is due."""
        coming = self.moments[view.longer]
        return [0, *(moment - view.counted for moment in coming if moment > view.counted)]

    def moved(self, view: View, passed: int) -> View:
        """Let time pass."""
        if not passed:
            return view
        phase, memory, word, counted, longer, heard, doubt, unsaved, owed = view
        memory, counted = self.agent.shifted(memory, passed, 0), min(counted + passed, self.agent.limit)
        return View(phase, memory, word, counted, longer, heard, doubt, unsaved, owed)

    def losing(self, view: View) -> Iterator[Next]:
        """Contact is lost, noticed at once or late; or the agent was down for a while and finds none."""
        if self.agent.mark(view.memory) is None:
            # An agent that remembers no contact counts from when it first finds that there is none.
            fresh = view._replace(word=CUT_OFF, counted=0, longer=0)
            yield from self.after(fresh, LOST, "contact is lost")
            return
        # Until it has looked after a boot, the machine might as well have been off for longer.
        for passed in self._spans(view) if self.agent.has_looked(view.memory) else [0]:
            late = self.moved(view, passed)
            if view.word != CUT_OFF or self.agent.memory(view.memory).disconnected is None:
                # Where it crashed before it wrote of this contact, it counts from an earlier one.
                believed, longer = self.agent.elapsed(late.memory), self.agent.longer(late.memory)
                early = self.agent.earlier(late.longer, late.counted, longer, believed)
                assert early >= 0, "the grace was lengthened"
                assert view.word != CUT_OFF or early <= AGAIN, "the grace was shortened"
                late = late._replace(word=CUT_OFF, counted=believed, longer=longer)
            yield from self.after(late, LOST, f"contact is lost, noticed after {passed} s", passed=passed)

    def _looks(self, view: View) -> Iterator[Next]:
        """The agent looks again after a while, in which it also looked each second and wrote what it counts.

        Whether a rest before the next attempt is over by then is open, and so for any length of it.
        """
        for passed in self._spans(view):
            later = self.moved(view, passed)
            noted = self.agent.noted(later.memory) if passed else later.memory
            saves = (self.agent.stored(noted),) * 2 if noted != later.memory and not view.unsaved else ()
            for memory in dict.fromkeys((noted, self.agent.rested(noted))):
                name = f"it looks after {passed} s" + ("" if memory == noted else ", its rest being over")
                yield from self.after(later._replace(memory=memory), TIME, name, passed=passed, saves=saves)

    def _set(self, view: View) -> Iterator[Next]:
        ahead = self.agent.ahead(view.memory)
        for set_by in dict.fromkeys((-NEAR, -FAR, ahead or FAR, FAR)):
            changed = view._replace(memory=self.agent.shifted(view.memory, 0, set_by))
            yield from self.after(changed, TIME, f"the wall clock is set by {set_by} s", set_by=set_by)

    def _waits(self, view: View) -> Iterator[Next]:
        """The lock is not to be had at once, so what is owed is saved first."""
        if view.owed:
            yield from self._saved("the lock is busy", view._replace(owed=False), view.memory)

    def _stops(self, view: View) -> Iterator[Next]:
        """The worker ends, and another begins; without anything to save that is a crash."""
        step = self.agent.step(view.memory, STOPPING)
        memory = self.agent.started(self.agent.stored(step.memory))
        assert self.agent.elapsed(memory) == self.agent.elapsed(view.memory), "the last contact was lost"
        assert self.agent.longer(memory) == self.agent.longer(view.memory), "the maintenance was forgotten"
        if step.saves or view.owed or view.unsaved:
            # What the disk refuses, the store keeps for its next reader.
            stopped = view._replace(phase=Phase.STARTED, memory=memory, owed=False)
            yield from self._saved("another worker begins", stopped, step.memory)

    def after(
        self,
        view: View,
        happening: Happening,
        name: str,
        *,
        passed: int = 0,
        set_by: int = 0,
        saves: tuple[int, ...] = (),
    ) -> Iterator[Next]:
        """Let the agent deal with an event; what is saved may be refused."""
        _, before, word, counted, longer, heard, doubt, unsaved, owed = view
        phase, memory, heard, doubt, is_saved = self.reach(
            before, word, counted, longer, heard, doubt, happening
        )
        if phase is Phase.ASKS:
            owed = owed or is_saved
        elif is_saved or owed or (unsaved and phase is Phase.IDLE):
            kept = (*saves, self.agent.stored(memory))
            reached = View(phase, memory, word, counted, longer, heard, doubt)
            yield Next(name, reached, passed, set_by, kept)
            if self.scope.refuses_saves:
                refused = reached._replace(unsaved=True)
                yield Next(f"{name}; the disk refuses", refused, passed, set_by, saves)
            return
        reached = View(phase, memory, word, counted, longer, heard, doubt, unsaved, owed)
        yield Next(name, reached, passed, set_by, saves)

    @functools.cache  # noqa: B019 - one environment for one search
    def reach(
        self, memory: int, word: int, counted: int, longer: int, heard: int, doubt: int, happening: Happening
    ) -> Reached:
        """Work out where an event leads from what it depends on, the fields of a view, and check it."""
        view = View(Phase.IDLE, memory, word, counted, longer, heard, doubt)
        try:
            step = self.agent.step(memory, happening)
            checks.check_told(self.agent, self.words, view, step)
            known, doubted = self._heard(view, happening.event)
            reached = View(step.phase, step.memory, word, counted, longer, known, doubted)
            checks.check_reached(self.agent, self.words, reached, step)
        except AssertionError as error:
            error.add_note(f"by {happening.event}: {view}\nwith {self.agent.memory(memory)}")
            raise
        return Reached(step.phase, step.memory, known, doubted, step.saves)

    def _saved(self, name: str, view: View, memory: int) -> Iterator[Next]:
        yield Next(name, view._replace(unsaved=False), saves=(self.agent.stored(memory),))
        if self.scope.refuses_saves:
            yield Next(f"{name}; the disk refuses", view._replace(unsaved=True))

    def _heard(self, view: View, event: decide.Event) -> tuple[int, int]:
        """Return what the charm knows for certain, and how bad what it may know beside is."""
        told = self.agent.told(view.memory)
        if not isinstance(event, decide.HookEnded) or not told:
            return view.heard, view.doubt
        if event.outcome.result in memories.TOLD:
            return told, 0
        if event.outcome.result is outcome.HookResult.NOT_STARTED:
            return view.heard, view.doubt
        return view.heard, max(view.doubt, SEVERITY[told])

    def ends(self, view: View) -> Iterator[tuple[str, View]]:
        """Give the ways in which the agent may crash.

        None while the disk refuses: what cannot be written cannot be remembered. A hook that ended before
        the crash is one that may have told all, which is the harder case.
        """
        if view.unsaved or view.phase is Phase.STARTED:
            return
        longer = UNWRITTEN if view.owed and self.scope.rests else view.longer
        down = view._replace(phase=Phase.STARTED, memory=NOBODY, longer=longer, owed=False)
        yield "it crashes", down
        told = self.agent.told(view.memory) if view.phase is Phase.TELLS else 0
        if told:
            yield "it crashes with the hook", down._replace(doubt=max(view.doubt, SEVERITY[told]))
