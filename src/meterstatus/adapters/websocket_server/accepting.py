"""Accepting connections no faster than their TLS handshakes can be made, and no more than there is room for.

A handshake is what a returning agent costs a controller most, and an agent waits for it only so long. Taken
in all at once, ten thousand handshakes end after the patience of those who asked, who ask again: the
controller works at full speed and lets nobody in. So few are under way at a time, the kernel's queue holds
the others, and of those in it who are gone, or have waited so long that they soon will be, none costs one.

Who connects and says nothing takes none of those places: a client speaks first, in TLS as in HTTP. Until it
does a descriptor is all that it has; there are only so many silent ones, and the oldest goes for the newest.

Decides nothing about what is said on a connection.
"""

import asyncio
import collections
import errno
import logging
import os
import resource
import socket
import struct
from collections.abc import Awaitable, Callable

MAX_BEGINNING = 128
"""Connections whose handshake is under way. Less than a tenth of a second's work, and more than a controller
gets through while the answers of clients at the other end of the world are on their way."""

BEGINNING_SECONDS = 0.5
"""After which one counts no more: it costs nothing while it waits, and must not keep the others out."""

MAX_SILENT = 2048
"""Connections that have said nothing yet, or wait for a handshake after they did. An honest client speaks at
once, so at thousands of silent ones a second there is still time to hear it."""

STALE_SECONDS = 1.5
"""The longest wait in the kernel's queue that is still worth a handshake where there are more than can be
begun. An agent gives up after ten seconds (``workers.dialing.DIAL_LIMIT``), a slow one sooner. Whoever has
waited longer is reset at once, and comes back later."""

RESERVE = 64
"""Descriptors that connections never take: for the database, the log, and the next start of anything."""

PAUSE_SECONDS = 1.0
"""Before the next look where there is no room."""

_AT_ONCE = 64
"""Accepted in one turn of the loop."""

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_ESTABLISHED = 1
_TCP_INFO_BYTES = 60
_LAST_DATA_RECEIVED = struct.Struct("@I")
_LAST_DATA_RECEIVED_AT = 52
_RESET = struct.pack("ii", 1, 0)

_logger = logging.getLogger(__name__)


def listen(infos: list[tuple[socket.AddressFamily, tuple[str, int]]], backlog: int) -> list[socket.socket]:
    """Listen on each address; all have the port of the first, where that was chosen.

    Raises:
        OSError: one cannot be listened on; none is then.
    """
    listening: list[socket.socket] = []
    try:
        for family, (host, port) in infos:
            made = socket.socket(family, socket.SOCK_STREAM)
            listening.append(made)
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((host, port or listening[0].getsockname()[1]))
            made.listen(backlog)
    except BaseException:
        for made in listening:
            made.close()
        raise
    return listening


