"""The directory that comes first in a hook's PATH, with one entry for each tool.

Ours alone, in the unit's agent directory. Never ``<data directory>/tools/<unit>``: on a machine with a Juju
agent that is its own directory, which all versions of Juju make anew.
"""

import errno
import os
import pathlib

from meterstatus.adapters.hook_runner.hook_tools import client
from meterstatus.domain.hook import hook_tools
from meterstatus.runtime import regular_file

CLIENT_NAME = ".client"
"""The one file; every tool is a symbolic link to it."""

LONGEST_FIRST_LINE = 127
"""Bytes of a script's first line that every kernel takes; newer ones take 255."""


def write_tools(directory: pathlib.Path, python: str) -> None:
    """Make what is missing or is not as it must be; a hook that runs meanwhile always finds whole files.

    Args:
        directory: the tools' own.
        python: the interpreter that runs them, absolute.

    Raises:
        OSError: it could not be made, or is a link to a directory of somebody else.
    """
    if directory.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))
    directory.mkdir(mode=0o755, exist_ok=True)
    wanted = client_script(python)
    if not _holds(directory / CLIENT_NAME, wanted):
        _write(directory / CLIENT_NAME, wanted)
    for name in hook_tools.NAMES:
        if not _leads_to_client(directory / name):
            _link(directory / name)


def client_script(python: str) -> bytes:
    """Return the script of all tools: its first lines, which start the interpreter, and the client.

    Raises:
        OSError: the package has no such file, or no script can name the interpreter.
    """
    return first_lines(python) + pathlib.Path(client.__file__).read_bytes()


def first_lines(python: str) -> bytes:
    """Return what starts an interpreter: isolated, without site, and as its own first line where that fits.

    Else a shell starts it, for which the second line is a command, and for Python a text.

    Raises:
        OSError: nothing can name it.
    """
    line = b"#!" + os.fsencode(python) + b" -ISE\n"
    if len(line) <= LONGEST_FIRST_LINE and python.split() == [python]:
        return line
    if not python or "\\" in python or "\n" in python:
        raise OSError(errno.EINVAL, "no script can name the interpreter", python)
    quoted = "'" + python.replace("'", "'\"'\"'") + "'"
    return b"#!/bin/sh\n''''exec " + os.fsencode(quoted) + b' -ISE "$0" "$@" # \'\'\'\n'


def _holds(path: pathlib.Path, content: bytes) -> bool:
    try:
        return regular_file.read(path) == content and os.access(path, os.X_OK)
    except OSError:
        return False


def _leads_to_client(path: pathlib.Path) -> bool:
    try:
        return os.readlink(path) == CLIENT_NAME  # noqa: PTH115 # its pathlib form makes a path of each
    except OSError:
        return False


def _write(path: pathlib.Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755), "wb") as file:
        file.write(content)
    temporary.replace(path)


def _link(path: pathlib.Path) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(CLIENT_NAME)
    temporary.replace(path)
