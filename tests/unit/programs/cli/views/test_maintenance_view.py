"""Announced maintenance as commands show it."""

import datetime

from meterstatus.programs.cli.views import maintenance_view
from meterstatus.protocol.facades import meter_status_admin

SINCE = datetime.datetime(2026, 3, 5, 12, 30, tzinfo=datetime.UTC)
ANNOUNCED = meter_status_admin.Maintenance(SINCE, SINCE + datetime.timedelta(hours=2), "admin", "a new disk")


def test_words_name_the_end_and_who() -> None:
    """A line with the end, the user and the reason; control characters of a reason are not printed."""
    words = "Maintenance is announced until 2026-03-05T14:30:00Z by admin: a new disk"
    assert maintenance_view.in_words(ANNOUNCED) == words
    odd = meter_status_admin.Maintenance(SINCE, SINCE, "admin", "a\x1b[2Jdisk")
    assert maintenance_view.in_words(odd).endswith("by admin: a?[2Jdisk")


def test_a_document_has_all_of_it() -> None:
    """None, which is ``null``, where nothing is announced."""
    assert maintenance_view.document(None) is None
    assert maintenance_view.document(ANNOUNCED) == {
        "since": "2026-03-05T12:30:00Z",
        "until": "2026-03-05T14:30:00Z",
        "user": "admin",
        "reason": "a new disk",
    }
