"""The machine lock's names and the lines of its log, as every Juju agent writes them (spec worker, D.7).

Pure text. Instants come in as the local time to be shown.
"""

import dataclasses
import datetime
import re

_NAME = "machine-lock"
_name_re = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,39}")
_SECOND = datetime.timedelta(seconds=1)


def file_name(group: str = "") -> str | None:
    """Return the lock file's name for an execution group, "" for the machine; None where no name may be.

    A name begins with a letter, goes on with letters, digits and dashes, and has at most 40 characters.
    """
    name = f"{_NAME}-{group}" if group else _NAME
    return f"juju-{name}" if _name_re.fullmatch(name) else None


def duration_text(duration: datetime.timedelta) -> str:
    """Write a duration as Go does, rounded half up to whole seconds: ``0s``, ``2m5s``, ``1h0m0s``.

    A negative one, which a wall clock set back can give, is ``0s``.
    """
    seconds = max(0, (duration + _SECOND / 2) // _SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if hour:
        return f"{hour}h{minute}m{second}s"
    return f"{minute}m{second}s" if minute else f"{second}s"


def _stamp(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def started_line(at: datetime.datetime, agent: str) -> str:
    """Return the line that comes before an agent's first entry."""
    return f"{_stamp(at)} === agent {agent} started ===\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """Who wants the lock, what for, and since when."""

    worker: str
    comment: str
    requested_at: datetime.datetime

    @property
    def text(self) -> str:
        """The worker, and the comment in brackets where there is one."""
        return f"{self.worker} ({self.comment})" if self.comment else self.worker

    def waiting_text(self, now: datetime.datetime) -> str:
        """Describe a request that waits."""
        return f"{self.text}, waiting {duration_text(now - self.requested_at)}"

    def holding_text(self, acquired_at: datetime.datetime, now: datetime.datetime) -> str:
        """Describe a request that was granted."""
        return f"{self.text}, holding {duration_text(now - acquired_at)}"

    def held_line(self, agent: str, acquired_at: datetime.datetime, released_at: datetime.datetime) -> str:
        """Return the log's line for a lock that is being released."""
        waited = duration_text(acquired_at - self.requested_at)
        held = duration_text(released_at - acquired_at)
        return f"{_stamp(released_at)} {agent}: {self.text}, waited {waited}, held {held}\n"
