"""How an engine and its manifolds are, in plain values; the keys are Juju's (spec worker, C.6).

Of the engine: ``state`` (started, stopping, stopped), ``manifolds`` by name, ``error`` if it has one. Of a
manifold: ``state`` (starting, stopping, started, stopped; starting before stopping), ``inputs``;
``start-count`` if above 0; ``started`` (UTC, to the second) while it has a worker; ``error`` until the next
start attempt; ``report`` if its worker is a ``Reporter``.
"""

import datetime

from meterstatus.engine import context, graph
from meterstatus.ports import worker


def engine_report(
    manifolds: graph.Graph, error: BaseException | None, *, is_ending: bool, has_ended: bool
) -> dict[str, object]:
    """Return an engine's report from its graph, the error it will end with, and how far it has come."""
    state = "stopped" if has_ended else "stopping" if is_ending or manifolds.dying else "started"
    found: dict[str, object] = {
        "state": state,
        "manifolds": {name: _manifold_report(node) for name, node in manifolds.nodes.items()},
    }
    if error is not None:
        found["error"] = str(error)
    return found


def _manifold_report(node: graph.Node) -> dict[str, object]:
    found: dict[str, object] = {"state": _state(node), "inputs": list(node.inputs)}
    if node.start_count:
        found["start-count"] = node.start_count
    if node.started_at is not None:
        found["started"] = node.started_at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    if node.error is not None:
        found["error"] = str(node.error)
    if isinstance(node.worker, context.Running) and isinstance(node.worker.worker, worker.Reporter):
        found["report"] = _own_report(node.worker.worker)
    return found


def _state(node: graph.Node) -> str:
    if node.starting:
        return "starting"
    if node.stopping:
        return "stopping"
    return "stopped" if node.worker is None else "started"


def _own_report(reporter: worker.Reporter) -> dict[str, object]:
    try:
        return dict(reporter.report())
    except Exception as error:  # noqa: BLE001 - a worker that cannot tell must not silence the others
        return {"error": str(error)}
