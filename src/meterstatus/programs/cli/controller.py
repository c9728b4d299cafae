"""``meterstatus controller``: make a controller and run it.

The controller needs more libraries than the agent, so its program is imported only when it is wanted.
"""

import contextlib
import datetime
import pathlib
import shlex
from collections.abc import Generator

import click

from meterstatus import errors
from meterstatus.domain import retention
from meterstatus.programs.cli import parameters, places

EXTRA = frozenset({"cryptography", "picows", "uvloop"})
"""What an installation for agents alone lacks (pyproject.toml)."""

PORT = 17070
"""Juju's (spec juju-api, 1.1)."""

HIGHEST_PORT = 65535

data_dir_option = click.option(
    "--data-dir",
    metavar="DIR",
    type=parameters.DIRECTORY,
    default=places.controller_data_dir,
    show_default=places.CONTROLLER_SHOWN,
    help="Where the controller keeps what it has.",
)


@contextlib.contextmanager
def _extra_needed() -> Generator[None]:
    """Say what to install where an import in the body fails for want of it."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRA:
            raise
        raise errors.ConfigError(
            f"the controller needs {missing}, which is not installed;"
            " install it with: pip install 'meterstatus[controller]'"
        ) from error


@click.group("controller")
def controller() -> None:
    """Make a controller, and run it."""


@controller.command("init")
@data_dir_option
@click.option(
    "--name",
    "host_names",
    metavar="HOST",
    type=parameters.TEXT,
    multiple=True,
    help="A host name or address that agents reach it by; may be repeated.",
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(1, HIGHEST_PORT),
    default=PORT,
    show_default=True,
    help="The port it will serve.",
)
@click.option(
    "--model",
    metavar="NAME",
    type=parameters.TEXT,
    default="default",
    show_default=True,
    help="The model's name.",
)
@click.option(
    "--admin",
    metavar="USER",
    type=parameters.TEXT,
    default="admin",
    show_default=True,
    help="The first user's name.",
)
def init(data_dir: pathlib.Path, host_names: tuple[str, ...], port: int, model: str, admin: str) -> None:
    """Make a controller: its certificates, its database, and a login file for its first user."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

    try:
        options = programs.InitOptions(data_dir, host_names, port, model, admin)
    except errors.ConfigError as error:
        raise click.UsageError(str(error)) from error
    programs.init(options)
    usual = data_dir == places.controller_data_dir()
    place = "" if usual else f" --data-dir {shlex.quote(str(data_dir))}"
    login = "" if usual else f" --login {shlex.quote(str(data_dir / 'login.yaml'))}"
    click.echo(f"A controller is made in {data_dir}. Now start it, then add a unit:")
    click.echo(f"  meterstatus controller run{place}")
    click.echo(f"  meterstatus unit add shop/0{login}")


@controller.command("run")
@data_dir_option
@click.option(
    "--listen",
    metavar="ADDRESS",
    type=parameters.TEXT,
    default="",
    show_default="all of this machine's",
    help="The address to serve.",
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, HIGHEST_PORT),
    show_default="as initialised",
    help="The port to serve.",
)
@click.option(
    "--keep-history",
    metavar="SPAN",
    type=parameters.SPAN,
    default="400d",
    show_default=True,
    help="For how long every change is kept for 'meterstatus history'; at least a day.",
)
@click.option(
    "--keep-reports",
    metavar="SPAN",
    type=parameters.SPAN,
    default="90d",
    show_default=True,
    help="For how long is kept what hooks were told; the newest hundred of each unit.",
)
@click.pass_context
def run(
    context: click.Context,
    data_dir: pathlib.Path,
    listen: str,
    port: int | None,
    keep_history: datetime.timedelta,
    keep_reports: datetime.timedelta,
) -> None:
    """Serve agents and operators until SIGTERM or Ctrl-C; the log goes to standard error."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

    try:
        keep = retention.Retention(history=keep_history, reports=keep_reports)
    except errors.NotValidError as error:
        raise click.UsageError(str(error)) from error
    context.exit(programs.run(data_dir, listen=listen, port=port, keep=keep))
