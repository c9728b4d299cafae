"""What is asserted, delivered and predicted of a unit, as commands show it: cells, keys and a sum.

What is as it should be is ``=`` or a dash, so that the eye finds what is not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from meterstatus.domain.fleet import prediction, told
from meterstatus.domain.hook import outcome, trouble
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


_SHORT: Mapping[str, str] = {
    trouble.Reason.CHARM: "no charm",
    trouble.Reason.LOCK: "lock held",
    trouble.Reason.HOOK_RUNNING: "hook runs",
    trouble.Reason.HOOK_NOT_STARTED: "not started",
    trouble.Reason.STATE: "not recorded",
    trouble.Reason.AGENT: "agent fails",
}
"""What a cell says of a trouble; of a hook that failed its report says more."""


def delivered_cell(unit: meter_status_admin.UnitStatus) -> str:
    """Say what the hook was told, ``=`` where that is what is asserted, and what is wrong since.

    ``?`` is what nobody has said.
    """
    reported = _reported_cell(unit)
    short = "" if unit.trouble is None else _SHORT.get(unit.trouble.reason, "")
    return f"{reported}, {short}" if short and short not in reported else reported


def _reported_cell(unit: meter_status_admin.UnitStatus) -> str:
    if unit.delivered is None:
        return UNKNOWN if is_unknown(unit) else NOTHING
    newest = unit.delivered.delivery
    if newest.result in _TOLD:
        return _told_cell(unit, newest)
    failed = f"{newest.code} {newest.result}"
    if unit.delivered_before is None:
        return failed
    return f"{_told_cell(unit, unit.delivered_before.delivery)}, {failed}"


def _told_cell(unit: meter_status_admin.UnitStatus, ended: meter_status_delivery.Delivery) -> str:
    return SAME if (ended.code, ended.info) == (unit.told_code, unit.told_info) else ended.code


def is_told(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether the hook is known to have been told what is asserted."""
    return unit.hook_told == told.Told.YES


def is_unknown(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether nobody has said what the hook of a unit in contact was told."""
    return not is_told(unit) and unit.hook_told != told.Told.NO and not is_out_of_contact(unit)


def predicted_cell(unit: meter_status_admin.UnitStatus, moments: output.Moments) -> str:
    """Say what the agent has decided and what comes: ``AMBER, RED in 4m10s``; a dash in contact."""
    made = unit.predicted
    if made is None:
        return NOTHING
    reached = SAME if made.code and made.code == unit.told_code else made.code or UNKNOWN
    if made.next_stage is None:
        return reached
    return f"{reached}, {made.next_stage.code} {moments.coming(made.next_stage.at)}"


def contact_cell(unit: meter_status_admin.UnitStatus, moments: output.Moments) -> str:
    """Say when the last contact was: ``yes`` where it lasts; it may have been later where that is marked."""
    if unit.connected and not _has(unit, prediction.Assumption.SILENT):
        return "yes"
    if unit.contact is None:
        return "never" if unit.predicted is not None else "no"
    return moments.past(unit.contact.last_contact, is_exact=unit.contact.is_exact)


def _has(unit: meter_status_admin.UnitStatus, assumption: prediction.Assumption) -> bool:
    return unit.predicted is not None and assumption.value in unit.predicted.assumptions


def is_out_of_contact(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether a unit's agent hears nothing from a controller now."""
    return not unit.connected or _has(unit, prediction.Assumption.SILENT)


def is_problem(unit: meter_status_admin.UnitStatus) -> bool:
    """Tell whether a unit is out of contact, was not told what is asserted, or its agent has trouble.

    What is not known of a unit is no problem, and is counted apart.
    """
    return is_out_of_contact(unit) or unit.hook_told == told.Told.NO or unit.trouble is not None


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
        "not-told": sum(1 for unit in units if unit.hook_told == told.Told.NO),
        "unknown": sum(map(is_unknown, units)),
    }


def sum_line(units: Sequence[meter_status_admin.UnitStatus]) -> str:
    """Say the sums in a line."""
    counted = sums(units)
    codes = ", ".join(f"{count} {code}" for code, count in counted["by-status"].items())
    words = {
        "out-of-contact": "out of contact",
        "escalated": "escalated",
        "not-told": "not told",
        "unknown": "not known to be told",
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
        "hook-told": unit.hook_told or told.Told.UNKNOWN.value,
        "trouble": None if unit.trouble is None else _trouble(unit.trouble),
        "problem": is_problem(unit),
    }


def _trouble(said: meter_status_delivery.Trouble) -> dict[str, Any]:
    return {
        "reason": said.reason,
        "detail": said.detail,
        "retry-at": None if said.retry_at is None else output.instant(said.retry_at),
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


def delivery_document(ended: meter_status_delivery.Delivery) -> dict[str, Any]:
    """Return the keys of what a hook was ended."""
    return {
        "id": ended.id,
        "attempt": ended.attempt,
        "hook": ended.hook,
        "status": ended.code,
        "info": ended.info,
        "origin": ended.origin,
        "result": ended.result,
        **({} if ended.exit_status is None else {"exit-status": ended.exit_status}),
        "detail": ended.detail,
        "log": list(ended.log),
        "ended": output.instant(ended.ended),
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
