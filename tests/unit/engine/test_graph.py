"""Tests of the dependency engine's decisions: spec worker C.3, C.4 and C.5, row by row."""

import dataclasses
import datetime

import pytest

from meterstatus import errors
from meterstatus.engine import graph

_T0 = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
_RESET = datetime.timedelta(minutes=1)
_MISSING = errors.DependencyMissingError()
_BOUNCE = errors.BounceError()
_UNINSTALL = errors.UninstallError()
_OTHER = OSError("no route")
_ABORTED = graph.AbortedError()


class _TemporaryError(errors.MeterStatusError):
    code = "try again"


def _graph(dying: bool = False, **nodes: graph.Node) -> graph.Graph:
    return graph.Graph(_RESET, nodes, dying)


def _stopped(
    name: str,
    error: BaseException | None,
    *,
    filtered: BaseException | str | None = "as it came",
    fatal: bool = False,
    ran: float = 0,
) -> graph.Stopped:
    result = error if isinstance(filtered, str) else filtered
    return graph.Stopped(name, error, result, fatal, _T0 + datetime.timedelta(seconds=ran))


def _start(
    name: str, pause: graph.Pause, recent_errors: int = 0, **inputs: object | None
) -> graph.StartAfter:
    return graph.StartAfter(name, pause, recent_errors, tuple(inputs.items()))


def _debug(name: str, error: BaseException | None) -> graph.Log:
    return graph.Log(graph.Level.DEBUG, name, error)


_STOPPED = graph.Node(())
_STARTING = graph.Node((), starting=True)
_STARTED = graph.Node((), worker=1, started_at=_T0, start_count=1)
_STOPPING = dataclasses.replace(_STARTED, stopping=True)


def _dependent(node: graph.Node, worker: int = 2) -> graph.Node:
    """Make of a node one that uses ``a``, with a worker of its own."""
    return dataclasses.replace(node, inputs=("a",), worker=worker if node.worker else None)


# C.3


def test_install_starts_at_once() -> None:
    """An installed manifold is started without delay, from the workers there are."""
    after, effects = graph.decide(_graph(a=_STARTED), graph.Installed("b", ("a", "z")))
    assert after.nodes["b"] == graph.Node(("a", "z"), starting=True)
    assert list(after.nodes) == ["a", "b"]
    assert effects == (_start("b", graph.Pause.NONE, a=1, z=None),)


def test_install_duplicate() -> None:
    """A name that is taken is refused, whatever its state."""
    with pytest.raises(graph.InstallError, match=r'^"a" manifold already installed$'):
        graph.decide(_graph(a=_STOPPED), graph.Installed("a", ()))


@pytest.mark.parametrize(
    ("inputs", "cycle"),
    [
        (("c",), "c -> c"),
        (("z", "b"), "c -> b -> a -> c"),
        (("a", "b"), "c -> a -> c"),
    ],
)
def test_install_cycle(inputs: tuple[str, ...], cycle: str) -> None:
    """A cycle is refused and named, also where it goes through names not there yet."""
    nodes = {"a": graph.Node(("c", "y")), "b": graph.Node(("y", "a", "a"))}
    with pytest.raises(graph.InstallError) as raised:
        graph.decide(graph.Graph(_RESET, nodes), graph.Installed("c", inputs))
    assert str(raised.value) == f'cannot install "c" manifold: cycle detected at "c" ({cycle})'


def test_install_a_diamond() -> None:
    """Two ways to the same input are no cycle."""
    nodes = {"a": graph.Node(()), "b": graph.Node(("a",)), "c": graph.Node(("a",))}
    after, _ = graph.decide(graph.Graph(_RESET, nodes), graph.Installed("d", ("b", "c")))
    assert "d" in after.nodes


def test_install_while_dying() -> None:
    """An engine that ends takes nothing in."""
    with pytest.raises(graph.ShuttingDownError, match=r"^engine is shutting down$"):
        graph.decide(_graph(dying=True), graph.Installed("a", ()))


# C.4


