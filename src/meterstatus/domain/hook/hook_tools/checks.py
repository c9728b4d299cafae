"""What a tool that refuses checks first, so that a wrong call is told apart from a refused one. Pure.

The messages that the specification does not give are our own words.
"""

import re
from collections.abc import Callable, Iterable

from meterstatus.domain.hook.hook_tools import answer, command_line, tool

Check = Callable[[command_line.CommandLine], None]
"""Raises ``ToolError`` where the call is wrong."""

_PORT_LIMIT = 65535
_storage_re = re.compile("[^=]+(=0*[1-9][0-9]{0,8})?")
_ports_re = re.compile(r"(?:(\d{1,5})(?:-(\d{1,5}))?(?:/(?:tcp|udp))?|icmp)", re.IGNORECASE | re.ASCII)


def takes(least: int, most: int | None, missing: str = "") -> Check:
    """Check how many arguments there are; None is any number.

    Args:
        least: fewer are a wrong call.
        most: more are one too.
        missing: what to say where there are too few.
    """

    def check(line: command_line.CommandLine) -> None:
        if len(line.arguments) < least:
            raise answer.UsageError(missing)
        if most is not None:
            tool.check_empty(line.arguments[most:])

    return check


def pairs(least: int = 0, missing: str = "") -> Check:
    """Check that every argument is ``key=value``."""
    counted = takes(least, None, missing)

    def check(line: command_line.CommandLine) -> None:
        counted(line)
        _check_pairs(line.arguments)

    return check


def pairs_after(words: int, missing: str) -> Check:
    """Check for so many words, and that every argument after them is ``key=value``."""
    counted = takes(words, None, missing)

    def check(line: command_line.CommandLine) -> None:
        counted(line)
        _check_pairs(line.arguments[words:])

    return check


def _check_pairs(words: Iterable[str]) -> None:
    for word in words:
        key, separator, _ = word.partition("=")
        if not (key and separator):
            raise answer.UsageError(f'expected "key=value", got "{word}"')


def word_of(position: int, known: tuple[str, ...], what: str) -> Check:
    """Check that an argument, which is there, is one of these."""

    def check(line: command_line.CommandLine) -> None:
        word = line.arguments[position]
        if word not in known:
            raise answer.UsageError(f'invalid {what} "{word}", expected one of [{" ".join(known)}]')

    return check


def ports(line: command_line.CommandLine) -> None:
    """Check that there are ports, each ``80``, ``80/tcp``, ``8000-8080/udp`` or ``icmp``."""
    if not line.arguments:
        raise answer.UsageError("no port or range specified")
    for word in line.arguments:
        found = _ports_re.fullmatch(word)
        if found is None or not _is_range(*found.groups()):
            raise answer.UsageError(f'invalid port or range "{word}"')


def _is_range(first: str | None, last: str | None) -> bool:
    if first is None:
        return True
    return 1 <= int(first) <= int(last or first) <= _PORT_LIMIT


def all_or_key(line: command_line.CommandLine) -> None:
    """Check that there is at most one key, and none where all keys are asked for."""
    takes(0, 1)(line)
    if "all" in line and line.arguments:
        raise answer.UsageError(f'--all and the key "{line.arguments[0]}" cannot be asked for together')


def storages(line: command_line.CommandLine) -> None:
    """Check that there are storages, each with at most how many to add: ``data`` or ``data=2``."""
    takes(1, None, "storage add requires a storage directive")(line)
    for word in line.arguments:
        if _storage_re.fullmatch(word) is None:
            raise answer.UsageError(f'invalid storage directive "{word}": expected <name>[=<count>]')


def metrics(line: command_line.CommandLine) -> None:
    """Check metrics: at least one, and none with a key that is Juju's own."""
    pairs(1, "no metrics specified")(line)
    for word in line.arguments:
        key = word.partition("=")[0]
        if key.startswith("juju-"):
            raise answer.ToolError(f"{key} uses a reserved prefix")


def payload_status(line: command_line.CommandLine) -> None:
    """Check the status that a payload is to have; a wrong one fails, and is no wrong call."""
    known = ("starting", "running", "stopping", "stopped")
    if line.arguments[2] not in known:
        raise answer.ToolError(
            f'status "{line.arguments[2]}" not supported, expected one of [{" ".join(known)}]'
        )


def all_of(*checks: Check) -> Check:
    """Check one thing after the other."""

    def check(line: command_line.CommandLine) -> None:
        for each in checks:
            each(line)

    return check
