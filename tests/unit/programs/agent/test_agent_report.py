"""The document that an agent tells, from its engines' reports."""

import datetime
from typing import Any

import pytest

from meterstatus.programs.agent import agent_report

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SERVED: dict[str, Any] = {"state": "started", "inputs": []}


def engine(status_worker: dict[str, Any], agent: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "state": "started",
        "manifolds": {"agent": {**SERVED, **(agent or {})}, "meter-status": status_worker},
    }


def unit(status_worker: dict[str, Any], agent: dict[str, Any] | None = None) -> dict[str, object]:
    return agent_report.unit(engine(status_worker, agent), agent="agent", status_worker="meter-status")


def test_the_workers_word_comes_first_and_once() -> None:
    """What the status worker says stands on top, and the engine's report has the rest."""
    said = {"mode": "isolated", "status": "GREEN"}
    made = unit({**SERVED, "start-count": 2, "report": said})
    assert made == {**said, "engine": engine({**SERVED, "start-count": 2})}


def test_why_there_is_no_connection() -> None:
    """The agent's word on the last attempt stands beside it."""
    made = unit({**SERVED, "report": {"mode": "isolated"}}, {"report": {"connection-error": "refused"}})
    assert made["connection-error"] == "refused"
    assert made["engine"] == engine(SERVED)


def test_the_report_is_not_changed() -> None:
    """The engine's own values stay as they were."""
    report = engine({**SERVED, "report": {"mode": "isolated"}})
    agent_report.unit(report, agent="agent", status_worker="meter-status")
    assert report["manifolds"]["meter-status"]["report"] == {"mode": "isolated"}


@pytest.mark.parametrize(
    ("status_worker", "mode"),
    [
        ({"state": "stopped", "start-count": 1}, "completed"),
        ({"state": "stopped"}, "starting"),
        ({"state": "stopped", "start-count": 1, "error": "x"}, "starting"),
        ({"state": "starting", "start-count": 1}, "starting"),
        ({"state": "starting"}, "starting"),
    ],
)
def test_what_a_unit_without_a_worker_is_about(status_worker: dict[str, Any], mode: str) -> None:
    """A worker that ended without an error is done; any other has yet to begin."""
    assert unit(status_worker)["mode"] == mode


def test_why_a_worker_is_not_at_work() -> None:
    """The error that the engine keeps is told."""
    assert unit({"state": "starting", "error": "cannot read"})["error"] == "cannot read"
    assert "error" not in unit(SERVED)


def test_an_engine_that_has_just_begun_has_nothing_to_tell() -> None:
    """Without manifolds yet, a unit is starting."""
    made = agent_report.unit({"state": "started", "manifolds": {}}, agent="agent", status_worker="x")
    assert made["mode"] == "starting"


def test_the_whole_names_units_and_tells_when() -> None:
    """Units stand under their names, in order; a directory that names none stands as it is."""
    made = agent_report.document(
        pid=42,
        data_dir="/data",
        started=NOW - datetime.timedelta(hours=1),
        now=NOW,
        is_stopping=False,
        units={"unit-web-1": {"mode": "starting"}, "unit-": agent_report.refused("why"), "unit-a-0": {}},
    )
    assert made == {
        "version": 1,
        "now": "2031-05-06T07:08:09Z",
        "agent": {
            "pid": 42,
            "data-dir": "/data",
            "started": "2031-05-06T06:08:09Z",
            "state": "started",
        },
        "units": {
            "unit-": {"mode": "refused", "error": "why"},
            "a/0": {},
            "web/1": {"mode": "starting"},
        },
    }
    assert list(made["units"]) == ["unit-", "a/0", "web/1"]  # pyright: ignore[reportArgumentType]


def test_an_agent_that_stops_says_so() -> None:
    """Told to stop, it is stopping until it is gone."""
    made: dict[str, Any] = agent_report.document(
        pid=1, data_dir="/", started=NOW, now=NOW, is_stopping=True, units={}
    )
    assert made["agent"]["state"] == "stopping"
