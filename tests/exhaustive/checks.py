"""What must hold at each step of one unit's agent (docs/explanation/invariants.md)."""

from meterstatus.domain import status
from meterstatus.domain.unit import state
from tests.exhaustive import agent_model as model
from tests.exhaustive import memories
from tests.exhaustive.agent_model import Phase
from tests.exhaustive.memories import SEVERITY
from tests.exhaustive.worlds import CUT_OFF, View, Words

_STAGES = (4, 5)
"""The stages by their numbers."""


def check_told(agent: model.Agent, words: Words, view: View, step: model.Step) -> None:
    """Invariants 1 and 2 where a hook starts: offline nothing is lowered, no stage comes early or is missed.

    In contact nothing but the controller's word is told.
    """
    told = step.told
    if told is None:
        return
    memory = agent.memory(view.memory)
    if told.warns_of:
        assert view.word == CUT_OFF, "it warned in contact"
        early, due = _warning(agent, told.warns_of, view)
        assert due - early <= view.counted < due, "a warning came early or late"
        return
    if view.word != CUT_OFF:
        assert told.status == words[view.word][0], "in contact something else than its word was told"
        return
    assert SEVERITY[told.status] >= max(SEVERITY[view.heard], view.doubt), "offline the severity fell"
    assert SEVERITY[told.status] >= _reached(memory, view), "it tells what is over"
    if told.status in _STAGES and not told.is_again:
        amber, red = agent.graces
        grace = amber if memory.unsure or told.status == _STAGES[0] else red
        assert view.counted >= memories.due(grace, view.longer), "a stage came early"


def check_reached(agent: model.Agent, words: Words, view: View, step: model.Step) -> None:
    """Check what must hold after each step, and of an agent that has nothing more to do for now."""
    memory = agent.memory(view.memory)
    if view.word == CUT_OFF and memory.disconnected is not None:
        believed = agent.elapsed(view.memory)
        assert believed == view.counted, f"it counts {believed} s where the rule has {view.counted} s"
        assert agent.longer(view.memory) == view.longer, "it forgot of the maintenance, or that it is over"
    if view.phase is Phase.IDLE:
        check_agreement(agent, words, view) if view.word != CUT_OFF else _check_stage(agent, view, step.wake)


def check_agreement(agent: model.Agent, words: Words, view: View) -> None:
    """Invariant 3: in contact, the charm's last word and the record are the controller's, or it tries."""
    memory = agent.memory(view.memory)
    word, ruling, _ = words[view.word]
    assert memory.policy == ruling, "it has another policy than its controller"
    assert memory.disconnected is None, "it does not know of contact"
    assert agent.longer(view.memory) == view.longer, "it will wait longer or shorter than was announced"
    if memory.delivering is not None:
        assert memory.delivering.retry_at is not None, "it neither tells nor rests"
        assert memory.delivering.status == memories.STATUSES[word], "it will tell something else"
        return
    assert (view.heard, view.doubt) == (word, 0), "the charm does not know the controller's word"
    assert memory.delivered == memories.STATUSES[word], "the record is not the controller's word"
    assert not memory.unsure, "it is still unsure"


def _check_stage(agent: model.Agent, view: View, wake: float) -> None:
    """Invariant 2: cut off, the charm knows of the stage that has come, or it tries; and it wakes in time."""
    memory = agent.memory(view.memory)
    assert memory.disconnected is not None, "it does not know of the loss"
    reached = _reached(memory, view)
    known = SEVERITY[view.heard]
    if memory.delivering is not None and (reached or not memory.unsure):
        assert memory.delivering.retry_at is not None, "it neither tells nor rests"
        known = status.severity(memory.delivering.status.code)
        assert known >= max(SEVERITY[view.heard], view.doubt), "it will lower the severity"
        assert wake < float("inf"), "it will never try again"
    elif reached or not memory.unsure:
        assert view.doubt == 0, "it does not tell again what the charm may not have heard"
    assert known >= reached, "a stage has not come"
    coming = [
        due - view.counted
        for due, code in _stages(memory, view)
        if due > view.counted and status.severity(code) > known
    ]
    assert wake <= min(coming, default=float("inf")), "it will wake too late for the next stage"
    _check_warned(agent, view, known)


def _stages(memory: state.State, view: View) -> list[tuple[int, str]]:
    """Return when each stage is due, in seconds, and its code."""
    stages = memory.ruling_policy.stages
    return [(memories.due(each.grace // memories.SECOND, view.longer), each.code) for each in stages]


def _reached(memory: state.State, view: View) -> int:
    """Return the severity of the stage that has come; 0 before the first. After damage the first is RED."""
    reached = [status.severity(code) for due, code in _stages(memory, view) if due <= view.counted]
    return SEVERITY[5] if reached and memory.unsure else max(reached, default=0)


def _check_warned(agent: model.Agent, view: View, known: int) -> None:
    """A warning that is due was given, or is tried again."""
    memory = agent.memory(view.memory)
    if memory.ruling_policy.warning is None or memory.warn_again_at is not None:
        return
    coming = [
        (due, code)
        for due, code in _stages(memory, view)
        if due > view.counted and status.severity(code) > known
    ]
    if coming:
        due, code = coming[0]
        is_due = view.counted >= due - memory.ruling_policy.warning / memories.SECOND
        assert not is_due or memory.warned == code, "a warning has not come"


def _warning(agent: model.Agent, code: str, view: View) -> tuple[int, int]:
    """Return how early the charm is to be warned of a stage, and when that comes, in seconds."""
    assert agent.own.warning is not None, "it warned although nobody asked for it"
    grace = agent.graces[("AMBER", "RED").index(code)]
    return agent.own.warning // memories.SECOND, memories.due(grace, view.longer)
