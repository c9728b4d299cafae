"""Announced maintenance as commands show it: a line of words, and a document."""

from meterstatus.programs import output
from meterstatus.protocol.facades import meter_status_admin


def in_words(announced: meter_status_admin.Maintenance) -> str:
    """Say what is announced, until when, by whom and why."""
    why = f": {announced.reason}" if announced.reason else ""
    until = output.instant_in_seconds(announced.until)
    return output.plain(f"Maintenance is announced until {until} by {announced.user}{why}")


def document(announced: meter_status_admin.Maintenance | None) -> dict[str, str] | None:
    """Return what is announced; None, which is ``null``, where nothing is."""
    if announced is None:
        return None
    return {
        "since": output.instant(announced.since),
        "until": output.instant(announced.until),
        "user": announced.user,
        "reason": announced.reason,
    }
