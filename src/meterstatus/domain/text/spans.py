"""Time spans as a person writes them: ``90s``, ``5m``, ``1h30m``, ``250ms``; pure text in, text out.

The form is Go's, as Juju's settings use it, with days added. A bare number is refused: "5" would be
minutes to one reader and seconds to the next, and a grace period must not depend on that.
"""

import datetime
import re

from meterstatus import errors

_UNITS = {
    "d": datetime.timedelta(days=1),
    "h": datetime.timedelta(hours=1),
    "m": datetime.timedelta(minutes=1),
    "s": datetime.timedelta(seconds=1),
    "ms": datetime.timedelta(milliseconds=1),
    "us": datetime.timedelta(microseconds=1),
}
_DIGITS = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_FORM = "write 90s, 5m, 1h30m or 250ms"
_PARTS_TOLD = 2
_SECOND = datetime.timedelta(seconds=1)
_span_re = re.compile("".join(rf"(?:({_DIGITS}){unit})?" for unit in _UNITS))


def parse(text: str) -> datetime.timedelta:
    """Read a span: each unit at most once, largest first, fractions allowed; never negative.

    Raises:
        NotValidError: the text is no span, or a longer one than can be counted.
    """
    match = _span_re.fullmatch(text)
    if match is None or not text:
        raise errors.NotValidError(f'time span "{text}"', _FORM)
    total = datetime.timedelta(0)
    try:
        for number, unit in zip(match.groups(), _UNITS.values(), strict=True):
            if number is not None:
                total += _times(number, unit)
    except OverflowError as error:
        raise errors.NotValidError(f'time span "{text}"', _FORM) from error
    return total


def _times(number: str, unit: datetime.timedelta) -> datetime.timedelta:
    # In whole numbers: 0.1 of anything has no exact float, and a deadline is compared exactly.
    whole, _, fraction = number.partition(".")
    part = unit * int(fraction) // 10 ** len(fraction) if fraction else datetime.timedelta(0)
    return unit * int(whole) + part


def render(span: datetime.timedelta) -> str:
    """Write a span so that ``parse`` reads it back: ``1h30m``, ``250ms``; nothing is ``0s``.

    Raises:
        NotValidError: the span is negative.
    """
    if span < datetime.timedelta(0):
        raise errors.NotValidError(f'time span "{span}"', "it is negative")
    return "".join(_parts(span)) or "0s"


def in_brief(span: datetime.timedelta) -> str:
    """Write a span for a person, whole seconds in its two largest units: ``7m48s``; never below ``0s``."""
    whole = max(span, datetime.timedelta(0)) // _SECOND * _SECOND
    return "".join(_parts(whole)[:_PARTS_TOLD]) or "0s"


def _parts(span: datetime.timedelta) -> list[str]:
    parts: list[str] = []
    for unit, length in _UNITS.items():
        count, span = divmod(span, length)
        if count:
            parts.append(f"{count}{unit}")
    return parts
