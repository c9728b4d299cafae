"""Admin: how a login is asked for and answered (spec juju-api, 2). Shapes only."""

from typing import Any

from meterstatus.protocol import wire


class LoginRequest(wire.Wire, frozen=True):
    """Admin.Login's params (spec juju-api, 2.1)."""

    auth_tag: str
    credentials: str
    nonce: str
    macaroons: Any = None
    bakery_version: int = 0
    token: str = ""
    cli_args: str = ""
    user_data: str = ""
    client_version: str = ""


class FacadeVersions(wire.Wire, frozen=True):
    """A facade and the versions of it that are offered, ascending."""

    name: str
    versions: tuple[int, ...]


class UserInfo(wire.Wire, frozen=True):
    """What a login tells a user about himself."""

    display_name: str
    """Always "" in the reference."""

    identity: str
    """The canonical user tag."""

    controller_access: str
    """``login``, ``superuser`` or ""."""

    model_access: str
    """``read``, ``write``, ``admin``, or "" on a controller connection."""

    last_connection: Any = None
    credentials: Any = None


class LoginResult(wire.Wire, frozen=True):
    """Admin.Login's result (spec juju-api, 2.2)."""

    controller_tag: str
    facades: tuple[FacadeVersions, ...]
    """Sorted by name."""

    server_version: str
    servers: tuple[tuple[wire.HostPort, ...], ...] = ()
    """One inner list for each controller machine."""

    public_dns_name: str = ""
    model_tag: str = ""
    """Model connections only."""

    user_info: UserInfo | None = None
    """Users only."""

    discharge_required: Any = None
    """Filled in where the login has not succeeded, although there is no error."""

    bakery_discharge_required: Any = None
    discharge_required_error: str = ""


class RedirectInfo(wire.Wire, frozen=True):
    """Where a model went: Admin.RedirectInfo's result, and the info of a redirect error (2.6)."""

    servers: tuple[tuple[wire.HostPort, ...], ...]
    ca_cert: str
    controller_tag: str = ""
    controller_alias: str = ""


FACADE = wire.Facade("Admin", 3)
LOGIN = wire.Method(FACADE, "Login", LoginRequest, LoginResult)
REDIRECT_INFO = wire.Method(FACADE, "RedirectInfo", wire.Empty, RedirectInfo)
