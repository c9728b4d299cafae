"""Removes what is kept long enough, a batch to a transaction; the rule is ``domain.retention``'s."""

import datetime

from meterstatus.adapters.sql import changes, engine
from meterstatus.domain import retention


async def prune(
    transaction: engine.Transaction, keep: retention.Retention, now: datetime.datetime, limit: int
) -> retention.Pruned:
    """Remove what may go, no more than ``limit`` of each kind, and note up to which revision."""
    edges = keep.edges(now, await changes.newest(transaction))
    gone = [
        row[0]
        for row in await transaction.fetch(
            "prune_old_changes",
            {"before": edges.changes_before.isoformat(), "newest": edges.newest, "limit": limit},
        )
    ]
    if len(gone) < limit and edges.changes_up_to > 0:
        surplus = {
            "up_to": edges.changes_up_to,
            "settled_before": edges.settled_before.isoformat(),
            "limit": limit - len(gone),
        }
        gone += [row[0] for row in await transaction.fetch("prune_surplus_changes", surplus)]
    if gone:
        highest = max(*gone, await removed_up_to(transaction))
        await transaction.execute("set_pruned", {"value": str(highest)})
    await transaction.execute("prune_time_limits")
    reports = {"before": edges.reports_before.isoformat(), "limit": limit}
    return retention.Pruned(len(gone), len(await transaction.fetch("prune_deliveries", reports)))


async def removed_up_to(transaction: engine.Transaction) -> int:
    """Read the highest revision that was ever removed; 0 where none was."""
    row = await transaction.fetch_one("read_pruned")
    return 0 if row is None else int(row[0])
