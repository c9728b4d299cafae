"""The history: every change is an entry of it, whose number is the change's revision."""

from collections.abc import Sequence
from typing import NamedTuple

from meterstatus.adapters.sql import engine, policies, rows
from meterstatus.domain import names, slicing, status
from meterstatus.domain.fleet import effective_policy, records, time_limit

_NO_REVISION = 2**63 - 1
"""Above every revision: the largest integer of a database."""


def author_parameters(author: records.Author) -> engine.Parameters:
    """Return who changes something, when and why."""
    return {"who": author.who, "at": author.at.isoformat(), "why": author.why}


async def newest(transaction: engine.Transaction) -> int:
    """Read the newest revision; 0 where nothing ever changed."""
    row = await transaction.fetch_one("read_last_revision")
    assert row is not None, "an aggregate has a row"
    return row["revision"]


async def record(
    transaction: engine.Transaction,
    kind: records.ChangeKind,
    unit: str,
    author: records.Author,
    *,
    old: status.MeterStatus | None = None,
    new: status.MeterStatus | None = None,
    policy: effective_policy.PolicyChange | None = None,
    level: names.Tag | None = None,
    limit: time_limit.TimeLimit | None = None,
    old_limit: time_limit.TimeLimit | None = None,
    ended: int | None = None,
    detail: str | None = None,
) -> engine.Parameters:
    """Write an entry; return what it holds, the ``revision`` that it was given included."""
    parameters = {
        "kind": kind.value,
        "unit": unit,
        "application": _application(unit, policy, level),
        "old_code": old and str(old.code),
        "old_info": old and old.info,
        "new_code": new and str(new.code),
        "new_info": new and new.info,
        "scope": _scope(policy, level),
        "old_policy": policy and policies.to_text(policy.old),
        "new_policy": policy and policies.to_text(policy.new),
        "detail": detail,
        **_limits(limit, old_limit),
        "ended": ended,
        **author_parameters(author),
    }
    row = await transaction.fetch_one("record_change", parameters)
    assert row is not None, "it returns the revision"
    return {**parameters, "revision": row["revision"]}


def _limits(
    limit: time_limit.TimeLimit | None, old_limit: time_limit.TimeLimit | None
) -> dict[str, str | None]:
    # Where both have one, the same lies beneath: one takes the place of the other.
    either = limit or old_limit
    beneath = None if either is None else either.beneath
    return {
        "until": limit and limit.until.isoformat(),
        "old_until": old_limit and old_limit.until.isoformat(),
        "beneath_code": beneath and str(beneath.code),
        "beneath_info": beneath and beneath.info,
    }


def _scope(policy: effective_policy.PolicyChange | None, level: names.Tag | None) -> str | None:
    of = policy.scope if policy is not None else level
    return None if of is None else str(of)


def _application(unit: str, policy: effective_policy.PolicyChange | None, level: names.Tag | None) -> str:
    if policy is not None:
        return policy.application
    if level is not None:
        return level.name if level.kind is names.Kind.APPLICATION else ""
    return names.application_of(unit) if unit else ""


class Wanted(NamedTuple):
    """Which changes are read: as ``ports.repository`` says."""

    unit: str
    application: str
    before: int | None
    limit: int
    is_without_own: bool


async def history(transaction: engine.Transaction, wanted: Wanted) -> Sequence[records.Change]:
    """Read changes, newest first."""
    of_one = "read_unit_history" if wanted.unit else "read_application_history"
    parameters: dict[str, str | int] = {
        "before": _NO_REVISION if wanted.before is None else min(wanted.before, _NO_REVISION),
        "limit": wanted.limit,
        "is_without_own": int(wanted.is_without_own),
    }
    if wanted.unit or wanted.application:
        parameters["name"] = wanted.unit or wanted.application
    found = await transaction.fetch(of_one if "name" in parameters else "read_history", parameters)
    return await transaction.reckon(slicing.over(rows.change, found))
