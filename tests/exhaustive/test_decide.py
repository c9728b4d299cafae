"""Every reachable state of one unit's agent, under every sequence of events (architecture, section 7).

A small scope, closed: three words of the controller, loss and return of contact, the two grace periods
passing, every end of a hook, an agent that crashes between any two effects, disks that fail to save and work
again. Out of scope is a crash while the disk refuses: what cannot be written cannot be remembered. Time is
cut into what can matter: before AMBER, before RED, after RED. Delivery ids and counts are folded, so that the
states are finitely many; the search goes on until it finds no new one.

What must hold is checked at every transition, and from every state two futures are played: contact returns,
and contact never returns.
"""

import collections
import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus.domain import decide, outcome, state, status

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
A, R = state.JUJU_POLICY.amber_grace_period, state.JUJU_POLICY.red_grace_period
MOMENTS = (datetime.timedelta(0), A, R)
"""How long contact has been lost: before AMBER, before RED, after RED."""

WORDS = tuple(status.MeterStatus(code, "word") for code in ("GREEN", "AMBER", "RED"))
NOBODY = status.MeterStatus("", "")
RAN, FAILED, NOT_STARTED = (
    outcome.HookResult.RAN,
    outcome.HookResult.FAILED,
    outcome.HookResult.NOT_STARTED,
)
RESULTS = (RAN, FAILED, NOT_STARTED)
"""One of each kind: missing decides as ran does, timed out and terminated as failed, but for the wait."""


@dataclasses.dataclass(frozen=True)
class World:
    """All that matters of a unit, its disk, its charm and its controller at one moment."""

    memory: state.State
    disk: state.State
    word: status.MeterStatus | None
    """What the controller says; None while contact is lost."""

    moment: int = 0
    """Index into ``MOMENTS`` while contact is lost."""

    heard: status.MeterStatus = NOBODY
    """What the charm certainly knows: the last hook that ran to its end, and none since that may have."""

    unsaved: bool = False
    """The disk refused the last save; the shell tries again with the next event."""

    running: bool = False
    """A hook runs, or may have run when the agent crashed: what the charm knows is open."""


@dataclasses.dataclass(frozen=True)
class Stop:
    """Where a crash cuts: after so many effects of the next event, the hook's start being one of them."""

    effects: int


def now(world: World) -> datetime.datetime:
    return T0 + (MOMENTS[world.moment] if world.word is None else datetime.timedelta(0))


def folded(memory: state.State) -> state.State:
    """Forget what cannot matter: which delivery it is, and how often it was tried beyond once."""
    pending = memory.delivering
    if pending is not None:
        pending = state.Delivery("id", pending.status, min(pending.attempt, 1), pending.doubted)
    contact_at = None if memory.disconnected is None else T0
    return dataclasses.replace(memory, delivering=pending, deliveries=0, contact_at=contact_at)


class Agent:
    """Obeys one event's effects in a world; crashes where it is told to."""

    def __init__(self, world: World, result: outcome.HookResult, *, saves: bool, stop: Stop | None) -> None:
        self.world: World = world
        self._result = result
        self._saves = saves
        self._left = None if stop is None else stop.effects
        self.crashed = False

    def on(self, event: decide.Event) -> World:
        upcoming: decide.Event | None = event
        rounds = 0
        while upcoming is not None and not self.crashed:
            rounds += 1
            assert rounds < 10, "it never comes to rest"
            memory, effects = decide.decide(self.world.memory, upcoming, now(self.world))
            self._only_hooks_deliver(memory, upcoming)
            self.world = dataclasses.replace(self.world, memory=memory)
            upcoming = None
            for effect in effects:
                if self._left is not None:
                    self._left -= 1
                    if self._left < 0:
                        self.crashed = True
                        break
                upcoming = self._obey(effect)
        if self.crashed:
            return restarted(self.world)
        if self.world.unsaved:
            self._save()
        return dataclasses.replace(self.world, memory=folded(self.world.memory))

    def _only_hooks_deliver(self, memory: state.State, event: decide.Event) -> None:
        """Invariant 4: only a hook that ran to its end, or is missing, changes what is recorded."""
        if memory.delivered != self.world.memory.delivered:
            assert isinstance(event, decide.HookEnded)
            assert event.outcome.is_delivery

    def _obey(self, effect: decide.Effect) -> decide.Event | None:
        match effect:
            case decide.Save():
                self._save()
            case decide.RunHook():
                return self._run_hook(effect.delivery)
            case decide.Report():
                assert self.world.memory.disconnected is None
            case decide.WakeAt():
                assert effect.at > now(self.world)
        return None

    def _save(self) -> None:
        # What lies on a disk that refused is read by nobody: a crash is out of scope until it works again.
        disk = folded(self.world.memory) if self._saves else state.State()
        self.world = dataclasses.replace(self.world, disk=disk, unsaved=not self._saves)

    def _run_hook(self, delivery: state.Delivery) -> decide.Event:
        world = self.world
        if not world.unsaved:
            assert world.disk.delivering is not None, "the hook runs before it is written ahead"
            assert world.disk.delivering.status == delivery.status
        if world.word is None:
            check_offline(world, delivery)
        if self._result is NOT_STARTED:
            return decide.HookEnded(outcome.HookOutcome(self._result))
        self.world = dataclasses.replace(world, running=True)
        self.crashed = self._left == 0
        if self._result is RAN and not self.crashed:
            self.world = dataclasses.replace(self.world, heard=delivery.status, running=False)
        return decide.HookEnded(outcome.HookOutcome(self._result))


