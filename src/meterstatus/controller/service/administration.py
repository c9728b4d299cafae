"""What concerns the whole fleet: its epoch, announced maintenance, and what agents claim to have heard."""

import dataclasses
import datetime
import logging

from meterstatus import errors
from meterstatus.controller.fleet import fleet
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain.fleet import records
from meterstatus.ports import repository, time

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Announced:
    """Maintenance as it stands, and how many units hear of it at once."""

    maintenance: maintenances.Maintenance | None
    connected: int
    """Units whose agent is connected to this controller."""

    units: int
    """All units."""


class Administration:
    """Changes that only an admin may ask for.

    Args:
        of: the fleet.
        store: what it is kept in.
        clock: says when.
    """

    def __init__(self, of: fleet.Fleet, store: repository.Repository, clock: time.Clock) -> None:
        self._fleet = of
        self._store = store
        self._clock = clock

    async def begin_epoch(self, user: records.User, reason: str) -> epochs.Epoch:
        """Have this controller's word hold for every unit, also for those that have heard a newer one.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: there is no reason, or it is no line.
            StoreUnavailableError: none has begun.
        """
        user.require(records.Access.ADMIN)
        if not reason:
            raise errors.NotValidError("new epoch", "give a reason")
        author = user.author(self._clock.now(), reason)
        await self._store.begin_epoch(author, self._fleet.claims.epochs())
        return self._fleet.epoch

    async def announce_maintenance(
        self, user: records.User, span: datetime.timedelta | None, reason: str = ""
    ) -> Announced:
        """Announce that the controller may be away for a while from now on; None ends it.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: it may not be so long, or the reason is no line.
            StoreUnavailableError: nothing was announced.
        """
        user.require(records.Access.ADMIN)
        author = user.author(self._clock.now(), reason)
        if span is None:
            await self._store.set_maintenance(None, author)
        else:
            maintenances.check(span)
            announced = maintenances.Maintenance(author.at, author.at + span, author.who, author.why)
            await self._store.set_maintenance(announced, author)
        held, connected = self._fleet.units, self._fleet.presence.connected
        return Announced(self._fleet.maintenance, sum(unit in connected for unit in held), len(held))

    def dismiss_claim(self, user: records.User, unit: str, reason: str) -> None:
        """Believe no more what a unit's agent says that it has heard, until it says what is here.

        Known to this process and not stored, as is what was heard.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: there is no such unit, or it has said nothing that is not here.
            NotValidError: the reason is no line.
        """
        user.require(records.Access.ADMIN)
        author = user.author(self._clock.now(), reason)
        if unit not in self._fleet.units:
            raise errors.NotFoundError(f'unit "{unit}"')
        if not self._fleet.claims.dismiss(unit):
            raise errors.NotFoundError(f"what {unit} has heard beyond what is here")
        _logger.info("%s dismissed what %s has heard because %r", author.who, unit, reason)
