"""A logged-in or not yet logged-in RPC connection to a controller, and how one is made."""

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from meterstatus.domain import addresses


class APIConnection(Protocol):
    """One RPC connection (Juju's ``api.Connection``); calls run concurrently."""

    async def call(
        self,
        facade: str,
        version: int,
        request: str,
        params: Any = None,
        *,
        object_id: str = "",
        timeout_seconds: float | None = 30.0,
    ) -> Any:
        """Call a method and return the ``response`` object, decoded JSON (a dict with string keys).

        Args:
            facade: the facade's name, exactly.
            version: its version, exactly; there is no fallback.
            request: the method's name, exactly.
            params: what becomes ``params``: a msgspec Struct or plain JSON values; None sends ``{}``.
            object_id: the watcher id, "" where there is none.
            timeout_seconds: the wait for the answer; None waits without limit (watchers' Next).

        Raises:
            UnauthorizedError: the answer's code is "unauthorized access".
            UnsupportedError: the answer's code is "not implemented".
            RequestError: any other error answer, code and info as sent. A "not found" is one too: it
                never becomes NotFoundError, which means "nothing stored" (spec worker, B-25).
            RequestTimeoutError: no answer within the limit; the connection stays.
            ConnectionLostError: the connection is or was closed.

        Cancelling forgets the call; its late answer is dropped.
        """
        ...

    async def wait_closed(self) -> None:
        """Return when the connection has ended, whoever ended it."""
        ...

    async def close(self) -> None:
        """End the connection with a close frame; any number of times."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect and whom to trust there."""

    address: str
    """``host:port``; an IPv6 host stands in brackets."""

    path: str
    """``/model/<uuid>/api`` or ``/api`` (spec juju-api, 1.3)."""

    ca_certificate: str
    """The one CA to trust, PEM. The server must prove the name ``juju-apiserver`` under it."""

    latest_wall: Callable[[], datetime.datetime | None] = dataclasses.field(
        default=lambda: None, compare=False
    )
    """Tells the latest wall time that is known to have been, for a clock that is behind; see
    ``domain.validity``."""


class Dialer(Protocol):
    """Makes connections."""

    async def dial(self, endpoint: Endpoint) -> APIConnection:
        """Connect, finish the TLS and WebSocket handshakes, and return the connection.

        Raises:
            ConnectFailedError: refused, unreachable, not trusted, or no WebSocket there; the text says
                which, and the cause is chained.

        The caller bounds the time; cancelling leaves no socket behind. The caller closes what it gets.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Login:
    """What a login answered that anyone here needs (spec juju-api, 2.2)."""

    controller_tag: str
    model_tag: str
    """"" on a controller connection."""

    server_version: str
    facades: Mapping[str, tuple[int, ...]]
    """Versions offered by facade name, ascending."""

    machines: tuple[tuple[addresses.HostPort, ...], ...] = ()
    """The addresses of each of the controller's machines, as it gave them."""

    @property
    def servers(self) -> tuple[str, ...]:
        """Every ``host:port`` the controller gave, in its order."""
        return tuple(str(place) for machine in self.machines for place in machine)
