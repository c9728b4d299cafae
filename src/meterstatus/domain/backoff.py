"""How long to wait before the next attempt: growing, capped, then spread (spec worker, C.5).

Arithmetic only. Whoever waits brings the random factor, so that the figures can be tested.
"""

import dataclasses
import datetime
from collections.abc import Mapping

AGAIN = "try again"
"""Juju's code of an answer that means: not now."""

RETRY_AFTER = "retry-after-ms"
"""Beside it, in the error's info: how long to wait before that. Ours alone; Juju's agents pass it over."""

LONGEST_TOLD = datetime.timedelta(seconds=3)
"""The longest wait that is obeyed, and the longest that a controller of ours tells: three tenths of the
shortest stage (``policy.SHORTEST``), so that no word of the controller's leads an agent past it."""

_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Growth:
    """How a delay grows with failures in a row; the defaults are Juju's (spec worker, C.2)."""

    factor: float = 1.2
    """By how much each further failure multiplies the delay; 0 and 1 keep it as it is."""

    max_delay: datetime.timedelta = datetime.timedelta(minutes=2)
    """The cap, before jitter; zero means none."""


def delay(base: datetime.timedelta, recent_errors: int, growth: Growth, jitter: float) -> datetime.timedelta:
    """Return the delay before an attempt, in whole milliseconds.

    Args:
        base: the delay after the first failure; zero means none at all, whatever the rest.
        recent_errors: failures in a row, this one included. After none the delay is one step shorter
            than the base, as in Juju.
        growth: the factor and the cap.
        jitter: what the capped delay is multiplied with; 1 spreads nothing.

    Never overflows: what is too long to be said is the cap, or without one the longest span there is.
    """
    if base <= datetime.timedelta():
        return datetime.timedelta()
    try:
        # A factor of 0 is Juju's word for "no growth", not for "no delay".
        grown = base / _MILLISECOND * (growth.factor or 1.0) ** (recent_errors - 1)
    except OverflowError:
        grown = float("inf")
    if growth.max_delay > datetime.timedelta():
        grown = min(grown, growth.max_delay / _MILLISECOND)
    try:
        return datetime.timedelta(milliseconds=round(grown * jitter))
    except (OverflowError, ValueError):  # infinite, or infinite times nothing
        return datetime.timedelta.max if jitter else datetime.timedelta()


def told_to_wait(code: str, info: Mapping[str, object]) -> datetime.timedelta | None:
    """Return how long a refusal tells to wait, at most ``LONGEST_TOLD``; None where it tells nothing.

    Args:
        code: the error's code.
        info: the error's info.
    """
    told = info.get(RETRY_AFTER)
    if code != AGAIN or isinstance(told, bool) or not isinstance(told, int | float) or not told >= 0:
        return None
    return min(told, LONGEST_TOLD / _MILLISECOND) * _MILLISECOND
