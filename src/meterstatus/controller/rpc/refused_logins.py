"""Who was refused before a login: logged so that an attack can be seen, and cannot fill the log.

What a stranger says is cut and escaped. Beyond some lines a minute refusals are only counted, and their
number is logged when the minute is over.
"""

import collections
import datetime
import logging

from meterstatus.controller.rpc import hashing
from meterstatus.ports import time
from meterstatus.runtime import waiting

PERIOD = datetime.timedelta(minutes=1)
"""In which so many are logged."""

LINES = 50
"""Refusals logged in a period."""

LINES_EACH = 5
"""Of one address."""

_MAX_CHARACTERS = 100

_logger = logging.getLogger(__name__)


class RefusedLogins:
    """Counts and logs refusals.

    Attributes:
        total: how many there were since the controller was started.
    """

    def __init__(self) -> None:
        self.total = 0
        self._lines: collections.Counter[str] = collections.Counter()
        """By address, in this period; no more addresses than there may be lines."""

        self._silent = 0

    def note(self, who: str, remote: str, why: str) -> None:
        """Take note of one.

        Args:
            who: the tag that he gave, as it came; "" where he gave none.
            remote: where he is, ``host:port``.
            why: why he was refused, which may quote what he said.
        """
        self.total += 1
        address = hashing.address_of(remote)
        if self._lines.total() >= LINES or self._lines[address] >= LINES_EACH:
            self._silent += 1
            return
        self._lines[address] += 1
        _logger.warning("refused %s at %s: %s", _plain(who) or "somebody", remote, _plain(why))

    def end_period(self) -> None:
        """Log how many were not logged, and begin anew."""
        if self._silent:
            _logger.warning(
                "refused %d more logins in the last minute; %d since the start", self._silent, self.total
            )
        self._silent = 0
        self._lines.clear()

    async def run(self, clock: time.Clock) -> None:
        """End periods for ever."""
        while True:
            await waiting.pause(clock.after(PERIOD))
            self.end_period()


def _plain(text: str) -> str:
    cut = text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}..."
    return cut.encode("unicode_escape").decode("ascii")
