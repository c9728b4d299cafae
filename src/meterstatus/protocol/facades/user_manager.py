"""UserManager: who may log in; nobody is added or changed through it here. Shapes only."""

from meterstatus.protocol import wire


class UserInfoRequest(wire.Wire, frozen=True):
    """UserManager.UserInfo's params."""

    entities: tuple[wire.Entity, ...]
    """None means every user that the caller may know of."""

    include_disabled: bool = False


class UserInfo(wire.Wire, frozen=True):
    """A user."""

    username: str
    display_name: str
    access: str
    """On the controller: ``login`` or ``superuser``."""

    created_by: str
    date_created: wire.Instant
    disabled: bool


class UserInfoResult(wire.Wire, frozen=True):
    """One user."""

    result: UserInfo | None = None
    error: wire.Error | None = None


class UserInfoResults(wire.Wire, frozen=True):
    """UserManager.UserInfo's result."""

    results: tuple[UserInfoResult, ...]


FACADE = wire.Facade("UserManager", 3, earlier=(2,))
USER_INFO = wire.Method(FACADE, "UserInfo", UserInfoRequest, UserInfoResults)
