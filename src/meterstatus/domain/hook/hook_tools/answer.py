"""What a hook tool answers, and how it refuses (spec worker, D.8). Plain values."""

import dataclasses
import enum

RESTRICTED = "not implemented for restricted context not implemented"
"""The reference's words for what a hook of this kind may not do."""


class Level(enum.IntEnum):
    """A log level, with the number that it has for Python's ``logging``."""

    TRACE = 5
    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One line for the agent's log."""

    level: Level
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a call ends with; texts hold bytes that are no UTF-8 as lone surrogates."""

    code: int = 0
    """The tool's exit status: 0, 1 for a failure, 2 for a wrong call."""

    stdout: str = ""
    stderr: str = ""
    output_path: str = ""
    """Where standard output goes instead, as the caller named it; the caller's side writes it."""

    needs_input: bool = False
    """The tool is to be called again with all of its standard input; nothing else is said."""

    records: tuple[Record, ...] = ()


class ToolError(Exception):
    """A call that fails in words, with the exit status that says so.

    Attributes:
        text: what follows ``ERROR`` on standard error.
        code: the exit status.
    """

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class UsageError(ToolError):
    """A call with an option or argument that it cannot have."""

    def __init__(self, text: str) -> None:
        super().__init__(text, 2)


def failure(text: str, code: int = 1) -> Answer:
    """Return the answer of a call that failed."""
    return Answer(code, stderr=f"ERROR {text}\n")
