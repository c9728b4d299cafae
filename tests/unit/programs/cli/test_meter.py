"""Setting statuses, and showing them and their history."""

import json
from typing import Any

import pytest
import yaml

from meterstatus.protocol.facades import meter_status_admin


def test_sets_a_unit(operator: Any, controller: Any) -> None:
    """A unit gets the status and information, with the reason in the history."""
    operator("unit", "add", "shop/0")
    answer = operator("set", "shop/0", "amber", "--info", "low budget", "--reason", "80 %")
    assert (answer.exit_status, answer.out) == (0, "shop/0 is AMBER: low budget\n")
    assert (controller.units["shop/0"].code, controller.units["shop/0"].info) == ("AMBER", "low budget")
    assert controller.changes[-1].reason == "80 %"


def test_sets_every_unit_of_an_application(operator: Any, controller: Any) -> None:
    """An application's name stands for all its units."""
    for unit in ("shop/0", "shop/1", "web/0"):
        operator("unit", "add", unit)
    assert operator("set", "shop", "RED").out == "Every unit of shop is RED\n"
    assert {unit: held.code for unit, held in controller.units.items()} == {
        "shop/0": "RED",
        "shop/1": "RED",
        "web/0": "NOT SET",
    }


@pytest.mark.parametrize(
    "words", [("shop//", "RED"), ("shop/0", "PURPLE"), ("shop/0",), ("shop/0", "RED", "x")]
)
def test_refuses_a_set_that_cannot_be(operator: Any, controller: Any, words: tuple[str, ...]) -> None:
    """A command line that cannot be is refused with one line before the controller hears of it."""
    answer = operator("set", *words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert controller.dialled == []


def test_says_where_to_find_the_units_there_are(operator: Any) -> None:
    """An entity that the controller does not know is a failure with a hint."""
    answer = operator("set", "shop/9", "RED")
    assert answer.exit_status == 1
    assert answer.err == "meterstatus: unit \"shop/9\" not found; 'meterstatus status' lists the units\n"


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


def test_shows_the_history_oldest_first(operator: Any) -> None:
    """Each change is a line: revision, who, what it was and became, and why."""
    operator("unit", "add", "shop/0")
    operator("set", "shop/0", "RED", "--info", "gone", "--reason", "audit")
    operator("unit", "remove", "shop/0")
    _, added, changed, removed = operator("history").out.splitlines()
    assert "added NOT SET" in added
    assert "NOT SET → RED" in changed
    assert changed.endswith("audit")
    assert "removed" in removed


def test_fetches_page_by_page(operator: Any) -> None:
    """A limit beyond what the controller gives at once is met all the same, and never exceeded."""
    for number in range(7):
        operator("unit", "add", f"shop/{number}")
    revisions = [
        change["revision"]
        for change in json.loads(operator("history", "--limit", "5", "--format", "json").out)["changes"]
    ]
    assert revisions == [3, 4, 5, 6, 7]


def test_shows_the_history_of_one_entity(operator: Any) -> None:
    """A unit's history holds nothing of other units; a change says what it replaced."""
    operator("unit", "add", "shop/0", "--status", "GREEN")
    operator("unit", "add", "web/0")
    operator("set", "shop", "RED", "--info", "gone")
    changes = yaml.safe_load(operator("history", "shop/0", "--format", "yaml").out)["changes"]
    assert [change["unit"] for change in changes] == ["shop/0", "shop/0"]
    assert "old" not in changes[0]
    assert changes[1]["old"] == {"status": "GREEN", "info": ""}
    assert changes[1]["new"] == {"status": "RED", "info": "gone"}


def test_says_that_there_is_no_history(operator: Any) -> None:
    """Nothing to show is no failure."""
    answer = operator("history", "shop/9")
    assert (answer.exit_status, answer.out, answer.err) == (0, "", "shop/9 has no history.\n")


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


def test_shows_policies_in_the_history(operator: Any) -> None:
    """What it was set for, and what it says now; a program is told what it was as well."""
    operator("unit", "add", "shop/0")
    operator("policy", "set", "shop", "--red", "off", "--reason", "audit")
    operator("policy", "set", "--model", "--red", "1h")
    operator("policy", "remove", "shop")
    lines = [line.split("  ") for line in operator("history").out.splitlines()[2:]]
    cells = [[cell.strip() for cell in line if cell.strip()][3:] for line in lines]
    assert cells == [
        ["shop", "policy 5m/off", "AMBER after 5m, RED off", "audit"],
        ["the model", "policy 5m/1h", "AMBER after 5m, RED after 1h", "-"],
        ["shop", "policy removed", "-", "-"],
    ]
    removed = json.loads(operator("history", "--limit", "1", "--format", "json").out)["changes"][0]
    assert (removed["action"], removed["unit"]) == ("policy", "")
    held = {"amber-grace-seconds": 300, "red-grace-seconds": None, "warning-seconds": None}
    assert removed["policy"] == {
        "set-for": {"kind": "application", "name": "shop"},
        "old": held,
        "new": None,
    }


def test_shows_a_new_password_as_what_it_is(operator: Any, controller: Any) -> None:
    """An agent's new password has no status before or after, and is no removal."""
    operator("unit", "add", "shop/0")
    controller.changes.append(
        meter_status_admin.Change(2, controller.now, "unit-shop-0", "shop/0", "password", "")
    )
    assert "new password" in operator("history").out
    assert "removed" not in operator("history").out
