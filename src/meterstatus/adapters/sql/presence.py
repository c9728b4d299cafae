"""Which controllers run, and which units are connected to them."""

import datetime
import json
from collections.abc import Sequence

from meterstatus.adapters.sql import engine
from meterstatus.domain.fleet import presence
from meterstatus.domain.hook import trouble as troubles


async def report_controller(
    transaction: engine.Transaction,
    name: str,
    addresses: Sequence[str],
    at: datetime.datetime,
    ahead: datetime.timedelta | None = None,
) -> bool:
    """Put down a heartbeat; tell whether it is the first one of that name."""
    known = await transaction.fetch_one("read_controller", {"name": name})
    parameters: dict[str, str | float | None] = {
        "name": name,
        "addresses": json.dumps(list(addresses)),
        "seen": _text(at),
    }
    parameters["ahead"] = None if ahead is None else round(ahead.total_seconds(), 3)
    await transaction.execute("report_controller", parameters)
    return known is None


async def controllers(transaction: engine.Transaction) -> Sequence[presence.ControllerProcess]:
    """Read the controllers by name."""
    return [_controller(row) for row in await transaction.fetch("read_controllers")]


async def forget_controller(transaction: engine.Transaction, name: str) -> None:
    """Take a controller out, and settle the units that it had."""
    row = await transaction.fetch_one("read_controller", {"name": name})
    if row is None:
        return
    await transaction.execute("settle_presence", {"name": name, "seen": row["seen"], "is_exact": 0})
    await transaction.execute("forget_controller", {"name": name})


async def record(transaction: engine.Transaction, by: str, contacts: Sequence[presence.Contact]) -> None:
    """Write what a controller knows of units."""
    for contact in contacts:
        await transaction.execute(
            "record_presence",
            {
                "by": by,
                "unit": contact.unit,
                "controller": contact.controller,
                "since": _text(contact.since),
                "last_contact": _text(contact.last_contact),
                "is_exact": int(contact.is_exact),
                "trouble": _trouble_text(contact.trouble),
            },
        )


async def read(transaction: engine.Transaction) -> Sequence[presence.Contact]:
    """Read what is known of every unit, by name."""
    return [_contact(row) for row in await transaction.fetch("read_presence")]


def _text(at: datetime.datetime) -> str:
    # Compared as text: all with the same number of digits, or .1 would be before the whole second.
    return at.isoformat(timespec="microseconds")


def _trouble_text(trouble: troubles.Trouble | None) -> str:
    if trouble is None:
        return ""
    facts = {"reason": trouble.reason.value, "detail": trouble.detail}
    return json.dumps(facts | ({} if trouble.retry_at is None else {"retry-at": _text(trouble.retry_at)}))


def _trouble(text: str) -> troubles.Trouble | None:
    """Read a trouble; one that a later release wrote, for a reason unknown here, keeps its words."""
    if not text:
        return None
    facts = json.loads(text)
    known = facts["reason"] in set(troubles.Reason)
    retry_at = facts.get("retry-at")
    return troubles.Trouble(
        troubles.Reason(facts["reason"]) if known else troubles.Reason.AGENT,
        facts["detail"],
        None if retry_at is None else datetime.datetime.fromisoformat(retry_at),
    )


def _controller(row: engine.Row) -> presence.ControllerProcess:
    ahead = row["ahead"]
    return presence.ControllerProcess(
        name=row["name"],
        addresses=tuple(json.loads(row["addresses"])),
        started_at=datetime.datetime.fromisoformat(row["started"]),
        seen_at=datetime.datetime.fromisoformat(row["seen"]),
        ahead=None if ahead is None else datetime.timedelta(seconds=ahead),
    )


def _contact(row: engine.Row) -> presence.Contact:
    return presence.Contact(
        unit=row["unit"],
        controller=row["controller"],
        since=datetime.datetime.fromisoformat(row["since"]),
        last_contact=datetime.datetime.fromisoformat(row["last_contact"]),
        is_exact=bool(row["is_exact"]),
        # An earlier release leaves the trouble of one that it counts out.
        trouble=_trouble(row["trouble"]) if row["controller"] else None,
    )