def test_started_bounces_dependents() -> None:
    """A new worker is counted, and whatever uses it is stopped, or started if it was stopped."""
    nodes = {
        "a": _STARTING,
        "b": _dependent(_STOPPED),
        "c": _dependent(_STARTING),
        "d": _dependent(_STARTED),
        "e": _dependent(_STOPPING),
        "f": _STARTED,
    }
    after, effects = graph.decide(graph.Graph(_RESET, nodes), graph.Started("a", 7, _T0))
    assert after.nodes["a"] == graph.Node((), worker=7, started_at=_T0, start_count=1)
    assert effects == (_start("b", graph.Pause.BOUNCE, a=7), graph.Stop("c"), graph.Stop("d"))
    assert [after.nodes[name].stopping for name in "bcdef"] == [False, True, True, True, False]
    assert after.nodes["f"] == nodes["f"]


@pytest.mark.parametrize("dying", [False, True])
def test_started_but_unwanted(dying: bool) -> None:
    """A worker that comes too late is killed, and nobody ever sees it."""
    node = dataclasses.replace(_STARTING, stopping=not dying)
    before = _graph(dying, a=node, b=_dependent(_STOPPED))
    after, effects = graph.decide(before, graph.Started("a", 7, _T0))
    assert after == before
    assert effects == (graph.Stop("a"),)


def test_stopped_worker_bounces_dependents() -> None:
    """The end of a worker that had been seen bounces its dependents, after its own restart."""
    before = _graph(a=_STARTED, b=_dependent(_STOPPED), c=_dependent(_STARTED))
    _, effects = graph.decide(before, _stopped("a", _BOUNCE))
    assert effects == (
        _debug("a", _BOUNCE),
        _start("a", graph.Pause.BOUNCE, 1),
        _start("b", graph.Pause.BOUNCE, a=None),
        graph.Stop("c"),
    )


def test_failed_start_does_not_bounce_dependents() -> None:
    """Dependents have not seen a worker that never was, so they run on."""
    before = _graph(a=_STARTING, b=_dependent(_STARTED))
    after, effects = graph.decide(before, _stopped("a", _OTHER))
    assert after.nodes["b"] == before.nodes["b"]
    assert all(effect.name == "a" for effect in effects if not isinstance(effect, graph.Fail))


@pytest.mark.parametrize("error", [None, _ABORTED, _MISSING, _BOUNCE, _UNINSTALL, _OTHER])
def test_stopped_while_stopping(error: BaseException | None) -> None:
    """What was asked to stop starts again after the bounce delay, whatever it ended with."""
    before = _graph(a=dataclasses.replace(_STARTING, stopping=True, recent_errors=0))
    after, effects = graph.decide(before, _stopped("a", error))
    count = 0 if error is None else 1
    assert effects[1:] == (_start("a", graph.Pause.BOUNCE, count),)
    assert after.nodes["a"] == graph.Node((), starting=True, recent_errors=count)


def test_killed() -> None:
    """Every attempt is stopped in the same step; what stops already, or is stopped, is left alone."""
    before = _graph(a=_STARTED, b=_STARTING, c=_STOPPING, d=_STOPPED)
    after, effects = graph.decide(before, graph.Killed())
    assert effects == (graph.Stop("a"), graph.Stop("b"))
    assert after.dying
    assert not after.is_over
    assert graph.decide(after, graph.Killed()) == (after, ())


def test_over_when_none_is_left() -> None:
    """A dying graph is over with the last end, and nothing starts again meanwhile."""
    current, _ = graph.decide(_graph(a=_STARTED, b=_dependent(_STARTED)), graph.Killed())
    current, effects = graph.decide(current, _stopped("a", _OTHER))
    assert effects == (_debug("a", _OTHER),)
    assert not current.is_over
    current, effects = graph.decide(current, _stopped("b", None))
    assert effects == (_debug("b", None),)
    assert current.is_over


def test_dying_does_not_bounce_the_stopped() -> None:
    """While ending, a stopped dependent stays stopped."""
    before = _graph(True, a=_STOPPING, b=_dependent(_STOPPED))
    after, effects = graph.decide(before, _stopped("a", None))
    assert effects == (_debug("a", None),)
    assert after.is_over


