"""A unit's contact, delivery and prediction as MeterStatusAdmin.Status answers them."""

from meterstatus.domain.fleet import prediction, presence
from meterstatus.domain.hook import delivery_report
from meterstatus.protocol import deliveries
from meterstatus.protocol.facades import meter_status_admin


def contact(held: presence.Contact | None) -> meter_status_admin.Contact | None:
    """Return a contact's form on the wire; None where there was none."""
    if held is None:
        return None
    return meter_status_admin.Contact(held.controller, held.since, held.last_contact, held.is_exact)


def delivered(held: delivery_report.ReceivedReport | None) -> meter_status_admin.Delivered | None:
    """Return a report's form on the wire; None where there was none."""
    if held is None:
        return None
    return meter_status_admin.Delivered(held.received_at, deliveries.to_wire(held.report))


def predicted(made: prediction.Prediction | None) -> meter_status_admin.Predicted | None:
    """Return a prediction's form on the wire; None where nothing is predicted."""
    if made is None:
        return None
    upcoming = made.upcoming
    return meter_status_admin.Predicted(
        code="" if made.status is None else made.status.code,
        info="" if made.status is None else made.status.info,
        stage=made.stage,
        next_stage=None if upcoming is None else meter_status_admin.NextStage(upcoming.code, upcoming.at),
        early_by_seconds=made.early_by.total_seconds(),
        assumptions=tuple(assumption.value for assumption in made.assumptions),
    )
