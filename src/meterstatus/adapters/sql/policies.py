"""A policy as the database keeps it: JSON of seconds, ``{"amber": 300.0, "red": null, "warning": 60.0}``."""

import datetime
import json

from meterstatus.domain import policy as policies
from meterstatus.domain import status


def to_text(policy: policies.Policy | None) -> str | None:
    """Write a policy; None, where none is set, stays None."""
    if policy is None:
        return None
    spans = {
        "amber": policy.grace(status.StatusCode.AMBER),
        "red": policy.grace(status.StatusCode.RED),
        "warning": policy.warning,
    }
    return json.dumps({name: None if span is None else span.total_seconds() for name, span in spans.items()})


def from_text(text: str | None) -> policies.Policy | None:
    """Read what ``to_text`` wrote.

    Raises:
        ValueError, KeyError: somebody else wrote it.
    """
    if text is None:
        return None
    seconds: dict[str, float | None] = json.loads(text)
    return policies.amber_red(*(_span(seconds[name]) for name in ("amber", "red", "warning")))


def _span(seconds: float | None) -> datetime.timedelta | None:
    return None if seconds is None else datetime.timedelta(seconds=seconds)
