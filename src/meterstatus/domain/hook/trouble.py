"""What keeps a connected unit's agent from telling its hook what is asserted, or from remembering it.

Pure. The agent reports it and nothing is decided by it: it is the reason that an operator sees beside a unit
that was not told.
"""

import dataclasses
import datetime
import enum

from meterstatus.domain.hook import hook_environment, outcome

DETAIL_LIMIT_BYTES = 512
"""What is taken of the words: a line for a person."""

LASTING = datetime.timedelta(seconds=3)
"""How long a trouble lasts before it is reported: most hooks have ended by then, and most locks are free."""

_SAME_RETRY = datetime.timedelta(seconds=2)
"""Two reckonings of one instant by two clocks are not further apart."""


class Reason(enum.StrEnum):
    """What it is; the name goes to programs."""

    CHARM = "charm"
    """There is no charm yet that could be told."""

    LOCK = "lock"
    """The machine lock is held by another, or is not to be had."""

    HOOK_RUNNING = "hook-running"
    """The hook is being told, and has not ended."""

    HOOK_FAILED = "hook-failed"
    """The hook failed, was ended, or took too long, and is tried again."""

    HOOK_NOT_STARTED = "hook-not-started"
    """The hook could not be started, and is tried again."""

    STATE = "state"
    """What the hook was told could not be written down; it was told all the same."""

    AGENT = "agent"
    """The unit's status worker cannot begin."""


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of one unit, as its agent sees it."""

    reason: Reason
    detail: str = ""
    """A line for a person; "" where the reason says it all."""

    retry_at: datetime.datetime | None = None
    """When it is tried again, by the wall clock of the agent's machine, aware UTC; None where that is not a
    matter of time."""

    @property
    def withholds(self) -> bool:
        """Whether the hook was not told because of it."""
        return self.reason is not Reason.STATE

    def shortened(self) -> "Trouble":
        """Cut the words to what a controller takes."""
        return dataclasses.replace(self, detail=hook_environment.shorten(self.detail, DETAIL_LIMIT_BYTES))


def of_outcome(ended: outcome.HookOutcome, retry_at: datetime.datetime | None) -> Trouble | None:
    """Return the trouble of a hook that was not told; None where it was."""
    if ended.is_delivery:
        return None
    if ended.result is outcome.HookResult.NOT_STARTED:
        return Trouble(Reason.HOOK_NOT_STARTED, ended.detail, retry_at)
    status = "" if ended.exit_status in (None, 0) else f"exit status {ended.exit_status}"
    words = "; ".join(part for part in (ended.result.value, status, ended.detail) if part)
    return Trouble(Reason.HOOK_FAILED, words, retry_at)


def is_news(said: Trouble | None, now: Trouble | None) -> bool:
    """Tell whether a trouble is another one than was said, and not the same reckoned again."""
    if said is None or now is None:
        return said is not now
    if (said.reason, said.detail) != (now.reason, now.detail):
        return True
    if said.retry_at is None or now.retry_at is None:
        return said.retry_at is not now.retry_at
    return abs(said.retry_at - now.retry_at) > _SAME_RETRY
