"""The log of a program that runs for months: to standard error, one line for each record.

    2026-03-01T12:00:00.000Z WARNING meterstatus.unit-shop-0: cut off from the controller

or, for machines, an object of JSON with the same parts. Times are UTC. Nothing that writes it ever waits.
"""

import atexit
import json
import logging
import os
import sys
import time
import types
from typing import Literal, NoReturn, get_args

from meterstatus.programs import log_stream

LogFormat = Literal["text", "json"]
FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)
TRACE = 5
"""Juju's level below DEBUG; ``workers.driver`` logs at it, which a command need not import to name it."""

LEVELS = ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR")

_logger = logging.getLogger(__name__)


class TextFormatter(logging.Formatter):
    """A line for people: the time, the level, who says it, and what; a traceback has lines of its own."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name there
        """Return the line; what cannot be printed is escaped: another's words must not forge one."""
        line = super().formatMessage(record)
        return line if line.isprintable() else "".join(map(_escaped, line))


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


class JsonFormatter(TextFormatter):
    """A line for machines: an object with time, level, logger, message, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object, in ASCII."""
        said = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)


def formatter(form: LogFormat) -> logging.Formatter:
    """Return what makes the lines of a form."""
    return JsonFormatter() if form == "json" else TextFormatter()


def to_stderr(level: str, form: LogFormat) -> None:
    """Log to standard error for the rest of this process's life; nothing that writes there waits any more.

    Python's own warnings, and the traceback of a defect that ends the program, become records too.

    Args:
        level: one of ``LEVELS``, the least serious to log.
        form: one of ``FORMATS``.
    """
    logging.addLevelName(TRACE, "TRACE")
    # What no line says, and costs each a third; ten thousand agents that return are as many lines.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    written = formatter(form)

    def describe_dropped(lines: int) -> str:
        words = "%d lines of this log were dropped: whoever reads it was too slow, or gone"
        record = _logger.makeRecord(_logger.name, logging.WARNING, __file__, 0, words, (lines,), None)
        return f"{written.format(record)}\n"

    stream = log_stream.LogStream(_descriptor(), describe_dropped)
    sys.stderr = stream
    handler = logging.StreamHandler(stream)
    handler.setFormatter(written)
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    atexit.register(stream.drain)


def leave(status: int) -> NoReturn:
    """End the process at once, its log written: for one in which something hangs that cannot be ended."""
    logging.shutdown()
    if isinstance(sys.stderr, log_stream.LogStream):
        sys.stderr.drain()
    os._exit(status)


def _descriptor() -> int:
    # None where the program was started with it closed: its number may be a socket's by now.
    return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC) if sys.stderr is None else sys.stderr.fileno()


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: types.TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        _logger.info("interrupted")
        return
    _logger.critical("ended by a defect; please report it", exc_info=(kind, error, trace))
