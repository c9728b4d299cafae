"""What holds for the whole fleet: the epoch, and announced maintenance; as texts, and as rows of ``meta``."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from meterstatus.adapters.sql import engine
from meterstatus.domain import epoch, maintenance
from meterstatus.domain.fleet import records

EPOCH, MAINTENANCE = "epoch", "maintenance"
"""The keys of ``meta``."""


def epoch_to_text(begun: epoch.Epoch) -> str:
    """Write an epoch, without who began it."""
    return json.dumps({"epoch": begun.number, "base": begun.base})


def epoch_of(text: str, author: records.Author) -> epoch.Epoch:
    """Read what ``epoch_to_text`` wrote."""
    read: dict[str, int] = json.loads(text)
    return epoch.Epoch(read["epoch"], read["base"], author.at, author.who, author.why)


def maintenance_to_text(announced: maintenance.Maintenance | None) -> str | None:
    """Write what was announced, without who did; None, where it was ended, stays None."""
    if announced is None:
        return None
    return json.dumps({"since": announced.since.isoformat(), "until": announced.until.isoformat()})


def maintenance_of(text: str | None, author: records.Author) -> maintenance.Maintenance | None:
    """Read what ``maintenance_to_text`` wrote."""
    if text is None:
        return None
    read: dict[str, str] = json.loads(text)
    since, until = (datetime.datetime.fromisoformat(read[key]) for key in ("since", "until"))
    return maintenance.Maintenance(since, until, author.who, author.why)


def held_epoch(meta: Mapping[str, str]) -> epoch.Epoch:
    """Return the epoch that the rows of ``meta`` hold; the first where none ever began."""
    held = meta.get(EPOCH)
    return epoch.Epoch() if held is None else epoch_of(*_held(held))


def held_maintenance(meta: Mapping[str, str]) -> maintenance.Maintenance | None:
    """Return the maintenance that the rows of ``meta`` hold; None where none is announced."""
    held = meta.get(MAINTENANCE)
    return None if held is None else maintenance_of(*_held(held))


def _held(text: str) -> tuple[str, records.Author]:
    read: dict[str, Any] = json.loads(text)
    at = datetime.datetime.fromisoformat(read["at"])
    return read["detail"], records.Author(read["who"], at, read["why"])


def to_hold(detail: str, author: records.Author) -> str:
    """Write a row of ``meta``: the detail of a change, and who made it."""
    parts = {"detail": detail, "who": author.who, "at": author.at.isoformat(), "why": author.why}
    return json.dumps(parts)


async def read_meta(transaction: engine.Transaction) -> dict[str, str]:
    """Read the rows of ``meta``."""
    return {row["key"]: str(row["value"]) for row in await transaction.fetch("read_meta")}
