"""What a person is shown of epochs, with the status and in the history."""

import datetime
import json
from typing import Any

from meterstatus.protocol.facades import meter_status_admin

BEGAN = datetime.datetime(2026, 3, 5, 12, 30, tzinfo=datetime.UTC)
EPOCH = meter_status_admin.Epoch(9, 498, BEGAN, "admin", "restored")
FIRST = meter_status_admin.Epoch(1, 0)
MISSING = meter_status_admin.Missing(12, 1, 512)


def test_a_fleet_in_order_has_nothing_to_say(operator: Any, controller: Any) -> None:
    """But for the epoch, which programs are told."""
    operator("unit", "add", "shop/0")
    controller.of_all["epoch"] = FIRST
    assert operator("status").err == ""
    held = json.loads(operator("status", "--format", "json").out)
    assert held["epoch"] == {"number": 1, "base": 0, "began": None, "user": "", "reason": ""}
    assert [held[key] for key in ("behind", "given-up", "store-revision", "maintenance")] == [None] * 4


def test_a_controller_without_epochs_says_nothing(operator: Any) -> None:
    """An older release."""
    operator("unit", "add", "shop/0")
    assert operator("status").err == ""
    assert json.loads(operator("status", "--format", "json").out)["epoch"] is None


def test_a_controller_that_is_behind_says_what_to_do(operator: Any, controller: Any) -> None:
    """How many units have heard more, where both are, and how that ends."""
    operator("unit", "add", "shop/0")
    controller.of_all |= {"epoch": FIRST, "behind": MISSING}
    (line,) = operator("status").err.splitlines()
    assert line.startswith(
        "12 units have heard revision 512 of epoch 1; this controller is at revision 1 of epoch 1: its"
    )
    assert "then say 'meterstatus controller new-epoch --reason ...'" in line
    assert line.endswith("where they lie, say 'meterstatus controller dismiss-heard UNIT...'")
    held = json.loads(operator("status", "--format", "json").out)
    assert held["behind"] == {"units": 12, "epoch": 1, "revision": 512, "names": []}


def test_a_restored_controller_says_what_was_lost(operator: Any, controller: Any) -> None:
    """Since when, by whom and why, for as long as units say so."""
    operator("unit", "add", "shop/0")
    controller.of_all |= {"epoch": EPOCH, "given_up": meter_status_admin.Missing(1, 1, 512)}
    assert operator("status").err == (
        "1 unit has heard revision 512 of epoch 1, which is lost: the controller went back to revision 498 at"
        " 2026-03-05T12:30:00Z by admin: restored. Set again what was changed after it\n"
    )


def test_a_store_that_was_led_back_is_shown(operator: Any, controller: Any) -> None:
    """While the controller runs on it."""
    operator("unit", "add", "shop/0")
    controller.of_all |= {"store_revision": 498}
    assert "was led back from revision 1 to 498 while the controller ran: restart" in operator("status").err
    assert json.loads(operator("status", "--format", "json").out)["store-revision"] == 498


def test_a_new_epoch_is_begun_and_kept_in_the_history(operator: Any, controller: Any) -> None:
    """With its reason, which must be given."""
    operator("unit", "add", "shop/0")
    refused = operator("controller", "new-epoch")
    assert (refused.exit_status, controller.changes[-1].action) == (2, "add")
    done = operator("controller", "new-epoch", "--reason", "an old disk")
    assert done.out == "Epoch 9 has begun after revision 1: every unit follows it.\n"
    assert "new epoch      9, after revision 1  an old disk" in operator("history").out
    (_, change) = json.loads(operator("history", "--format", "json").out)["changes"]
    assert (change["action"], change["epoch"]["number"], change["epoch"]["base"]) == ("epoch", 9, 1)


def test_a_wrong_clock_is_shown(operator: Any, controller: Any) -> None:
    """Which controller's, how far, which way, and what counts; a right one has nothing to say."""
    operator("unit", "add", "shop/0")
    clock = meter_status_admin.ControllerClock
    controller.of_all["controllers"] = (
        clock(("a:1",), BEGAN, 0.2),
        clock(("b:1", "c:1"), BEGAN, -90.04),
        clock(("d:1",), BEGAN),
    )
    (line,) = operator("status").err.splitlines()
    assert line.startswith("The clock of the controller at b:1, c:1 is 90.0 s behind the database's")
    shown = json.loads(operator("status", "--format", "json").out)["controllers"]
    assert [one["clock-ahead-seconds"] for one in shown] == [0.2, -90.04, None]
    assert shown[1]["addresses"] == ["b:1", "c:1"]


def test_units_that_say_so_are_named_and_can_be_dismissed(operator: Any, controller: Any) -> None:
    """Some of them by name; one that has said nothing such is a failure."""
    operator("unit", "add", "shop/0")
    some = meter_status_admin.Missing(3, 1, 512, ("shop/0", "web/1"))
    for missing, words in (
        (some, "3 units (shop/0, web/1, ...) have heard revision 512"),
        (meter_status_admin.Missing(1, 1, 512, ("shop/0",)), "1 unit (shop/0) has heard revision 512"),
    ):
        controller.of_all |= {"epoch": FIRST, "behind": missing}
        assert operator("status").err.startswith(words)
    done = operator("controller", "dismiss-heard", "shop/0", "--reason", "it lies")
    assert (done.exit_status, done.out) == (0, "shop/0 is not believed any more.\n")
    assert operator("controller", "dismiss-heard", "shop/1").exit_status == 1
