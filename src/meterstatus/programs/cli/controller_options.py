"""What the commands of ``meterstatus controller`` have in common: their options, and how they refuse.

The controller needs more libraries than the agent, so its program is imported only when it is wanted.
"""

import contextlib
import importlib.metadata
import pathlib
import shlex
import sys
from collections.abc import Callable, Generator, Sequence
from typing import Any

import click

from meterstatus import errors
from meterstatus.programs.cli import failures, parameters, paths

EXTRAS = {"cryptography": "controller", "picows": "controller", "uvloop": "controller", "asyncpg": "postgres"}
"""What an installation for agents alone lacks, and which extra has it (pyproject.toml)."""

PORT = 17070
"""Juju's (spec juju-api, 1.1)."""

HIGHEST_PORT = 65535

DATABASE_VARIABLE = "METERSTATUS_DATABASE"
"""The environment variable that may have the URL of the database, with its password."""

data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=parameters.DIRECTORY,
    default=paths.controller_data_dir,
    show_default=paths.CONTROLLER_SHOWN,
    help="Where the controller keeps what it has.",
)


new_data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=parameters.NEW_DIRECTORY,
    default=paths.controller_data_dir,
    show_default=paths.CONTROLLER_SHOWN,
    help="Where the controller keeps what it has.",
)


port_option = click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(1, HIGHEST_PORT),
    default=PORT,
    show_default=True,
    help="The port it will serve.",
)


def database_option(words: str) -> Callable[[Any], Any]:
    """Make the option for the URL of a database, with the words of its help."""
    return click.option(
        "--database",
        metavar="URL",
        type=parameters.TEXT,
        default="",
        envvar=DATABASE_VARIABLE,
        show_default="a file in the directory",
        help=words,
    )


def _required_by(extras: Sequence[str]) -> list[str]:
    """Return the libraries that extras ask for; by name, because meterstatus itself may be in no index."""
    split = [each.partition(";") for each in importlib.metadata.requires(failures.PROGRAM) or []]
    markers = [f"extra == '{extra}'" for extra in extras]
    return [name.strip() for name, _, marker in split if marker.strip().replace('"', "'") in markers]


@contextlib.contextmanager
def extra_needed() -> Generator[None]:
    """Say what to install where an import in the body fails for want of it."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRAS:
            raise
        extras = ("controller",) if EXTRAS[missing] == "controller" else ("controller", "postgres")
        raise errors.ConfigError(
            f"the controller needs {missing}, which is not installed; install what it needs with:"
            f" {shlex.join((sys.executable, '-m', 'pip', 'install', *_required_by(extras)))}"
        ) from error


def place(data_dir: pathlib.Path) -> str:
    """Return the option that names a directory in a command to type; "" for the usual one."""
    return "" if data_dir == paths.controller_data_dir() else f" --data-dir {shlex.quote(str(data_dir))}"


def check_url(context: click.Context, database: str) -> None:
    """Refuse what is no URL, and a password where every user of the machine sees it."""
    if not database:
        return
    from meterstatus.adapters.sql.postgres import target

    try:
        has_password = target.parse(database).password
    except errors.ConfigError as error:
        raise click.UsageError(str(error)) from error
    if has_password and context.get_parameter_source("database") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(
            "a password on the command line is seen by all users of this machine;"
            f" put the URL with it into the environment variable {DATABASE_VARIABLE}"
        )
