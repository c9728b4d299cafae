"""What became of a hook (spec worker, A.13 and B-06): the news that the reference throws away."""

import dataclasses
import enum


class HookResult(enum.Enum):
    """The six ends of an attempt to run a hook."""

    RAN = "ran"
    """It ended with exit status 0."""

    MISSING = "missing"
    """The charm has neither ``dispatch`` nor the hook; nothing to run, and that is final for it."""

    FAILED = "failed"
    """It ended with another exit status."""

    TERMINATED = "terminated"
    """SIGTERM or SIGKILL ended it: ours, on interrupt, or somebody else's."""

    TIMED_OUT = "timed out"
    """It did not end within its limit and was ended."""

    NOT_STARTED = "not started"
    """No process was made: the lock was not acquired, the charm is not there, exec failed."""


@dataclasses.dataclass(frozen=True, slots=True)
class HookOutcome:
    """One attempt's end."""

    result: HookResult
    exit_status: int | None = None
    """The exit status where the process exited; None where it did not, or never was."""

    detail: str = ""
    """One line for a person: which handler ran, the signal, the cause of a failure."""

    log_lines: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    """The last lines that the hook logged with ``juju-log``, oldest first; for people, nothing is decided by
    them."""

    @property
    def is_delivery(self) -> bool:
        """Tell whether the status now counts as delivered: only if the hook ran, or is missing."""
        return self.result is HookResult.RAN or self.result is HookResult.MISSING
