"""Ends of statuses that were set for a time: each once, whichever controllers look for them.

A limit counts where the revision that it is of still stands. That is looked at inside the transaction, so who
comes second finds nothing to do.
"""

import datetime

from meterstatus.adapters.sql import changes, engine, mass_changes
from meterstatus.domain import names
from meterstatus.domain.fleet import records, time_limit


async def end_due(transaction: engine.Transaction, now: datetime.datetime) -> datetime.datetime | None:
    """End what one call has set and is over by now; return when to look again, None where nothing ends."""
    due = await transaction.fetch_one("read_due", {"at": now.isoformat()})
    if due is not None:
        await _end(transaction, due, now)
    row = await transaction.fetch_one("read_next_end")
    assert row is not None, "an aggregate has a row"
    return None if row["until"] is None else datetime.datetime.fromisoformat(row["until"])


async def _end(transaction: engine.Transaction, due: engine.Row, now: datetime.datetime) -> None:
    revision, who, scope = due["revision"], due["who"], due["scope"]
    of = {"at": now.isoformat(), "due": revision, "due_batch": due["batch"]}
    if who is not None:
        begun, over = (datetime.datetime.fromisoformat(due[column]) for column in ("at", "until"))
        why = time_limit.why_ended(revision, names.parse_tag(who).name, begun, over)
        author = records.Author(who, now, why)
        if scope is None:
            own = {"batch": await changes.newest(transaction) + 1}
            await transaction.execute(
                "record_ended_statuses", {**of, **own, **changes.author_parameters(author)}
            )
            await transaction.execute("apply_batch", own)
        else:
            await _end_level(transaction, names.parse_tag(scope), revision, author)
    await transaction.execute("remove_time_limits", of)


async def _end_level(
    transaction: engine.Transaction, scope: names.Tag, revision: int, author: records.Author
) -> None:
    held = await mass_changes.read_level(transaction, scope)
    if held is not None and held.limit is not None and held.revision == revision:
        await mass_changes.put_level(
            transaction, scope, held, held.limit.beneath, author, limit=None, ended=revision
        )
