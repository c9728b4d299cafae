"""Who may log in, as far as the caller may know."""

from meterstatus import errors
from meterstatus.controller.fleet import fleet
from meterstatus.domain import names
from meterstatus.domain.fleet import records


class Users:
    """The users; each may know of himself, an admin of all.

    Args:
        of: the fleet.
    """

    def __init__(self, of: fleet.Fleet) -> None:
        self._fleet = of

    def find(self, caller: records.User, tag: names.Tag) -> records.User:
        """Return a user.

        Raises:
            UnauthorizedError: there is no such user, or the caller is another one and no admin; he is not
                told which, and python-libjuju takes it for an absent user.
        """
        user = self._fleet.users.get(tag.name) if tag.kind is names.Kind.USER else None
        if user is None or (user.name != caller.name and not caller.access.includes(records.Access.ADMIN)):
            raise errors.UnauthorizedError
        return user

    def known(self, caller: records.User) -> list[records.User]:
        """Return the users that a user may know of, by when they were made."""
        return list(self._fleet.users.values()) if caller.access.includes(records.Access.ADMIN) else [caller]
