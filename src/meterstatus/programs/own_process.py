"""The agent's own process: signals and umask, whatever whoever started it left, and orphans as PID 1.

An exec keeps what is ignored and what is blocked. With SIGCHLD ignored no hook's end can be heard of, with
SIGTERM blocked an agent does not stop, and its hooks would inherit both.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable

_UMASK = 0o022
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PYTHONS = (signal.SIGPIPE, signal.SIGXFSZ)
"""Ignored by Python itself, which gives its children the defaults again (``subprocess``)."""


def tighten_umask() -> None:
    """Let nobody else write what this process and its hooks make, unless they say so."""
    os.umask(os.umask(_UMASK) | _UMASK)


def reset_signals() -> bool:
    """Give every signal its default, and block none; tell whether SIGHUP was ignored, as under ``nohup``.

    SIGINT too, which a shell ignores for what it runs in the background: whoever serves says what it does.
    """
    was_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    for number in signal.valid_signals():
        if number not in _PYTHONS and signal.getsignal(number) is signal.SIG_IGN:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    return was_ignored


def as_init(main: Callable[[], int]) -> int:
    """Run ``main``, in a child where this is PID 1: every orphan of a container is PID 1's to reap.

    The first process then does nothing but that, and hand on the signals that end the agent. A hook's own
    end is the child's to hear of, which who reaps every process would take from it.

    Returns:
        what ``main`` returned, or 128 and the number of the signal that ended the child.
    """
    if os.getpid() != 1:
        return main()
    return reap_beside(main)


def reap_beside(main: Callable[[], int]) -> int:
    """Do what ``as_init`` does as PID 1.

    Signals stay blocked and are taken one by one: a handler of Python's runs between two calls only, so that
    one that comes just before a wait for children would be heard of when the next of them ends.
    """
    awaited = (*_FORWARDED, signal.SIGCHLD)
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        sys.exit(main())
    while True:
        number = signal.sigwait(awaited)
        if number != signal.SIGCHLD:
            os.kill(child, number)  # it is there until it is reaped, here
            continue
        ended = _reap_all(child)
        if ended is not None:
            return ended if ended >= 0 else 128 - ended


def _reap_all(awaited: int) -> int | None:
    """Reap every child that has ended; several may share one SIGCHLD.

    Returns:
        the exit code of the child that is awaited, negative for a signal; None while it runs.
    """
    code = None
    with contextlib.suppress(ChildProcessError):  # there are no more
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == awaited:
                code = os.waitstatus_to_exitcode(ended[1])
    return code
