"""Instants as they are written."""

import datetime

from meterstatus.domain import instants

ZONE = datetime.timezone(datetime.timedelta(hours=2))
AT = datetime.datetime(2031, 5, 6, 9, 8, 9, 250000, tzinfo=ZONE)


def test_a_program_is_told_all_of_an_instant() -> None:
    """In UTC with a Z, whatever zone it came in, and with its fraction."""
    assert instants.in_full(AT) == "2031-05-06T07:08:09.250000Z"
    assert instants.in_full(AT.replace(microsecond=0)) == "2031-05-06T07:08:09Z"


def test_a_person_is_told_the_second() -> None:
    """The same form, without the fraction."""
    assert instants.in_seconds(AT) == "2031-05-06T07:08:09Z"
