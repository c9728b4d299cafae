"""When a unit that lost its controller escalates: data that an operator sets and an agent keeps.

Pure. The reference has two constants (spec worker, A.5); here either stage may be off, which is Nomad's and
Kubernetes' "keep the last status", and a charm may be warned before a stage.
"""

import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.text import spans

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
        """Say it in one line: ``AMBER after 5m, RED off``."""
        graces = {
            status.StatusCode.AMBER: self.amber_grace_period,
            status.StatusCode.RED: self.red_grace_period,
        }
        if all(grace is None for grace in graces.values()):
            return "never escalates"
        words = ", ".join(
            f"{code} off" if grace is None else f"{code} after {_in_words(grace)}"
            for code, grace in graces.items()
        )
        return words if self.warning is None else f"{words}, warned {_in_words(self.warning)} before"


JUJU_POLICY = Policy()


def check(policy: Policy) -> None:
    """Check a policy that an operator sets; an agent's own options are not held to these bounds.

    Raises:
        NotValidError: a grace period out of range, or a warning that is not above zero and shorter than the
            first stage's grace period.
        ConfigError: AMBER is not before RED.
    """
    for code, grace in policy.stages():
        if grace < SHORTEST:
            raise _out_of_range(code, grace)
    check_sense(policy)


def check_sense(policy: Policy) -> None:
    """Check a policy that came from elsewhere: that an agent can follow it, however short its stages are.

    Raises:
        NotValidError: a grace period that is not above zero or is over 90 days, or a warning as in ``check``.
        ConfigError: AMBER is not before RED.
    """
    graces: list[datetime.timedelta] = []
    for code, grace in policy.stages():
        if not datetime.timedelta(0) < grace <= LONGEST:
            raise _out_of_range(code, grace)
        graces.append(grace)
    if graces != sorted(set(graces)):
        raise errors.ConfigError("amber grace period must be shorter than the red grace period")
    if policy.warning is None:
        return
    if not datetime.timedelta(0) < policy.warning <= LONGEST:
        raise errors.NotValidError(f"a warning {_in_words(policy.warning)} before a stage")
    if graces and policy.warning >= graces[0]:
        words = f"{_in_words(policy.warning)} before a stage that comes after {_in_words(graces[0])}"
        raise errors.NotValidError(f"a warning {words}")


def _out_of_range(code: status.StatusCode, grace: datetime.timedelta) -> errors.NotValidError:
    bounds = f"{spans.render(SHORTEST)} to {spans.render(LONGEST)}"
    return errors.NotValidError(f"{code} after {_in_words(grace)} (it may be {bounds})")


def _in_words(span: datetime.timedelta) -> str:
    nothing = datetime.timedelta(0)
    return f"-{spans.render(-span)}" if span < nothing else spans.render(span)
