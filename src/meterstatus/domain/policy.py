"""When a unit that lost its controller escalates: data that an operator sets and an agent keeps.

Pure. The reference has two constants (spec worker, A.5); here either stage may be off, which is Nomad's and
Kubernetes' "keep the last status", and a charm may be warned before a stage.
"""

import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus import errors
from meterstatus.domain import spans, status

SHORTEST = datetime.timedelta(seconds=10)
"""A shorter grace would take a controller's restart for its loss."""

LONGEST = datetime.timedelta(days=90)


JUJU_AMBER = datetime.timedelta(minutes=5)
JUJU_RED = datetime.timedelta(minutes=15)
"""The reference's constants (spec worker, A.5)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """The grace periods, counted from the last confirmed contact, and how early a charm is warned."""

    amber_grace_period: datetime.timedelta | None = JUJU_AMBER
    """Until AMBER; None where this stage is off."""

    red_grace_period: datetime.timedelta | None = JUJU_RED
    """Until RED; None where this stage is off."""

    warning: datetime.timedelta | None = None
    """How long before a stage the hook ``meter-status-will-change`` runs; None where it does not."""

    def stages(self) -> Iterator[tuple[status.StatusCode, datetime.timedelta]]:
        """Give the stages that are on, in order, each with the time from the last contact until it."""
        if self.amber_grace_period is not None:
            yield status.StatusCode.AMBER, self.amber_grace_period
        if self.red_grace_period is not None:
            yield status.StatusCode.RED, self.red_grace_period

    def in_words(self) -> str:
        """Say it in one line: ``AMBER after 5m, RED after 15m``."""
        parts = [f"{code} after {spans.render(grace)}" for code, grace in self.stages()]
        words = ", ".join(parts) or "never escalates"
        return words if self.warning is None else f"{words}, warned {spans.render(self.warning)} before"


JUJU_POLICY = Policy()


def check(policy: Policy) -> None:
    """Check a policy that an operator sets; an agent's own options are not held to these bounds.

    Raises:
        NotValidError: a grace period out of range, or a warning that is not above zero and shorter than the
            first stage's grace period.
        ConfigError: AMBER is not before RED.
    """
    for code, grace in policy.stages():
        if not SHORTEST <= grace <= LONGEST:
            bounds = f"{spans.render(SHORTEST)} to {spans.render(LONGEST)}"
            raise errors.NotValidError(f"{code} after {grace} (it may be {bounds})")
    graces = [grace for _, grace in policy.stages()]
    if graces != sorted(set(graces)):
        raise errors.ConfigError("amber grace period must be shorter than the red grace period")
    if policy.warning is None:
        return
    if not datetime.timedelta(0) < policy.warning or any(policy.warning >= grace for grace in graces):
        raise errors.NotValidError(f"a warning {policy.warning} before the first stage")
