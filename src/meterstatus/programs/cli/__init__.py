"""The ``meterstatus`` commands: what an operator types. One module for each family of commands.

Each command says in one line what happened, or on standard error what went wrong, where, and what to do:
exit status 2 for a command line that cannot be, 1 for a failure, never a traceback (``failures``).
"""

import io
import sys
from typing import NoReturn

import click

from meterstatus.programs.cli import (
    agent,
    controller,
    demo,
    failures,
    history,
    juju_client,
    maintenance,
    meter,
    policy,
    session,
    setting,
    simulate,
    unit,
    why,
)


@click.group(failures.PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="meterstatus", message="%(prog)s %(version)s")
def commands() -> None:
    """Keep a fleet's meter status true on every unit, also when the network is gone."""


for _command in (
    controller.controller,
    agent.agent,
    unit.unit,
    setting.set_status,
    setting.unset,
    setting.undo,
    meter.status,
    why.why,
    history.history,
    policy.policy,
    maintenance.maintenance,
    juju_client.juju_client,
    simulate.simulate,
    demo.demo,
):
    commands.add_command(_command)


def main() -> NoReturn:
    """Run this process's command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets "?" in its place, not a failure.
            stream.reconfigure(errors="replace")
    sys.exit(failures.run(commands, sys.argv[1:], session.websocket_dialer))