def test_not_over_while_alive() -> None:
    """A graph without manifolds is over only once it was killed."""
    assert not _graph().is_over
    assert graph.decide(_graph(), graph.Killed())[0].is_over


# C.5: the raw error


@pytest.mark.parametrize(
    ("error", "ran", "expected", "level"),
    [
        (None, 0, 0, graph.Level.DEBUG),
        (_MISSING, 0, 1, graph.Level.TRACE),
        (_MISSING, 90, 1, graph.Level.TRACE),
        (_OTHER, 60, 1, graph.Level.DEBUG),
        (_OTHER, 59.9, 6, graph.Level.DEBUG),
        (_OTHER, -5, 6, graph.Level.DEBUG),
        (_BOUNCE, 0, 6, graph.Level.DEBUG),
    ],
    ids=["none", "missing", "missing-late", "other-late", "other-early", "clock-set-back", "bounce"],
)
def test_raw_error_after_running(
    error: BaseException | None, ran: float, expected: int, level: graph.Level
) -> None:
    """The end of a worker sets the count of failures, which was 5, and is logged."""
    before = _graph(a=dataclasses.replace(_STARTED, recent_errors=5))
    after, effects = graph.decide(before, _stopped("a", error, ran=ran))
    assert after.nodes["a"].recent_errors == expected
    assert effects[0] == graph.Log(level, "a", error)


@pytest.mark.parametrize(
    ("error", "expected", "level"),
    [(_ABORTED, 1, graph.Level.TRACE), (_OTHER, 6, graph.Level.DEBUG)],
    ids=["aborted", "never-started"],
)
def test_raw_error_of_a_start(error: BaseException, expected: int, level: graph.Level) -> None:
    """A failed start counts one more, an aborted one begins anew."""
    before = _graph(a=dataclasses.replace(_STARTING, recent_errors=5))
    after, effects = graph.decide(before, _stopped("a", error, ran=3600))
    assert after.nodes["a"].recent_errors == expected
    assert effects[0] == graph.Log(level, "a", error)


def test_the_raw_error_counts_not_the_filtered() -> None:
    """A filter that swallows an error does not undo the count."""
    after, effects = graph.decide(_graph(a=_STARTED), _stopped("a", _OTHER, filtered=None))
    assert after.nodes["a"].recent_errors == 1
    assert effects == (_debug("a", _OTHER),)


# C.5: the filtered error


@pytest.mark.parametrize("error", [None, _ABORTED, _MISSING])
def test_stays_stopped(error: BaseException | None) -> None:
    """After a clean end, an abort or a missing input nothing happens until an input changes."""
    after, effects = graph.decide(_graph(a=_STARTED), _stopped("a", _OTHER, filtered=error))
    assert effects == (_debug("a", _OTHER),)
    assert after.nodes["a"] == graph.Node((), start_count=1, recent_errors=1, error=error)


def test_bounce() -> None:
    """A bounce starts again after the bounce delay and is not logged as an error."""
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", _BOUNCE))
    assert effects == (_debug("a", _BOUNCE), _start("a", graph.Pause.BOUNCE, 1))


def test_uninstall() -> None:
    """An uninstalled manifold is gone; dependents keep their inputs, and the name is free again."""
    before = _graph(a=_STARTED, b=_dependent(_STARTED))
    after, effects = graph.decide(before, _stopped("a", _UNINSTALL))
    assert effects == (_debug("a", _UNINSTALL), graph.Forget("a"), graph.Stop("b"))
    assert list(after.nodes) == ["b"]
    assert after.nodes["b"].inputs == ("a",)
    after, _ = graph.decide(after, graph.Installed("a", ()))
    assert after.nodes["a"] == graph.Node((), starting=True)


def test_uninstall_while_dying() -> None:
    """An ending engine keeps its records."""
    after, _ = graph.decide(_graph(True, a=_STOPPING), _stopped("a", _UNINSTALL))
    assert after.nodes["a"].error is _UNINSTALL


