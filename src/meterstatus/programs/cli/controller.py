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
from meterstatus.domain import blast_radius as blast_radii
from meterstatus.domain import retention
from meterstatus.programs.cli import parameters, places, session

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
    default=places.controller_data_dir,
    show_default=places.CONTROLLER_SHOWN,
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


@contextlib.contextmanager
def _extra_needed() -> Generator[None]:
    """Say what to install where an import in the body fails for want of it."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRAS:
            raise
        extras = "controller" if EXTRAS[missing] == "controller" else "controller,postgres"
        raise errors.ConfigError(
            f"the controller needs {missing}, which is not installed;"
            f" install it with: pip install 'meterstatus[{extras}]'"
        ) from error


def _place(data_dir: pathlib.Path) -> str:
    """Return the option that names a directory in a command to type; "" for the usual one."""
    return "" if data_dir == places.controller_data_dir() else f" --data-dir {shlex.quote(str(data_dir))}"


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
@port_option
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
@click.option(
    "--database",
    metavar="URL",
    type=parameters.TEXT,
    default="",
    envvar=DATABASE_VARIABLE,
    show_default="a file in the directory",
    help=f"An empty PostgreSQL database, postgresql://USER@HOST/NAME; the password by {DATABASE_VARIABLE}.",
)
@click.pass_context
def init(
    context: click.Context,
    data_dir: pathlib.Path,
    host_names: tuple[str, ...],
    port: int,
    model: str,
    admin: str,
    database: str,
) -> None:
    """Make a controller: its certificates, its database, and a login file for its first user."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

        _check_url(context, database)
        try:
            options = programs.InitOptions(data_dir, host_names, port, model, admin, database)
        except errors.ConfigError as error:
            raise click.UsageError(str(error)) from error
        programs.init(options)
    place = _place(data_dir)
    login = place and f" --login {shlex.quote(str(data_dir / 'login.yaml'))}"
    click.echo(f"A controller is made in {data_dir}. Now start it, then add a unit:")
    click.echo(f"  meterstatus controller run{place}")
    click.echo(f"  meterstatus unit add shop/0{login}")


def _check_url(context: click.Context, database: str) -> None:
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


@controller.command("invite")
@data_dir_option
@port_option
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    required=True,
    help="The invitation to write; it has a private key in it.",
)
@click.argument("host_names", metavar="HOST...", type=parameters.TEXT, nargs=-1, required=True)
def invite(data_dir: pathlib.Path, port: int, out: pathlib.Path, host_names: tuple[str, ...]) -> None:
    """Invite another machine to serve the same fleet, from the same PostgreSQL database."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

    programs.invite(data_dir, host_names, port, out)
    click.echo(
        f"The invitation is in {out}. Take it to {host_names[0]}, where nobody else can read it, and there:"
    )
    click.echo(f"  meterstatus controller join {shlex.quote(out.name)}")


@controller.command("join")
@data_dir_option
@click.argument("invitation", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
def join(data_dir: pathlib.Path, invitation: pathlib.Path) -> None:
    """Make this machine one more controller of a fleet, by an invitation."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

        joined = programs.join(data_dir, invitation)
    place = _place(data_dir)
    click.echo(
        f"Controller {joined.controller} can be served from {data_dir}. Remove {invitation}, and start it:"
    )
    click.echo(f"  meterstatus controller run{place}")


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
@click.option(
    "--blast-radius",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    default=blast_radii.BlastRadius().percent,
    show_default="25",
    help="How much of the model one change may turn RED, where it does not say itself.",
)
@click.pass_context
def run(
    context: click.Context,
    data_dir: pathlib.Path,
    listen: str,
    port: int | None,
    keep_history: datetime.timedelta,
    keep_reports: datetime.timedelta,
    blast_radius: float,
) -> None:
    """Serve agents and operators until SIGTERM or Ctrl-C; the log goes to standard error."""
    with _extra_needed():
        from meterstatus.programs import controller as programs  # see the module's docstring

    try:
        keep = retention.Retention(history=keep_history, reports=keep_reports)
    except errors.NotValidError as error:
        raise click.UsageError(str(error)) from error
    radius = blast_radii.BlastRadius(blast_radius)
    context.exit(programs.run(data_dir, listen=listen, port=port, keep=keep, radius=radius))


@controller.command("backup", short_help="Write all that a controller has to a file, while it serves.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
@data_dir_option
def backup(file: pathlib.Path, data_dir: pathlib.Path) -> None:
    """Write all that a controller has to FILE, while it serves: its database, certificates, keys and login.

    Whoever has FILE can be that controller: keep it as you keep its directory. It is read again before this
    says that it is there.
    """
    with _extra_needed():
        from meterstatus.programs import controller_backup  # see the module's docstring

        made = controller_backup.back_up(data_dir, file)
    header = made.header
    click.echo(f"Controller {header.controller} is backed up in {file}:")
    click.echo(f"  revision {header.revision} of epoch {header.epoch}, {made.rows.get('units', 0)} units")
    click.echo(f"  {made.size_bytes} bytes, read again and whole")


@controller.command("restore", short_help="Make a controller anew from a backup.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
@data_dir_option
@click.option(
    "--database",
    metavar="URL",
    type=parameters.TEXT,
    default="",
    envvar=DATABASE_VARIABLE,
    show_default="a file in the directory",
    help="An empty PostgreSQL database, as for 'controller init'; a backup of either kind goes into both.",
)
@click.option("--replace", is_flag=True, help="Set aside the controller that is there, which must not run.")
@parameters.reason_option
@click.pass_context
def restore(
    context: click.Context,
    file: pathlib.Path,
    data_dir: pathlib.Path,
    database: str,
    replace: bool,
    reason: str,
) -> None:
    """Make a controller anew from the backup FILE, in a directory where there is none.

    It begins an epoch: units follow it although they may have heard later changes, and say so.
    """
    with _extra_needed():
        from meterstatus.programs import controller_backup  # see the module's docstring

        _check_url(context, database)
        done = controller_backup.restore(file, data_dir, replace=replace, why=reason, url=database)
    header = done.summary.header
    if done.set_aside is not None:
        click.echo(f"What was there is in {done.set_aside}")
    click.echo(f"Controller {header.controller} is restored in {data_dir}:")
    click.echo(f"  as it was at {header.made}, revision {header.revision} of epoch {header.epoch}")
    click.echo(f"  it is in epoch {done.begun.number} now; what was changed after the backup is lost")
    place = _place(data_dir)
    click.echo("Now start it, then look which units had heard more:")
    click.echo(f"  meterstatus controller run{place}")
    click.echo("  meterstatus status")


@controller.command("new-epoch", short_help="Have units follow a controller that was led back.")
@click.option(
    "--reason", metavar="TEXT", type=parameters.TEXT, required=True, help="Why; kept in the history."
)
@parameters.login_option
@click.pass_obj
def new_epoch(make_dialer: session.MakeDialer, reason: str, login: pathlib.Path) -> None:
    """Begin an epoch: every unit follows the controller from now on, whatever it has heard before.

    For a controller whose database is older than what its units have heard; 'meterstatus status' says so.
    Set first what was lost, for a unit that was told RED follows what is here.
    """
    begun = session.ask(login, make_dialer, lambda opened: opened.admin.new_epoch(reason))
    click.echo(f"Epoch {begun.number} has begun after revision {begun.base}: every unit follows it.")
