"""Showing statuses."""

import datetime
import json
from typing import Any

import msgspec
import pytest
import yaml

from meterstatus.programs import output
from meterstatus.protocol.facades import meter_status_admin


def test_shows_units_as_a_person_counts_them(operator: Any) -> None:
    """Unit 2 comes before unit 10, and each line says how it is."""
    operator("unit", "add", "shop/10", "--status", "RED", "--info", "gone")
    operator("unit", "add", "shop/2")
    operator("unit", "add", "shop/0")
    title, *lines = operator("status").out.splitlines()
    assert title.split() == ["Unit", "Status", "Info", "Since", "Contact", "Revision"]
    assert [line.split("  ")[0].strip() for line in lines] == ["shop/0", "shop/2", "shop/10"]
    assert "RED" in lines[2]
    assert "gone" in lines[2]
    assert [line.split()[-2] for line in lines] == ["yes", "no", "no"]


def test_shows_only_what_is_asked_for(operator: Any) -> None:
    """A pattern chooses units, and one that chooses none is a failure that names it."""
    operator("unit", "add", "shop/0")
    operator("unit", "add", "web/0")
    assert "web/0" not in operator("status", "shop").out
    answer = operator("status", "mail*")
    hint = "not found; 'meterstatus status' lists the units\n"
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == f'meterstatus: unit or application "mail*" {hint}'
    answer = operator("status", "nosuch", "web", "shop/9")
    assert (answer.exit_status, answer.out.count("\n")) == (1, 2)
    assert answer.err == f'meterstatus: unit or application "nosuch", "shop/9" {hint}'
    assert operator("status", "nosuch", "--format", "json").exit_status == 1


def test_says_what_to_do_without_units(operator: Any) -> None:
    """An empty model is no failure, and the next step is named."""
    answer = operator("status")
    assert (answer.exit_status, answer.out) == (0, "")
    assert answer.err == "There is no unit; 'meterstatus unit add' makes one.\n"


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_shows_units_to_programs(operator: Any, form: str, read: Any) -> None:
    """JSON and YAML hold the same, in full: what is stored, and what the agent is told."""
    operator("unit", "add", "shop/0")
    document = read(operator("status", "--format", form).out)
    assert document["model"]["name"] == "default"
    assert document["units"] == {
        "shop/0": {
            "status": "NOT SET",
            "info": "",
            "told": {"status": "AMBER", "info": "not set"},
            "since": "2026-03-05T12:30:00Z",
            "connected": True,
            "revision": 1,
            "end": None,
            "policy": None,
            "contact": None,
            "delivered": None,
            "delivered-before": None,
            "predicted": None,
            "problem": False,
            "hook-told": "unknown",
            "trouble": None,
        }
    }
    assert document["summary"]["units"] == 1


def test_shows_only_problems_where_asked_to(operator: Any) -> None:
    """Either filter leaves the units out of contact, and where none is left that is said."""
    operator("unit", "add", "shop/0")
    operator("unit", "add", "shop/1")
    for option in ("--problems", "--disconnected"):
        (_, line) = operator("status", option).out.splitlines()
        assert line.startswith("shop/1")
        answer = operator("status", "shop/0", option)
        assert (answer.exit_status, answer.out, answer.err) == (0, "", "No unit matches.\n")


@pytest.mark.parametrize(("columns", "has_since"), [("80", False), ("120", True)])
def test_a_narrow_terminal_has_what_differs(
    operator: Any, controller: Any, monkeypatch: pytest.MonkeyPatch, columns: str, has_since: bool
) -> None:
    """On 80 columns the prediction is whole, and what can be looked up elsewhere makes room; then a sum."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(output, "terminal_width", lambda: int(columns))
    operator("unit", "add", "shop/0", "--status", "GREEN", "--info", "paid until the end of the month")
    operator("policy", "set", "shop", "--amber", "10s", "--red", "20s")
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1, hours=3, minutes=30)
    upcoming = meter_status_admin.NextStage("RED", soon)
    controller.units["shop/0"] = msgspec.structs.replace(
        controller.units["shop/0"],
        connected=False,
        predicted=meter_status_admin.Predicted("AMBER", "cut off", "AMBER", upcoming, 2),
    )
    title, line, sums = operator("status").out.splitlines()
    assert ("Since" in title, "Policy" in title) == (has_since, has_since)
    assert max(len(title), len(line)) <= int(columns)
    assert "AMBER, RED in 1d3h " in line
    assert sums == "1 unit: 1 GREEN; 1 out of contact, 1 escalated"


def test_shows_no_units_to_programs(operator: Any) -> None:
    """Where there is nothing, a program still gets a whole document, and nothing on standard error."""
    answer = operator("status", "--format", "json")
    assert (json.loads(answer.out)["units"], answer.err) == ({}, "")


def test_text_from_elsewhere_cannot_forge_a_line(operator: Any) -> None:
    """An information text with control characters stays on its line and moves no cursor."""
    operator("unit", "add", "shop/0", "--status", "RED", "--info", "a\x1b[1A\nshop/1  GREEN")
    lines = operator("status").out.splitlines()
    assert len(lines) == 2
    assert "a?[1A shop/1" in lines[1]
    operator("set", "--model", "RED", "--info", "b\x1b[1A", "--yes")
    assert "\x1b" not in operator("status").err


def test_shows_the_policy_of_units_where_one_is_set(operator: Any) -> None:
    """The column is there as soon as a policy rules a unit shown; a program is told all of it."""
    operator("unit", "add", "shop/0")
    operator("unit", "add", "web/0")
    operator("policy", "set", "shop", "--amber", "10s", "--red", "off")
    title, *lines = operator("status").out.splitlines()
    assert title.split()[-1] == "Policy"
    assert [line.split()[-1] for line in lines] == ["10s/off", "-"]
    assert "Policy" not in operator("status", "web").out
    units = json.loads(operator("status", "--format", "json").out)["units"]
    assert units["web/0"]["policy"] is None
    assert units["shop/0"]["policy"] == {
        "set-for": {"kind": "application", "name": "shop"},
        "amber-grace-seconds": 10,
        "red-grace-seconds": None,
        "warning-seconds": None,
        "revision": 3,
    }
