"""The dependency engine's decisions: which worker starts, stops and starts again (spec worker, C.3 to C.5).

A graph and an event in, a new graph and an ordered tuple of effects out. Nothing here runs anything:
``engine.engine`` carries out the effects and brings the events. A worker is an opaque value here.

Where an error is classified, only its explicit causes (``raise … from …``) count. An error raised while
a missing input was being handled is not "missing": it has to be tried again, and nobody else would.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from meterstatus import errors


class InstallError(errors.MeterStatusError):
    """A manifold cannot be installed: its name is taken, or it would close a cycle."""


class ShuttingDownError(InstallError):
    """A manifold cannot be installed because the engine ends."""

    def __init__(self) -> None:
        super().__init__("engine is shutting down")


class AbortedError(errors.MeterStatusError):
    """A start was given up because it was no longer wanted, as a rule during its delay."""

    def __init__(self) -> None:
        super().__init__("aborted before the delay elapsed")


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """What is known of one manifold. Stopped is neither starting, nor running, nor stopping."""

    inputs: tuple[str, ...]
    starting: bool = False
    """A start was requested, and no worker has been reported since."""

    stopping: bool = False
    """It was asked to stop, and has not stopped yet; it will be started again."""

    worker: object | None = None
    """The running worker, from its report until it has stopped; None while there is none."""

    started_at: datetime.datetime | None = None
    """When ``worker`` was reported."""

    start_count: int = 0
    """How many workers were reported and wanted, ever."""

    recent_errors: int = 0
    """Failures in a row, as the back-off counts them."""

    error: BaseException | None = None
    """What it last ended with, filtered, until the next start request."""

    @property
    def is_busy(self) -> bool:
        """Tell whether an attempt is under way, from its request to its end."""
        return self.starting or self.worker is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """Every manifold's state."""

    backoff_reset_time: datetime.timedelta
    """A worker that ran this long has left its former failures behind."""

    nodes: Mapping[str, Node] = dataclasses.field(default_factory=dict[str, Node])
    """By name, in the order of installation."""

    dying: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether the end was asked for and nothing is left to wait for."""
        return self.dying and not any(node.is_busy for node in self.nodes.values())


# Events


@dataclasses.dataclass(frozen=True, slots=True)
class Installed:
    """Somebody wants a manifold in."""

    name: str
    inputs: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """A start attempt made a worker."""

    name: str
    worker: object
    now: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Stopped:
    """An attempt is over: its start failed or was aborted, or its worker has ended."""

    name: str
    error: BaseException | None
    """As it came; None is a clean end, ``AbortedError`` a start that was given up."""

    filtered: BaseException | None
    """What the manifold's filter made of it."""

    fatal: bool
    """Whether ``filtered`` ends the whole engine."""

    now: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Killed:
    """The engine is to end."""


Event = Installed | Started | Stopped | Killed


# Effects


class Pause(enum.Enum):
    """Which delay a start waits before it is tried; how long it is, is configured elsewhere."""

    NONE = "none"
    BOUNCE = "bounce"
    ERROR = "error"


class Level(enum.IntEnum):
    """How loud a log line is, in the numbers of the standard library."""

    TRACE = 5
    DEBUG = 10
    INFO = 20
    ERROR = 40


@dataclasses.dataclass(frozen=True, slots=True)
class StartAfter:
    """Wait, then start."""

    name: str
    pause: Pause
    recent_errors: int
    """What the pause grows with."""

    inputs: tuple[tuple[str, object | None], ...]
    """Each input's worker as it was when the start was requested, None where there was none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stop:
    """Abort the attempt, and kill its worker if it has one."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Forget:
    """The manifold is no longer installed."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Fail:
    """The engine ends for this reason, unless it has a worse one."""

    error: BaseException


@dataclasses.dataclass(frozen=True, slots=True)
class Log:
    """Say how a manifold's attempt ended."""

    level: Level
    name: str
    error: BaseException | None


Effect = StartAfter | Stop | Forget | Fail | Log


def decide(graph: Graph, event: Event) -> tuple[Graph, tuple[Effect, ...]]:
    """Return the graph after an event, and what is to be done about it, in order.

    Raises:
        InstallError: the manifold cannot be installed; the graph is as it was.
    """
    decision = _Decision(graph)
    match event:
        case Installed():
            decision.got_installed(event)
        case Started():
            decision.got_started(event)
        case Stopped():
            decision.got_stopped(event)
        case Killed():
            decision.got_killed()
        case _:
            assert_never(event)
    return decision.result()


