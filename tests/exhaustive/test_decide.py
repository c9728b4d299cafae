"""Every reachable state of one unit's agent, under every sequence of events (architecture, section 7).

A small scope, closed: three words of the controller, loss of contact noticed at once or late, its return, the
grace periods passing, every end of a hook, a machine lock that is free or busy, an agent that crashes between
any two effects, restarts, reboots with the machine off for a while, a wall clock that is set back and forward
while the agent runs or while the machine is off, a disk that refuses to save and works again, a state file
that is damaged. Out of scope is a crash while the disk refuses: what cannot be written cannot be remembered.
The search goes on until it finds no new state.

What must hold is checked at every transition, and from every state two futures are played: contact returns,
and contact never returns.
"""

import datetime
import math
import os
from collections.abc import Iterator

import pytest
from tests.exhaustive import agent_model as model
from tests.exhaustive.agent_model import Run, World

from meterstatus.domain import decide, policy, state, status

SECOND = datetime.timedelta(seconds=1)
A, R = policy.JUJU_AMBER // SECOND, policy.JUJU_RED // SECOND
DAY = model.DAY // SECOND
WARNING = datetime.timedelta(minutes=1)

LOST, TIME = decide.ContactLost(), decide.TimePassed()
CONFIRMED = {word: decide.ContactConfirmed(model.STATUSES[word]) for word in model.WORDS}
RUNS = tuple(
    Run(result, saves=saves, is_lock_busy=is_busy)
    for result in (model.RAN, model.FAILED, model.NOT_STARTED)
    for saves, is_busy in ((True, False), (False, False), (True, True))
)
CRASHES = tuple(
    Run(crash_after=effects, is_lock_busy=is_busy) for effects in range(6) for is_busy in (False, True)
)
SEVERITY = tuple(status.severity(told.code) for told in model.STATUSES)
REFUSED = 0
"""What lies on a disk that refused to save; nobody reads it, a crash being out of scope until it works."""

STAGE_DUE = {4: A, 5: R}
"""The stages by their numbers, and when each may come."""


