"""What an agent tells its controller of a hook: what reached it, and what became of it.

Pure. For people: no agent and no controller decides anything by it.
"""

import dataclasses
import datetime
from collections.abc import Sequence

from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, hook_environment, hook_output, outcome

DETAIL_LIMIT_BYTES = 4096
CODE_LIMIT_BYTES = 64
INFO_LIMIT_BYTES = 4096
ID_LIMIT_BYTES = 128
LOG_LINE_LIMIT_BYTES = 512
"""What a report takes of a charm's own words: the last lines, each cut where it is longer."""


@dataclasses.dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One attempt to run a hook, and its end."""

    delivery_id: str
    attempt: int
    """From 1."""

    hook: hook_call.HookKind
    status: status.MeterStatus
    """What the hook was told."""

    origin: hook_call.Origin
    """Whose word that is."""

    outcome: outcome.HookOutcome
    ended_at: datetime.datetime
    """The wall time of the agent's machine, aware UTC."""

    def is_of(self, other: "DeliveryReport") -> bool:
        """Tell whether both are of one attempt, and of its end as a delivery or not."""
        same = (self.delivery_id, self.attempt, self.hook, self.status) == (
            other.delivery_id,
            other.attempt,
            other.hook,
            other.status,
        )
        return same and self.outcome.is_delivery == other.outcome.is_delivery


@dataclasses.dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A report as a controller keeps it."""

    unit: str
    """The unit's name."""

    received_at: datetime.datetime
    """By the controller's clock, aware UTC: without contact long after the hook ended."""

    report: DeliveryReport


@dataclasses.dataclass(frozen=True, slots=True)
class Reported:
    """Reports as a store has them."""

    reports: Sequence[ReceivedReport]
    """Those of one unit oldest first."""

    up_to: int
    """The number of the newest report there is, or of the last one here where more are to come: the store
    counts them up as they become visible, and one that comes again gets a new one. 0 where there is none."""


def of(
    told: hook_call.HookCall, ended: outcome.HookOutcome, ended_at: datetime.datetime
) -> DeliveryReport | None:
    """Return the report of a run; None for one that is no delivery of ours, and has no id."""
    if told.delivery_id is None or told.attempt is None or told.origin is None:
        return None
    return DeliveryReport(
        told.delivery_id, told.attempt, told.hook, told.status, told.origin, ended, ended_at
    )


def shortened(report: DeliveryReport) -> DeliveryReport:
    """Cut what an agent says to what a controller takes: a charm is its own to be talkative, an agent not."""
    told = status.MeterStatus(
        hook_environment.shorten(report.status.code, CODE_LIMIT_BYTES),
        hook_environment.shorten(report.status.info, INFO_LIMIT_BYTES),
    )
    ended = report.outcome
    lines = tuple(
        hook_environment.shorten(line, LOG_LINE_LIMIT_BYTES)
        for line in ended.log_lines[-hook_output.LOG_LINES :]
    )
    detail = hook_environment.shorten(ended.detail, DETAIL_LIMIT_BYTES)
    return dataclasses.replace(
        report,
        delivery_id=hook_environment.shorten(report.delivery_id, ID_LIMIT_BYTES),
        status=told,
        outcome=dataclasses.replace(ended, detail=detail, log_lines=lines),
    )
