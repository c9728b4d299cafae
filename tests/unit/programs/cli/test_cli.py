"""The commands as a whole, and their reference page."""

import importlib
import pathlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from typing import Any

import click
import pytest

from meterstatus.programs import cli, output

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


NAMES = ("Unit", "Set for")
"""The titles of columns with names of units and applications."""

COMMANDS = dict(_leaves(cli.root, "meterstatus"))


def _shown(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return str(parameter.make_metavar(click.Context(cli.root)))
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


@pytest.mark.parametrize(
    "words", [("status",), ("history",), ("policy", "show"), ("policy", "show", "postgresql-production-west")]
)
def test_names_are_told_apart_in_every_table(
    operator: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """On 80 columns no line is longer, and of a name that is cut the number at its end stays."""
    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    numbers = (10, 11)
    for number in numbers:
        unit = f"postgresql-production-west/{number}"
        operator("unit", "add", unit, "--status", "GREEN", "--info", "within the budget of the whole year")
        operator("policy", "set", unit, "--amber", "10m", "--reason", "asked for by the team of the shop")
        operator("set", unit, "AMBER", "--for", "2h", "--reason", "a ticket with a long explanation")
    lines = operator(*words).out.splitlines()
    assert max(map(len, lines)) <= 80
    for number in numbers:
        assert any(
            re.search(rf"…\S*/{number}\b|postgresql-production-west/{number}\b", line) for line in lines
        )


def test_every_column_of_names_is_one() -> None:
    """A table with units or applications says so of its column, in whichever command it is."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(cli.__path__, f"{cli.__name__}.")
    ]
    held = [one for module in modules for one in vars(module).values()]
    lists: list[Sequence[object]] = [one if isinstance(one, tuple) else (one,) for one in held]
    columns = [one for each in lists for one in each if isinstance(one, output.Column) and one.title in NAMES]
    assert len(columns) >= 5
    assert all(column.is_name for column in columns)