class Acceptor:
    """Takes connections off listening sockets for as long as it is open.

    Args:
        listening: the sockets, which it owns from here on.
        begin: makes the connection of an accepted socket, which it owns from the call on; returns when its
            handshake is over, whatever became of it.
        silent_seconds: after which the connection of a client that has said nothing is closed.
    """

    def __init__(
        self,
        listening: list[socket.socket],
        begin: Callable[[socket.socket], Awaitable[None]],
        silent_seconds: float,
    ) -> None:
        self._silent_seconds = silent_seconds
        self._listening = listening
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[None]] = set()
        self._counted = 0
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}
        """Oldest first, with when each is reset."""

        self._spoken: collections.deque[socket.socket] = collections.deque()
        """Those that spoke while no handshake could be begun."""
        self._reading = False
        self._pause: asyncio.TimerHandle | None = None
        self._is_full = False
        self._is_pressed = False
        """Whether more wait than are begun at once, since the queue was last seen empty."""

        self._resume()

    def close(self) -> None:
        """Listen no more; what was accepted stays. Any number of times."""
        self._stop_reading()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        for one in self._listening:
            one.close()
        self._listening = []
        while self._drop_oldest():
            pass

    def _resume(self) -> None:
        self._pause = None
        if not self._reading:
            self._reading = True
            for one in self._listening:
                self._loop.add_reader(one, self._accept, one)

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            for one in self._listening:
                self._loop.remove_reader(one)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if self._counted >= MAX_BEGINNING:
                self._is_pressed = True
                self._stop_reading()
                return
            if not self._accept_one(listening):
                return

    def _accept_one(self, listening: socket.socket) -> bool:
        """Take one connection; False where there is none, or no room."""
        try:
            made, _ = listening.accept()
        except (BlockingIOError, InterruptedError):
            self._is_pressed = False
            return False
        except ConnectionError:
            return True
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            if self._drop_oldest():
                return True
            self._wait_for_room(os.strerror(error.errno))
            return False
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        # The lowest free number is what a new descriptor gets.
        if made.fileno() >= most - RESERVE and not self._drop_oldest():
            _reset(made)
            self._wait_for_room(f"{most} descriptors are all that this process may have")
            return False
        self._is_full = False
        if self._is_worth_it(made):
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._listen_to(made)
        else:
            _reset(made)
        return True

    def _listen_to(self, made: socket.socket) -> None:
        """Begin a connection whose client has spoken; keep one that has not until it does."""
        if _has_spoken(made):
            self._start(made)
            return
        while len(self._silent) + len(self._spoken) >= MAX_SILENT:
            self._drop_oldest()
        self._silent[made] = self._loop.call_later(self._silent_seconds, self._close_silent, made)
        self._loop.add_reader(made, self._on_spoken, made)

    def _on_spoken(self, made: socket.socket) -> None:
        self._forget_silent(made)
        self._spoken.append(made)
        self._start_spoken()

    def _start_spoken(self) -> None:
        while self._spoken and self._counted < MAX_BEGINNING:
            made = self._spoken.popleft()
            if self._is_worth_it(made):
                self._start(made)
            else:
                _reset(made)

    def _forget_silent(self, made: socket.socket) -> None:
        self._silent.pop(made).cancel()
        self._loop.remove_reader(made)

    def _close_silent(self, made: socket.socket) -> None:
        self._forget_silent(made)
        made.close()

    def _drop_oldest(self) -> bool:
        """Reset whoever is silent for longest, else whoever waits for longest; False where nobody is."""
        if self._silent:
            oldest = next(iter(self._silent))
            self._forget_silent(oldest)
            _reset(oldest)
        elif self._spoken:
            _reset(self._spoken.popleft())
        else:
            return False
        return True

    def _is_worth_it(self, made: socket.socket) -> bool:
        """Tell whether whoever connected is still there, and has not waited for too long to wait on.

        Without others to take in its place nobody has: this process may just have been busy for a while.
        """
        info = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        if info[0] != _ESTABLISHED:
            return False
        (waited_ms,) = _LAST_DATA_RECEIVED.unpack_from(info, _LAST_DATA_RECEIVED_AT)
        return not self._is_pressed or waited_ms <= STALE_SECONDS * 1000

    def _wait_for_room(self, why: str) -> None:
        if not self._is_full:
            self._is_full = True
            _logger.warning("no room for more connections, new ones are reset: %s", why)
        self._stop_reading()
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _start(self, made: socket.socket) -> None:
        self._counted += 1
        task = asyncio.ensure_future(self._begin(made))
        self._beginning.add(task)
        timer = self._loop.call_later(BEGINNING_SECONDS, self._uncount)
        task.add_done_callback(lambda done: self._begun(done, timer))

    def _begun(self, task: "asyncio.Task[None]", timer: asyncio.TimerHandle) -> None:
        self._beginning.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _logger.error("a connection could not be begun", exc_info=task.exception())
        if self._loop.time() < timer.when():
            timer.cancel()
            self._uncount()

    def _uncount(self) -> None:
        self._counted -= 1
        self._start_spoken()
        if self._counted >= MAX_BEGINNING:
            return
        if not self._reading and self._pause is None:
            self._resume()


def _has_spoken(made: socket.socket) -> bool:
    """Tell whether there is anything to read: a first byte, or an end."""
    try:
        made.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _reset(made: socket.socket) -> None:
    """End a connection so that the other end notices at once, and nothing of it stays here."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    made.close()
