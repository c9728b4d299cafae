"""One lean agent: what a real one says to its controller, and when.

Its waits and limits are the product's. Never runs a hook: that a unit's hook heard nothing it should not is
shown by real agents, here only for how long an agent was out of contact.
"""

import asyncio
import dataclasses
import datetime
import random
import ssl
import time
from typing import Any, TypeVar, cast

from harness.herd import frames
from meterstatus import errors
from meterstatus.domain import backoff
from meterstatus.domain.unit import reconnection
from meterstatus.engine import configuration
from meterstatus.protocol import messages, session, wire
from meterstatus.protocol.facades import admin, meter_status, meter_status_policy, notify_watcher, pinger
from meterstatus.workers import api_caller, dialing

_P = TypeVar("_P", bound=wire.Wire)
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(configuration.EngineConfig)}
_GROWTH = backoff.Growth(cast("float", _DEFAULTS["backoff_factor"]), reconnection.LONGEST_DELAY)
_FIRST_DELAY = cast("datetime.timedelta", _DEFAULTS["error_delay"])
OPENING_AT_ONCE = 50
"""Attempts at a connection of one process under way: a handshake costs a client three times what it costs
the controller, real agents have a processor each, and one that waits for its turn must not give up for it."""

_POLL_SECONDS = 60.0
"""Between two fetched statuses; a real agent's contact period with Juju's policy."""

_PING_SECONDS = 27.0
"""Between two pings (``workers.api_caller.PING_PERIOD``)."""


@dataclasses.dataclass(slots=True)
class Tally:
    """What all lean agents of a process came to."""

    dials: int = 0
    logins: int = 0
    told_to_wait: int = 0
    watching: int = 0
    events: int = 0
    last_event_ns: int = 0
    """Monotonic."""

    last_login_ns: int = 0
    """Monotonic: when the last watch was made anew."""

    longest_silence: float = 0.0
    """Seconds between two contacts of one agent, at most."""

    failures: dict[str, int] = dataclasses.field(default_factory=dict[str, int])
    """Ends of connections, and of attempts at one, by kind of error."""

    def forget(self) -> None:
        """Begin all counts anew, but for who watches now."""
        watching = self.watching
        for field in dataclasses.fields(self):
            setattr(self, field.name, type(getattr(self, field.name))())
        self.watching = watching


@dataclasses.dataclass(frozen=True, slots=True)
class Herd:
    """What the lean agents of a process share."""

    hosts: tuple[str, ...]
    """Addresses of the one controller: each has ports of its own, of which ten thousand agents need many."""

    port: int
    path: str
    model_tag: str
    trust: ssl.SSLContext | None
    """None dials without TLS."""

    opening: asyncio.Semaphore = dataclasses.field(default_factory=lambda: asyncio.Semaphore(OPENING_AT_ONCE))
    tally: Tally = dataclasses.field(default_factory=Tally)


