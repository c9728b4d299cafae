"""What an agent that was down finds: its file, whole or damaged, and the clocks of this or another boot."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.exhaustive import agent_model as model
from tests.exhaustive import environment, memories
from tests.exhaustive.worlds import CUT_OFF, DAMAGED, FAR, LIMIT, NEAR, View


class Restarted(NamedTuple):
    """An agent that has read its disk, and what lies there."""

    event: str
    view: View
    disk: int
    former: int


def restarts(world: environment.Environment, down: View, disk: int, former: int) -> Iterator[Restarted]:
    """Give all ways in which the agent may come back."""
    agent = world.agent
    if disk == DAMAGED:
        yield Restarted("it finds the damage again", _recovered(agent, down, former), DAMAGED, former)
        return
    view = down._replace(memory=agent.started(disk))
    yield Restarted("it starts again", view, disk, former)
    if world.scope.damages_files:
        yield Restarted("its file is damaged", _recovered(agent, down, former), DAMAGED, former)
        yield Restarted("both its files are damaged", _recovered(agent, down, DAMAGED), DAMAGED, DAMAGED)
    if world.scope.sets_clocks and agent.has_looked(disk):
        # Two boots of which nothing was written down are one.
        yield from _boots(world, down, disk, former)


def _recovered(agent: model.Agent, down: View, former: int) -> View:
    """Go on from the version before: it never counts less than the rule, so never gives a longer grace.

    But for a wall clock that was set, and a boot since: what was counted by then went with the file. Without
    a good version it counts from the last write, and from when contact was lost before that nobody knows.
    """
    memory = agent.started(agent.nothing_left() if former == DAMAGED else agent.unsure(former))
    view = down._replace(memory=memory)
    if agent.mark(memory) is None or down.word != CUT_OFF:
        return view
    believed = agent.elapsed(memory)
    is_known = former != DAMAGED and agent.is_honest(memory)
    assert believed >= down.counted or not is_known, "damage lengthened the grace"
    return view._replace(counted=believed)


def _boots(world: environment.Environment, down: View, disk: int, former: int) -> Iterator[Restarted]:
    """Boot the machine, with its wall clock right after some time off, or set back or forward."""
    agent = world.agent
    ahead = agent.ahead(disk)
    spans = [0, *(moment - down.counted for moment in world.moments if moment > down.counted)]
    late = [ahead + span for span in spans] if ahead else []
    for later in dict.fromkeys((-NEAR, -FAR, *spans, *late)):
        booted = agent.shifted(disk, later, 0, boots=True)
        memory = agent.started(booted)
        # With a clock that was right all the time, what passed; else what was written down, and how far
        # the wall clock has got beyond the highest seen.
        believed = agent.elapsed(memory)
        assert believed == _by_rule(agent, disk, later), "it counts otherwise than the rule over a boot"
        if agent.is_honest(disk) and later >= 0:
            true = min(down.counted + later, LIMIT)
            assert believed == true or (down.word != CUT_OFF and believed > true), "a boot changed the count"
        view = down._replace(memory=memory, word=CUT_OFF, counted=believed)
        yield Restarted(
            f"it boots {later} s later by the wall clock",
            view,
            booted,
            agent.shifted(former, later, 0, boots=True),
        )


def _by_rule(agent: model.Agent, disk: int, later: int) -> int:
    """Return what the rule counts over a boot: what was written down, and what is beyond the highest wall."""
    mark = agent.mark(disk)
    assert mark is not None
    ahead = (mark.highest_wall - memories.NOW.wall) // memories.SECOND
    return min(mark.counted // memories.SECOND + max(0, later - ahead), LIMIT)
