"""``meterstatus maintenance``: announce that the controller may be away for a while."""

import datetime
import pathlib

import click

from meterstatus.programs import output
from meterstatus.programs.cli import parameters, session
from meterstatus.protocol.facades import meter_status_admin


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
    click.echo(f"{in_words(done.maintenance)}")
    hear = "unit is connected and hears" if done.units == 1 else "units are connected and hear"
    click.echo(f"{done.connected} of {done.units} {hear} of it.")


def in_words(announced: meter_status_admin.Maintenance) -> str:
    """Say what is announced, until when, by whom and why."""
    why = f": {announced.reason}" if announced.reason else ""
    until = output.instant_in_seconds(announced.until)
    return output.plain(f"Maintenance is announced until {until} by {announced.user}{why}")


def document(announced: meter_status_admin.Maintenance | None) -> dict[str, str] | None:
    """Return what is announced; None, which is ``null``, where nothing is."""
    if announced is None:
        return None
    return {
        "since": output.instant(announced.since),
        "until": output.instant(announced.until),
        "user": announced.user,
        "reason": announced.reason,
    }
