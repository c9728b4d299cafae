"""How an engine decides and waits (spec worker, C.2)."""

import dataclasses
import datetime
import logging
from collections.abc import Callable

from meterstatus import errors
from meterstatus.engine import interface
from meterstatus.ports import time

_ZERO = datetime.timedelta()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """What an ``Engine`` works with; the defaults are those of every Juju agent.

    Differs from the reference: the jitter and its source are given, and there are no metrics.
    """

    is_fatal: Callable[[BaseException], bool]
    """Tells whether a manifold's filtered error ends the whole engine."""

    worst_error: Callable[[BaseException, BaseException], BaseException | None]
    """Chooses between a new fatal error and the one remembered so far, in this order."""

    clock: time.Clock
    logger: logging.Logger
    random: Callable[[], float]
    """Uniform in [0, 1); where the jitter comes from."""

    filter: interface.Filter | None = None
    """Translates what the engine ends with, None included, before ``wait`` raises it."""

    is_said: Callable[[BaseException], bool] = lambda _: False
    """Tells of a worker's error whether the log has it already, in better words, or does not need it."""

    error_delay: datetime.timedelta = datetime.timedelta(seconds=3)
    """Before a start after a first failure."""

    bounce_delay: datetime.timedelta = datetime.timedelta(milliseconds=10)
    """Before a start because an input has changed, or the worker asked for it."""

    backoff_factor: float = 1.2
    """What each further failure in a row multiplies a delay with; 0 for no growth."""

    backoff_reset_time: datetime.timedelta = datetime.timedelta(minutes=1)
    """A worker that ran this long and then fails has failed for the first time."""

    max_delay: datetime.timedelta = datetime.timedelta(minutes=2)
    """The longest delay before jitter; zero for no limit."""

    jitter: tuple[float, float] = (0.9, 1.1)
    """Every delay is multiplied with a random number between these; (0, 1) is full jitter."""

    def validate(self) -> None:
        """Check all parts; the first that fails counts.

        Raises:
            NotValidError: in this order: "missing IsFatal", "missing WorstError", "negative ErrorDelay",
                "negative BounceDelay", "BackoffFactor" (neither 0 nor at least 1), "negative
                BackoffResetTime", "negative MaxDelay", "missing Clock", "missing Logger"; then, not in
                the reference, "missing Random" and "Jitter".
        """
        _require(self.is_fatal, "missing IsFatal")
        _require(self.worst_error, "missing WorstError")
        _refuse(self.error_delay < _ZERO, "negative ErrorDelay")
        _refuse(self.bounce_delay < _ZERO, "negative BounceDelay")
        _refuse(not (self.backoff_factor == 0 or self.backoff_factor >= 1), "BackoffFactor")
        _refuse(self.backoff_reset_time < _ZERO, "negative BackoffResetTime")
        _refuse(self.max_delay < _ZERO, "negative MaxDelay")
        _require(self.clock, "missing Clock")
        _require(self.logger, "missing Logger")
        _require(self.random, "missing Random")
        _refuse(not 0 <= self.jitter[0] <= self.jitter[1], "Jitter")


def _require(value: object, subject: str) -> None:
    _refuse(value is None, subject)


def _refuse(is_wrong: bool, subject: str) -> None:
    if is_wrong:
        raise errors.NotValidError(subject)
