"""``meterstatus controller backup``, ``restore`` and ``new-epoch``: against the loss of a controller."""

import pathlib

import click

from meterstatus.programs.cli import controller_options, parameters, session
from meterstatus.protocol import results


@click.command("backup", short_help="Write all that a controller has to a file, while it serves.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
@controller_options.data_dir_option
def backup(file: pathlib.Path, data_dir: pathlib.Path) -> None:
    """Write all that a controller has to FILE, while it serves: its database, certificates, keys and login.

    Whoever has FILE can be that controller: keep it as you keep its directory. It is read again before this
    says that it is there.
    """
    with controller_options.extra_needed():
        from meterstatus.programs.controller import controller_backup  # see controller_options

        made = controller_backup.back_up(data_dir, file)
    header = made.header
    click.echo(f"Controller {header.controller} is backed up in {file}:")
    units = made.rows.get("units", 0)
    noun = "unit" if units == 1 else "units"
    click.echo(f"  revision {header.revision} of epoch {header.epoch}, {units} {noun}")
    click.echo(f"  {made.size_bytes} bytes, read again and whole")


@click.command("restore", short_help="Make a controller anew from a backup.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=pathlib.Path))
@controller_options.new_data_dir_option
@controller_options.database_option(
    "An empty PostgreSQL database, as for 'controller init'; a backup of either kind goes into both."
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
    with controller_options.extra_needed():
        from meterstatus.programs.controller import controller_backup  # see controller_options

        controller_options.check_url(context, database)
        done = controller_backup.restore(file, data_dir, replace=replace, why=reason, url=database)
    header = done.summary.header
    if done.set_aside is not None:
        click.echo(f"What was there is in {done.set_aside}")
    click.echo(f"Controller {header.controller} is restored in {data_dir}:")
    click.echo(f"  as it was at {header.made}, revision {header.revision} of epoch {header.epoch}")
    click.echo(f"  it is in epoch {done.begun.number} now; what was changed after the backup is lost")
    place = controller_options.place(data_dir)
    click.echo("Now start it, then look which units had heard more:")
    click.echo(f"  meterstatus controller run{place}")
    click.echo("  meterstatus status")


@click.command("new-epoch", short_help="Have units follow a controller that was led back.")
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


@click.command("dismiss-heard", short_help="Believe units no more that say to have heard what is not here.")
@click.argument("units", metavar="UNIT...", type=parameters.UNIT, nargs=-1, required=True)
@click.option("--reason", metavar="TEXT", type=parameters.TEXT, default="", help="Why; kept in the log.")
@parameters.login_option
@click.pass_obj
def dismiss_heard(
    make_dialer: session.MakeDialer, units: tuple[str, ...], reason: str, login: pathlib.Path
) -> None:
    """Believe each UNIT no more that says to have heard what the controller does not have.

    For a unit that lies, or was connected to another controller; 'meterstatus status' names it. It is
    believed again once it says what is here, or when the controller is restarted.
    """
    answers = session.ask(login, make_dialer, lambda opened: opened.admin.dismiss_heard(units, reason))
    for unit, answer in zip(units, answers, strict=True):
        refused = results.refusal(answer)
        if refused is not None:
            raise refused
        click.echo(f"{unit} is not believed any more.")
