"""The ``meterstatus`` commands: what an operator types. One module for each family of commands.

Each command says in one line what happened, or on standard error what went wrong, where, and what to do:
exit status 2 for a command line that cannot be, 1 for a failure, never a traceback (``failures``).
"""

import difflib
import importlib
import io
import sys
from typing import NoReturn

import click

from meterstatus.ports import connection
from meterstatus.programs.cli import failures

FOUND_AT = {
    "controller": "controller:controller",
    "agent": "agent:agent",
    "unit": "unit:unit",
    "set": "setting:set_status",
    "unset": "setting:unset",
    "undo": "setting:undo",
    "status": "status:status",
    "why": "why:why",
    "history": "history:history",
    "policy": "policy:policy",
    "maintenance": "maintenance:maintenance",
    "juju-client": "juju_client:juju_client",
    "simulate": "simulate:simulate",
    "demo": "demo:demo",
}
"""Each command's module in the room of commands, and its name in it."""


class Commands(click.Group):
    """The commands, each imported when it is asked for: every other would wait for all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        return list(FOUND_AT)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        if cmd_name not in FOUND_AT:
            return None
        module, _, name = FOUND_AT[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"{__name__}.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line; refuse what is none with those that look like it."""
        like = difflib.get_close_matches(args[0], FOUND_AT)
        if args[0] in FOUND_AT or not like or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(
            f"No such command '{args[0]}'. Did you mean {' or '.join(map(repr, like))}?", ctx
        )


@click.group(failures.PROGRAM, cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="meterstatus", message="%(prog)s %(version)s")
def root() -> None:
    """Keep a fleet's meter status true on every unit, also when the network is gone."""


def main() -> NoReturn:
    """Run this process's command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character gets "?" in its place, not a failure.
            stream.reconfigure(errors="replace")
    sys.exit(failures.run(root, sys.argv[1:], _websocket_dialer))


def _websocket_dialer() -> connection.Dialer:
    from meterstatus.programs.cli import session

    return session.websocket_dialer()
