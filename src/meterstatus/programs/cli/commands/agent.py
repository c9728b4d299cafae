"""``meterstatus agent``: become the agent process, or ask the one that runs on this machine.

The agent's own modules are imported only where they are needed: every other command would wait for them for
nothing.
"""

import datetime
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import click

from meterstatus import errors
from meterstatus.adapters import introspection
from meterstatus.domain import policy as policies
from meterstatus.domain.text import spans
from meterstatus.programs import logs, output
from meterstatus.programs.cli import parameters
from meterstatus.programs.cli.views import agent_view

HOOK_TIMEOUT = datetime.timedelta(minutes=10)


@click.group("agent")
def agent() -> None:
    """Run the agent of this machine, and ask it how its units are."""


@agent.command("run")
@parameters.agent_data_dir_option("Serve every agents/unit-*/agent.conf under it.")
@click.option(
    "--amber-grace",
    metavar="SPAN",
    type=parameters.SPAN,
    default=policies.JUJU_AMBER,
    show_default=spans.render(policies.JUJU_AMBER),
    help="How long without a controller until AMBER.",
)
@click.option(
    "--red-grace",
    metavar="SPAN",
    type=parameters.SPAN,
    default=policies.JUJU_RED,
    show_default=spans.render(policies.JUJU_RED),
    help="How long without a controller until RED.",
)
@click.option(
    "--warning",
    metavar="SPAN",
    type=parameters.SPAN,
    help="Warn the charm so long before each stage, with the hook meter-status-will-change.",
)
@click.option(
    "--hook-timeout",
    metavar="SPAN",
    type=parameters.SPAN,
    default=HOOK_TIMEOUT,
    show_default=spans.render(HOOK_TIMEOUT),
    help="How long a hook may run before it is ended.",
)
@click.option(
    "--lock-dir",
    metavar="DIR",
    type=parameters.DIRECTORY,
    show_default="Juju's beside a Juju agent, else /run/meterstatus; the data directory unless root",
    help="Where the lock lies that all agents of the machine share.",
)
@click.option(
    "--lock-per-unit",
    is_flag=True,
    help="Give each unit a lock of its own: no unit's hook waits for another's.",
)
@click.option(
    "--allow-writable-by-others",
    is_flag=True,
    help="As root, serve files that other users may write.",
)
@parameters.log_level_option
@parameters.log_format_option
def run(
    data_dir: pathlib.Path,
    amber_grace: datetime.timedelta,
    red_grace: datetime.timedelta,
    warning: datetime.timedelta | None,
    hook_timeout: datetime.timedelta,
    lock_dir: pathlib.Path | None,
    lock_per_unit: bool,
    allow_writable_by_others: bool,
    log_level: str,
    log_format: logs.LogFormat,
) -> None:
    """Serve this machine's units until SIGTERM or Ctrl-C; the log goes to standard error.

    A SPAN is written with its unit: 90s, 5m, 1h30m, 250ms.
    """
    if amber_grace >= red_grace:
        raise click.UsageError(
            f"--amber-grace {spans.render(amber_grace)} must be shorter"
            f" than --red-grace {spans.render(red_grace)}"
        )
    if not data_dir.is_dir():
        raise errors.ConfigError(
            f"there is no data directory {data_dir};"
            " 'meterstatus unit add' makes one, and --data-dir names another"
        )
    from meterstatus.programs.agent import agent_settings

    settings = agent_settings.AgentSettings(
        data_dir=data_dir,
        amber_grace_period=amber_grace,
        red_grace_period=red_grace,
        warning=warning,
        hook_time_limit=hook_timeout,
        lock_dir=lock_dir,
        is_lock_per_unit=lock_per_unit,
        allows_writable=allow_writable_by_others,
        log_level=log_level,
        log_format=log_format,
    )
    # A process of its own, under the same id: what runs for months carries no command line framework.
    command = agent_settings.command(settings)
    os.execv(command[0], command)  # noqa: S606 # no shell is wanted


@agent.command("status")
@parameters.agent_data_dir_option("Ask the agent that serves it.")
@parameters.format_option
def status(data_dir: pathlib.Path, form: output.Format) -> None:
    """Show how this machine's units are, as their agent knows it.

    Asks the agent itself, on this machine: neither a controller nor the disk is needed for it. Only root and
    the user that the agent runs as may ask.
    """
    document = introspection.ask(introspection.Address.of(data_dir))
    output.show(document, form, lambda: _table(document))
    if form != "tabular":
        return
    if not document.get("units"):
        click.echo(f"The agent serves no unit; 'meterstatus unit add' makes one in {data_dir}.", err=True)
    if document.get("agent", {}).get("state") == "stopping":
        click.echo("The agent is stopping.", err=True)


def _table(document: Mapping[str, Any]) -> list[str]:
    return agent_view.lines(document, output.terminal_width(), coloured=output.may_colour())
