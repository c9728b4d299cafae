"""Showing statuses."""

import json
from typing import Any

import pytest
import yaml


def test_shows_units_as_a_person_counts_them(operator: Any) -> None:
    """Unit 2 comes before unit 10, and each line says how it is."""
    operator("unit", "add", "shop/10", "--status", "RED", "--info", "gone")
    operator("unit", "add", "shop/2")
    operator("unit", "add", "shop/0")
    title, *lines = operator("status").out.splitlines()
    assert title.split() == ["Unit", "Status", "Info", "Since", "Connected", "Revision"]
    assert [line.split("  ")[0].strip() for line in lines] == ["shop/0", "shop/2", "shop/10"]
    assert "RED" in lines[2]
    assert "gone" in lines[2]
    assert [line.split()[-2] for line in lines] == ["yes", "no", "no"]


def test_shows_only_what_is_asked_for(operator: Any) -> None:
    """A pattern chooses units, and one that chooses none says so beside an empty output."""
    operator("unit", "add", "shop/0")
    operator("unit", "add", "web/0")
    assert "web/0" not in operator("status", "shop").out
    answer = operator("status", "mail*")
    assert (answer.exit_status, answer.out, answer.err) == (0, "", "No unit matches.\n")


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
            "policy": None,
        }
    }


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
