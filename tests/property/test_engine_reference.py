"""The engine's decisions against a dumb reference engine, over random graphs and events."""

import collections
import dataclasses
import datetime
from typing import Any

import hypothesis
from hypothesis import strategies

from harness import reference_engine
from meterstatus import errors
from meterstatus.engine import graph

_NAMES = ("a", "b", "c", "d", "e")
_EPOCH = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)


class _FatalError(errors.MeterStatusError):
    pass


class _TemporaryError(errors.MeterStatusError):
    code = "try again"


def _error(kind: str, *, wrapped: bool) -> BaseException | None:
    """Make an error of a kind; its text is the kind, so that effects can be compared."""
    made: dict[str, BaseException | None] = {
        "none": None,
        "aborted": graph.AbortedError(),
        "missing": errors.DependencyMissingError(),
        "bounce": errors.BounceError(),
        "uninstall": errors.UninstallError(),
        "other": OSError(),
        "temporary": _TemporaryError(),
        "fatal": _FatalError(),
    }
    error = made[kind]
    if wrapped and error is not None and kind != "aborted":
        outer = RuntimeError("wrapped")
        outer.__cause__ = error
        return outer
    return error


def _kind(error: BaseException | None) -> str:
    """Return the kind of an error that ``_error`` made."""
    if isinstance(error, RuntimeError):
        error = error.__cause__
    return next(kind for kind in reference_engine.KINDS if type(_error(kind, wrapped=False)) is type(error))


def _plain(effect: graph.Effect) -> tuple[Any, ...]:
    """Put an effect as the reference engine does."""
    match effect:
        case graph.StartAfter():
            return ("start", effect.name, effect.pause.value, effect.recent_errors, effect.inputs)
        case graph.Stop():
            return ("stop", effect.name)
        case graph.Forget():
            return ("forget", effect.name)
        case graph.Fail():
            return ("fail", _kind(effect.error))
        case graph.Log():
            return ("log", effect.level.name.lower(), effect.name, _kind(effect.error))


@dataclasses.dataclass
class _Attempt:
    """One attempt under way, as the shell would know it."""

    inputs: dict[str, object | None]
    has_worker: bool = False


class _Run:
    """Both engines side by side, and the attempts that the outside world knows to be under way."""

    def __init__(self, data: strategies.DataObject) -> None:
        self.data = data
        self.graph = graph.Graph(datetime.timedelta(seconds=reference_engine.RESET_TIME))
        self.reference = reference_engine.ReferenceEngine()
        self.attempts: dict[str, _Attempt] = {}
        self.now = 0.0
        self.workers = 0

    def step(self) -> None:
        """Let one thing happen that can happen now."""
        moves = ["install", "wait"]
        moves += [f"end {name}" for name in self.attempts]
        moves += [f"report {name}" for name, one in self.attempts.items() if not one.has_worker]
        # Rare, or no sequence would live long.
        moves = moves * 6 + ["kill"]
        move, _, name = self.data.draw(strategies.sampled_from(moves)).partition(" ")
        if move == "install":
            self._install()
        elif move == "wait":
            self.now += self.data.draw(strategies.sampled_from((0.5, 59.5, 60.0)))
        elif move == "kill":
            self._decide(graph.Killed(), self.reference.kill())
        elif move == "report":
            self._report(name)
        else:
            self._end(name)

    def _install(self) -> None:
        name = self.data.draw(strategies.sampled_from(_NAMES))
        inputs = tuple(self.data.draw(strategies.lists(strategies.sampled_from((*_NAMES, "z")), max_size=3)))
        expected = self.reference.install(name, inputs)
        event = graph.Installed(name, inputs)
        if expected is not None:
            self._decide(event, expected)
            return
        try:
            graph.decide(self.graph, event)
        except graph.InstallError:
            return
        raise AssertionError(f"{event} must be refused")

    def _report(self, name: str) -> None:
        self.workers += 1
        self.attempts[name].has_worker = True
        expected = self.reference.started(name, self.workers, self.now)
        self._decide(graph.Started(name, self.workers, self._instant()), expected)

    def _end(self, name: str) -> None:
        attempt = self.attempts.pop(name)
        kinds = [kind for kind in reference_engine.KINDS if kind != "aborted" or not attempt.has_worker]
        raw = self.data.draw(strategies.sampled_from(kinds))
        filtered = raw
        if raw != "aborted":
            filtered = self.data.draw(strategies.sampled_from((raw, raw, raw, "none", "other", "uninstall")))
        wrapped = self.data.draw(strategies.booleans())
        event = graph.Stopped(
            name,
            _error(raw, wrapped=wrapped),
            _error(filtered, wrapped=wrapped),
            filtered == "fatal",
            self._instant(),
        )
        self._decide(event, self.reference.stopped(name, raw, filtered, self.now))

    def _decide(self, event: graph.Event, expected: list[tuple[Any, ...]]) -> None:
        self.graph, effects = graph.decide(self.graph, event)
        assert collections.Counter(map(_plain, effects)) == collections.Counter(expected)
        for effect in effects:
            if isinstance(effect, graph.StartAfter):
                assert effect.name not in self.attempts, "two attempts of one manifold"
                self.attempts[effect.name] = _Attempt(dict(effect.inputs))
        self._compare()

    def _compare(self) -> None:
        assert {name: node.inputs for name, node in self.graph.nodes.items()} == self.reference.installed()
        assert self.graph.dying == self.reference.is_dying()
        assert self.graph.is_over == self.reference.is_over()
        for name, node in self.graph.nodes.items():
            assert node.worker == self.reference.worker(name)
            assert node.start_count == self.reference.start_count(name)
            assert node.recent_errors == self.reference.recent_errors(name)
            assert node.is_busy == (self.reference.state(name) != "stopped") == (name in self.attempts)
            if node.is_busy and not node.stopping:
                # What it was or will be started from is what there is.
                for one, worker in self.attempts[name].inputs.items():
                    assert worker == self.reference.worker(one)

    def _instant(self) -> datetime.datetime:
        return _EPOCH + datetime.timedelta(seconds=self.now)


@hypothesis.given(strategies.data())
@hypothesis.settings(max_examples=200, deadline=None)
def test_decisions_are_those_of_the_reference(data: strategies.DataObject) -> None:
    """Over any graph and any course of events both engines do and know the same.

    And: a manifold never has two attempts at once, and one that is wanted was started from the workers
    that its inputs have now.
    """
    run = _Run(data)
    for _ in range(data.draw(strategies.integers(1, 40))):
        run.step()
