"""Statuses of levels, as ``status`` shows them."""

from typing import Any

from meterstatus.domain import status
from meterstatus.programs import output
from meterstatus.programs.cli import policy_view
from meterstatus.protocol.facades import meter_status_admin


def document(level: meter_status_admin.Level) -> dict[str, Any]:
    """Return a level's status with all that is known of it."""
    return {
        "set-for": policy_view.scope_document(policy_view.scope_of(level.tag)),
        "status": level.code,
        "info": level.info,
        "since": output.instant(level.since),
        "revision": level.revision,
    }


def notes(answer: meter_status_admin.StatusResult) -> list[str]:
    """Return a line for each level's status: why units are told something else than is set for them."""
    return [
        f"{policy_view.scope_name(policy_view.scope_of(one.tag))}: {f'{one.code} {one.info}'.rstrip()}"
        for one in answer.levels
    ]


def cells(unit: meter_status_admin.UnitStatus) -> tuple[str, str]:
    """Return a unit's code and info: what it is told where a level says so, else what is set for it."""
    is_unset = unit.code == status.StatusCode.NOT_SET and unit.told_info == "not set"
    is_own = (unit.code, unit.info) == (unit.told_code, unit.told_info)
    return (unit.code, unit.info) if is_own or is_unset else (unit.told_code, unit.told_info)
