"""What is to come from any state, all being well from now on (architecture, section 7).

Invariants 2, 3 and 5: with contact the charm comes to know each word that the controller may say, without it
the last stage, and what it may not have heard it is told again.
"""

from tests.exhaustive import checks, environment, memories
from tests.exhaustive.agent_model import Phase
from tests.exhaustive.memories import SEVERITY
from tests.exhaustive.worlds import CUT_OFF, RED_DUE, View

from meterstatus.domain import decide, outcome, status

_RAN = decide.HookEnded(outcome.HookOutcome(outcome.HookResult.RAN))


def check_futures(world: environment.Environment, view: View) -> None:
    """Play what is to come from a view."""
    settled = _settled(world, view)
    for word, event in enumerate(world.confirmed):
        _check_contact(world, settled._replace(word=word, counted=0), event)
    if settled.word != CUT_OFF or settled.phase is Phase.STARTED:
        settled = _settled(world, next(world.losing(settled)).view)
    if settled.phase is Phase.IDLE:
        _check_not_early(world, settled)
    _check_no_contact(world, settled)


def _check_not_early(world: environment.Environment, view: View) -> None:
    """A second before a stage is due, nothing is told."""
    ruling = world.agent.memory(view.memory).ruling_policy
    coming = [grace // memories.SECOND for _, grace in ruling.stages()]
    due = min((due for due in coming if due > view.counted), default=0)
    if due and ruling.warning is None:
        late = world.moved(view, due - 1 - view.counted)
        step = world.agent.step(late.memory, environment.TIME)
        assert step.phase is Phase.IDLE, "a stage came a second early"


def _check_contact(world: environment.Environment, view: View, event: decide.Event) -> None:
    view = _rested(world, _play(world, view, event))
    assert world.agent.memory(view.memory).delivering is None, "with contact it does not come to rest"
    checks.check_agreement(world.agent, world.words, view)


def _check_no_contact(world: environment.Environment, view: View) -> None:
    for _ in range(2):
        view = _rested(world, world.moved(view, max(0, RED_DUE - view.counted)))
    memory = world.agent.memory(view.memory)
    severities = [status.severity(code) for code, _ in memory.ruling_policy.stages()]
    assert SEVERITY[view.heard] >= max(severities, default=0), "the last stage never came"
    assert view.doubt == 0 or memory.unsure, "what the charm may not have heard was not told again"


def _rested(world: environment.Environment, view: View) -> View:
    return _play(world, view._replace(memory=world.agent.rested(view.memory)), environment.TIME)


def _play(world: environment.Environment, view: View, event: decide.Event) -> View:
    return _settled(world, next(world.after(view, event, "")).view)


def _settled(world: environment.Environment, view: View) -> View:
    """Let the lock be had, and hooks run, until the agent is done."""
    for _ in range(8):
        if view.phase not in (Phase.ASKS, Phase.TELLS):
            return view
        event = environment.HELD if view.phase is Phase.ASKS else _RAN
        view = next(world.after(view, event, "")).view
    raise AssertionError("it never comes to rest")
