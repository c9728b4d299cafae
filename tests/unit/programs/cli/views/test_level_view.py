"""Statuses of levels, as people and programs are shown them."""

import datetime

import msgspec
import pytest

from meterstatus.programs import output
from meterstatus.programs.cli.views import level_view
from meterstatus.protocol.facades import meter_status_admin

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


def unit(code: str, info: str, told_code: str, told_info: str) -> meter_status_admin.UnitStatus:
    """Make a unit with what is set for it, and what it is told."""
    return meter_status_admin.UnitStatus(
        unit="shop/0",
        code=code,
        info=info,
        told_code=told_code,
        told_info=told_info,
        since=AT,
        revision=1,
        connected=True,
    )


@pytest.mark.parametrize(
    ("shown", "cells"),
    [
        (unit("GREEN", "own", "GREEN", "own"), ("GREEN", "own")),
        (unit("GREEN", "own", "RED", "level"), ("RED", "level")),
        (unit("RED", "own", "RED", "level"), ("RED", "level")),
        (unit("NOT SET", "", "AMBER", "not set"), ("NOT SET", "")),
        (unit("NOT SET", "", "GREEN", "level"), ("GREEN", "level")),
    ],
)
def test_a_unit_is_shown_as_it_is_told(shown: meter_status_admin.UnitStatus, cells: tuple[str, str]) -> None:
    """But for one that nobody has set, which is shown as that."""
    assert level_view.cells(shown) == cells


def test_each_level_is_a_line() -> None:
    """Without information the line ends with the code."""
    levels = (
        meter_status_admin.Level(MODEL, "RED", "over budget", AT, 3),
        meter_status_admin.Level("application-shop", "AMBER", "", AT, 2),
    )
    answer = meter_status_admin.StatusResult(3, "", "", "default", (), levels)
    assert level_view.notes(answer) == ["the model: RED over budget", "shop: AMBER"]


def test_a_program_is_told_all_of_a_level() -> None:
    """What it is set for, since when, and by which change."""
    assert level_view.document(meter_status_admin.Level("application-shop", "AMBER", "audit", AT, 2)) == {
        "set-for": {"kind": "application", "name": "shop"},
        "status": "AMBER",
        "info": "audit",
        "since": "2031-05-06T07:08:09Z",
        "revision": 2,
        "end": None,
    }


def test_an_end_stands_with_what_it_is_of() -> None:
    """A unit that is told a level's status shows no end of its own; the level's stands with the level."""
    end = meter_status_admin.End(AT, "GREEN")
    own = msgspec.structs.replace(unit("AMBER", "", "AMBER", ""), end=end)
    moments = output.Moments(AT - datetime.timedelta(hours=2), has_room=False)
    assert level_view.end_cell(own, moments) == "in 2h"
    assert level_view.end_cell(msgspec.structs.replace(own, told_code="RED"), moments) == ""
    assert level_view.end_cell(unit("AMBER", "", "AMBER", ""), moments) == ""
    levels = (meter_status_admin.Level(MODEL, "RED", "", AT, 3, end),)
    answer = meter_status_admin.StatusResult(3, "", "", "default", (), levels)
    assert level_view.notes(answer) == ["the model: RED (until 2031-05-06T07:08:09Z)"]
