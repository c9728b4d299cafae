"""What is asserted, delivered and predicted of a unit, as commands show it: cells, keys and a sum.

What is as it should be is ``=`` or a dash, so that the eye finds what is not.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from meterstatus.domain import outcome, prediction
from meterstatus.programs import output
from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery

SAME = "="
NOTHING = "-"
UNKNOWN = "?"

DELIVERED_COLUMN = output.Column("Delivered")
PREDICTED_COLUMN = output.Column("Predicted")
CONTACT_COLUMN = output.Column("Contact")

_TOLD = (outcome.HookResult.RAN.value, outcome.HookResult.MISSING.value)
"""The ends after which the hook counts as told."""


def delivered_cell(unit: meter_status_admin.UnitStatus) -> str:
    """Say what the hook was told, ``=`` where that is what is asserted, and what failed since."""
    if unit.delivered is None:
        return NOTHING
    newest = unit.delivered.delivery
    if newest.result in _TOLD:
        return _told_cell(unit, newest)
    failed = f"{newest.code} {newest.result}"
    if unit.delivered_before is None:
        return failed
    return f"{_told_cell(unit, unit.delivered_before.delivery)}, {failed}"


def _told_cell(unit: meter_status_admin.UnitStatus, told: meter_status_delivery.Delivery) -> str:
    return SAME if (told.code, told.info) == (unit.told_code, unit.told_info) else told.code


def is_told(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether the hook is known to have been told what is asserted, or nothing is known of it."""
    if unit.delivered is None:
        return True
    told = unit.delivered.delivery
    return told.result in _TOLD and (told.code, told.info) == (unit.told_code, unit.told_info)


def predicted_cell(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> str:
    """Say what the agent has decided and what comes: ``AMBER, RED 12:05:10Z``; a dash in contact."""
    made = unit.predicted
    if made is None:
        return NOTHING
    reached = SAME if made.code and made.code == unit.told_code else made.code or UNKNOWN
    if made.next_stage is None:
        return reached
    return f"{reached}, {made.next_stage.code} {output.short_instant(made.next_stage.at, now)}"


def contact_cell(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> str:
    """Say when the last contact was: ``yes`` where it lasts, ``≥`` where it may have been later."""
    if unit.connected and not _has(unit, prediction.Assumption.SILENT):
        return "yes"
    if unit.contact is None:
        return "never" if unit.predicted is not None else "no"
    bound = "" if unit.contact.is_exact else "≥"
    return bound + output.short_instant(unit.contact.last_contact, now)


def _has(unit: meter_status_admin.UnitStatus, assumption: prediction.Assumption) -> bool:
    return unit.predicted is not None and assumption.value in unit.predicted.assumptions


def is_out_of_contact(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether a unit's agent hears nothing from a controller now."""
    return not unit.connected or _has(unit, prediction.Assumption.SILENT)


def is_problem(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether a unit is out of contact, or its charm was told something else than is asserted."""
    return is_out_of_contact(unit) or not is_told(unit)


def sums(units: Sequence[meter_status_admin.UnitStatus]) -> dict[str, Any]:
    """Count units by status, and those that are not as they should be."""
    by_code: dict[str, int] = {}
    for unit in units:
        by_code[unit.code] = by_code.get(unit.code, 0) + 1
    return {
        "units": len(units),
        "by-status": dict(sorted(by_code.items())),
        "out-of-contact": sum(map(is_out_of_contact, units)),
        "escalated": sum(1 for unit in units if unit.predicted is not None and unit.predicted.stage),
        "not-told": sum(1 for unit in units if not is_told(unit)),
    }


def sum_line(units: Sequence[meter_status_admin.UnitStatus]) -> str:
    """Say the sums in a line."""
    counted = sums(units)
    codes = ", ".join(f"{count} {code}" for code, count in counted["by-status"].items())
    words = {
        "out-of-contact": "out of contact",
        "escalated": "escalated",
        "not-told": "told otherwise",
    }
    wrong = ", ".join(f"{counted[key]} {said}" for key, said in words.items() if counted[key])
    noun = "unit" if len(units) == 1 else "units"
    return f"{len(units)} {noun}: {codes}; {wrong or 'all in contact and told'}"


def document(unit: meter_status_admin.UnitStatus) -> dict[str, Any]:
    """Return the keys for programs; null where there is nothing."""
    return {
        "contact": None if unit.contact is None else _contact(unit.contact),
        "delivered": None if unit.delivered is None else _delivered(unit.delivered),
        "delivered-before": None if unit.delivered_before is None else _delivered(unit.delivered_before),
        "predicted": None if unit.predicted is None else _predicted(unit.predicted),
        "problem": is_problem(unit),
    }


def _contact(contact: meter_status_admin.Contact) -> dict[str, Any]:
    return {
        "controller": contact.controller,
        "since": output.instant(contact.since),
        "last-contact": output.instant(contact.last_contact),
        "exact": contact.is_exact,
    }


def _delivered(delivered: meter_status_admin.Delivered) -> dict[str, Any]:
    return {
        **delivery_document(delivered.delivery),
        "reported": output.instant(delivered.received),
    }


def delivery_document(told: meter_status_delivery.Delivery) -> dict[str, Any]:
    """Return the keys of what a hook was told."""
    return {
        "id": told.id,
        "attempt": told.attempt,
        "hook": told.hook,
        "status": told.code,
        "info": told.info,
        "origin": told.origin,
        "result": told.result,
        **({} if told.exit_status is None else {"exit-status": told.exit_status}),
        "detail": told.detail,
        "log": list(told.log),
        "ended": output.instant(told.ended),
    }


def _predicted(made: meter_status_admin.Predicted) -> dict[str, Any]:
    upcoming = made.next_stage
    return {
        "status": made.code or None,
        "info": made.info,
        "stage": made.stage or None,
        "next": None if upcoming is None else {"status": upcoming.code, "at": output.instant(upcoming.at)},
        "early-by-seconds": made.early_by_seconds,
        "assumptions": list(made.assumptions),
    }
