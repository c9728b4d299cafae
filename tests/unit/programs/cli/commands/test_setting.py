"""Setting statuses, of one unit and of many, and undoing it."""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from meterstatus.protocol.facades import meter_status_admin

MODEL_TAG = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


@pytest.fixture
def shop(operator: Any) -> None:
    """Have seven units, one of them of another application."""
    for number in range(6):
        operator("unit", "add", f"shop/{number}", "--status", "GREEN")
    operator("unit", "add", "web/0", "--status", "GREEN")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Have somebody at a terminal who types lines."""
    typing, terminal = os.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        def give(line: str) -> None:
            os.write(typing, line.encode() + b"\n")

        yield give
    os.close(typing)


def back(revision: int) -> str:
    """Give what is said of the revision of a change."""
    return f"That is revision {revision}; 'meterstatus undo {revision}' takes it back.\n"


def test_sets_a_unit(operator: Any, controller: Any) -> None:
    """A unit gets the status and information, with the reason in the history."""
    operator("unit", "add", "shop/0")
    answer = operator("set", "shop/0", "amber", "--info", "low budget", "--reason", "80 %")
    assert (answer.exit_status, answer.out) == (0, "shop/0 is AMBER: low budget\n" + back(2))
    assert (controller.units["shop/0"].code, controller.units["shop/0"].info) == ("AMBER", "low budget")
    assert controller.changes[-1].reason == "80 %"


def test_sets_every_unit_of_an_application(operator: Any, controller: Any) -> None:
    """An application's name stands for all its units."""
    for unit in ("shop/0", "shop/1", "web/0"):
        operator("unit", "add", unit)
    assert operator("set", "shop", "RED", "--yes").out == "Every unit of shop is RED\n" + back(4)
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


@pytest.mark.parametrize("words", [("pay/0",), ("shop",), ("shop", "pay/0"), ("--level", "shop")])
def test_says_that_the_status_is_missing(operator: Any, words: tuple[str, ...]) -> None:
    """An entity in the place of the status means that there is none."""
    answer = operator("set", *words)
    missing = f'the status is missing: write one behind "{words[-1]}": GREEN, AMBER, RED'
    assert answer.err == f"meterstatus set: {missing} (see 'meterstatus set --help')\n"
    assert '"PURPLE" is not a status' in operator("set", "shop/0", "PURPLE").err


def test_says_where_to_find_the_units_there_are(operator: Any) -> None:
    """An entity that the controller does not know is a failure with a hint."""
    answer = operator("set", "shop/9", "RED")
    assert answer.exit_status == 1
    assert answer.err == "meterstatus: unit \"shop/9\" not found; 'meterstatus status' lists the units\n"


@pytest.mark.usefixtures("shop")
def test_what_reaches_many_is_shown_and_asked_for(operator: Any, controller: Any, answers: Any) -> None:
    """The preview stands on standard error; what is agreed to is what was seen."""
    answers("y")
    answer = operator("set", "shop", "AMBER")
    assert (answer.exit_status, answer.out) == (0, "Every unit of shop is AMBER\n" + back(8))
    assert answer.err == "6 of 7 units: GREEN → AMBER\nSet it? [y/N]: "
    preview, done = controller.mass
    assert (preview.is_preview, done.is_preview, done.revision) == (True, False, 7)


@pytest.mark.usefixtures("shop")
def test_who_does_not_agree_changes_nothing(operator: Any, controller: Any, answers: Any) -> None:
    """No leaves everything as it is, and is said to."""
    answers("n")
    answer = operator("set", "shop", "AMBER")
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err.endswith("Set it? [y/N]: meterstatus: nothing changed\n")
    assert len(controller.changes) == 7


@pytest.mark.usefixtures("shop")
def test_without_a_terminal_nobody_is_asked(operator: Any, controller: Any) -> None:
    """The preview, then one line that names --yes; nothing is changed."""
    answer = operator("set", "shop", "AMBER")
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == (
        "6 of 7 units: GREEN → AMBER\n"
        "meterstatus: nobody is there to be asked whether that is meant; --yes says so\n"
    )
    assert len(controller.changes) == 7


