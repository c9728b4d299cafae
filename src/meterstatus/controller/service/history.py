"""What was changed and what hooks were told, for whoever may look: read from the store, not from memory."""

from collections.abc import Sequence

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.domain.hook import delivery_report
from meterstatus.ports import repository


class History:
    """What the store keeps of the past.

    Args:
        store: where it is.
    """

    def __init__(self, store: repository.Repository) -> None:
        self._store = store

    async def changes(
        self,
        user: records.User,
        entity: str = "",
        before: int | None = None,
        limit: int = 100,
        *,
        is_without_own: bool = False,
    ) -> Sequence[records.Change]:
        """Return changes, newest first, of a unit, an application or ("") everything.

        Those that agents made of their own units are left out where that is asked for.

        Raises:
            UnauthorizedError: the user may not look.
            NotValidError: the entity is no name of a unit or application.
            StoreUnavailableError: the repository failed.
        """
        user.require(records.Access.READ)
        return await self._store.history(*_entity(entity), before, limit, is_without_own=is_without_own)

    async def removed_up_to(self, user: records.User) -> int:
        """Return up to which revision old changes are no longer kept. Raises as ``changes``."""
        user.require(records.Access.READ)
        return await self._store.removed_up_to()

    async def deliveries(
        self, user: records.User, entity: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what agents reported, newest first; see ``changes``."""
        user.require(records.Access.READ)
        return await self._store.deliveries(*_entity(entity), limit)


def _entity(name: str) -> tuple[str, str]:
    """Return a unit's name and an application's, of which at most one is not empty."""
    unit = name if names.is_unit(name) else ""
    application = "" if unit else name
    if application and not names.is_application(application):
        raise errors.NotValidError(f'name "{name}"', "it is neither a unit's nor an application's")
    return unit, application
