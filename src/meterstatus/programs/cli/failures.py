"""What a person sees when a command fails: one line on standard error, and the exit status.

A traceback is for whoever mends the program, so it is shown only on request, by METERSTATUS_TRACEBACK.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from meterstatus import errors
from meterstatus.programs import output

PROGRAM = "meterstatus"
FAILURE = 1
USAGE = 2
UNKNOWN = 3
"""What was asked for may have been done, or may yet be: nobody said in time."""

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended."""

UNREAD = 141
"""Whoever read the output has enough; what a shell says of a program that SIGPIPE ended."""


def run(command: click.Command, args: Sequence[str], obj: object = None) -> int:
    """Run a command line and return the exit status; raises nothing but a command's own SystemExit.

    Args:
        command: the outermost command.
        args: the words after the program's name.
        obj: what commands find in ``click.Context.obj``.
    """
    try:
        status = _invoke(command, args, obj)
        sys.stdout.flush()
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        return _failed(error.format_message())
    except (click.Abort, EOFError, KeyboardInterrupt):
        # The terminal shows ^C already.
        click.echo(err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except errors.MeterStatusError as error:
        is_open = error.code == errors.OutcomeUnknownError.code
        return _failed(str(error), UNKNOWN if is_open else FAILURE)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        return _failed(f"{where}{error.strerror or error}")
    except Exception as error:  # noqa: BLE001 # the last place where a defect can become one clear line
        return _defect(error)
    return status if isinstance(status, int) else 0


def _invoke(command: click.Command, args: Sequence[str], obj: object) -> Any:
    """Run a command line as ``Command.main`` does, which would take a reader who has enough for a failure."""
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        return command.main(args=list(args), prog_name=PROGRAM, standalone_mode=False, obj=obj)
    try:
        with command.make_context(PROGRAM, list(args), obj=obj) as context:
            return command.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _usage(error: click.UsageError) -> int:
    # Older clicks have no such class: there a group without a command prints its help by itself.
    asked_for_nothing: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
    if isinstance(error, asked_for_nothing):
        click.echo(error.format_message(), err=True)
        return USAGE
    path = PROGRAM if error.ctx is None else error.ctx.command_path
    _tell(f"{path}: {_sentence(error.format_message())} (see '{path} --help')")
    return USAGE


def _failed(message: str, status: int = FAILURE) -> int:
    _tell(f"{PROGRAM}: {_sentence(message)}")
    return status


def _defect(error: Exception) -> int:
    if os.environ.get("METERSTATUS_TRACEBACK"):
        traceback.print_exception(error)
        return FAILURE
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _failed(
        f"this is a defect in {PROGRAM}: {what}; please report it,"
        " with what METERSTATUS_TRACEBACK=1 in the environment makes it say"
    )


def _sentence(text: str) -> str:
    """Put a text, which may be a library's own of several lines, into our form: one line, no full stop."""
    return " ".join(text.split()).removesuffix(".")


def _tell(line: str) -> None:
    click.echo(output.plain(line), err=True)
