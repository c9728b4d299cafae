"""``meterstatus maintenance``: announce that the controller may be away for a while."""

import datetime
import pathlib

import click

from meterstatus.programs.cli import parameters, session
from meterstatus.programs.cli.views import maintenance_view


@click.command("maintenance", short_help="Announce that the controller may be away, or end that.")
@click.argument("span", metavar="SPAN", type=parameters.SpanOrEnd())
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def maintenance(
    make_dialer: session.MakeDialer, span: datetime.timedelta, reason: str, login: pathlib.Path
) -> None:
    """Announce that the controller may be away for SPAN from now on, 24h at most; "end" takes it back.

    A unit that hears it and then loses the controller waits so much longer for each stage as was left of it.
    One that is not connected does not hear it. It ends by itself; another one takes its place.
    """
    seconds = span.total_seconds()
    done = session.ask(login, make_dialer, lambda opened: opened.admin.announce_maintenance(seconds, reason))
    if done.maintenance is None:
        click.echo("No maintenance is announced any more.")
        return
    click.echo(maintenance_view.in_words(done.maintenance))
    hear = "unit is connected and hears" if done.units == 1 else "units are connected and hear"
    click.echo(f"{done.connected} of {done.units} {hear} of it.")