class _Stream(asyncio.Protocol):
    """One connection."""

    def __init__(self, path: str, host: str) -> None:
        loop = asyncio.get_running_loop()
        self._request = frames.UPGRADE.format(path=path, host=host).encode()
        self._buffer = bytearray()
        self._session: session.ClientSession[asyncio.Future[messages.Response]] = session.ClientSession()
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's over TLS is none by inheritance
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._buffer[:20]:
                self.abort()
                return
            del self._buffer[: end + 4]
            self.opened.set_result(None)
        for kind, payload in frames.take(self._buffer):
            self._on_frame(kind, payload)

    def _on_frame(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        if kind == frames.TEXT:
            answered = self._session.receive(payload)
            if answered is not None and not answered[0].done():
                answered[0].set_result(answered[1])
        elif kind == frames.PING:
            self._transport.write(frames.pong(payload))
        elif kind == frames.CLOSE:
            self._transport.write(frames.close())
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        for waiting in self._session.close():
            if not waiting.done():
                waiting.set_exception(errors.ConnectionLostError())
        if not self.opened.done():
            self.opened.set_exception(errors.ConnectionLostError())
            self.opened.exception()
        if not self.ended.done():
            self.ended.set_result(None)

    def ask(
        self, method: wire.Method[_P, Any], params: _P, object_id: str = ""
    ) -> asyncio.Future[messages.Response]:
        """Send a request and return the future of its answer."""
        waiting: asyncio.Future[messages.Response] = asyncio.get_running_loop().create_future()
        _, message = self._session.call(
            waiting, method.facade.name, method.facade.version, method.name, params, object_id
        )
        assert self._transport is not None
        self._transport.write(frames.text(message))
        return waiting

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class LeanAgent:
    """One unit's lean agent.

    Args:
        herd: what it shares.
        tag: the unit's.
        password: its agent's.
        host: which of the herd's to dial.
    """

    def __init__(self, herd: Herd, tag: str, password: str, host: str) -> None:
        self._herd, self._tag, self._password, self._host = herd, tag, password, host
        self._entities = wire.Entities((wire.Entity(tag),))
        self._contact_at: float | None = None
        self._stream: _Stream | None = None
        self._watcher = ""

    async def run(self, first_delay: float) -> None:
        """Be connected for ever, from a first delay in seconds on."""
        await asyncio.sleep(first_delay)
        failures = 0
        while True:
            try:
                async with self._herd.opening, asyncio.timeout(api_caller.OPEN_LIMIT.total_seconds()):
                    stream = await self._open()
                self._herd.tally.watching += 1
                failures = 0
                try:
                    await self._serve(stream)
                finally:
                    self._herd.tally.watching -= 1
            except (OSError, errors.MeterStatusError) as error:
                kind = type(error).__name__
                self._herd.tally.failures[kind] = self._herd.tally.failures.get(kind, 0) + 1
            finally:
                if self._stream is not None:
                    self._stream.abort()
                    self._stream = None
            failures += 1
            wait = backoff.delay(_FIRST_DELAY, failures, _GROWTH, random.random())  # noqa: S311 - spreads
            await asyncio.sleep(wait.total_seconds())

    async def _open(self) -> _Stream:
        """Dial and log in, and ask what a real agent asks, in its order."""
        herd = self._herd
        herd.tally.dials += 1
        async with asyncio.timeout(dialing.DIAL_LIMIT.total_seconds()):
            _, stream = await asyncio.get_running_loop().create_connection(
                lambda: _Stream(herd.path, self._host),
                self._host,
                herd.port,
                ssl=herd.trust,
                server_hostname=None if herd.trust is None else "juju-apiserver",
            )
            self._stream = stream
            await stream.opened
        await self._log_in(stream)
        await self._fetch(stream)
        _checked(await stream.ask(meter_status.STATE, self._entities))
        answer = _checked(await stream.ask(meter_status.WATCH_METER_STATUS, self._entities))
        self._watcher = answer["results"][0]["NotifyWatcherId"]
        _checked(await stream.ask(meter_status_policy.GET_POLICY, self._entities))
        await self._fetch(stream)
        herd.tally.logins += 1
        herd.tally.last_login_ns = time.monotonic_ns()
        return stream

    async def _log_in(self, stream: _Stream) -> None:
        request = admin.LoginRequest(self._tag, self._password, "")
        while True:
            response = await stream.ask(admin.LOGIN, request)
            wait = backoff.told_to_wait(response.error_code, response.error_info)
            if wait is None:
                _checked(response)
                return
            self._herd.tally.told_to_wait += 1
            await asyncio.sleep(wait.total_seconds())

    async def _fetch(self, stream: _Stream) -> None:
        _checked(await stream.ask(meter_status.GET_METER_STATUS, self._entities))
        now = time.monotonic()
        if self._contact_at is not None:
            tally = self._herd.tally
            tally.longest_silence = max(tally.longest_silence, now - self._contact_at)
        self._contact_at = now

    async def _serve(self, stream: _Stream) -> None:
        """Take events, ping, and fetch once a minute, until the connection ends."""
        polling = asyncio.get_running_loop().call_later(_POLL_SECONDS, self._poll, stream)
        pinging = asyncio.get_running_loop().call_later(_PING_SECONDS, self._ping, stream)
        tally = self._herd.tally
        try:
            while True:
                params = notify_watcher.NextParams(tell_status=True)
                _checked(await stream.ask(notify_watcher.NEXT, params, self._watcher))
                tally.last_event_ns = time.monotonic_ns()
                tally.events += 1
        finally:
            polling.cancel()
            pinging.cancel()

    def _ping(self, stream: _Stream) -> None:
        if not stream.ended.done():
            stream.ask(pinger.PING, wire.Empty()).add_done_callback(_look)
            asyncio.get_running_loop().call_later(_PING_SECONDS, self._ping, stream)

    def _poll(self, stream: _Stream) -> None:
        if stream.ended.done():
            return
        fetched = asyncio.ensure_future(self._fetch(stream))
        fetched.add_done_callback(_look)
        asyncio.get_running_loop().call_later(_POLL_SECONDS, self._poll, stream)


def _checked(response: messages.Response) -> dict[str, Any]:
    return messages.unwrap(response)


def _look(done: "asyncio.Future[messages.Response] | asyncio.Task[None]") -> None:
    if not done.cancelled():
        done.exception()  # the connection's end is seen elsewhere


def trust(*, check: bool = False, ca_certificate: str = "") -> ssl.SSLContext:
    """Make the lean agents' TLS: by default without a look at the certificate, which is the client's cost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if check:
        context.load_verify_locations(cadata=ca_certificate)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def agents(herd: Herd, passwords: dict[str, str]) -> list[LeanAgent]:
    """Make a lean agent for each unit tag, spread over the hosts."""
    return [
        LeanAgent(herd, tag, password, herd.hosts[number % len(herd.hosts)])
        for number, (tag, password) in enumerate(passwords.items())
    ]
