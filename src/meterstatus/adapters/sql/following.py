"""The tail: who is told of changes, and up to which revision.

What is told is read from the database after each commit and never taken from who asked for the change, so
neither a cancelled caller nor another writer can make a change go unseen.
"""

from collections.abc import Sequence

from meterstatus.adapters.sql import announcements, changes, engine, identity, rows
from meterstatus.domain.fleet import records
from meterstatus.ports import repository


class Tail:
    """The one follower of a repository.

    Attributes:
        last_seen: the newest revision that it was told of, or that was there when it began.
    """

    def __init__(self) -> None:
        self._follower: repository.Follower | None = None
        self._reloaded: repository.Reloaded = repository.ignore
        self.last_seen = 0

    @property
    def is_followed(self) -> bool:
        """Whether there is anybody to tell."""
        return self._follower is not None

    async def begin(
        self,
        transaction: engine.Transaction,
        follower: repository.Follower,
        reloaded: repository.Reloaded = repository.ignore,
    ) -> records.Fleet:
        """Read everything; what ``read`` finds from then on is what came later."""
        loaded = await self.begin_again(transaction)
        self._follower, self._reloaded = follower, reloaded
        return loaded

    async def begin_again(self, transaction: engine.Transaction) -> records.Fleet:
        """Read everything for the follower there is, whom ``tell_reloaded`` gives it."""
        meta = await announcements.read_meta(transaction)
        loaded = records.Fleet(
            identity=await identity.read(transaction),
            users=tuple(map(rows.user, await transaction.fetch("read_users"))),
            units=tuple(map(rows.unit, await transaction.fetch("read_units"))),
            rulings=tuple(map(rows.held_policy, await transaction.fetch("read_policies"))),
            revision=await changes.newest(transaction),
            epoch=announcements.held_epoch(meta),
            maintenance=announcements.held_maintenance(meta),
            levels=tuple(map(rows.level, await transaction.fetch("read_levels"))),
        )
        self.last_seen = loaded.revision
        return loaded

    async def read(self, transaction: engine.Transaction) -> Sequence[records.Update]:
        """Return what was committed since the last time, for ``publish``; nothing where nobody follows."""
        if not self.is_followed:
            return ()
        return self.take(await transaction.fetch("read_updates", {"after": self.last_seen}))

    def take(self, found: Sequence[engine.Row]) -> Sequence[records.Update]:
        """Return, for ``publish``, what rows of ``read_updates`` hold, and count it as seen."""
        updates = [rows.update(row) for row in found]
        if updates:
            self.last_seen = updates[-1].change.revision
        return updates

    def publish(self, updates: Sequence[records.Update]) -> None:
        """Tell the follower. On the event loop's thread."""
        if self._follower is not None and updates:
            self._follower(updates)

    def tell_reloaded(self, loaded: records.Fleet) -> None:
        """Give the follower everything anew. On the event loop's thread."""
        self._reloaded(loaded)
