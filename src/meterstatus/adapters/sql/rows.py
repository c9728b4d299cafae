"""Rows of the database as the values that they hold, read by the names of their columns."""

import datetime
import json
from typing import Any

from meterstatus.adapters.sql import announcements, engine, policies
from meterstatus.domain import names, status
from meterstatus.domain.fleet import effective_policy, records, time_limit
from meterstatus.domain.fleet import level as levels
from meterstatus.domain.hook import delivery_report, hook_call, outcome


def update(row: engine.Row) -> records.Update:
    """Read a change with its unit, whose columns are all NULL where it has none or that is gone."""
    return records.Update(change(row), None if row["unit_name"] is None else unit(row))


def change(row: engine.Row) -> records.Change:
    """Read a change."""
    kind, detail, scope = records.ChangeKind(row["kind"]), row["detail"], row["scope"]
    author = records.Author(row["who"], datetime.datetime.fromisoformat(row["at"]), row["why"])
    is_epoch, is_maintenance = kind is records.ChangeKind.EPOCH, kind is records.ChangeKind.MAINTENANCE
    is_level, is_policy = kind is records.ChangeKind.LEVEL, kind is records.ChangeKind.POLICY
    beneath = _status(row["beneath_code"], row["beneath_info"])
    return records.Change(
        revision=row["revision"],
        kind=kind,
        unit=row["unit"],
        author=author,
        epoch=announcements.epoch_of(detail, author) if is_epoch else None,
        maintenance=announcements.maintenance_of(detail, author) if is_maintenance else None,
        old=_status(row["old_code"], row["old_info"]),
        new=_status(row["new_code"], row["new_info"]),
        policy=_policy_change(row) if is_policy else None,
        level=names.parse_tag(scope) if is_level else None,
        batch=row["batch"] or 0,
        limit=_limit(row["until"], beneath),
        old_limit=_limit(row["old_until"], beneath),
        ended=row["ended"] or 0,
    )


def _limit(until: str | None, beneath: status.MeterStatus | None) -> time_limit.TimeLimit | None:
    """Return a limit, whose column is NULL where there is none."""
    return None if until is None else time_limit.TimeLimit(datetime.datetime.fromisoformat(until), beneath)


def _status(code: str | None, info: str | None) -> status.MeterStatus | None:
    return None if code is None else status.MeterStatus(code, info or "")


def _policy_change(row: engine.Row) -> effective_policy.PolicyChange:
    old, new = policies.from_text(row["old_policy"]), policies.from_text(row["new_policy"])
    return effective_policy.PolicyChange(names.parse_tag(row["scope"]), old, new)


def held_policy(row: engine.Row) -> effective_policy.Ruling:
    """Read a policy that is set."""
    held = policies.from_text(row["policy"])
    assert held is not None, "the column is NOT NULL"
    return effective_policy.Ruling(names.parse_tag(row["scope"]), held, row["revision"])


def level(row: engine.Row) -> levels.Level:
    """Read the status of an application or the model."""
    return levels.Level(
        scope=names.parse_tag(row["scope"]),
        status=status.MeterStatus(row["code"], row["info"]),
        revision=row["revision"],
        since=datetime.datetime.fromisoformat(row["since"]),
        limit=_limit(row["until"], _status(row["beneath_code"], row["beneath_info"])),
    )


def delivery(row: engine.Row) -> delivery_report.ReceivedReport:
    """Read what was reported of a hook run."""
    ended = outcome.HookOutcome(
        result=outcome.HookResult(row["result"]),
        exit_status=row["exit_status"],
        detail=row["detail"],
        log_lines=tuple(json.loads(row["log"])),
    )
    report = delivery_report.DeliveryReport(
        delivery_id=row["id"],
        attempt=row["attempt"],
        hook=hook_call.HookKind(row["hook"]),
        status=status.MeterStatus(row["code"], row["info"]),
        origin=hook_call.Origin(row["origin"]),
        outcome=ended,
        ended_at=datetime.datetime.fromisoformat(row["ended"]),
    )
    received_at = datetime.datetime.fromisoformat(row["received"])
    return delivery_report.ReceivedReport(row["unit"], received_at, report)


def delivery_parameters(received: delivery_report.ReceivedReport) -> dict[str, Any]:
    """Return what ``record_delivery`` writes."""
    report, ended = received.report, received.report.outcome
    return {
        "unit": received.unit,
        "application": names.application_of(received.unit),
        "received": received.received_at.isoformat(),
        "id": report.delivery_id,
        "attempt": report.attempt,
        "hook": report.hook.value,
        "code": str(report.status.code),
        "info": report.status.info,
        "origin": report.origin.value,
        "result": ended.result.value,
        "exit_status": ended.exit_status,
        "detail": ended.detail,
        "log": json.dumps(ended.log_lines),
        "ended": report.ended_at.isoformat(),
    }


def unit(row: engine.Row) -> records.Unit:
    """Read a unit, whose columns begin with ``unit_``: it may stand beside its change."""
    return records.Unit(
        name=row["unit_name"],
        password_hash=row["unit_password_hash"],
        status=status.MeterStatus(row["unit_code"], row["unit_info"]),
        revision=row["unit_revision"],
        since=datetime.datetime.fromisoformat(row["unit_since"]),
        added=row["unit_added"],
        limit=_limit(row["unit_until"], _status(row["unit_beneath_code"], row["unit_beneath_info"])),
    )


def user(row: engine.Row) -> records.User:
    """Read a user."""
    return records.User(
        name=row["name"],
        salt=row["salt"],
        password_hash=row["password_hash"],
        access=records.Access(row["access"]),
        enabled=bool(row["enabled"]),
    )
