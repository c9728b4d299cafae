"""Delivery reports, and what keeps a status from its hook, as values and on the wire."""

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call, outcome
from meterstatus.domain.hook import trouble as troubles
from meterstatus.protocol.facades import meter_status_delivery

_MAX_NUMBER = 2**31 - 1
"""Of an attempt and of an exit status; every database takes it."""


def to_wire(report: delivery_report.DeliveryReport) -> meter_status_delivery.Delivery:
    """Return a report's form on the wire."""
    ended = report.outcome
    return meter_status_delivery.Delivery(
        id=report.delivery_id,
        attempt=report.attempt,
        hook=report.hook.value,
        code=report.status.code,
        info=report.status.info,
        origin=report.origin.value,
        result=ended.result.value,
        ended=report.ended_at,
        exit_status=ended.exit_status,
        detail=ended.detail,
        log=ended.log_lines,
    )


def from_wire(said: meter_status_delivery.Delivery) -> delivery_report.DeliveryReport:
    """Read a report.

    Raises:
        NotValidError: it has no id, a number that cannot be, or a hook, an origin or a result that there is
            not.
    """
    if not said.id or not 1 <= said.attempt <= _MAX_NUMBER or abs(said.exit_status or 0) > _MAX_NUMBER:
        raise errors.NotValidError(f'attempt {said.attempt} of delivery "{said.id}"')
    try:
        hook, origin = hook_call.HookKind(said.hook), hook_call.Origin(said.origin)
        result = outcome.HookResult(said.result)
    except ValueError as error:
        raise errors.NotValidError(f"delivery report: {error}") from None
    return delivery_report.DeliveryReport(
        delivery_id=said.id,
        attempt=said.attempt,
        hook=hook,
        status=status.MeterStatus(said.code, said.info),
        origin=origin,
        outcome=outcome.HookOutcome(result, said.exit_status, said.detail, said.log),
        ended_at=said.ended,
    )


def trouble_to_wire(trouble: troubles.Trouble) -> meter_status_delivery.Trouble:
    """Return a trouble's form on the wire."""
    return meter_status_delivery.Trouble(trouble.reason.value, trouble.detail, trouble.retry_at)


def trouble_from_wire(said: meter_status_delivery.Trouble) -> troubles.Trouble:
    """Read a trouble; its words are cut to what is kept of them.

    Raises:
        NotValidError: it says a reason that there is not.
    """
    try:
        reason = troubles.Reason(said.reason)
    except ValueError as error:
        raise errors.NotValidError(f"trouble: {error}") from None
    return troubles.Trouble(reason, said.detail, said.retry_at).shortened()
