"""Showing what was changed, and what hooks were told."""

import datetime
import json
from typing import Any

import yaml

from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery


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
    """Nothing to show is no failure, but nobody ever heard of the entity."""
    answer = operator("history")
    assert (answer.exit_status, answer.out, answer.err) == (0, "", "The model has no history.\n")
    answer = operator("history", "shop/9")
    hint = "'meterstatus status' lists the units"
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == f'meterstatus: unit or application "shop/9" not found; {hint}\n'
    operator("unit", "add", "shop/9")
    answer = operator("history", "shop/9", "--user", "nobody")
    assert (answer.exit_status, answer.err) == (0, "shop/9 has no history that fits.\n")


def test_a_unit_whose_history_is_too_old_to_be_kept_is_known(operator: Any, controller: Any) -> None:
    """It is no failure to ask for it."""
    operator("unit", "add", "shop/9")
    controller.changes.clear()
    assert operator("history", "shop/9").err == "shop/9 has no history.\n"


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
    """A new password has no status before or after, and is no removal."""
    operator("unit", "add", "shop/0")
    controller.changes.append(meter_status_admin.Change(2, controller.now, "bob", "shop/0", "password", ""))
    assert "new password" in operator("history").out
    assert "removed" not in operator("history").out


def test_what_agents_change_of_their_units_pushes_nothing_out(operator: Any, controller: Any) -> None:
    """However often an agent takes a new password, what others did is shown; and its own where asked for."""
    operator("unit", "add", "shop/0")
    for revision in range(2, 60):
        controller.changes.append(
            meter_status_admin.Change(revision, controller.now, "shop/0", "shop/0", "password", "")
        )
    for options in ((), ("--limit", "2"), ("--changes",), ("shop/0",)):
        shown = json.loads(operator("history", *options, "--format", "json").out)["changes"]
        assert [change["action"] for change in shown] == ["add"]
    for options in (("--all",), ("--user", "shop/0")):
        shown = json.loads(operator("history", *options, "--format", "json").out)["changes"]
        assert [change["action"] for change in shown] == ["password"] * 20


def reported(controller: Any, *, result: str = "ran", **told: Any) -> meter_status_admin.ReportedDelivery:
    """Return a report that comes in a minute after the hook ended, now."""
    now = controller.now
    delivery = meter_status_delivery.Delivery(
        id="a-1",
        attempt=told.pop("attempt", 1),
        hook=told.pop("hook", "meter-status-changed"),
        code="RED",
        info="gone",
        origin="controller",
        result=result,
        ended=told.pop("ended", now - datetime.timedelta(minutes=1)),
        **told,
    )
    return meter_status_admin.ReportedDelivery("shop/0", now, delivery)


def test_shows_what_hooks_were_told(operator: Any, controller: Any) -> None:
    """Beside the changes, in the order of time, with the hook's last word or what went wrong."""
    operator("unit", "add", "shop/0")
    controller.now += datetime.timedelta(minutes=5)
    operator("set", "shop/0", "RED", "--info", "gone")
    controller.now += datetime.timedelta(minutes=5)
    controller.deliveries = [
        reported(controller, log=("draining", "scaled down")),
        reported(controller, result="failed", exit_status=3, detail="exit status 3: boom", attempt=2),
        reported(controller, result="missing", detail="no hook"),
        reported(controller, result="timed out", detail="did not end", hook="meter-status-will-change"),
    ]
    lines = operator("history").out.splitlines()[1:]
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()][4:] for line in lines]
    assert cells[1:] == [
        ["NOT SET → RED", "gone", "-"],
        ["warning: timed out", "gone", "did not end"],
        ["RED: no hook", "gone", "no hook"],
        ["RED: failed (3)", "gone", "exit status 3: boom"],
        ["told RED", "gone", "scaled down"],
    ]
    assert "NOT SET" in cells[0][0]


def test_a_program_is_told_all_of_a_delivery(operator: Any, controller: Any) -> None:
    """Every line that the hook logged, and when it was reported."""
    controller.deliveries = [reported(controller, log=("draining", "scaled down"), exit_status=0)]
    (delivery,) = json.loads(operator("history", "shop/0", "--format", "json").out)["deliveries"]
    assert delivery["log"] == ["draining", "scaled down"]
    assert (delivery["result"], delivery["exit-status"], delivery["origin"]) == ("ran", 0, "controller")
    assert delivery["ended"] < delivery["reported"]


def test_a_clock_that_is_ahead_puts_nothing_last(operator: Any, controller: Any) -> None:
    """What a machine says happened later than its report came in happened when that came in."""
    controller.deliveries = [reported(controller, ended=controller.now + datetime.timedelta(days=1))]
    controller.now += datetime.timedelta(minutes=1)
    operator("unit", "add", "shop/0")
    assert "added" in operator("history").out.splitlines()[-1]


def test_the_limit_counts_changes_and_not_reports(operator: Any, controller: Any) -> None:
    """However much hooks were told, as many changes are shown, and no report older than they are."""
    for number in range(3):
        operator("unit", "add", f"shop/{number}")
    newest = controller.changes[-1].time
    minute = datetime.timedelta(minutes=1)
    controller.now += datetime.timedelta(hours=1)
    controller.deliveries = [reported(controller, ended=newest + minute) for _ in range(30)]
    controller.deliveries += [reported(controller, ended=newest - minute * 9)]
    document = json.loads(operator("history", "--limit", "2", "--format", "json").out)
    assert [change["unit"] for change in document["changes"]] == ["shop/1", "shop/2"]
    assert len(document["deliveries"]) == 30
    whole = json.loads(operator("history", "--format", "json").out)
    assert (len(whole["changes"]), len(whole["deliveries"])) == (3, 31)


def test_only_changes_where_asked_for(operator: Any, controller: Any) -> None:
    """With --changes, and of one user, whose reports nobody's are."""
    operator("unit", "add", "shop/0")
    controller.now += datetime.timedelta(hours=1)
    controller.deliveries = [reported(controller)]
    controller.changes.append(
        meter_status_admin.Change(2, controller.now, "unit-shop-0", "shop/0", "password", "")
    )
    for words, revisions in (
        (("--changes",), [1, 2]),
        (("--user", "admin"), [1]),
        (("--user", "unit-shop-0", "--limit", "5"), [2]),
    ):
        document = json.loads(operator("history", *words, "--format", "json").out)
        assert [change["revision"] for change in document["changes"]] == revisions
        assert document["deliveries"] == []


def test_only_what_happened_since(operator: Any, controller: Any) -> None:
    """From an instant on, all of it; the reports too."""
    for number in range(25):
        operator("unit", "add", f"shop/{number}")
    controller.now += datetime.timedelta(hours=1)
    controller.deliveries = [reported(controller, ended=controller.changes[n].time) for n in (20, 1)]
    since = controller.changes[2].time.isoformat()
    document = json.loads(operator("history", "--since", since, "--format", "json").out)
    assert [change["revision"] for change in document["changes"]] == list(range(3, 26))
    assert len(document["deliveries"]) == 1
    document = json.loads(operator("history", "--since", since, "--limit", "4", "--format", "json").out)
    assert [change["revision"] for change in document["changes"]] == [22, 23, 24, 25]
    assert operator("history", "--since", "1h").err == "The model has no history that fits.\n"
