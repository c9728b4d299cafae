"""What an agent that was down finds: its file, whole or damaged, and the clocks of this or another boot."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.exhaustive import agent_model as model
from tests.exhaustive import environment, memories
from tests.exhaustive.worlds import CUT_OFF, DAMAGED, FAR, NEAR, UNWRITTEN, View


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
        yield _damaged(agent, "it finds the damage again", down, former)
        return
    if down.longer == UNWRITTEN:
        # What it heard and did not live to write, it has not heard.
        down = down._replace(longer=agent.longer(disk))
    view = down._replace(memory=agent.started(disk))
    yield _noted(agent, Restarted("it starts again", view, disk, former), disk)
    if world.scope.damages_files:
        yield _damaged(agent, "its file is damaged", down, former)
        yield _damaged(agent, "both its files are damaged", down, DAMAGED)
    if world.scope.sets_clocks and agent.has_looked(disk):
        # Two boots of which nothing was written down are one.
        yield from _boots(world, down, disk, former)


def _noted(agent: model.Agent, restarted: Restarted, read: int) -> Restarted:
    """Have what was read written down at once where another boot began, in place of a damaged file too."""
    if not agent.notes_boot(read):
        return restarted
    former = restarted.former if restarted.disk == DAMAGED else restarted.disk
    return restarted._replace(disk=agent.stored(restarted.view.memory), former=former)


def _damaged(agent: model.Agent, event: str, down: View, former: int) -> Restarted:
    read = agent.nothing_left() if former == DAMAGED else agent.unsure(former)
    restarted = Restarted(event, _recovered(agent, down, former), DAMAGED, former)
    return _noted(agent, restarted, read)


def _recovered(agent: model.Agent, down: View, former: int) -> View:
    """Go on from the version before: it never counts less than the rule, so never gives a longer grace.

    But for a wall clock that was set, and a boot since: what was counted by then went with the file. Without
    a good version every stage is due.
    """
    memory = agent.started(agent.nothing_left() if former == DAMAGED else agent.unsure(former))
    if down.longer == UNWRITTEN:
        down = down._replace(longer=agent.longer(memory))
    view = down._replace(memory=memory)
    if agent.mark(memory) is None or down.word != CUT_OFF:
        return view
    believed, longer = agent.elapsed(memory), agent.longer(memory)
    # By the mark as it was written: one that the start has moved to this boot tells nothing of its clock.
    is_known = former == DAMAGED or agent.is_honest(former)
    early = agent.earlier(down.longer, down.counted, longer, believed)
    assert early >= 0 or not is_known, "damage lengthened the grace"
    return view._replace(counted=believed, longer=longer)


def _boots(world: environment.Environment, down: View, disk: int, former: int) -> Iterator[Restarted]:
    """Boot the machine, with its wall clock right after some time off, or set back or forward."""
    agent = world.agent
    ahead = agent.ahead(disk)
    coming = world.moments[agent.longer(disk)]
    spans = [0, *(moment - down.counted for moment in coming if moment > down.counted)]
    late = [ahead + span for span in spans] if ahead else []
    for later in dict.fromkeys((-NEAR, -FAR, *spans, *late)):
        booted = agent.shifted(disk, later, 0, boots=True)
        memory = agent.started(booted)
        # With a clock that was right all the time, what passed; else what was written down, and how far
        # the wall clock has got beyond the highest seen.
        believed = agent.elapsed(memory)
        assert believed == _by_rule(agent, disk, later), "it counts otherwise than the rule over a boot"
        if agent.is_honest(disk) and later >= 0:
            true = min(down.counted + later, agent.limit)
            early = agent.earlier(down.longer, true, agent.longer(memory), believed)
            assert early == 0 or (down.word != CUT_OFF and early > 0), "a boot changed the count"
        assert agent.longer(memory) == agent.longer(disk), "a boot changed the maintenance"
        view = down._replace(memory=memory, word=CUT_OFF, counted=believed, longer=agent.longer(memory))
        event = f"it boots {later} s later by the wall clock"
        restarted = Restarted(event, view, booted, agent.shifted(former, later, 0, boots=True))
        yield _noted(agent, restarted, booted)


def _by_rule(agent: model.Agent, disk: int, later: int) -> int:
    """Return what the rule counts over a boot: what was written down, and what is beyond the highest wall."""
    mark = agent.mark(disk)
    assert mark is not None
    ahead = (mark.highest_wall - memories.NOW.wall) // memories.SECOND
    return min(mark.counted // memories.SECOND + max(0, later - ahead), agent.limit)