@pytest.mark.usefixtures("shop")
def test_yes_is_not_asked(operator: Any, controller: Any) -> None:
    """With --yes there is one call, which is no preview, and agrees to anything."""
    assert operator("set", "shop/0", "shop/1", "web", "AMBER", "--yes", "--reason", "audit").out == (
        "Every unit of 3 entities is AMBER\n" + back(8)
    )
    (done,) = controller.mass
    assert (done.is_preview, done.revision, done.reason, done.is_level) == (False, 0, "audit", False)
    assert done.tags == ("unit-shop-0", "unit-shop-1", "application-web")


def test_what_reaches_one_unit_is_not_asked_for(operator: Any, controller: Any) -> None:
    """An application of one unit is set like a unit, and so is what changes nothing."""
    operator("unit", "add", "shop/0", "--status", "GREEN")
    answer = operator("set", "shop", "AMBER")
    assert (answer.out, answer.err) == ("Every unit of shop is AMBER\n" + back(2), "")
    answer = operator("set", "shop", "AMBER")
    assert (answer.exit_status, answer.err) == (0, "")
    assert controller.units["shop/0"].code == "AMBER"


@pytest.mark.usefixtures("shop")
def test_the_guard_names_its_option(operator: Any, controller: Any) -> None:
    """A refusal of the guard says how to say that it is meant, and with that it goes through."""
    answer = operator("set", "shop", "RED", "--yes")
    assert answer.exit_status == 1
    assert answer.err == (
        "meterstatus: too many would become RED; --blast-radius PERCENT says that it is meant\n"
    )
    assert operator("set", "shop", "RED", "--yes", "--blast-radius", "90").exit_status == 0
    assert controller.mass[-1].blast_radius_percent == 90
    assert operator("set", "shop", "RED", "--blast-radius", "101").exit_status == 2


