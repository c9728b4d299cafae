"""A question to whoever sits at the terminal, while the connection to the controller lives on.

Not by click: it reads with the event loop stopped, so that Ctrl-C is heard only after the next line, and the
controller's words not at all.
"""

import asyncio
import os
import sys

import click

from meterstatus import errors

_YES = ("y", "yes")
_NO = ("n", "no", "")
_LINE_BYTES = 4096
"""A terminal gives a line at a time, and none is longer."""


async def agree(question: str) -> None:
    """Ask on standard error, and return once whoever sits at the terminal has agreed.

    Cancelled, as by Ctrl-C, it has read nothing of what is typed next.

    Raises:
        ConfigError: nobody is there to ask.
        MeterStatusError: the answer is no, or the terminal is closed.
    """
    if not sys.stdin.isatty():
        raise errors.ConfigError("nobody is there to be asked whether that is meant; --yes says so")
    while True:
        click.echo(f"{question} [y/N]: ", nl=False, err=True)
        said = await _line(sys.stdin.fileno())
        answer = said.decode(errors="replace").strip().lower()
        if answer in _YES:
            return
        if answer in _NO:
            if not said:
                click.echo(err=True)  # Ctrl-D leaves the cursor behind the question
            raise errors.MeterStatusError("nothing changed")
        click.echo("Please answer y or n.", err=True)


async def _line(descriptor: int) -> bytes:
    """Read a line of the terminal; b"" at its end."""
    loop = asyncio.get_running_loop()
    is_there = asyncio.Event()
    loop.add_reader(descriptor, is_there.set)
    try:
        await is_there.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _LINE_BYTES)
