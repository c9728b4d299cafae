"""Changes of what holds for the whole fleet: an epoch that begins, maintenance that is announced or ended."""

from collections.abc import Collection

from meterstatus.adapters.sql import announcements, changes, engine
from meterstatus.domain import epoch, maintenance
from meterstatus.domain.fleet import records


async def begin_epoch(
    transaction: engine.Transaction, author: records.Author, claimed: Collection[int] = ()
) -> epoch.Epoch:
    """Begin an epoch, and return it."""
    before = announcements.held_epoch(await announcements.read_meta(transaction))
    base = await changes.newest(transaction)
    number = epoch.next_number(before.number, author.at, claimed)
    begun = epoch.Epoch(number, base, author.at, author.who, author.why)
    detail = announcements.epoch_to_text(begun)
    await changes.record(transaction, records.ChangeKind.EPOCH, "", author, detail=detail)
    held = announcements.to_hold(detail, author)
    await transaction.execute("set_meta", {"key": announcements.EPOCH, "value": held})
    return begun


async def set_maintenance(
    transaction: engine.Transaction, wanted: maintenance.Maintenance | None, author: records.Author
) -> None:
    """Announce maintenance, or end it."""
    held = announcements.held_maintenance(await announcements.read_meta(transaction))
    if wanted is None and held is None:
        return
    detail = announcements.maintenance_to_text(wanted)
    await changes.record(transaction, records.ChangeKind.MAINTENANCE, "", author, detail=detail)
    if detail is None:
        await transaction.execute("remove_meta", {"key": announcements.MAINTENANCE})
    else:
        value = announcements.to_hold(detail, author)
        await transaction.execute("set_meta", {"key": announcements.MAINTENANCE, "value": value})
