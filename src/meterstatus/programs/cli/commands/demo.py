"""``meterstatus demo``: the whole story, shown and checked."""

import datetime
import pathlib

import click

from meterstatus.domain.text import spans
from meterstatus.programs.cli import parameters
from meterstatus.programs.demo import performance

_DEFAULTS = performance.DemoOptions()


@click.command("demo", short_help="Show and check the whole story.")
@click.option(
    "--amber-grace",
    metavar="SPAN",
    type=parameters.SPAN,
    default=_DEFAULTS.amber_grace_period,
    show_default=spans.render(_DEFAULTS.amber_grace_period),
    help="How long without the controller until AMBER.",
)
@click.option(
    "--red-grace",
    metavar="SPAN",
    type=parameters.SPAN,
    default=_DEFAULTS.red_grace_period,
    show_default=spans.render(_DEFAULTS.red_grace_period),
    help="How long without the controller until RED.",
)
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(path_type=pathlib.Path, resolve_path=True),
    help="Work in this new directory, and leave it for you to look at.",
)
@click.pass_context
def demo(
    context: click.Context,
    amber_grace: datetime.timedelta,
    red_grace: datetime.timedelta,
    keep: pathlib.Path | None,
) -> None:
    """Show what meterstatus does, in under a minute, and check every step of it.

    Starts a controller and an agent with an example charm, all in a temporary directory: sets statuses,
    stops the controller, watches the agent escalate by itself, brings the controller back.
    """
    if amber_grace + performance.SHORTEST_GAP > red_grace or amber_grace < performance.SHORTEST_GAP:
        raise click.UsageError(
            f"--amber-grace must be at least {spans.render(performance.SHORTEST_GAP)},"
            " and --red-grace as much longer again, to tell the stages apart"
        )
    context.exit(performance.run(performance.DemoOptions(amber_grace, red_grace, keep)))