def check_offline(world: World, delivery: state.Delivery) -> None:
    """Invariants 1 and 2: offline nothing the charm knows is lowered, and no stage comes early.

    What is told again because the charm may know it already, or is recorded as told, is no stage.
    """
    told = delivery.status
    assert status.severity(told.code) >= status.severity(world.heard.code)
    again = delivery.attempt > 1 or told in (delivery.doubted, world.memory.delivered)
    if told.info == decide.DISCONNECTED_INFO and not again:
        assert world.moment >= {"AMBER": 1, "RED": 2}[told.code], "a stage came early"


def restarted(world: World) -> World:
    """The agent died and starts again: it knows what is on its disk, and how things stand."""
    memory, effects = decide.decide(world.disk, decide.Started(), now(world))
    assert effects == ()
    return dataclasses.replace(world, memory=folded(memory))


def standing(world: World) -> decide.Event:
    """What a worker says first after a start, and again whenever it looks."""
    return decide.ContactLost() if world.word is None else decide.ContactConfirmed(world.word)


def events(world: World) -> Iterator[tuple[World, decide.Event]]:
    """Every next event, with the world as it is when it comes."""
    for word in WORDS:
        # Back in contact time no longer counts, and the next loss begins at nothing.
        yield dataclasses.replace(world, word=word, moment=0), decide.ContactConfirmed(word)
    if world.word is not None:
        yield dataclasses.replace(world, word=None, moment=0), decide.ContactLost()
    elif world.moment + 1 < len(MOMENTS):
        for later in range(world.moment + 1, len(MOMENTS)):
            yield dataclasses.replace(world, moment=later), decide.TimePassed()
    if not world.unsaved:
        yield restarted(world), standing(world)
    yield world, decide.TimePassed()


def neighbours(world: World) -> Iterator[World]:
    for changed, event in events(world):
        if changed.word is None and changed.memory.disconnected is None and not _says_loss(event):
            continue  # the loss of contact is said first
        for result in RESULTS:
            for saves in (True, False):
                yield Agent(changed, result, saves=saves, stop=None).on(event)
        for effects in () if changed.unsaved else range(4):
            yield Agent(changed, RAN, saves=True, stop=Stop(effects)).on(event)


def _says_loss(event: decide.Event) -> bool:
    return isinstance(event, decide.ContactLost | decide.ContactConfirmed)


def settled(world: World) -> World:
    """Let the hook behave and the disk work until nothing is left to do."""
    for _ in range(4):
        world = Agent(world, RAN, saves=True, stop=None).on(standing(world))
    return world


def check_contact_returns(world: World) -> None:
    """Invariant 3: with contact, the charm's last word and the record are the controller's."""
    for word in WORDS:
        end = settled(dataclasses.replace(world, word=word, moment=0))
        assert end.memory.delivered == word
        assert (end.heard, end.running) == (word, False), "the charm does not know it"
        assert (end.memory.delivering, end.memory.disconnected) == (None, None)
        assert end.disk == end.memory


def check_contact_never_returns(world: World) -> None:
    """Invariant 2: without contact, the charm knows of RED once its time has come."""
    lost = dataclasses.replace(world, word=None, moment=0 if world.word is not None else world.moment)
    lost = Agent(lost, RAN, saves=True, stop=None).on(decide.ContactLost())
    end = settled(dataclasses.replace(lost, moment=2))
    assert (end.heard.code, end.running) == ("RED", False)


def test_every_reachable_state() -> None:
    """No sequence of events leads to a state in which an invariant does not hold."""
    first = World(state.State(), state.State(), None)
    seen, played = {first}, set[tuple[object, ...]]()
    queue = collections.deque([first])
    transitions = 0
    while queue:
        world = queue.popleft()
        # The futures begin with a working disk, so what lies on it before is nothing to them.
        future = (world.memory, world.word is None, world.moment, world.heard, world.running)
        if future not in played:
            played.add(future)
            check_contact_returns(world)
            check_contact_never_returns(world)
        for following in neighbours(world):
            transitions += 1
            if following not in seen:
                seen.add(following)
                queue.append(following)
    print(f"{len(seen)} states, {transitions} transitions, {len(played)} futures played")  # noqa: T201 - pytest -s
    assert len(seen) > 1000, "the search did not get far: the model is wrong, not the agent right"
