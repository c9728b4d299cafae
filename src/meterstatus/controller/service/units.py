"""Which units there are: add, remove and find them."""

from collections.abc import Callable, Sequence

from meterstatus.controller import slices
from meterstatus.controller.fleet import fleet
from meterstatus.domain import names, status
from meterstatus.domain.fleet import passwords, records, unit_patterns
from meterstatus.ports import repository, time


class Units:
    """The units of the model.

    Args:
        of: the fleet.
        store: what it is kept in.
        clock: says when.
        random_bytes: makes agents' passwords.
    """

    def __init__(
        self,
        of: fleet.Fleet,
        store: repository.Repository,
        clock: time.Clock,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._fleet = of
        self._store = store
        self._clock = clock
        self._random_bytes = random_bytes

    async def add(
        self, user: records.User, name: str, initial: status.MeterStatus | None, reason: str = ""
    ) -> str:
        """Add a unit and return its agent's password, which is kept nowhere.

        Args:
            user: who adds it.
            name: the unit's name.
            initial: its first status; None leaves it NOT SET.
            reason: for the history.

        Raises:
            UnauthorizedError: the user may not.
            NotValidError: the name is no unit name, the status cannot be set, or the reason is no line.
            ConflictError: there is one of that name.
            StoreUnavailableError: none was added.
        """
        user.require(records.Access.ADMIN)
        names.application_of(name)
        if initial is not None:
            records.check_settable(initial)
        author = user.author(self._clock.now(), reason)
        password = passwords.from_random(self._random_bytes(passwords.AGENT_PASSWORD_BYTES))
        hashed = passwords.agent_hash(password)
        await self._store.add_unit(name, hashed, initial or records.NOT_SET, author)
        return password

    async def remove(self, user: records.User, name: str, reason: str = "") -> None:
        """Remove a unit and what it stored.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: there is none of that name.
            NotValidError: the reason is no line.
            StoreUnavailableError: it is still there.
        """
        user.require(records.Access.ADMIN)
        await self._store.remove_unit(name, user.author(self._clock.now(), reason))

    async def find(self, user: records.User, patterns: Sequence[str] = ()) -> list[records.Unit]:
        """Return the units whose name or application matches a shell pattern, as a person counts them.

        No patterns match everything.

        Raises:
            UnauthorizedError: the user may not look.
            NotValidError: more patterns than may be asked for at once, or too long ones.
        """
        user.require(records.Access.READ)
        return await matching(self._fleet, patterns)

    def check_exists(self, user: records.User, entity: names.Tag) -> None:
        """Check that a unit or an application is there.

        Raises:
            UnauthorizedError: the user may not look.
            NotFoundError: it is not.
        """
        user.require(records.Access.READ)
        self._fleet.check_exists(entity)

    def check_may_look(self, user: records.User) -> None:
        """Check that a user may look at units at all. Raises UnauthorizedError."""
        user.require(records.Access.READ)


async def matching(of: fleet.Fleet, patterns: Sequence[str]) -> list[records.Unit]:
    """Return the units that match any of some patterns, or all for none, as a person counts them.

    Raises:
        NotValidError: more patterns than may be asked for at once, or too long ones.
    """
    wanted = unit_patterns.UnitPatterns(patterns)
    looked_at = await slices.each(
        lambda unit: (unit.application, names.unit_number(unit.name), unit) if wanted.match(unit) else None,
        list(of.units.values()),
    )
    found = sorted((each for each in looked_at if each is not None), key=lambda each: each[:2])
    return [unit for _, _, unit in found]
