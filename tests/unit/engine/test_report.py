"""Tests of reports: each key of spec worker C.6."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.engine import context, graph, report
from meterstatus.testing import fakes, virtual_time

_NOON = datetime.datetime(2031, 5, 6, 14, 0, 0, 999, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


class _Reporting(fakes.FakeWorker):
    def report(self) -> Mapping[str, object]:
        return {"code": "RED"}


class _Tongueless(fakes.FakeWorker):
    def report(self) -> Mapping[str, object]:
        raise ValueError("cannot say")


def _report(
    node: graph.Node, *, dying: bool = False, is_ending: bool = False, has_ended: bool = False
) -> dict[str, Any]:
    nodes = graph.Graph(datetime.timedelta(), {"a": node}, dying)
    return report.engine_report(nodes, None, is_ending=is_ending, has_ended=has_ended)


def _manifold(node: graph.Node) -> Any:
    return _report(node)["manifolds"]["a"]


_IDLE = graph.Node(("x", "y"))


def test_engine_state() -> None:
    """An engine is started, then stopping, then stopped."""
    assert _report(_IDLE)["state"] == "started"
    assert _report(_IDLE, is_ending=True)["state"] == "stopping"
    assert _report(_IDLE, dying=True)["state"] == "stopping"
    assert _report(_IDLE, dying=True, is_ending=True, has_ended=True)["state"] == "stopped"


def test_engine_error() -> None:
    """An engine has an error only if there is one."""
    empty = graph.Graph(datetime.timedelta())
    assert report.engine_report(empty, None, is_ending=False, has_ended=False) == {
        "state": "started",
        "manifolds": {},
    }
    found = report.engine_report(empty, ValueError("over"), is_ending=False, has_ended=True)
    assert found["error"] == "over"


@virtual_time.virtual
async def test_manifold_state() -> None:
    """Starting wins over stopping."""
    worker = context.Running(fakes.FakeWorker(), None)
    cases = {
        "stopped": _IDLE,
        "starting": graph.Node((), starting=True),
        "started": graph.Node((), worker=worker),
        "stopping": graph.Node((), worker=worker, stopping=True),
    }
    assert [_manifold(node)["state"] for node in cases.values()] == list(cases)
    assert _manifold(graph.Node((), starting=True, stopping=True))["state"] == "starting"


def test_least_manifold() -> None:
    """State and inputs are always there, and nothing else is without a reason."""
    assert _manifold(_IDLE) == {"state": "stopped", "inputs": ["x", "y"]}


def test_start_count_is_kept_after_a_stop() -> None:
    """A manifold that has run says how often."""
    assert _manifold(graph.Node((), start_count=3))["start-count"] == 3


@virtual_time.virtual
async def test_started_is_utc_to_the_second() -> None:
    """The start of the running worker is given in UTC."""
    node = graph.Node((), worker=context.Running(fakes.FakeWorker(), None), started_at=_NOON)
    assert _manifold(node)["started"] == "2031-05-06 12:00:00"


def test_error_is_the_text() -> None:
    """The last filtered error is given as text."""
    node = graph.Node((), error=errors.DependencyMissingError('"x" not running'))
    assert _manifold(node)["error"] == '"x" not running: dependency not available'


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(_Reporting, {"code": "RED"}), (fakes.FakeWorker, None), (_Tongueless, {"error": "cannot say"})],
)
def test_own_report(kind: type[fakes.FakeWorker], expected: object) -> None:
    """A worker's own report is included if it can make one; one that fails says so."""

    @virtual_time.virtual
    async def scenario() -> None:
        node = graph.Node((), worker=context.Running(kind(), None))
        assert _manifold(node).get("report") == expected

    scenario()
