"""How a unit is beside what is asserted: its contact, what its hook was told, what its agent has decided."""

import dataclasses
import datetime

from meterstatus.controller.fleet import fleet
from meterstatus.domain.fleet import effective_policy, prediction, presence, records
from meterstatus.domain.fleet import told as hooks_told
from meterstatus.domain.hook import delivery_report, hook_call
from meterstatus.domain.hook import trouble as troubles


@dataclasses.dataclass(frozen=True, slots=True)
class UnitView:
    """What a controller knows of one unit, from memory."""

    unit: records.Unit
    policy: effective_policy.Ruling | None
    """What rules it; None where the agent's own options do."""

    is_connected: bool
    """Whether its agent is connected, to this controller or another one."""

    contact: presence.Contact | None
    """None where it was never in contact."""

    delivered: delivery_report.ReceivedReport | None
    """None where nothing was reported."""

    delivered_before: delivery_report.ReceivedReport | None
    """What its hook was last told, where the newest report is of one that failed."""

    predicted: prediction.Prediction | None
    """None where it is in contact, or connected to another controller."""

    told: hooks_told.Told
    """Whether its hook was told what is asserted."""

    trouble: troubles.Trouble | None = None
    """What keeps it from that, in its agent's words; None where nothing does, or it is not in contact."""


def of(known: fleet.Fleet, unit: records.Unit, now: datetime.datetime) -> UnitView:
    """Return how a unit is at an instant."""
    contact, delivered = known.presence.contact(unit.name), known.hook_reports.of(unit.name)
    before = known.hook_reports.before(unit.name)
    told = next((each for each in (before, delivered) if each and each.report.outcome.is_delivery), None)
    held = known.policies.of(unit.name)
    trouble = None if contact is None else contact.trouble
    return UnitView(
        unit=unit,
        policy=held,
        is_connected=known.presence.is_connected(unit.name),
        contact=contact,
        delivered=delivered,
        delivered_before=before,
        predicted=_predicted(known, unit, contact, delivered, told, held, now),
        told=hooks_told.judge(unit.effective, delivered and delivered.report, trouble),
        trouble=trouble,
    )


def _predicted(
    known: fleet.Fleet,
    unit: records.Unit,
    contact: presence.Contact | None,
    delivered: delivery_report.ReceivedReport | None,
    told: delivery_report.ReceivedReport | None,
    held: effective_policy.Ruling | None,
    now: datetime.datetime,
) -> prediction.Prediction | None:
    if contact is not None and contact.controller not in ("", known.presence.controller):
        # Another controller has it, which alone knows when it last answered: what is stored is since when.
        return None
    heard = delivered if delivered and delivered.report.origin is hook_call.Origin.CONTROLLER else told
    asked = prediction.Known(
        contact,
        unit.effective,
        known.levels.since(unit),
        None if told is None else told.report.status,
        None if heard is None else heard.report.status,
        None if held is None else held.policy,
        known.maintenance,
    )
    return prediction.predict(asked, now)
