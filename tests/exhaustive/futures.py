"""What is to come from any state, all being well from now on (docs/explanation/invariants.md).

Invariants 2, 3 and 5: with contact the charm comes to know each word that the controller may say, without it
the last stage, and what it may not have heard it is told again. Most states come to rest in a few, so each
rest is looked at once.
"""

from meterstatus.domain import status
from meterstatus.domain.hook import outcome
from tests.exhaustive import checks, environment, memories
from tests.exhaustive.agent_model import Happening, Phase
from tests.exhaustive.memories import SEVERITY
from tests.exhaustive.worlds import CUT_OFF, View

_RAN = environment.ENDED[outcome.HookResult.RAN]


class Futures:
    """Plays what is to come from views, each future once."""

    def __init__(self, world: environment.Environment) -> None:
        self._world = world
        self._settled_views: set[View] = set()
        self._heard: set[View] = set()
        self._alone: set[View] = set()

    def check(self, view: View) -> None:
        """Play what is to come from a view, which owes nothing to its disk."""
        settled = self._settled(view)
        if not _is_new(settled, self._settled_views):
            return
        phase, memory, _, _, _, heard, doubt, _, _ = settled
        if _is_new(View(phase, memory, CUT_OFF, 0, 0, heard, doubt), self._heard):
            for word, confirmed in enumerate(self._world.confirmed):
                longer = self._world.words[word].longer
                self._check_contact(View(phase, memory, word, 0, longer, heard, doubt), confirmed)
        if settled.word != CUT_OFF or phase is Phase.STARTED:
            settled = self._settled(next(self._world.losing(settled)).view)
        if settled.phase is Phase.IDLE:
            self._check_not_early(settled)
        last = self._world.moved(settled, max(0, self._world.agent.limit - settled.counted))
        if _is_new(last, self._alone):
            self._check_no_contact(last)

    def _check_not_early(self, view: View) -> None:
        """A second before a stage is due, nothing is told."""
        ruling = self._world.agent.memory(view.memory).ruling_policy
        coming = [memories.due(each.grace // memories.SECOND, view.longer) for each in ruling.stages]
        due = min((due for due in coming if due > view.counted), default=0)
        if due and ruling.warning is None:
            late = self._world.moved(view, due - 1 - view.counted)
            step = self._world.agent.step(late.memory, environment.TIME)
            assert step.phase is Phase.IDLE, "a stage came a second early"

    def _check_contact(self, view: View, confirmed: Happening) -> None:
        view = self._rested(self._played(view, confirmed))
        agent = self._world.agent
        assert agent.memory(view.memory).delivering is None, "with contact it does not come to rest"
        checks.check_agreement(agent, self._world.words, view)

    def _check_no_contact(self, view: View) -> None:
        view = self._rested(self._rested(view))
        memory = self._world.agent.memory(view.memory)
        severities = [status.severity(stage.code) for stage in memory.ruling_policy.stages]
        assert SEVERITY[view.heard] >= max(severities, default=0), "the last stage never came"
        assert view.doubt == 0 or memory.unsure, "what the charm may not have heard was not told again"

    def _rested(self, view: View) -> View:
        rested = view._replace(memory=self._world.agent.rested(view.memory))
        return self._played(rested, environment.TIME)

    def _played(self, view: View, happening: Happening) -> View:
        return self._settled(self._after(view, happening))

    def _after(self, view: View, happening: Happening) -> View:
        _, memory, word, counted, longer, heard, doubt, _, _ = view
        reached = self._world.reach(memory, word, counted, longer, heard, doubt, happening)
        phase, memory, heard, doubt, _ = reached
        return View(phase, memory, word, counted, longer, heard, doubt)

    def _settled(self, view: View) -> View:
        """Let the lock be had, and hooks run, until the agent is done."""
        for _ in range(8):
            if view.phase not in (Phase.ASKS, Phase.TELLS):
                return view
            view = self._after(view, environment.HELD if view.phase is Phase.ASKS else _RAN)
        raise AssertionError("it never comes to rest")


def _is_new(view: View, known: set[View]) -> bool:
    is_new = view not in known
    known.add(view)
    return is_new
