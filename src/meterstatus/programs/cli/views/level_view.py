"""Statuses of levels, as ``status`` shows them."""

from typing import Any

from meterstatus.domain import status
from meterstatus.programs import output
from meterstatus.programs.cli.views import policy_view
from meterstatus.protocol.facades import meter_status_admin


def document(level: meter_status_admin.Level) -> dict[str, Any]:
    """Return a level's status with all that is known of it."""
    return {
        "set-for": policy_view.scope_document(policy_view.scope_of(level.tag)),
        "status": level.code,
        "info": level.info,
        "since": output.instant(level.since),
        "revision": level.revision,
        "end": end_document(level.end),
    }


def end_document(end: meter_status_admin.End | None) -> dict[str, Any] | None:
    """Return when a status ends, and what stands then; None, which is ``null``, where it has no end."""
    if end is None:
        return None
    then = {"status": end.code, "info": end.info} if end.code else None
    return {"at": output.instant(end.at), "then": then}


def notes(answer: meter_status_admin.StatusResult) -> list[str]:
    """Return a line for each level's status: why units are told something else than is set for them."""
    return [
        f"{policy_view.scope_name(policy_view.scope_of(one.tag))}: {f'{one.code} {one.info}'.rstrip()}"
        + ("" if one.end is None else f" (until {output.instant_in_seconds(one.end.at)})")
        for one in answer.levels
    ]


def cells(unit: meter_status_admin.UnitStatus) -> tuple[str, str]:
    """Return a unit's code and info: what it is told where a level says so, else what is set for it."""
    return (unit.code, unit.info) if _is_own(unit) else (unit.told_code, unit.told_info)


def end_cell(unit: meter_status_admin.UnitStatus, moments: output.Moments) -> str:
    """Return when what ``cells`` shows ends; a level's end stands with the level."""
    return moments.coming(unit.end.at) if unit.end is not None and _is_own(unit) else ""


def _is_own(unit: meter_status_admin.UnitStatus) -> bool:
    is_unset = unit.code == status.StatusCode.NOT_SET and unit.told_info == "not set"
    return is_unset or (unit.code, unit.info) == (unit.told_code, unit.told_info)
