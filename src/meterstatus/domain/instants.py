"""How an instant is written wherever a person or a program reads one: RFC 3339, UTC, with a Z."""

import datetime


def in_full(at: datetime.datetime) -> str:
    """Write an aware instant for a program: ``2026-03-01T12:00:00Z``, with its fraction where it has one."""
    return _written(at, "auto")


def in_seconds(at: datetime.datetime) -> str:
    """Write an aware instant for a person, without its fraction."""
    return _written(at, "seconds")


def _written(at: datetime.datetime, timespec: str) -> str:
    return at.astimezone(datetime.UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
