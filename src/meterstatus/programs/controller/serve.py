"""The controller program: makes a controller's directory, and serves it until told to stop.

Composition only: which adapters, in which order they begin and end.
"""

import asyncio
import contextlib
import ctypes
import gc
import ipaddress
import logging
import pathlib
import resource
import signal
import ssl
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import NamedTuple

import uvloop

from meterstatus import errors
from meterstatus.adapters import websocket_server
from meterstatus.adapters.files import database_file
from meterstatus.adapters.sql import sqlite
from meterstatus.controller import front as fronts
from meterstatus.controller import settings
from meterstatus.controller.fleet import fleet
from meterstatus.controller.jobs import expiry, heartbeat, presence_store, pruning, reports_tail, store_clock
from meterstatus.controller.service import service
from meterstatus.domain.fleet import blast_radius, presence, retention
from meterstatus.ports import repository, time
from meterstatus.programs import logs, own_process
from meterstatus.programs.controller import controller_files
from meterstatus.programs.controller.controller_files import InitOptions, init
from meterstatus.programs.controller.join_file import invite, join
from meterstatus.protocol import limits, server_addresses
from meterstatus.runtime import clock as clocks
from meterstatus.runtime import regular_file, waiting

__all__ = ["InitOptions", "init", "invite", "join", "run", "serve"]

_logger = logging.getLogger("meterstatus.controller")

_BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----"

_LOOPBACK = "127.0.0.1"

_M_MMAP_THRESHOLD = -3
"""Of ``malloc.h``."""

_LARGE_BUFFER_BYTES = 128 * 1024
"""What glibc begins with; a TLS connection's buffer is twice that."""

_YOUNG_OBJECTS = 50_000
"""Objects made before the collector looks at the young ones; with Python's 700, and a quarter of a million
objects alive, full passes stopped ten thousand connections for 120 ms at a time."""


@contextlib.asynccontextmanager
async def serve(
    data_dir: pathlib.Path,
    *,
    listen: str = "",
    port: int | None = None,
    clock: time.Clock | None = None,
    limits: settings.Settings | None = None,
) -> AsyncGenerator[websocket_server.WebSocketServer]:
    """Serve a controller for as long as the context lasts; on any event loop.

    Args:
        data_dir: made by ``init``.
        listen: the address to listen on; "" is all, or this machine's own where the controller has no name
            by which another could reach it.
        port: None is the one the controller was made with, 0 a free one.
        clock: the system's where None.
        limits: the defaults where None.

    Raises:
        ConfigError: no controller there, one that another process serves, or an address that is in use.
        StoreUnavailableError: the database is damaged or made by a newer release.
    """
    clock = clock or clocks.SystemClock()
    limits = limits or settings.Settings()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(controller_files.locked(data_dir))
        context = _ssl_context(data_dir)
        place = await _open(data_dir)
        stack.push_async_callback(place.store.close)
        name = heartbeat.process_name()
        clock = store_clock.StoreClock(place.store, clock, asyncio.get_running_loop().time)
        await clock.measure()
        of = fleet.Fleet(place.store, clock, name)
        await of.start()
        cases = service.Service(of, place.store, clock, radius=limits.blast_radius)
        front = fronts.Front(of, cases, clock, limits, _ca_certificate(data_dir))
        wanted = (place.port or of.identity.port) if port is None else port
        server = await _listen(
            front, listen or _own_address(place.hosts or of.identity.hosts), wanted, context
        )
        stack.push_async_callback(server.close)
        front.reached_at(server.port, place.hosts)
        if place.meet is not None:
            await stack.enter_async_context(place.meet(front, server.port))
        reached = server_addresses.to_wire(place.hosts or of.identity.hosts, server.port)
        addresses = [str(server_addresses.address(one)) for one in reached]
        kept = presence_store.PresenceStore(of.presence, place.store, clock)
        # The directory is locked: another process on its file has died. Not so on a database of several.
        beating = heartbeat.Heartbeat(
            place.store, clock, name, addresses, _on_beat(of, kept), is_alone=place.meet is None
        )
        await stack.enter_async_context(beating.running())
        await stack.enter_async_context(kept.running())
        await stack.enter_async_context(expiry.Expiry(place.store, of.next_expiry, clock).running())
        await stack.enter_async_context(front.running())
        pruner = pruning.Pruner(place.store, clock, limits.keep)
        await stack.enter_async_context(
            waiting.beside(pruner.run(), _logger, "old history is not removed any more")
        )
        if place.meet is not None:
            await stack.enter_async_context(reports_tail.ReportsTail(of, place.store, clock).running())
        yield server


def _on_beat(of: fleet.Fleet, kept: presence_store.PresenceStore) -> heartbeat.OnBeat:
    async def on_beat(is_new: bool, running: Sequence[presence.ControllerProcess]) -> None:
        of.controllers = running
        await kept.on_beat(is_new, running)

    return on_beat


