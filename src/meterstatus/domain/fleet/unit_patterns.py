"""Which units a person means by names and shell patterns of units and applications. Pure.

A name costs nothing to look up, however many there are; each pattern is tried with every unit, so of those
there may be few.
"""

import fnmatch
import re
from collections.abc import Callable, Iterable

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain.fleet import records

MAX_PATTERNS = 50
"""Texts with a wildcard in one question; ten thousand units are looked through in a second then."""

_WILDCARDS = frozenset("*?[")


class UnitPatterns:
    """Names and patterns, of which one suffices; none at all match every unit.

    Raises:
        NotValidError: there are too many patterns, or one that is longer than any name.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        given = frozenset(texts)
        patterns = {text for text in given if not _WILDCARDS.isdisjoint(text)}
        if len(patterns) > MAX_PATTERNS:
            raise errors.NotValidError(
                "patterns", f"there are {len(patterns)} (limit {MAX_PATTERNS}; names may be more)"
            )
        if any(len(pattern) > names.MAX_NAME_CHARACTERS for pattern in patterns):
            raise errors.NotValidError("pattern", f"it has more than {names.MAX_NAME_CHARACTERS} characters")
        self._is_everything = not given
        self._names = given - patterns
        self._matchers: list[Callable[[str], object]] = [
            re.compile(fnmatch.translate(pattern)).match for pattern in patterns
        ]

    def match(self, unit: records.Unit) -> bool:
        """Tell whether a unit is meant."""
        application = unit.application
        if self._is_everything or unit.name in self._names or application in self._names:
            return True
        return any(matches(unit.name) or matches(application) for matches in self._matchers)
