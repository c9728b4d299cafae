"""Runs what blocks on a thread that an ending program does not wait for.

The event loop's own pool is shared by all that blocks: where some of it hangs, as a look-up does whose name
servers are silent, nothing else gets a thread, and the program does not end. So each kind of blocking work
has an executor of its own, for ``loop.run_in_executor``.
"""

import collections
import concurrent.futures
import errno
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonExecutor(concurrent.futures.Executor):
    """Does one call after another, in order, on one daemon thread, which is there while there is work.

    Args:
        name: the thread's.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._calls: collections.deque[Callable[[], None]] = collections.deque()
        self._is_running = False

    def submit(
        self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> concurrent.futures.Future[_T]:
        """Have a call done; one that is cancelled before its turn is not.

        Raises:
            OSError: there can be no thread now.
        """
        future: concurrent.futures.Future[_T] = concurrent.futures.Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
                future.set_exception(error)

        with self._lock:
            self._calls.append(call)
            if not self._is_running:
                self._start()
        return future

    def _start(self) -> None:
        self._is_running = True
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError as error:
            self._is_running = False
            self._calls.pop()
            raise OSError(errno.EAGAIN, "no thread can be started") from error

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._calls:
                    self._is_running = False
                    return
                call = self._calls.popleft()
            call()
            del call  # nothing that was called for is kept alive by this thread