class _Place(NamedTuple):
    """A controller's store, and where its directory says it is reached; by default as its identity says."""

    store: repository.Repository
    hosts: tuple[str, ...] = ()
    port: int = 0
    meet: Callable[[fronts.Front, int], contextlib.AbstractAsyncContextManager[None]] | None = None
    """Keeps a front in the knowledge of other controllers; given the port that it serves."""


async def _open(data_dir: pathlib.Path) -> _Place:
    file = data_dir / database_file.NAME
    if not file.exists():
        return _Place(sqlite.open_repository(data_dir / controller_files.DATABASE))
    from meterstatus.programs.controller import membership  # only who has such a database has the library

    of = database_file.read(file)
    store, meet = await membership.open_store(of, file)
    return _Place(store, of.hosts, of.port, meet)


def _own_address(hosts: Iterable[str]) -> str:
    """Return the loopback address where a controller has no other name than this machine's own; else ""."""
    return _LOOPBACK if all(map(_is_own, hosts)) else ""


def _is_own(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _listen(
    front: fronts.Front, listen: str, port: int, context: ssl.SSLContext
) -> websocket_server.WebSocketServer:
    try:
        return await websocket_server.serve(
            front.accept,
            host=listen or None,
            port=port,
            ssl_context=context,
            max_message_bytes=limits.MAX_REQUEST_BYTES,
        )
    except (OSError, UnicodeError) as error:
        # UnicodeError: a name with an empty or too long part cannot even be looked up.
        where = f"{listen or 'all addresses'}, port {port}"
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise errors.ConfigError(f"cannot listen on {where}: {why}") from error


def _ssl_context(data_dir: pathlib.Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Tickets are a quarter of a handshake's cost here, resumed sessions save nothing of it, and a restarted
    # controller, which all its agents return to at once, could read none of those it gave.
    context.num_tickets = 0
    # Of TLS 1.2 only what encrypts and authenticates in one; 1.3 has nothing else.
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    try:
        context.load_cert_chain(
            data_dir / controller_files.SERVER_CERTIFICATE, data_dir / controller_files.SERVER_KEY
        )
    except OSError as error:
        # ssl.SSLError is one too.
        raise errors.ConfigError(f"the server certificate in {data_dir} cannot be used: {error}") from error
    return context


def _ca_certificate(data_dir: pathlib.Path) -> str:
    """Return the authority's certificate, with which what the server proves itself by ends."""
    content = regular_file.read(data_dir / controller_files.SERVER_CERTIFICATE, is_named=True)
    chain = content.decode("ascii", errors="replace")
    return chain[max(chain.rfind(_BEGIN_CERTIFICATE), 0) :]


def run(
    data_dir: pathlib.Path,
    *,
    listen: str = "",
    port: int | None = None,
    keep: retention.Retention | None = None,
    radius: blast_radius.BlastRadius | None = None,
    log_level: str = "INFO",
    log_format: logs.LogFormat = "text",
) -> int:
    """Serve a controller until SIGTERM, SIGINT or SIGHUP, logging to standard error; return the exit status.

    The first signal ends it in order, a second at once. ``keep`` is for how long the history is kept,
    ``radius`` how much of the model one change may turn RED; the log's two are those of ``logs.to_stderr``.

    Raises:
        ConfigError, StoreUnavailableError: as ``serve``.
    """
    logs.to_stderr(log_level, log_format)
    _give_large_buffers_back()
    _raise_descriptor_limit()
    outlives_terminal = own_process.reset_signals()
    own_process.tighten_umask()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        limits = settings.Settings(
            keep=keep or retention.Retention(), blast_radius=radius or blast_radius.BlastRadius()
        )
        runner.run(_run(data_dir, listen, port, limits, outlives_terminal=outlives_terminal))
    return 0


async def _run(
    data_dir: pathlib.Path,
    listen: str,
    port: int | None,
    limits: settings.Settings,
    *,
    outlives_terminal: bool,
) -> None:
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        _logger.info("stopping on %s", number.name)
        told_to_stop.set()
        for each in ending:
            loop.remove_signal_handler(each)

    ending = (signal.SIGTERM, signal.SIGINT, *(() if outlives_terminal else (signal.SIGHUP,)))
    for number in ending:
        loop.add_signal_handler(number, stop, number)
    if outlives_terminal:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    async with serve(data_dir, listen=listen, port=port, limits=limits) as server:
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        _logger.info("controller ready on %s port %d", listen or "all addresses", server.port)
        await told_to_stop.wait()
    _logger.info("controller stopped")


def _give_large_buffers_back() -> None:
    """Have the C library return each large buffer to the system when it is freed.

    The first one that is freed would otherwise raise what it takes for large, for good (mallopt(3)): those of
    TLS connections then lie among small objects, and stay when a hundred slow readers have left.
    """
    with contextlib.suppress(AttributeError):  # another C library has no such thing, and may not need it
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BUFFER_BYTES)


def _raise_descriptor_limit() -> None:
    """Allow as many connections as the system lets this process have; each takes a descriptor."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