class _Decision:
    """One event's consequences as they pile up."""

    def __init__(self, graph: Graph) -> None:
        self._reset_time = graph.backoff_reset_time
        self._nodes = dict(graph.nodes)
        self._dying = graph.dying
        self._effects: list[Effect] = []

    def result(self) -> tuple[Graph, tuple[Effect, ...]]:
        nodes = MappingProxyType(self._nodes)
        return Graph(self._reset_time, nodes, self._dying), tuple(self._effects)

    def got_installed(self, event: Installed) -> None:
        if self._dying:
            raise ShuttingDownError
        if event.name in self._nodes:
            raise InstallError(f'"{event.name}" manifold already installed')
        cycle = _cycle(self._nodes, event)
        if cycle:
            path = " -> ".join(cycle)
            raise InstallError(
                f'cannot install "{event.name}" manifold: cycle detected at "{event.name}" ({path})'
            )
        self._nodes[event.name] = Node(event.inputs)
        self._request_start(event.name, Pause.NONE)

    def got_started(self, event: Started) -> None:
        node = self._nodes[event.name]
        if node.stopping or self._dying:
            # It was asked to stop before there was a worker; now there is one, and nobody has seen it.
            self._effects.append(Stop(event.name))
            return
        self._nodes[event.name] = dataclasses.replace(
            node,
            starting=False,
            worker=event.worker,
            started_at=event.now,
            start_count=node.start_count + 1,
        )
        self._bounce_dependents(event.name)

    def got_stopped(self, event: Stopped) -> None:
        node = self._nodes[event.name]
        self._nodes[event.name] = dataclasses.replace(
            node,
            starting=False,
            stopping=False,
            worker=None,
            started_at=None,
            recent_errors=self._recent_errors(node, event),
            error=event.filtered,
        )
        level = Level.TRACE if _is_idle(event.error) else Level.DEBUG
        self._effects.append(Log(level, event.name, event.error))
        if event.fatal and event.filtered is not None:
            self._effects.append(Fail(event.filtered))
            self.got_killed()
        elif node.stopping and not self._dying:
            self._request_start(event.name, Pause.BOUNCE)
        elif not self._dying:
            self._react(event.name, event.filtered)
        if node.worker is not None:
            self._bounce_dependents(event.name)

    def got_killed(self) -> None:
        self._dying = True
        for name in self._nodes:
            self._request_stop(name)

    def _react(self, name: str, error: BaseException | None) -> None:
        if error is None or _is_idle(error):
            return
        if errors.chain_has(error, errors.BounceError):
            self._request_start(name, Pause.BOUNCE)
        elif errors.chain_has(error, errors.UninstallError):
            del self._nodes[name]
            self._effects.append(Forget(name))
        else:
            level = Level.INFO if _is_temporary(error) else Level.ERROR
            self._effects.append(Log(level, name, error))
            self._request_start(name, Pause.ERROR)

    def _recent_errors(self, node: Node, event: Stopped) -> int:
        if event.error is None:
            return 0
        if _is_idle(event.error):
            return 1
        if node.started_at is not None and event.now - node.started_at >= self._reset_time:
            return 1
        return node.recent_errors + 1

    def _request_start(self, name: str, pause: Pause) -> None:
        node = dataclasses.replace(self._nodes[name], starting=True, error=None)
        self._nodes[name] = node
        snapshot = tuple((one, self._worker(one)) for one in node.inputs)
        self._effects.append(StartAfter(name, pause, node.recent_errors, snapshot))

    def _request_stop(self, name: str) -> None:
        node = self._nodes[name]
        if node.stopping or not node.is_busy:
            return
        self._nodes[name] = dataclasses.replace(node, stopping=True)
        self._effects.append(Stop(name))

    def _bounce_dependents(self, name: str) -> None:
        for dependent, node in tuple(self._nodes.items()):
            if name not in node.inputs:
                continue
            if node.is_busy:
                self._request_stop(dependent)
            elif not self._dying:
                self._request_start(dependent, Pause.BOUNCE)

    def _worker(self, name: str) -> object | None:
        node = self._nodes.get(name)
        return None if node is None else node.worker


def _cycle(nodes: Mapping[str, Node], newcomer: Installed) -> list[str]:
    """Return a way from the newcomer over its inputs back to it, both ends included; else nothing.

    The nodes have no cycle among themselves, so one that appears goes through the newcomer.
    """
    came_from = dict.fromkeys(newcomer.inputs, newcomer.name)
    waiting = list(came_from)
    for name in waiting:
        if name == newcomer.name:
            path = [name]
            while len(path) == 1 or path[-1] != newcomer.name:
                path.append(came_from[path[-1]])
            return path[::-1]
        for one in nodes[name].inputs if name in nodes else ():
            if one not in came_from:
                came_from[one] = name
                waiting.append(one)
    return []


def _is_idle(error: BaseException | None) -> bool:
    """Tell whether the attempt was over before it could fail: nothing tried, or an input missing."""
    return isinstance(error, AbortedError) or errors.chain_has(error, errors.DependencyMissingError)


def _is_temporary(error: BaseException) -> bool:
    # Juju looks for these words anywhere in the text; the code that carries them is as stable as the wire.
    return any(
        isinstance(one, errors.MeterStatusError) and one.code == "try again" for one in errors.causes(error)
    )
