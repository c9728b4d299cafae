"""One client's connection: messages in, calls of the service, answers out, and an orderly end.

Calls run concurrently; an answer that is ready at once is sent at once, without a task. Spec juju-api 1.6 to
1.10 and 2.4.
"""

import asyncio
import dataclasses
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence

from meterstatus import errors
from meterstatus.controller import refusals, settings
from meterstatus.controller.fleet import fleet, watchers
from meterstatus.controller.jobs import store_health
from meterstatus.controller.rpc import dispatch, idle_timeout, interface, login, refused_logins
from meterstatus.controller.service import service
from meterstatus.domain import backoff
from meterstatus.domain.fleet import records
from meterstatus.ports import transport
from meterstatus.protocol import connection_kind, messages, session, shapes, wire
from meterstatus.protocol.facades import admin, notify_watcher

_MAX_VERSION_CHARACTERS = 64
"""Of what a client says that it is; kept for as long as it is connected."""

_logger = logging.getLogger(__name__)
_Answer = wire.Wire | Awaitable[wire.Wire]


@dataclasses.dataclass(slots=True)
class Shared:
    """What all connections of a controller have in common."""

    service: service.Service
    fleet: fleet.Fleet
    credentials: login.Credentials
    silences: idle_timeout.IdleTimeouts
    settings: settings.Settings
    contact: store_health.StoreHealth
    refused: refused_logins.RefusedLogins
    place: interface.Place


