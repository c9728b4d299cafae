"""How the whole fleet is, for whoever may look: from memory, and beside what the store has."""

import dataclasses
from collections.abc import Sequence

from meterstatus.controller import slices
from meterstatus.controller.fleet import claims, fleet
from meterstatus.controller.service import unit_view, units
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain.fleet import level, presence, records
from meterstatus.ports import time


@dataclasses.dataclass(frozen=True, slots=True)
class FleetStatus:
    """The fleet at one revision."""

    revision: int
    identity: records.Identity
    units: Sequence[unit_view.UnitView]
    """Those that were asked for, as a person counts them."""

    levels: Sequence[level.Level]
    """What is set for applications and the model."""

    epoch: epochs.Epoch
    maintenance: maintenances.Maintenance | None
    """What is announced; None where nothing is, or it is over."""

    behind: claims.Missing | None
    """What agents have heard that is newer than here."""

    given_up: claims.Missing | None
    """What agents have heard that was lost when this epoch began."""

    rolled_back_to: int
    """The store's revision where that is below this one; 0 otherwise."""

    controllers: Sequence[presence.ControllerProcess]
    """Which controllers ran at the last heartbeat, this one included."""


class FleetStatuses:
    """Tells how the fleet is.

    Args:
        of: the fleet.
        clock: says when it is.
    """

    def __init__(self, of: fleet.Fleet, clock: time.Clock) -> None:
        self._fleet = of
        self._clock = clock

    async def look(self, user: records.User, patterns: Sequence[str] = ()) -> FleetStatus:
        """Return how the fleet is, and each of its units that matches; see ``Units.find``.

        Raises:
            UnauthorizedError: the user may not look.
            NotValidError: more patterns than may be asked for at once, or too long ones.
            StoreUnavailableError: the store cannot be asked whether it was rolled back.
        """
        user.require(records.Access.READ)
        of = self._fleet
        await of.look_at_store()
        found = await units.matching(of, patterns)
        now, revision, position = self._clock.now(), of.revision, of.place
        seen = await slices.each(lambda unit: unit_view.of(of, unit, now), found)
        return FleetStatus(
            revision=revision,
            identity=of.identity,
            units=seen,
            levels=of.levels.everything(),
            epoch=of.epoch,
            maintenance=of.maintenance,
            behind=of.claims.behind(position),
            given_up=of.claims.given_up(position),
            rolled_back_to=of.rolled_back_to,
            controllers=of.controllers,
        )
