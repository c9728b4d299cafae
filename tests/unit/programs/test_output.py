"""Tables, and what is safe to show in them."""

import datetime

import hypothesis
import hypothesis.strategies as st
import pytest
import yaml

from meterstatus.programs import output

COLUMNS = (
    output.Column("Unit", narrowest=6),
    output.Column("Info", narrowest=8),
    output.Column("Revision", numeric=True),
)
NOW = datetime.datetime(2026, 3, 5, 12, 30, 15, tzinfo=datetime.UTC)


def test_lays_a_table_out_in_columns() -> None:
    """Cells stand under their titles, numbers to the right, and no line ends in spaces."""
    rows = [("shop/0", "low budget", "7"), ("shop/10", "", "12")]
    assert output.table(COLUMNS, rows, None) == [
        "Unit     Info        Revision",
        "shop/0   low budget         7",
        "shop/10                    12",
    ]


def test_cuts_the_widest_column_first() -> None:
    """A table that is too wide loses text where there is most of it, and says so with an ellipsis."""
    lines = output.table(COLUMNS, [("shop/0", "a very long story about budgets", "7")], 34)
    assert lines[1] == "shop/0  a very long sto…         7"
    assert len(lines[1]) == 34


def test_keeps_what_may_not_be_cut_although_the_width_is_exceeded() -> None:
    """No column becomes narrower than it may, however narrow the terminal is."""
    lines = output.table(COLUMNS, [("a-long-name/0", "a long story", "7")], 10)
    assert lines[1] == "a-lon…  a long…          7"


def test_cuts_nothing_without_a_width() -> None:
    """Where standard output is no terminal, a program reads it, and every cell is whole."""
    story = "x" * 300
    assert story in output.table(COLUMNS, [("shop/0", story, "7")], None)[1]


@hypothesis.given(st.text(), st.integers(min_value=1, max_value=40))
def test_cut_text_fits(text: str, width: int) -> None:
    """However wide its characters are, cut text takes no more cells than it may."""
    assert output.width_of(output.cut(output.plain(text), width)) <= width


@hypothesis.given(st.text())
def test_plain_text_stays_on_its_line(text: str) -> None:
    """No text can end the line, move the cursor or hide itself."""
    plain = output.plain(text)
    assert plain.isprintable()
    assert len(plain.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("low budget", "low budget"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred", "?[31mred"),
        ("größer 予算", "größer 予算"),
    ],
)
def test_plain_text_keeps_what_can_be_read(text: str, shown: str) -> None:
    """Only what is no text is replaced."""
    assert output.plain(text) == shown


def test_counts_cells_not_characters() -> None:
    """Wide characters take two cells and combining marks none."""
    assert output.width_of("予算") == 4
    assert output.width_of("u\u0308") == 1


def test_colours_only_status_codes() -> None:
    """A known code is coloured where it stands first, and any other text is left alone."""
    assert output.coloured("shop/0  RED", "RED") == "shop/0  \x1b[31mRED\x1b[0m"
    assert output.coloured("shop/0  PURPLE", "PURPLE") == "shop/0  PURPLE"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.9, "now"),
        (-0.9, "now"),
        (1, "in 1s"),
        (250.5, "in 4m10s"),
        (-168, "2m48s ago"),
        (-90061, "1d1h ago"),
    ],
)
def test_says_how_far_an_instant_is(seconds: float, shown: str) -> None:
    """In its two largest units, before now or behind it."""
    assert output.distance(NOW + datetime.timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("has_room", "cells"),
    [
        (False, ("in 10s", "10s ago", "≤10s ago", "now")),
        (
            True,
            (
                "2026-03-05T12:30:25Z, in 10s",
                "2026-03-05T12:30:05Z, 10s ago",
                "≥2026-03-05T12:30:05Z, ≤10s ago",
                "2026-03-05T12:30:25Z, now",
            ),
        ),
    ],
)
def test_an_instant_in_a_cell_has_one_form(has_room: bool, cells: tuple[str, ...]) -> None:
    """RFC 3339 and how far it is where there is room, else how far it is; what was is never to come."""
    moments = output.Moments(NOW, has_room)
    later, earlier = (NOW + datetime.timedelta(seconds=seconds) for seconds in (10, -10))
    past = moments.past(earlier), moments.past(earlier, is_exact=False), moments.past(later)
    assert (moments.coming(later), *past) == cells


def test_writes_instants_for_people_in_whole_seconds() -> None:
    """As for a program, wherever it was written: one form."""
    at = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=14))) + datetime.timedelta(seconds=0.5)
    assert output.instant_in_seconds(at) == "2026-03-05T12:30:15Z"
    assert output.instant(at) == "2026-03-05T12:30:15.500000Z"


def test_writes_instants_for_programs_in_full() -> None:
    """A program gets RFC 3339, UTC."""
    assert output.instant(NOW) == "2026-03-05T12:30:15Z"


def test_what_nobody_sees_is_escaped_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal that shows the document shows it as it is, and a program reads what was said."""
    document = {"info": "paid\u202e\x9b2J\u2028\u200b", "lines": ["\x85", "fine ☂"]}
    forms: tuple[output.Format, ...] = ("json", "yaml")
    for form in forms:
        output.show(document, form, list)
        shown = capsys.readouterr().out
        assert [line for line in shown.splitlines() if not line.isprintable()] == []
        assert "fine ☂" in shown
        assert yaml.safe_load(shown) == document


def test_names_are_cut_in_the_middle_and_last_of_all() -> None:
    """The number at the end is what tells ten units of one application apart."""
    columns = [output.Column("Unit", narrowest=12, is_name=True), output.Column("Info", narrowest=4)]
    rows = [[f"postgresql-production-{number}/{number}", "paid until the end"] for number in (10, 11)]
    title, first, second = output.table(columns, rows, 36)
    assert (title.split(), first.split("  ")[0]) == (["Unit", "Info"], "postgresql-production-10/10")
    _, first, second = output.table(columns, rows, 20)
    assert (first, second) == ("postgre…-10/10  pai…", "postgre…-11/11  pai…")


def test_what_is_no_free_text_is_cut_after_it() -> None:
    """The widest column stays whole while another has words to spare."""
    columns = [
        output.Column("Change", narrowest=7, is_free_text=False),
        output.Column("Info", narrowest=4),
    ]
    row = ["GREEN → AMBER for 2h", "paid until then"]
    assert output.table(columns, [row], 26)[1] == "GREEN → AMBER for 2h  pai…"
    assert output.table(columns, [row], 20)[1] == "GREEN → AMBER…  pai…"


@pytest.mark.parametrize(
    ("width", "shown"), [(11, "postgres/10"), (10, "postg…s/10"), (5, "po…10"), (2, "p…"), (1, "…")]
)
def test_a_name_that_is_cut_keeps_its_end(width: int, shown: str) -> None:
    """As far as there is room for it."""
    assert output.cut_in_the_middle("postgres/10", width) == shown
