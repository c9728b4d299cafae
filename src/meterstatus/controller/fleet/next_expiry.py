"""When the next status that is set for a time ends, as far as this process was told."""

import asyncio
import datetime


class NextExpiry:
    """The earliest end, and a word for whoever waits for it.

    Attributes:
        at: when; None where none is known. One that was overtaken stays: a look too early costs little.
        is_sooner: set when there may be an earlier one than before.
    """

    def __init__(self) -> None:
        self.at: datetime.datetime | None = None
        self.is_sooner = asyncio.Event()

    def look(self) -> None:
        """Begin anew: what is noted from now on comes on top of what a look at the store finds."""
        self.at = None
        self.is_sooner.clear()

    def note(self, at: datetime.datetime) -> None:
        """Take note of an end."""
        if self.at is None or at < self.at:
            self.at = at
            self.is_sooner.set()

    def note_reloaded(self) -> None:
        """Take note that the store was led back, so that anything may end at any time."""
        self.note(datetime.datetime.min.replace(tzinfo=datetime.UTC))
