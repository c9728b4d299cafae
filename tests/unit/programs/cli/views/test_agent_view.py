"""What a person is shown of an agent's units: a row for each, and only what is wrong or coming under it."""

from typing import Any

import click
import pytest

from meterstatus.programs import output
from meterstatus.programs.cli.views import agent_view

POLICY = {"amber-grace-seconds": 300.0, "red-grace-seconds": 900.0, "origin": "agent"}
WELL: dict[str, Any] = {
    "mode": "connected",
    "status": "GREEN",
    "info": "within the budget",
    "seconds-since-contact": 12,
    "policy": POLICY,
}
CUT_OFF: dict[str, Any] = {
    **WELL,
    "mode": "isolated",
    "seconds-since-contact": 132,
    "disconnected-since": "2031-05-06T07:05:57Z",
    "connection-error": "cannot connect to 10.7.0.5:17070: connection refused",
    "next-stage": {"status": "AMBER", "at": "2031-05-06T07:10:57Z", "in-seconds": 168},
}


def shown(unit: dict[str, Any], width: int | None = None) -> list[str]:
    document = {"now": "2031-05-06T07:08:09Z", "units": {"shop/0": unit}}
    return agent_view.lines(document, width)


def test_a_unit_that_is_well_has_a_row_and_no_more() -> None:
    """Status, information, last contact, and the policy with whose it is."""
    assert shown(WELL) == [
        "Unit    Mode       Told   Info               Last contact  Policy",
        "shop/0  connected  GREEN  within the budget  12s ago       5m/15m (agent)",
    ]


def test_a_unit_without_contact_tells_since_when_why_and_what_comes() -> None:
    """The loss, its reason, and the stage with its instant and how soon."""
    assert shown(CUT_OFF)[1:] == [
        "shop/0  isolated  GREEN  within the budget  2m12s ago     5m/15m (agent)",
        "  cut off since 2031-05-06T07:05:57Z: cannot connect to 10.7.0.5:17070: connection refused",
        "  AMBER comes at 2031-05-06T07:10:57Z, in 2m48s, unless contact returns",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"next-stage": None}, "  no stage is left: it stays as it is until contact returns"),
        (
            {"warned-of": "AMBER"},
            "  AMBER comes at 2031-05-06T07:10:57Z, in 2m48s, unless contact returns,"
            " and its charm was warned",
        ),
        (
            {"controllers-word": {"status": "RED", "info": ""}},
            "  its controller's last word was RED",
        ),
        ({"connection-error": None}, "  cut off since 2031-05-06T07:05:57Z"),
        ({"disconnected-since": None, "connection-error": None}, "  trying to reach its controller"),
    ],
)
def test_what_else_there_is_to_a_loss(changes: dict[str, Any], line: str) -> None:
    """The end of the stages, the warning, what the controller last said, a start without contact."""
    unit = {key: value for key, value in {**CUT_OFF, **changes}.items() if value is not None}
    assert line in shown(unit)


@pytest.mark.parametrize(
    ("unit", "line"),
    [
        (
            {**WELL, "unsaved": True, "unsaved-error": "cannot write /x: No space left on device"},
            "  its state is not saved: cannot write /x: No space left on device; it is tried again every few"
            " seconds; free space there, or make it writable",
        ),
        (
            {**WELL, "unreported": True},
            "  the controller's copy of its state is not written; tried again",
        ),
        ({**WELL, "unsure": True}, "  its state was damaged, so its hook is told anew"),
        (
            {**WELL, "delivering": "RED", "attempt": 1},
            "  telling RED, attempt 1: the hook runs, or waits for the machine lock",
        ),
        (
            {
                **WELL,
                "delivering": "RED",
                "attempt": 3,
                "retry-at": "2031-05-06T07:08:29Z",
                "retry-in-seconds": 20,
                "last-outcome": "failed",
                "last-outcome-detail": "exit status 7",
            },
            "  telling RED, attempt 3: the hook failed (exit status 7);"
            " tried again at 2031-05-06T07:08:29Z, in 20s",
        ),
        (
            {
                **WELL,
                "delivering": "RED",
                "attempt": 0,
                "retry-at": "2031-05-06T07:08:29Z",
                "retry-in-seconds": 20,
            },
            "  telling RED: the hook was not run; tried again at 2031-05-06T07:08:29Z, in 20s",
        ),
        (
            {
                **WELL,
                "delivering": "RED",
                "attempt": 1,
                "retry-at": "2031-05-06T07:08:29Z",
                "retry-in-seconds": 20,
                "last-outcome": "terminated",
            },
            "  telling RED, attempt 1: the hook was terminated; tried again at 2031-05-06T07:08:29Z, in 20s",
        ),
        ({"mode": "starting", "error": "cannot read"}, "  not at work: cannot read; tried again"),
        ({"mode": "starting", "connection-error": "refused"}, "  its controller: refused"),
        ({"clock-behind-seconds": 86400}, "  its machine's clock is 1d behind what it has shown"),
        ({"mode": "completed"}, "  its controller has no meter status, so there is nothing to do"),
        (
            {"mode": "refused", "error": "a.conf: malformed"},
            "  not served: a.conf: malformed; it is looked at again when that is mended",
        ),
    ],
)
def test_each_trouble_has_its_line(unit: dict[str, Any], line: str) -> None:
    """What is wrong stands under the unit, in words, with what to do."""
    assert shown(unit)[2:] == [line]