@pytest.mark.usefixtures("shop")
def test_sets_and_takes_away_levels(operator: Any, controller: Any) -> None:
    """An application and the model themselves; a status shows what is set for them."""
    assert operator("set", "shop", "AMBER", "--level", "--info", "audit", "--yes").out == (
        "shop is AMBER: audit\n" + back(8)
    )
    assert operator("set", "--model", "AMBER", "--yes").out == "The model is AMBER\n" + back(9)
    assert [(done.tags, done.is_level) for done in controller.mass] == [
        (("application-shop",), True),
        ((MODEL_TAG,), True),
    ]
    assert operator("status").err == "shop: AMBER audit\nthe model: AMBER\n"
    assert operator("unset", "shop", "--yes").out == "shop has no status of its own.\n" + back(10)
    assert operator("unset", "--model", "--yes").out == "The model has no status of its own.\n" + back(11)
    assert controller.levels == {}
    assert "level unset" in operator("history", "--limit", "1").out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("set", "RED"), "meterstatus set: name an ENTITY, or the model with --model, and not both"),
        (("set", "shop", "RED", "--model"), "meterstatus set: name an ENTITY, or the model"),
        (("set", "shop", "web", "RED", "--level"), "meterstatus set: a level is one application"),
        (("set", "shop/0", "RED", "--level"), "meterstatus set: a level is one application"),
        (("unset",), "meterstatus unset: name an ENTITY, or the model"),
        (("unset", "shop/0"), "meterstatus unset: a level is one application, or the model"),
        (("undo", "0"), "meterstatus undo: Invalid value for 'REVISION'"),
    ],
)
def test_a_target_that_cannot_be_is_refused(
    operator: Any, controller: Any, words: tuple[str, ...], line: str
) -> None:
    """One line says why, before the controller hears of it."""
    answer = operator(*words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(line)
    assert controller.dialled == []


@pytest.mark.usefixtures("shop")
def test_undoes_a_change(operator: Any, controller: Any) -> None:
    """What units are told in consequence is said."""
    answer = operator("undo", "7", "--reason", "mistake", "--blast-radius", "50", "--yes")
    assert (answer.out, answer.err) == ("Revision 7 is undone.\n2 of 7 units: RED → GREEN\n", "")
    assert controller.mass == [meter_status_admin.UndoParams(7, "mistake", 50)]
    controller.told_by_undo = ()
    assert operator("undo", "6").out.endswith("None of 7 units is told anything else.\n")
    controller.told_by_undo = (meter_status_admin.Told("RED", "RED", 3),)
    assert operator("undo", "6", "--yes").out.endswith("3 of 7 units: RED, with other information\n")
    answer = operator("undo", "99")
    assert (answer.exit_status, answer.err.count("\n")) == (1, 1)


@pytest.mark.usefixtures("shop")
def test_an_undo_that_nobody_can_be_asked_about(operator: Any) -> None:
    """As with a set: shown, and refused."""
    answer = operator("undo", "6")
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err.startswith("2 of 7 units: RED → GREEN\nmeterstatus: nobody is there to be asked")


@pytest.mark.usefixtures("shop")
def test_a_change_that_is_not_there_is_looked_for_in_the_history(operator: Any) -> None:
    """Revisions stand in the history and not in the status."""
    for more in ((), ("--yes",)):
        answer = operator("undo", "99999", *more)
        assert (answer.exit_status, answer.out) == (1, "")
        assert answer.err == "meterstatus: change 99999 not found; 'meterstatus history' shows revisions\n"


@pytest.mark.usefixtures("shop")
def test_an_undo_that_reaches_many_is_shown_and_asked_for(
    operator: Any, controller: Any, answers: Any
) -> None:
    """As a set is; what is agreed to is what was seen, and without a yes nothing is undone."""
    answers("n")
    assert operator("undo", "6").exit_status == 1
    assert not [each for each in controller.mass if isinstance(each, meter_status_admin.UndoParams)]
    answers("y")
    answer = operator("undo", "6")
    assert answer.err == "2 of 7 units: RED → GREEN\nUndo it? [y/N]: "
    assert controller.mass[-2:] == [
        meter_status_admin.PreviewUndoParams(6),
        meter_status_admin.UndoParams(6, seen_revision=7),
    ]


@pytest.mark.usefixtures("shop")
def test_a_controller_that_shows_no_undo_is_not_asked_to_undo_unseen(operator: Any, controller: Any) -> None:
    """But where somebody says so."""
    controller.unsupported = "PreviewUndo"
    answer = operator("undo", "6")
    assert (answer.exit_status, controller.mass) == (1, [])
    assert answer.err == (
        "meterstatus: the controller is of a release that cannot show what an undo would do; "
        "--yes undoes unseen\n"
    )
    assert operator("undo", "6", "--yes").exit_status == 0


@pytest.mark.usefixtures("shop")
def test_jujus_controller_takes_one_entity(operator: Any, controller: Any) -> None:
    """Where only Juju's call is there, a unit or an application is set by that, and nothing else can be."""
    controller.unsupported = "SetStatuses"
    assert operator("set", "shop/0", "RED").exit_status == 0
    assert operator("set", "shop", "AMBER").exit_status == 0
    assert {unit for unit, held in controller.units.items() if held.code == "AMBER"} == {
        f"shop/{number}" for number in range(6)
    }
    answer = operator("set", "shop", "RED", "--level", "--yes")
    assert answer.err == (
        'meterstatus: the controller cannot do this: unknown method "SetStatuses";'
        " only a controller of meterstatus can\n"
    )


@pytest.mark.usefixtures("shop")
def test_sets_for_a_time(operator: Any, controller: Any, answers: Any) -> None:
    """The preview says what comes at the end, and the answer when that is."""
    answers("y")
    answer = operator("set", "shop", "AMBER", "--for", "2h", "--info", "audit")
    assert answer.out == "Every unit of shop is AMBER: audit (until 2026-03-05T14:30:00Z)\n" + back(8)
    assert answer.err == (
        "6 of 7 units: GREEN → AMBER\nthen, from 2026-03-05T14:30:00Z on:\n6 of 7 units: AMBER → GREEN\n"
        "Set it? [y/N]: "
    )
    preview, done = controller.mass
    assert (preview.for_seconds, done.for_seconds, done.revision) == (7200, 7200, 7)
    assert operator("set", "--model", "AMBER", "--yes", "--for", "1d").out == (
        "The model is AMBER (until 2026-03-06T12:30:00Z)\n" + back(14)
    )


def test_one_unit_is_set_for_a_time_without_a_question(operator: Any, controller: Any) -> None:
    """And never by Juju's own call, which knows no end."""
    operator("unit", "add", "shop/0", "--status", "GREEN")
    answer = operator("set", "shop/0", "RED", "--for", "10s")
    assert (answer.out, answer.err) == ("shop/0 is RED (until 2026-03-05T12:30:10Z)\n" + back(2), "")
    assert [(done.tags, done.is_preview) for done in controller.mass] == [
        (("unit-shop-0",), True),
        (("unit-shop-0",), False),
    ]


def test_a_level_is_set_before_the_first_unit(operator: Any) -> None:
    """Which is said, because a name may have been mistyped; of the model nothing is."""
    answer = operator("set", "till", "RED", "--level")
    assert (answer.exit_status, answer.err) == (0, "")
    assert answer.out.splitlines()[:2] == [
        "till is RED",
        "till has no units yet: it holds for those that are added.",
    ]
    assert "no units" not in operator("set", "--model", "RED", "--yes").out


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("words", [("shop/0",), ("shop", "--yes"), ("shop", "--level", "--yes")])
def test_nothing_is_set_for_ever_by_a_controller_that_knows_no_end(
    operator: Any, controller: Any, words: tuple[str, ...]
) -> None:
    """One of Juju's, or of an earlier release, which would pass over the time: one line, and no change."""
    controller.knows_ends = False
    answer = operator("set", *words, "AMBER", "--for", "1h")
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert "knows no --for" in answer.err
    controller.unsupported = "SetStatuses"
    answer = operator("set", *words, "AMBER", "--for", "1h")
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
    assert len(controller.changes) == 7


def test_an_end_is_shown_everywhere(operator: Any, controller: Any) -> None:
    """In the status as a column and beside a level, in the history, and in the story of the unit."""
    operator("unit", "add", "shop/0", "--status", "GREEN")
    operator("set", "shop/0", "AMBER", "--for", "2h")
    operator("set", "--model", "AMBER", "--for", "1h", "--yes")
    shown = operator("status")
    title, line = shown.out.splitlines()
    assert title.split()[4:6] == ["Until", "Contact"]
    assert "2026-03-05T14:30:00Z, " in line
    assert shown.err == "the model: AMBER (until 2026-03-05T13:30:00Z)\n"
    # The controller's clock goes a minute further with each change.
    assert " AMBER for 1h58m" in operator("history").out
    document = json.loads(operator("history", "--format", "json").out)
    assert [change.get("until") for change in document["changes"]] == [None, "2026-03-05T14:30:00Z", None]
    document = json.loads(operator("status", "--format", "json").out)
    assert document["units"]["shop/0"]["end"] == {
        "at": "2026-03-05T14:30:00Z",
        "then": {"status": "GREEN", "info": ""},
    }
    assert document["levels"][0]["end"] == {"at": "2026-03-05T13:30:00Z", "then": None}
    assert "then it is GREEN again." in operator("why", "shop/0").out


def test_a_program_is_told_which_revision_has_ended(operator: Any, controller: Any) -> None:
    """In the history's JSON; a person reads it in the reason."""
    operator("unit", "add", "shop/0")
    ended = "ended: set for 2h by alice at revision 1"
    controller.changes[-1] = msgspec.structs.replace(controller.changes[-1], ended_revision=1, reason=ended)
    assert json.loads(operator("history", "--format", "json").out)["changes"][0]["ended-revision"] == 1
    assert operator("history").out.rstrip().endswith(ended)
