"""What a person sees when a command fails."""

import contextlib
import os
from collections.abc import Callable
from typing import NoReturn

import click
import pytest

from meterstatus import errors
from meterstatus.programs.cli import failures


def _command(act: Callable[[], object]) -> click.Command:
    group = click.Group("meterstatus")
    group.add_command(click.Command("act", callback=act))
    return group


def _raising(error: BaseException) -> Callable[[], NoReturn]:
    def act() -> NoReturn:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "exit_status", "line"),
    [
        (
            click.UsageError("that cannot be."),
            2,
            "meterstatus act: that cannot be (see 'meterstatus act --help')",
        ),
        (click.ClickException("it broke"), 1, "meterstatus: it broke"),
        (errors.NotFoundError("the cellar"), 1, "meterstatus: the cellar not found"),
        (errors.OutcomeUnknownError("who knows"), 3, "meterstatus: who knows"),
        (errors.RequestError("who knows", "outcome unknown"), 3, "meterstatus: who knows"),
        (FileNotFoundError(2, "No such file", "/x"), 1, "meterstatus: /x: No such file"),
        (OSError("odd"), 1, "meterstatus: odd"),
        (errors.MeterStatusError("two\nlines\x1b[2J"), 1, "meterstatus: two lines?[2J"),
    ],
)
def test_a_failure_is_one_line(
    error: Exception, exit_status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard error; the status is 2 for usage, 3 where nobody knows, and 1 for the rest."""
    assert failures.run(_command(_raising(error)), ["act"]) == exit_status
    assert capsys.readouterr() == ("", line + "\n")


def test_a_defect_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that nobody foresaw gives no traceback, but a line that says how to get one."""
    assert failures.run(_command(_raising(ZeroDivisionError("by zero"))), ["act"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("meterstatus: this is a defect in meterstatus: ZeroDivisionError: by zero;")
    assert "METERSTATUS_TRACEBACK=1" in said
    assert said.count("\n") == 1


def test_ctrl_c_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with the shell's usual status and without a traceback."""
    assert failures.run(_command(_raising(KeyboardInterrupt())), ["act"]) == 130
    assert capsys.readouterr().err.strip() == ""


def test_success_is_the_commands_own_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that returns nothing succeeds, and one that exits has its say."""
    assert failures.run(_command(lambda: None), ["act"]) == 0
    assert failures.run(_command(lambda: click.get_current_context().exit(7)), ["act"]) == 7
    assert capsys.readouterr().err == ""


def test_a_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    """A command line without a command gets the help it needs, as a usage failure."""
    assert failures.run(_command(lambda: None), []) == 2
    assert "act" in capsys.readouterr().err


def test_a_reader_who_has_enough_is_told_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """The status is what a shell says of a program that SIGPIPE ended; nothing is said."""
    for args in (["act"], ["--help"], ["act", "--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w") as stdout, contextlib.redirect_stdout(stdout):
            assert failures.run(_command(lambda: click.echo("x" * 100_000)), args) == failures.UNREAD == 141
    assert capfd.readouterr() == ("", "")


def test_completion_is_clicks_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that asks for what may follow is answered."""
    monkeypatch.setenv("_METERSTATUS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "meterstatus a")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        failures.run(_command(lambda: None), [])
    assert capsys.readouterr().out == "plain,act\n"
