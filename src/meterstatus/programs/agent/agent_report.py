"""What the agent process tells of itself and of its units, made from its engines' reports (spec worker, C.6).

Plain values out of plain values; the keys are listed in docs/reference/agent-status.md.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from meterstatus.domain import instants, names
from meterstatus.domain.unit import unit_report

VERSION = 1
"""Of the document. It grows by keys; a reader passes over those that it does not know."""


def document(
    *,
    pid: int,
    data_dir: str,
    started: datetime.datetime,
    now: datetime.datetime,
    is_stopping: bool,
    units: Mapping[str, Mapping[str, object]],
) -> dict[str, object]:
    """Return the whole.

    Args:
        pid: the process's id.
        data_dir: what it serves.
        started: when it was started, aware UTC.
        now: the time of everything else in it, aware UTC.
        is_stopping: whether it was told to stop.
        units: by tag, each as ``unit`` or ``refused`` returns it.
    """
    return {
        "version": VERSION,
        "now": instants.in_full(now),
        "agent": {
            "pid": pid,
            "data-dir": data_dir,
            "started": instants.in_full(started),
            "state": "stopping" if is_stopping else "started",
        },
        "units": {_name(tag): dict(facts) for tag, facts in sorted(units.items())},
    }


def unit(engine: Mapping[str, Any], *, agent: str, status_worker: str) -> dict[str, object]:
    """Return how a unit is: what its status worker and its agent say, and how their engine is.

    Args:
        engine: the report of the unit's engine.
        agent: the name of the agent's manifold.
        status_worker: the name of the status manifold.
    """
    manifolds = {name: dict(facts) for name, facts in engine["manifolds"].items()}
    said = manifolds.get(status_worker, {}).pop("report", {})
    said |= manifolds.get(agent, {}).pop("report", {})
    facts: dict[str, object] = {"mode": _mode(manifolds.get(status_worker, {})).value, **said}
    error = manifolds.get(status_worker, {}).get("error")
    if error is not None:
        facts["error"] = error
    return {**facts, "engine": {**engine, "manifolds": manifolds}}


def refused(reason: str) -> dict[str, object]:
    """Return how a unit is that is not served.

    Args:
        reason: why not, for a person.
    """
    return {"mode": unit_report.Mode.REFUSED.value, "error": reason}


def _mode(status_worker: Mapping[str, Any]) -> unit_report.Mode:
    """Tell what a unit without a worker that reports is about: its worker ended for good, or never began."""
    has_ended = status_worker.get("state") == "stopped" and "error" not in status_worker
    return (
        unit_report.Mode.COMPLETED
        if has_ended and status_worker.get("start-count")
        else unit_report.Mode.STARTING
    )


def _name(tag: str) -> str:
    """Return a unit's name; the tag where it is none, as a directory that somebody named may be."""
    try:
        return names.parse_tag(tag).name
    except names.TagError:
        return tag
