"""Rows of the database as the values that they hold; the columns are those of the statements in ``sql``."""

import datetime
import json
from collections.abc import Sequence
from typing import Any

from meterstatus.adapters.sql import announcements, policies
from meterstatus.domain import names, status
from meterstatus.domain.fleet import effective_policy, records, time_limit
from meterstatus.domain.fleet import level as levels
from meterstatus.domain.hook import delivery_report, hook_call, outcome

_CHANGE_COLUMNS = 20

Row = Sequence[Any]


def update(row: Row) -> records.Update:
    """Read a change with its unit, whose columns are all NULL where it has none or that is gone."""
    unit_columns = row[_CHANGE_COLUMNS:]
    return records.Update(
        change(row[:_CHANGE_COLUMNS]), None if unit_columns[0] is None else unit(unit_columns)
    )


def change(row: Row) -> records.Change:
    """Read a change."""
    (
        revision,
        kind,
        of,
        who,
        at,
        why,
        old_code,
        old_info,
        new_code,
        new_info,
        scope,
        old_policy,
        new_policy,
        detail,
        batch,
        until,
        old_until,
        *beneath,
        ended,
    ) = row
    author = records.Author(who, datetime.datetime.fromisoformat(at), why)
    is_epoch, is_maintenance = kind == records.ChangeKind.EPOCH, kind == records.ChangeKind.MAINTENANCE
    is_level = kind == records.ChangeKind.LEVEL
    return records.Change(
        revision=revision,
        kind=records.ChangeKind(kind),
        unit=of,
        author=author,
        epoch=announcements.epoch_of(detail, author) if is_epoch else None,
        maintenance=announcements.maintenance_of(detail, author) if is_maintenance else None,
        old=_status(old_code, old_info),
        new=_status(new_code, new_info),
        policy=None if is_level else _policy_change(scope, old_policy, new_policy),
        level=names.parse_tag(scope) if is_level else None,
        batch=batch or 0,
        limit=limit(until, *beneath),
        old_limit=limit(old_until, *beneath),
        ended=ended or 0,
    )


def limit(until: str | None, code: str | None, info: str | None) -> time_limit.TimeLimit | None:
    """Read the limit of a status, whose columns are NULL where it has none."""
    if until is None:
        return None
    return time_limit.TimeLimit(datetime.datetime.fromisoformat(until), _status(code, info))


def _status(code: str | None, info: str | None) -> status.MeterStatus | None:
    return None if code is None else status.MeterStatus(code, info or "")


def _policy_change(
    scope: str | None, old: str | None, new: str | None
) -> effective_policy.PolicyChange | None:
    if scope is None:
        return None
    return effective_policy.PolicyChange(
        names.parse_tag(scope), policies.from_text(old), policies.from_text(new)
    )


def held_policy(row: Row) -> effective_policy.Ruling:
    """Read a policy that is set."""
    scope, text, revision = row
    held = policies.from_text(text)
    assert held is not None, "the column is NOT NULL"
    return effective_policy.Ruling(names.parse_tag(scope), held, revision)


def level(row: Row) -> levels.Level:
    """Read the status of an application or the model."""
    scope, code, info, since, revision, *limited = row
    at = datetime.datetime.fromisoformat(since)
    held = status.MeterStatus(code, info)
    return levels.Level(names.parse_tag(scope), held, revision, at, limit(*limited))


def delivery(row: Row) -> delivery_report.ReceivedReport:
    """Read what was reported of a hook run."""
    of, received, id_, attempt, hook, code, info, origin, result, exit_status, detail, log, ended = row
    report = delivery_report.DeliveryReport(
        delivery_id=id_,
        attempt=attempt,
        hook=hook_call.HookKind(hook),
        status=status.MeterStatus(code, info),
        origin=hook_call.Origin(origin),
        outcome=outcome.HookOutcome(outcome.HookResult(result), exit_status, detail, tuple(json.loads(log))),
        ended_at=datetime.datetime.fromisoformat(ended),
    )
    return delivery_report.ReceivedReport(of, datetime.datetime.fromisoformat(received), report)


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


def unit(row: Row) -> records.Unit:
    """Read a unit."""
    name, password_hash, code, info, revision, since, added, *limited = row
    return records.Unit(
        name=name,
        password_hash=password_hash,
        status=status.MeterStatus(code, info),
        revision=revision,
        since=datetime.datetime.fromisoformat(since),
        added=added,
        limit=limit(*limited),
    )


def user(row: Row) -> records.User:
    """Read a user."""
    name, salt, password_hash, access, enabled = row
    return records.User(name, salt, password_hash, records.Access(access), enabled=bool(enabled))
