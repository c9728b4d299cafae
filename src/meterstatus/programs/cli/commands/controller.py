"""``meterstatus controller``: make a controller and run it.

The controller needs more libraries than the agent, so its program is imported only when it is wanted.
"""

import datetime
import pathlib
import shlex

import click

from meterstatus import errors
from meterstatus.domain.fleet import blast_radius as blast_radii
from meterstatus.domain.fleet import retention
from meterstatus.programs import logs
from meterstatus.programs.cli import controller_options, parameters
from meterstatus.programs.cli.commands import backup


@click.group("controller")
def controller() -> None:
    """Make a controller, and run it."""


@controller.command("init")
@controller_options.new_data_dir_option
@click.option(
    "--name",
    "host_names",
    metavar="HOST",
    type=parameters.TEXT,
    multiple=True,
    help="A host name or address that agents reach it by; may be repeated.",
)
@controller_options.port_option
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
@controller_options.database_option(
    "An empty PostgreSQL database, postgresql://USER@HOST/NAME;"
    f" the password by {controller_options.DATABASE_VARIABLE}."
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
    with controller_options.extra_needed():
        from meterstatus.programs.controller import serve as programs  # see the module's docstring

        controller_options.check_url(context, database)
        try:
            options = programs.InitOptions(data_dir, host_names, port, model, admin, database)
        except errors.ConfigError as error:
            raise click.UsageError(str(error)) from error
        programs.init(options)
    place = controller_options.place(data_dir)
    login = place and f" --login {shlex.quote(str(data_dir / 'login.yaml'))}"
    click.echo(f"A controller is made in {data_dir}. Now start it, then add a unit:")
    click.echo(f"  meterstatus controller run{place}")
    click.echo(f"  meterstatus unit add shop/0{login}")


@controller.command("invite")
@controller_options.data_dir_option
@controller_options.port_option
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
    with controller_options.extra_needed():
        from meterstatus.programs.controller import serve as programs  # see the module's docstring

    programs.invite(data_dir, host_names, port, out)
    click.echo(
        f"The invitation is in {out}. Take it to {host_names[0]}, where nobody else can read it, and there:"
    )
    click.echo(f"  meterstatus controller join {shlex.quote(out.name)}")


@controller.command("join")
@controller_options.new_data_dir_option
@click.argument("invitation", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
def join(data_dir: pathlib.Path, invitation: pathlib.Path) -> None:
    """Make this machine one more controller of a fleet, by an invitation."""
    with controller_options.extra_needed():
        from meterstatus.programs.controller import serve as programs  # see the module's docstring

        joined = programs.join(data_dir, invitation)
    place = controller_options.place(data_dir)
    click.echo(
        f"Controller {joined.controller} can be served from {data_dir}. Remove {invitation}, and start it:"
    )
    click.echo(f"  meterstatus controller run{place}")


@controller.command("run")
@controller_options.data_dir_option
@click.option(
    "--listen",
    metavar="ADDRESS",
    type=parameters.TEXT,
    default="",
    show_default="all of this machine's; its loopback where the controller was given no name",
    help="The address to serve.",
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, controller_options.HIGHEST_PORT),
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
    "--keep-changes",
    metavar="COUNT",
    type=click.IntRange(min=1),
    default=retention.Retention().most_changes,
    show_default=True,
    help="How many changes are kept at most, however new they are.",
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
@parameters.log_level_option
@parameters.log_format_option
@click.pass_context
def run(
    context: click.Context,
    data_dir: pathlib.Path,
    listen: str,
    port: int | None,
    keep_history: datetime.timedelta,
    keep_changes: int,
    keep_reports: datetime.timedelta,
    blast_radius: float,
    log_level: str,
    log_format: logs.LogFormat,
) -> None:
    """Serve agents and operators until SIGTERM or Ctrl-C; the log goes to standard error."""
    with controller_options.extra_needed():
        from meterstatus.programs.controller import serve as programs  # see the module's docstring

    try:
        keep = retention.Retention(keep_history, keep_changes, keep_reports)
    except errors.NotValidError as error:
        raise click.UsageError(str(error)) from error
    radius = blast_radii.BlastRadius(blast_radius)
    context.exit(
        programs.run(
            data_dir,
            listen=listen,
            port=port,
            keep=keep,
            radius=radius,
            log_level=log_level,
            log_format=log_format,
        )
    )


for _command in (
    backup.backup,
    backup.restore,
    backup.new_epoch,
    backup.dismiss_heard,
):
    controller.add_command(_command)
