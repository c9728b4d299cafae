"""Removes what is kept long enough, a batch to a transaction; the rule is ``domain.fleet.retention``'s."""

import datetime

from meterstatus.adapters.sql import changes, engine
from meterstatus.domain.fleet import retention


async def surplus(transaction: engine.Transaction, keep: retention.Retention) -> int:
    """Read up to which revision there are too many changes; 0 where there are not.

    It walks over all that are kept, and so comes before the transaction in which nobody else can write: what
    is added meanwhile only makes more of them too many.
    """
    if await changes.newest(transaction) <= keep.most_changes:
        return 0
    row = await transaction.fetch_one("read_surplus", {"most": keep.most_changes})
    return 0 if row is None else int(row["revision"])


async def prune(
    transaction: engine.Transaction,
    keep: retention.Retention,
    now: datetime.datetime,
    limit: int,
    up_to: int,
) -> retention.Pruned:
    """Remove what may go, no more than ``limit`` of each kind, and note up to which revision.

    Args:
        transaction: in which.
        keep: the rule.
        now: what time it is.
        limit: how much at once.
        up_to: what ``surplus`` found.
    """
    edges = keep.edges(now, await changes.newest(transaction), up_to)
    old = await transaction.fetch(
        "prune_old_changes",
        {"before": edges.changes_before.isoformat(), "newest": edges.newest, "limit": limit},
    )
    gone = [row["revision"] for row in old if not row["who"].startswith("unit-")]
    removed = len(old)
    settled = edges.settled_before.isoformat()
    if removed < limit and edges.changes_up_to > 0:
        beyond = {"up_to": edges.changes_up_to, "settled_before": settled, "limit": limit - removed}
        found = [row["revision"] for row in await transaction.fetch("prune_surplus_changes", beyond)]
        gone, removed = gone + found, removed + len(found)
    if removed < limit:
        own: engine.Parameters = {
            "most": retention.OWN_CHANGES,
            "settled_before": settled,
            "newest": edges.newest,
            "limit": limit - removed,
        }
        removed += len(await transaction.fetch("prune_own_changes", own))
    if gone:
        highest = max(*gone, await removed_up_to(transaction))
        await transaction.execute("set_pruned", {"value": str(highest)})
    await transaction.execute("prune_time_limits")
    reports = {"before": edges.reports_before.isoformat(), "limit": limit}
    return retention.Pruned(removed, len(await transaction.fetch("prune_deliveries", reports)))


async def removed_up_to(transaction: engine.Transaction) -> int:
    """Read the highest revision that was ever removed; 0 where none was."""
    row = await transaction.fetch_one("read_pruned")
    return 0 if row is None else int(row["value"])
