"""Statuses that are set for a time: what lies beneath, what comes back, and what an undo puts back.

Pure. What is set for a unit, an application or the model is a status without a limit and, over it, at most
one that has one (decision 0016). A limit belongs to the revision that set the status: where another one
stands, it ends nothing.
"""

import dataclasses
import datetime

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.text import spans

SHORTEST = datetime.timedelta(seconds=10)
"""Agents should have heard the status before it ends."""

LONGEST = datetime.timedelta(days=400)
"""Whoever set it, and why, is in the history as long by default."""

_SECOND = datetime.timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class TimeLimit:
    """When a status ends, and what stands then."""

    until: datetime.datetime
    """By the controller's clock, aware UTC."""

    beneath: status.MeterStatus | None
    """None where nothing was set for the application or model."""


def check(span: datetime.timedelta) -> None:
    """Check for how long somebody wants to set a status.

    Raises:
        NotValidError: it is below ten seconds or above 400 days.
    """
    if not SHORTEST <= span <= LONGEST:
        bounds = f"{spans.render(SHORTEST)} to {spans.render(LONGEST)}"
        shown = f"-{spans.render(-span)}" if span < datetime.timedelta(0) else spans.render(span)
        raise errors.NotValidError(f"status for {shown}", f"it may be {bounds}")


def beneath(held: status.MeterStatus | None, limit: TimeLimit | None) -> status.MeterStatus | None:
    """Return what stands once a status has ended: itself, where it has no limit."""
    return held if limit is None else limit.beneath


def laid(
    until: datetime.datetime | None, over: status.MeterStatus | None, limit: TimeLimit | None
) -> TimeLimit | None:
    """Return the limit of a status that is set now.

    Args:
        until: its end; None sets it without one.
        over: what stands.
        limit: that one's.
    """
    return None if until is None else TimeLimit(until, beneath(over, limit))


def put_back(
    old: status.MeterStatus | None, limit: TimeLimit | None, at: datetime.datetime
) -> tuple[status.MeterStatus | None, TimeLimit | None]:
    """Return what an undo puts back: what was there, with its limit; past that, what lay beneath."""
    if limit is None or limit.until > at:
        return old, limit
    return limit.beneath, None


def why_ended(revision: int, who: str, set_at: datetime.datetime, until: datetime.datetime) -> str:
    """Say in the history why a status ended.

    Args:
        revision: the one that set it.
        who: the name of who did.
        set_at: when.
        until: its end.
    """
    span = max(until - set_at, _SECOND)
    return f"ended: set for {spans.render(span - span % _SECOND)} by {who} at revision {revision}"
