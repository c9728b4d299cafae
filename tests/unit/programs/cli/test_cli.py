"""The commands as a whole, and their reference page."""

import pathlib
import re
from collections.abc import Iterator
from typing import Any

import click
import pytest

from meterstatus.programs import cli

PAGE = pathlib.Path(__file__).parents[4] / "docs" / "reference" / "cli.md"


def _leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None
            yield from _leaves(each, f"{path} {name}")
    else:
        yield path, command


COMMANDS = dict(_leaves(cli.commands, "meterstatus"))


def _shown(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return str(parameter.make_metavar(click.Context(cli.commands)))
    return parameter.opts[0]


def _documented() -> dict[str, list[str]]:
    """Give the first column of the first table under each command's heading."""
    found: dict[str, list[str]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        if title.startswith("meterstatus "):
            table = body.partition("| argument or option ")[2].partition("\n\n")[0]
            found[title] = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    return found


def test_the_reference_page_lists_every_command() -> None:
    """Each command has a section, and there is no section without a command."""
    assert sorted(_documented()) == sorted(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_the_reference_page_lists_every_parameter(path: str) -> None:
    """Each argument and option is in its command's table, in the order of the help, and no other."""
    assert _documented()[path] == [_shown(parameter) for parameter in COMMANDS[path].params]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself(operator: Any, path: str) -> None:
    """The help fits 80 columns and explains every option."""
    answer = operator(*path.split()[1:], "--help")
    assert answer.exit_status == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    options = [each for each in COMMANDS[path].params if isinstance(each, click.Option)]
    assert all(option.help for option in options)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("frob",), "meterstatus: No such command 'frob'"),
        (("stauts",), "meterstatus: No such command 'stauts'. Did you mean 'status'?"),
        (("--stauts",), "meterstatus: No such option"),
        (("set",), "meterstatus set: Missing argument 'STATUS'"),
        (("status", "--format", "xml"), "meterstatus status: Invalid value for '--format'"),
        (("unit", "drop"), "meterstatus unit: No such command 'drop'"),
        (("history", "--limit", "0"), "meterstatus history: Invalid value for '--limit'"),
    ],
)
def test_a_command_line_that_cannot_be_is_one_line(operator: Any, words: tuple[str, ...], line: str) -> None:
    """Nonsense gets one line that begins with the command it is about, and exit status 2."""
    answer = operator(*words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(line)


def test_says_its_version(operator: Any) -> None:
    """The version is one line."""
    answer = operator("--version")
    assert answer.exit_status == 0
    assert re.fullmatch(r"meterstatus \d\S*\n", answer.out)