def test_what_is_not_known_is_a_dash() -> None:
    """A unit that is starting has a row all the same."""
    assert shown({"mode": "starting"})[1].split() == ["shop/0", "starting", "-", "-", "-", "-"]


@pytest.mark.parametrize(("red", "cell"), [(90.0, "off/1m30s (controller)"), (None, "off/off (controller)")])
def test_a_stage_that_is_off_is_shown_as_off(red: float | None, cell: str) -> None:
    """The policy's cell says which stages come, and who says so."""
    policy = {"amber-grace-seconds": None, "red-grace-seconds": red, "origin": "controller"}
    assert shown({**WELL, "policy": policy})[1].endswith(cell)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s ago"), (59, "59s ago"), (3661, "1h1m ago"), (90061, "1d1h ago"), (-1, "0s ago")],
)
def test_a_span_is_as_exact_as_a_person_reads(seconds: int, words: str) -> None:
    """The two largest units."""
    assert f"  {words}  " in shown({**WELL, "seconds-since-contact": seconds})[1]


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(width: int) -> None:
    """No line is wider than the terminal, and no word of a detail is lost."""
    unit = {**CUT_OFF, "info": "word " * 40, "unsaved": True, "unsaved-error": "no space " * 20}
    lines = shown(unit, width)
    assert max(map(output.width_of, lines)) <= width
    whole = " ".join(line.strip() for line in lines[2:])
    assert whole == " ".join(line.strip() for line in shown(unit)[2:])


def test_nothing_can_move_the_cursor() -> None:
    """What came from elsewhere is shown as plain text."""
    lines = shown({**CUT_OFF, "info": "a\x1b[2Jb", "connection-error": "c\nd\x1b"})
    assert "a?[2Jb" in lines[1]
    assert lines[2].endswith(": c d?")


def test_the_status_is_coloured() -> None:
    """On a terminal that may be coloured, what the hook was told has its colour."""
    document = {"now": "2031-05-06T07:08:09Z", "units": {"shop/0": WELL}}
    assert click.style("GREEN", fg="green") in agent_view.lines(document, None, coloured=True)[1]


def test_an_agent_without_units_has_no_table() -> None:
    """There is nothing to lay out."""
    assert agent_view.lines({"version": 1, "now": "x", "units": {}}, 80) == []


def test_a_unit_whose_controller_had_no_meter_status_waits_for_one_that_has() -> None:
    """It is neither cut off from anything nor to be told a stage."""
    unit = {**WELL, "mode": "isolated", "unmetered": True, "connection-error": "refused"}
    assert shown(unit)[2:] == [
        "  trying to reach its controller: refused",
        "  its last controller had no meter status, so it stays as it is until one that has it speaks",
    ]


PLACE = {"number": 1, "revision": 498}
EPOCH = {"number": 1, "revision": 512, "state": "current", "restored-from": None, "controller-at": None}


@pytest.mark.parametrize(
    ("epoch", "words"),
    [
        (EPOCH, []),
        (
            {**EPOCH, "state": "behind", "controller-at": PLACE},
            ["and its controller was led back to revision 498 of epoch 1: the worse of both holds"],
        ),
        (
            {**EPOCH, "state": "behind", "controller-at": {"number": 0, "revision": 0}},
            ["it has heard revision 512 of epoch 1, and its controller was led back: the worse"],
        ),
        (
            {**EPOCH, "state": "superseded", "controller-at": PLACE},
            ["and its controller is an old one at revision 498 of epoch 1: that is no contact"],
        ),
        (
            {**EPOCH, "state": "restored", "restored-from": PLACE},
            ["it was led back by a restore from revision 498 of epoch 1, and follows revision 512"],
        ),
    ],
)
def test_a_controller_that_was_led_back_is_shown(epoch: dict[str, Any], words: list[str]) -> None:
    """Where it is, and what the unit makes of it."""
    lines = shown({**WELL, "epoch": epoch})[2:]
    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True))


def test_announced_maintenance_is_shown() -> None:
    """How much later each stage comes."""
    (line,) = shown({**WELL, "maintenance-seconds": 5400})[2:]
    assert line == "  maintenance was announced: without contact each stage comes 1h30m later"


@pytest.mark.parametrize(
    ("holder", "end"), [(None, ""), ("/tmp/lock is held by x", "; /tmp/lock is held by x")]
)
def test_a_wait_for_the_machine_lock_says_who_is_in_the_way(holder: str | None, end: str) -> None:
    """For how long, and who holds it where the agent knows."""
    unit: dict[str, Any] = {**WELL, "delivering": "RED", "attempt": 0, "lock-wait-seconds": 75}
    if holder is not None:
        unit["lock-holder"] = holder
    assert shown(unit)[-1] == f"  telling RED: the hook has waited 1m15s for the machine lock{end}"


def test_units_are_told_apart_on_eighty_columns() -> None:
    """The number at the end of a name stays, and information is cut before it."""
    names = [f"postgresql-production-europe-west/{number}" for number in (10, 11)]
    document = {"now": "2031-05-06T07:08:09Z", "units": dict.fromkeys(names, WELL)}
    title, *rows = agent_view.lines(document, 80)
    assert all(row.split()[0].endswith(name[-3:]) for row, name in zip(rows, names, strict=True))
    assert max(map(len, (title, *rows))) <= 80