class Search:
    """The search for one policy of the agent's own.

    Args:
        own: the policy.
        sets_clocks: the wall clock is set, and machines boot.
        damages_files: state files are damaged.
    """

    def __init__(self, own: policy.Policy, *, sets_clocks: bool = False, damages_files: bool = False) -> None:
        self.agent = model.Agent(own, sets_clocks=sets_clocks)
        self.own = own
        early = 0 if own.warning is None else own.warning // SECOND
        # How long contact may have been lost: each time at which something is due, and nothing between.
        self.moments = tuple(sorted({0, A - early, A, R - early, R}))
        self._sets_clocks = sets_clocks
        self._damages_files = damages_files
        self.transitions = 0
        self.seen: set[World] = set()
        self.is_closed = False
        self._futures: set[tuple[object, ...]] = set()

    def run(self, most_transitions: float = math.inf) -> int:
        """Visit every world that can be reached, nearest first, and return after how many events it closed.

        Or stop after so many transitions; then it is how many events deep everything was visited.
        """
        blank = self.agent.number(state.State())
        first = World(self.agent.started(blank), blank, blank, model.CUT_OFF, 0, 0, 0, 0, False, False)
        self.seen = {first}
        layer, depth = [first], 0
        while layer:
            following: list[World] = []
            for world in layer:
                if self.transitions >= most_transitions:
                    return depth
                self._check_futures(world)
                for reached in self._neighbours(world):
                    self.transitions += 1
                    if reached not in self.seen:
                        self.seen.add(reached)
                        following.append(reached)
            layer, depth = following, depth + 1
        self.is_closed = True
        return depth

    def _neighbours(self, world: World) -> Iterator[World]:
        for changed, event in self._events(world):
            if changed.word == model.CUT_OFF and event is TIME and not self._knows_loss(changed):
                continue  # the loss of contact is said first
            is_set = changed.ahead != world.ahead or changed.disk != world.disk
            for run in RUNS if changed.unsaved else (*RUNS, *CRASHES):
                if is_set and event is TIME and not self.agent.trace(changed.memory, event, run).disks:
                    continue  # what the clocks did was not written down before the crash: see ``_rebooted``
                try:
                    yield self.after(changed, event, run)
                except AssertionError as error:
                    error.add_note(self._story(world, changed, event, run))
                    raise

    def _story(self, world: World, changed: World, event: decide.Event, run: Run) -> str:
        memory, disk = self.agent.memory(changed.memory), self.agent.memory(changed.disk)
        return f"from {world}\nbecome {changed}\nwith {memory}\nand on disk {disk}\nby {event}\nas {run}"

    def _knows_loss(self, world: World) -> bool:
        return self.agent.memory(world.memory).disconnected is not None

    def _events(self, world: World) -> Iterator[tuple[World, decide.Event]]:
        """Give every next event, with the world as it is when it comes."""
        for word, event in CONFIRMED.items():
            yield world._replace(word=word, moment=0, counted=0, ahead=0), event
        if world.word != model.CUT_OFF:
            lost = self._lost(world)
            until = len(self.moments) if self.agent.has_looked(lost.memory) else lost.moment + 1
            for moment in range(lost.moment, until):
                yield self._later(lost, moment), LOST
        elif self.agent.has_looked(world.memory):
            for moment in range(world.moment, len(self.moments)):
                yield self._later(world, moment), TIME
            for set_by in self._settings(world) if self._sets_clocks else ():
                yield self._set(world, set_by), TIME
        else:
            yield world, LOST  # an agent that has just started looks before anything else
        if not world.unsaved:
            yield from self._restarts(world)

    def _restarts(self, world: World) -> Iterator[tuple[World, decide.Event]]:
        event = LOST if world.word == model.CUT_OFF else CONFIRMED[world.word]
        yield self._restarted(world), event
        if self._damages_files:
            damaged = self.agent.recovered(world.former)
            yield self._resynchronised(self._restarted(world._replace(disk=damaged))), event
        if not self._sets_clocks:
            return
        if world.word != model.CUT_OFF or not self.agent.has_looked(world.disk):
            return  # two boots of which nothing was written down are one
        for moment in range(world.moment, len(self.moments)):
            for set_by in (0, *self._settings(world)):
                yield self._rebooted(world, moment, set_by), event

    @staticmethod
    def _settings(world: World) -> tuple[int, ...]:
        """Return by how much the wall clock may be set; twice back is as good as once."""
        return (DAY,) if world.ahead > 0 else (-DAY, DAY)

    def _shifted(self, world: World, passed: int, set_by: int, *, boots: bool) -> World:
        numbers = [
            self.agent.shifted(number, passed * SECOND, set_by * SECOND, boots)
            for number in (world.memory, world.disk, world.former)
        ]
        return world._replace(memory=numbers[0], disk=numbers[1], former=numbers[2])

    def _later(self, world: World, moment: int) -> World:
        passed = self.moments[moment] - self.moments[world.moment]
        if not passed:
            return world
        counted = min(world.counted + passed, R)
        later = self._shifted(world, passed, 0, boots=False)
        later = later._replace(moment=moment, counted=counted, ahead=max(0, world.ahead - passed))
        if self._knows_loss(later) and not later.unsaved:
            # It has looked each second on the way, and written down what it counted.
            noted = self.agent.noted(later.memory)
            former = later.disk if self._damages_files else later.former
            later = later._replace(memory=noted, disk=noted, former=former)
        return self._known(later)

    def _set(self, world: World, set_by: int) -> World:
        changed = self._shifted(world, 0, set_by, boots=False)
        return self._known(changed._replace(ahead=max(0, world.ahead - set_by)))

    def _lost(self, world: World) -> World:
        """Lose contact: from now, or where the agent crashed before it knew of contact, as it was before."""
        mark = self.agent.memory(world.memory).mark
        if mark is None:
            return world._replace(word=model.CUT_OFF, moment=0, counted=0, ahead=0)
        counted = min(self.agent.elapsed(world.memory) // SECOND, R)
        return world._replace(
            word=model.CUT_OFF,
            moment=sum(moment <= counted for moment in self.moments) - 1,
            counted=counted,
            ahead=max(0, (mark.highest_wall - model.NOW.wall) // SECOND),
        )

    def _restarted(self, world: World) -> World:
        return self._known(world._replace(memory=self.agent.started(world.disk)))

    def _known(self, world: World) -> World:
        """An agent that remembers no contact counts from when it first finds that there is none."""
        is_known = self.agent.memory(world.memory).mark is not None
        return world if is_known else world._replace(counted=0, ahead=0)

    def _rebooted(self, world: World, moment: int, set_by: int) -> World:
        passed = self.moments[moment] - self.moments[world.moment]
        changed = self._shifted(world, passed, set_by, boots=True)._replace(
            moment=moment,
            counted=min(self._counted_off(world, passed, set_by), R),
            ahead=max(0, world.ahead - passed - set_by),
        )
        return self._restarted(changed)

    def _counted_off(self, world: World, passed: int, set_by: int) -> int:
        """Return what the rule counts over a boot: with honest clocks, what passed."""
        disk = self.agent.memory(world.disk)
        mark = disk.mark
        if mark is None or (set_by == 0 and world.ahead == 0 and not disk.unsure):
            return world.counted + passed
        # Else what was written down, and how far the wall clock has got beyond the highest seen.
        beyond = (model.NOW.wall - mark.highest_wall) // SECOND
        return mark.counted // SECOND + max(0, passed + set_by + beyond)

    def _resynchronised(self, world: World) -> World:
        """Take over what a recovered memory counts: never less than the rule has, so never a longer grace.

        But for a wall clock that was set back and a boot since: what was counted by then went with the file.
        """
        if world.word != model.CUT_OFF:
            return world
        believed = self.agent.elapsed(world.memory) // SECOND
        is_known = self.agent.memory(world.memory).mark is not None
        is_honest = is_known and world.ahead == 0 and self.agent.has_looked(world.memory)
        assert not is_honest or believed >= world.counted, "a damaged file lengthened the grace"
        return world._replace(counted=min(believed, R))

    def after(self, world: World, event: decide.Event, run: Run) -> World:
        """Let the agent deal with an event, check what it did, and return the world after it."""
        trace = self.agent.trace(world.memory, event, run)
        if world.word == model.CUT_OFF:
            self._check_told_offline(world, trace)
        disk, former, unsaved = self._saved(world, trace, run)
        heard, running = world.heard, world.running
        if trace.heard is not None:
            heard, running = trace.heard, trace.running
        memory = self.agent.started(disk) if trace.crashed else trace.memory
        changed = self._known(
            World(
                memory,
                disk,
                former,
                world.word,
                world.moment,
                world.counted,
                world.ahead,
                heard,
                running,
                unsaved,
            )
        )
        if changed.word == model.CUT_OFF and self._knows_loss(changed):
            believed = min(self.agent.elapsed(memory) // SECOND, R)
            assert believed == changed.counted, f"counts {believed} s where the rule has {changed.counted} s"
        return changed

    def _saved(self, world: World, trace: model.Trace, run: Run) -> tuple[int, int, bool]:
        """Return what lies on the disk afterwards, the generation before it, and whether it still refuses."""
        disk, former = world.disk, world.former
        for saved in trace.disks:
            disk, former = saved, disk if self._damages_files and disk != REFUSED else former
        if trace.unsaved or (world.unsaved and not trace.disks and not run.saves):
            return REFUSED, REFUSED, True
        if world.unsaved and not trace.crashed:
            disk = trace.memory
        return disk, disk if former == REFUSED and self._damages_files else former, False

    def _check_told_offline(self, world: World, trace: model.Trace) -> None:
        """Invariants 1 and 2: offline nothing the charm knows is lowered, and no stage comes early."""
        known = world.heard
        unsure = self.agent.memory(world.memory).unsure
        for told, is_again in trace.told:
            assert SEVERITY[told] >= SEVERITY[known], "offline the severity fell"
            if told in STAGE_DUE and not is_again:
                due = A if unsure else STAGE_DUE[told]
                assert world.counted >= due, "a stage came early"
            known = told

    def _check_futures(self, world: World) -> None:
        # The futures begin with a working disk, so what lies on it before is nothing to them.
        key = (
            world.memory,
            world.word == model.CUT_OFF,
            world.moment,
            world.counted,
            world.heard,
            world.running,
        )
        if key in self._futures:
            return
        self._futures.add(key)
        self._check_contact_returns(world)
        self._check_contact_never_returns(world)

    def _check_contact_returns(self, world: World) -> None:
        """Invariant 3: with contact, the charm's last word and the record are the controller's."""
        for word, event in CONFIRMED.items():
            end = world._replace(word=word, moment=0, counted=0, ahead=0)
            for _ in range(3):
                end = self.after(end, event, Run())
            memory = self.agent.memory(end.memory)
            assert (end.heard, end.running) == (word, False), "the charm does not know it"
            assert memory.delivered == model.STATUSES[word]
            assert (memory.delivering, memory.disconnected, memory.unsure) == (None, None, False)

    def _check_contact_never_returns(self, world: World) -> None:
        """Invariant 2: without contact, the charm knows of the last stage once its time has come."""
        if world.word != model.CUT_OFF:
            world = self._lost(world)
        end = self.after(world, LOST, Run())
        end = self._later(end, len(self.moments) - 1)
        # A clock that was set while the machine was off may have counted less than what passed.
        if end.counted < R:
            end = self._shifted(end, R - end.counted, 0, boots=False)._replace(counted=R)
        for _ in range(3):
            end = self.after(end, TIME, Run())
        stages = [code for code, _ in self.own.stages()]
        assert not end.running
        if stages:
            assert SEVERITY[end.heard] >= status.severity(stages[-1]), "the last stage never came"


POLICIES = {
    "Juju's": policy.Policy(),
    "without RED": policy.Policy(red_grace_period=None),
    "without AMBER": policy.Policy(amber_grace_period=None),
    "without stages": policy.Policy(amber_grace_period=None, red_grace_period=None),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("own", POLICIES.values(), ids=POLICIES)
def test_every_reachable_state(own: policy.Policy) -> None:
    """No sequence of events, however long, leads to a state in which an invariant does not hold."""
    search = Search(own)
    depth = search.run()
    report(f"{own.in_words()}: closed after {depth} events", search)
    assert search.is_closed
    assert len(search.seen) > 1000, "the search did not get far: the model is wrong, not the agent right"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scope", ["sets_clocks", "damages_files", "warns"])
def test_every_state_within_reach(scope: str) -> None:
    """No sequence of events in a larger scope breaks an invariant, as far as the walk goes.

    With clocks set and machines rebooted, with files damaged, or with a warning before each stage. These
    scopes have tens of millions of transitions; METER_STATUS_TRANSITIONS says how many to walk.
    """
    own = policy.Policy(warning=WARNING if scope == "warns" else None)
    search = Search(own, sets_clocks=scope == "sets_clocks", damages_files=scope == "damages_files")
    depth = search.run(int(os.environ.get("METER_STATUS_TRANSITIONS", "300000")))
    report(f"{scope}: whole to a depth of {depth} events", search)
    assert search.is_closed or depth >= 3


def report(what: str, search: Search) -> None:
    print(f"{what}, {len(search.seen):,} states, {search.transitions:,} transitions")  # noqa: T201 - pytest -s
