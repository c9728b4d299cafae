"""The controller's front: what a connection or plain HTTP request gets, and all connections together."""

import asyncio
import contextlib
import dataclasses
import itertools
import logging
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

from meterstatus.controller import settings, slices
from meterstatus.controller.fleet import fleet
from meterstatus.controller.jobs import store_health
from meterstatus.controller.rpc import connection, idle_timeout, interface, login, refused_logins
from meterstatus.controller.service import service
from meterstatus.domain import names
from meterstatus.ports import time, transport
from meterstatus.protocol import connection_kind, server_addresses
from meterstatus.runtime import waiting

_MODEL_PATH = re.compile("/model/([^/]*)/api")
_NO_STORE = "the database cannot be reached\n"
_logger = logging.getLogger(__name__)


class Front:
    """Accepts connections and ends them (spec juju-api, 1.3, 1.4 and 1.10).

    Args:
        of: the fleet in memory, started.
        cases: the use cases on it.
        clock: for the limits in time.
        limits: all limits.
        ca_certificate: the authority that it is trusted by, PEM, for clients that ask.
    """

    def __init__(
        self,
        of: fleet.Fleet,
        cases: service.Service,
        clock: time.Clock,
        limits: settings.Settings,
        ca_certificate: str = "",
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._silences = idle_timeout.IdleTimeouts(clock, limits.silence)
        self._contact = store_health.StoreHealth(of.unconfirmed_for, clock, limits.store_silence)
        self._shared = connection.Shared(
            service=cases,
            fleet=of,
            credentials=login.credentials(of, clock, limits),
            silences=self._silences,
            settings=limits,
            contact=self._contact,
            refused=refused_logins.RefusedLogins(),
            place=interface.Place(ca_certificate=ca_certificate),
        )
        # Revisions begin anew, and who stays would take what is said now for older than what it heard.
        of.on_rolled_back = self._close_all
        # In the order they came, which is that in which they are ended.
        self._connections: dict[connection.Connection, None] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._stopping = False

    def reached_at(self, port: int, hosts: Sequence[str] = ()) -> None:
        """Say where it is served, which logins are told; no hosts are those of the controller's identity."""
        servers = server_addresses.to_wire(hosts or self._shared.fleet.identity.hosts, port)
        self._shared.place = dataclasses.replace(self._shared.place, servers=servers)

    def others_at(self, others: Iterable[tuple[Sequence[str], int]]) -> None:
        """Say where the other controllers on the same database are, in any order.

        Logins are told it as well, and agents that are connected where it is news.
        """
        machines = tuple(server_addresses.to_wire(hosts, port) for hosts, port in others)
        if set(machines) == set(self._shared.place.others):
            return
        self._shared.place = dataclasses.replace(self._shared.place, others=machines)
        self._shared.fleet.watchers.notify_all()

    def accept(self, request: transport.HTTPRequest) -> transport.Conversation | transport.HTTPAnswer:
        """Decide what a request gets: a conversation, or a plain answer."""
        if request.path == "/health":
            return self._health(request.method)
        model = _MODEL_PATH.fullmatch(request.path)
        if model is None and request.path not in ("/", "/api"):
            return transport.HTTPAnswer(404, "404 page not found\n")
        if self._stopping:
            return transport.HTTPAnswer(503, "stopping\n")
        if not self._contact.is_there():
            # Before any handshake, so that who has several addresses takes the next one at once.
            return transport.HTTPAnswer(503, _NO_STORE)
        if request.method != "GET":
            return transport.HTTPAnswer(405, "a WebSocket begins with GET\n")
        if model is None:
            return self._converse(connection_kind.ConnectionKind.CONTROLLER, "", request)
        uuid = model.group(1)
        if not names.is_uuid(uuid):
            return transport.HTTPAnswer(400, f'invalid model UUID "{uuid}"\n')
        identity = self._shared.fleet.identity
        if uuid == identity.controller_model_uuid:
            return self._converse(connection_kind.ConnectionKind.CONTROLLER_MODEL, "", request)
        unknown = "" if uuid == identity.model_uuid else uuid
        return self._converse(connection_kind.ConnectionKind.MODEL, unknown, request)

    def _health(self, method: str) -> transport.HTTPAnswer:
        if method not in ("GET", "HEAD"):
            return transport.HTTPAnswer(405, "only GET and HEAD\n")
        if self._stopping:
            return transport.HTTPAnswer(503, "stopping\n")
        if not self._contact.is_there():
            return transport.HTTPAnswer(503, _NO_STORE)
        return transport.HTTPAnswer(200, "running\n")

    def _converse(
        self, kind: connection_kind.ConnectionKind, unknown_model: str, request: transport.HTTPRequest
    ) -> connection.Connection:
        return connection.Connection(
            self._shared, kind, unknown_model, request.remote, self._began, self._ended
        )

    def _began(self, started: connection.Connection) -> None:
        self._connections[started] = None
        self._empty.clear()
        if self._stopping:
            started.close()

    def _ended(self, ended: connection.Connection) -> None:
        self._connections.pop(ended, None)
        if not self._connections:
            self._empty.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Watch over silent connections for as long as the context lasts, then end all in order.

        Waits no longer than ``Settings.farewell`` for the connections; the transport drops the rest.
        """
        silences = self._silences.run(), _logger, "silent connections are not ended any more"
        contact = self._contact.run(self._close_all), _logger, "the database is not looked after any more"
        refused = self._shared.refused.run(self._clock), _logger, "refused logins are not counted any more"
        async with waiting.beside(*silences), waiting.beside(*contact), waiting.beside(*refused):
            try:
                yield
            finally:
                await self._shut_down()

    def _close_all(self) -> None:
        """Close every connection there is now, of many the others in later turns."""
        self._close_some(iter(tuple(self._connections)))

    def _close_some(self, left: Iterator[connection.Connection]) -> None:
        lot = tuple(itertools.islice(left, slices.SIZE))
        for open_connection in lot:
            open_connection.close()
        if len(lot) == slices.SIZE:
            asyncio.get_running_loop().call_soon(self._close_some, left)

    async def _shut_down(self) -> None:
        self._stopping = True
        self._close_all()
        limit = self._clock.after(self._limits.farewell)
        try:
            await waiting.wait_any(self._empty.wait(), limit)
        finally:
            limit.cancel()
        if self._connections:
            _logger.warning("%d connections did not end in order", len(self._connections))