def test_other_error() -> None:
    """Any other error is logged as such and tried again after the error delay."""
    before = _graph(a=dataclasses.replace(_STARTED, recent_errors=2))
    after, effects = graph.decide(before, _stopped("a", _OTHER))
    assert effects == (
        _debug("a", _OTHER),
        graph.Log(graph.Level.ERROR, "a", _OTHER),
        _start("a", graph.Pause.ERROR, 3),
    )
    assert after.nodes["a"].error is None, "a start was requested"


def test_temporary_error_is_no_alarm() -> None:
    """An error whose code says "try again" is logged at INFO, also as a cause; its text does not matter."""
    outer = errors.TransportError("login")
    outer.__cause__ = _TemporaryError("busy")
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", outer))
    assert effects[1] == graph.Log(graph.Level.INFO, "a", outer)
    plain = errors.TransportError("try again")
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", plain))
    assert effects[1] == graph.Log(graph.Level.ERROR, "a", plain)
    texted = OSError("try again")
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", texted))
    assert effects[1] == graph.Log(graph.Level.ERROR, "a", texted)


def test_special_errors_are_found_among_causes() -> None:
    """A wrapped bounce is a bounce, however deep, and a chain that bites its tail does no harm."""
    middle, outer = OSError("middle"), OSError("outer")
    outer.__cause__, middle.__cause__ = middle, _BOUNCE
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", outer))
    assert effects[1] == _start("a", graph.Pause.BOUNCE, 1)
    tail = OSError("tail")
    tail.__cause__ = outer
    middle.__cause__ = tail
    _, effects = graph.decide(_graph(a=_STARTED), _stopped("a", outer))
    assert effects[2] == _start("a", graph.Pause.ERROR, 1)


def test_an_error_met_while_handling_a_missing_input_is_tried_again() -> None:
    """Only explicit causes count, so a failing substitute for a missing input is not itself "missing"."""
    error = OSError("disk")
    error.__context__ = _MISSING
    _, effects = graph.decide(_graph(a=_STARTING), _stopped("a", error))
    assert effects[2] == _start("a", graph.Pause.ERROR, 1)


def test_fatal() -> None:
    """A fatal error ends everything, and what failed is not started again."""
    before = _graph(a=_STARTED, b=_STARTED, c=_dependent(_STOPPED))
    after, effects = graph.decide(before, _stopped("a", _OTHER, fatal=True))
    assert effects == (_debug("a", _OTHER), graph.Fail(_OTHER), graph.Stop("b"))
    assert after.dying


def test_fatal_while_stopping() -> None:
    """Not even a manifold marked for a restart survives its fatal error."""
    after, effects = graph.decide(_graph(a=_STOPPING), _stopped("a", _OTHER, fatal=True))
    assert effects == (_debug("a", _OTHER), graph.Fail(_OTHER))
    assert after.is_over


def test_clean_end_is_never_fatal() -> None:
    """Without an error there is nothing to end with."""
    after, _ = graph.decide(_graph(a=_STARTED), _stopped("a", None, fatal=True))
    assert not after.dying


def test_a_dependency_that_restarts_bounces_twice() -> None:
    """A dependent is bounced when its input stops and again when it runs: two starts of its own."""
    current = _graph(a=_STARTED, b=_dependent(_STARTED))
    current, effects = graph.decide(current, _stopped("a", None))
    assert graph.Stop("b") in effects
    current, effects = graph.decide(current, _stopped("b", None))
    assert _start("b", graph.Pause.BOUNCE, a=None) in effects
    current, effects = graph.decide(_with(current, "a", _STARTING), graph.Started("a", 9, _T0))
    assert graph.Stop("b") in effects
    _, effects = graph.decide(current, _stopped("b", _ABORTED))
    assert _start("b", graph.Pause.BOUNCE, 1, a=9) in effects


def _with(before: graph.Graph, name: str, node: graph.Node) -> graph.Graph:
    return dataclasses.replace(before, nodes={**before.nodes, name: node})


def test_a_start_that_was_stopped_is_over() -> None:
    """Nothing is starting any more where nothing will."""
    after, _ = graph.decide(_graph(dying=True, a=_STARTING), _stopped("a", _ABORTED))
    assert after.nodes["a"].starting is False
    assert str(graph.AbortedError()) == "aborted before the delay elapsed"