class Connection:
    """``Conversation`` with one client.

    Args:
        shared: what all connections have.
        kind: what the client connected to.
        unknown_model: the UUID where it connected to a model that is not here; then every request fails.
        remote: where it comes from, for the log.
        began: called when the connection is there.
        ended: called when it has ended.
    """

    def __init__(
        self,
        shared: Shared,
        kind: connection_kind.ConnectionKind,
        unknown_model: str,
        remote: str,
        began: Callable[["Connection"], None],
        ended: Callable[["Connection"], None],
    ) -> None:
        self._shared = shared
        self._kind = kind
        self._unknown_model = unknown_model
        self._remote = remote
        self._on_began = began
        self._on_ended = ended
        self._session = session.ServerSession()
        self._watchers = watchers.ConnectionWatchers(shared.settings.max_watchers)
        self._running: set[asyncio.Future[wire.Wire]] = set()
        self._caller: records.Caller | None = None
        self._client_version = ""
        self._peer: transport.Peer
        self._lease: idle_timeout.Lease
        self._closing = False
        self._is_logging_in = False
        self._told = shared.place

    def connected(self, peer: transport.Peer) -> None:
        """Begin; whoever does not log in soon is let go."""
        self._peer = peer
        self._lease = self._shared.silences.begin(self._on_silent)
        self._on_began(self)

    def _on_silent(self) -> None:
        _logger.info("%s was silent for too long", self._name())
        self.close()

    def _name(self) -> str:
        return f"{self._caller.tag if self._caller else 'somebody'} at {self._remote}"

    def received(self, message: bytes) -> None:
        """Take one message."""
        try:
            request = self._session.receive(message)
        except errors.RemoteProtocolError as error:
            self._note_breach(error)
            self.close()
            return
        if request is not None:
            self._handle(request)

    def _note_breach(self, error: errors.RemoteProtocolError) -> None:
        if self._caller is None:
            self._shared.refused.note("", self._remote, f"broke the protocol: {error}")
        else:
            _logger.warning("%s broke the protocol: %s", self._name(), error)

    def _handle(self, request: messages.Request) -> None:
        try:
            answer = self._start(request)
        except Exception as error:  # noqa: BLE001 - each failure is an answer, and _fail tells them apart
            self._fail(request, error)
            return
        if isinstance(answer, wire.Wire):
            self._answer(request, answer)
            return
        running = asyncio.ensure_future(answer)
        self._running.add(running)
        running.add_done_callback(functools.partial(self._finished, self._session.keep(request)))

    def _start(self, request: messages.Request) -> _Answer:
        if self._closing:
            raise refusals.shutting_down()
        self._shared.contact.require()
        if self._unknown_model:
            raise refusals.unknown_model(self._unknown_model)
        if len(self._running) >= self._shared.settings.max_in_flight:
            raise refusals.too_many("requests")
        if self._caller is None:
            return self._start_admin(request)
        return self._start_call(request, self._caller)

    def _start_admin(self, request: messages.Request) -> _Answer:
        dispatch.check_admin(request)
        if request.method == admin.REDIRECT_INFO.name:
            raise refusals.Refusal("not redirected")
        if self._is_logging_in:
            # One at a time, so that nobody has more of what logins cost than he has connections.
            raise refusals.Refusal("already logged in")
        params = shapes.decode_params(request.params, admin.LOGIN.params)
        self._is_logging_in = True
        return self._log_in(params)

    def _start_call(self, request: messages.Request, caller: records.Caller) -> _Answer:
        implementation = dispatch.find(request, self._kind)
        dispatch.check_admitted(implementation, caller)
        handler = implementation.handlers[request.method]
        params = shapes.decode_params(request.params, handler.method.params, implementation.max_elements)
        call = interface.Call(
            service=self._shared.service,
            caller=caller,
            kind=self._kind,
            watchers=self._watchers,
            lease=self._lease,
            object_id=request.object_id,
            client_version=self._client_version,
            max_history=self._shared.settings.max_history,
            place=self._shared.place,
            new_servers=self._new_servers,
            has_moved=self._told is not self._shared.place,
        )
        return handler.run(call, params)

    async def _log_in(self, request: admin.LoginRequest) -> admin.LoginResult:
        caller = await self._check(request)
        if self._closing:
            raise refusals.shutting_down()
        self._caller = caller
        self._peer.admit()
        self._client_version = request.client_version[:_MAX_VERSION_CHARACTERS]
        if isinstance(caller, records.Agent):
            self._lease.renew()
            self._shared.fleet.arrived(caller)
        else:
            self._lease.end()
        self._told = self._shared.place
        _logger.info("%s logged in", self._name())
        return login.answer(caller, self._shared.fleet.identity, self._kind, self._shared.place.machines)

    async def _check(self, request: admin.LoginRequest) -> records.Caller:
        try:
            return await self._shared.credentials.check(request, self._kind, self._remote)
        except errors.MeterStatusError as error:
            if error.code != backoff.AGAIN:
                self._shared.refused.note(request.auth_tag, self._remote, str(error))
            raise
        finally:
            self._is_logging_in = False

    def _new_servers(self) -> Sequence[Sequence[wire.HostPort]]:
        """Return where the controllers are, where that is not what the login or this said before."""
        if self._told is self._shared.place:
            return ()
        former, self._told = self._told, self._shared.place
        return () if former.machines == self._told.machines else self._told.machines

    def _finished(self, request: messages.Request, running: asyncio.Future[wire.Wire]) -> None:
        self._running.discard(running)
        if running.cancelled():
            self._fail(request, refusals.shutting_down())
        else:
            self._answer_late(request, running)
        if self._closing and not self._running:
            self._end()

    def _answer_late(self, request: messages.Request, done: asyncio.Future[wire.Wire]) -> None:
        """Answer a call that had to wait; not with an event that this process found before it was stopped."""
        try:
            result = done.result()
            if isinstance(result, notify_watcher.NextResult):
                self._shared.contact.require()
        except Exception as error:  # noqa: BLE001 - as in ``_handle``
            self._fail(request, error)
        else:
            self._answer(request, result)

    def _answer(self, request: messages.Request, result: wire.Wire) -> None:
        if isinstance(self._caller, records.Agent) and not self._closing:
            self._shared.fleet.presence.answered(self._caller.unit)
        self._send(self._session.answer(request, result))

    def _fail(self, request: messages.Request, error: BaseException) -> None:
        code = error.code if isinstance(error, errors.MeterStatusError) else ""
        if not isinstance(error, errors.MeterStatusError):
            _logger.error("%s.%s failed", request.facade, request.method, exc_info=error)
        text = str(error) or type(error).__name__
        info = dict(error.info) if isinstance(error, refusals.Refusal) else None
        self._send(self._session.fail(request, text, code, info))

    def _send(self, message: bytes | None) -> None:
        if message is not None:
            self._peer.send(message)

    def close(self) -> None:
        """End in order: waiting calls fail as stopped, running ones are answered, then it closes."""
        if self._closing:
            return
        self._closing = True
        self._watchers.stop_all()
        if not self._running:
            self._end()

    def _end(self) -> None:
        self._closing = True
        self._session.close()
        self._peer.close()

    def closed(self) -> None:
        """Clean up, and stop what still runs: nobody would hear of it.

        A change may be made or not, as where the connection is lost before the answer.
        """
        self._closing = True
        self._session.close()
        for running in tuple(self._running):
            running.cancel()
        self._watchers.stop_all()
        self._lease.end()
        if isinstance(self._caller, records.Agent):
            self._shared.fleet.left(self._caller)
        _logger.log(logging.DEBUG if self._caller is None else logging.INFO, "%s left", self._name())
        self._on_ended(self)
