"""The controller program: makes a controller's directory, and serves it until told to stop.

Composition only: which adapters, in which order they begin and end.
"""

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import pathlib
import resource
import signal
import ssl
import time as system_time
from collections.abc import AsyncGenerator, Generator

import uvloop

from meterstatus import clock as clocks
from meterstatus import errors
from meterstatus.adapters import websocket_server
from meterstatus.adapters.sql import sqlite
from meterstatus.controller import controller, heartbeat, login, presence_store, service, settings
from meterstatus.ports import time
from meterstatus.programs import controller_files
from meterstatus.programs.controller_files import InitOptions, init
from meterstatus.protocol import messages

__all__ = ["InitOptions", "init", "run", "serve"]

_logger = logging.getLogger("meterstatus.controller")

_BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----"

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
        listen: the address to listen on; "" is all.
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
        stack.enter_context(_locked(data_dir))
        context = _ssl_context(data_dir)
        store = sqlite.open_repository(data_dir / controller_files.DATABASE)
        stack.push_async_callback(store.close)
        name = heartbeat.process_name()
        of = service.Service(store, clock, name=name)
        await of.start()
        front = controller.Controller(of, clock, limits, _ca_certificate(data_dir))
        wanted = of.identity.port if port is None else port
        server = await _listen(front, listen, wanted, context)
        stack.push_async_callback(server.close)
        front.reached_at(server.port)
        addresses = [login.address(place) for place in login.host_ports(of.identity.hosts, server.port)]
        kept = presence_store.PresenceStore(of.presence, store, clock)
        # The directory is locked: of another process that is not taken out, it is known that it died.
        beating = heartbeat.Heartbeat(store, clock, name, addresses, kept.on_beat, is_alone=True)
        await stack.enter_async_context(beating.running())
        await stack.enter_async_context(kept.running())
        await stack.enter_async_context(front.running())
        yield server


async def _listen(
    front: controller.Controller, listen: str, port: int, context: ssl.SSLContext
) -> websocket_server.WebSocketServer:
    try:
        return await websocket_server.serve(
            front.accept,
            host=listen or None,
            port=port,
            ssl_context=context,
            max_message_bytes=messages.MAX_REQUEST_BYTES,
        )
    except (OSError, UnicodeError) as error:
        # UnicodeError: a name with an empty or too long part cannot even be looked up.
        where = f"{listen or 'all addresses'}, port {port}"
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise errors.ConfigError(f"cannot listen on {where}: {why}") from error


@contextlib.contextmanager
def _locked(data_dir: pathlib.Path) -> Generator[None]:
    """Hold the directory: two processes on one database would each serve what it last heard of."""
    try:
        descriptor = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise errors.ConfigError(
            f"there is no controller in {data_dir} ({error.strerror});"
            " make one with 'meterstatus controller init'"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise errors.ConfigError(f"the controller in {data_dir} is running already") from error
    finally:
        os.close(descriptor)


def _ssl_context(data_dir: pathlib.Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
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
    chain = (data_dir / controller_files.SERVER_CERTIFICATE).read_text(encoding="ascii", errors="replace")
    return chain[max(chain.rfind(_BEGIN_CERTIFICATE), 0) :]


def run(data_dir: pathlib.Path, *, listen: str = "", port: int | None = None) -> int:
    """Serve a controller until SIGTERM or SIGINT, logging to standard error; return the exit status.

    The first signal ends it in order, a second at once.

    Raises:
        ConfigError, StoreUnavailableError: as ``serve``.
    """
    _log_to_stderr()
    _raise_descriptor_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(data_dir, listen, port))
    return 0


async def _run(data_dir: pathlib.Path, listen: str, port: int | None) -> None:
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        _logger.info("stopping on %s", number.name)
        told_to_stop.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    async with serve(data_dir, listen=listen, port=port) as server:
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)
        _logger.info("controller ready on %s port %d", listen or "all addresses", server.port)
        await told_to_stop.wait()
    _logger.info("controller stopped")


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = system_time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _raise_descriptor_limit() -> None:
    """Allow as many connections as the system lets this process have; each takes a descriptor."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
