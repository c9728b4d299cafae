"""domain.hook.hook_tools.command_line: options as Juju's tools read them."""

import pytest

from meterstatus.domain.hook.hook_tools import answer, command_line

OPTIONS = (
    command_line.Option(("-a", "--all"), "All", takes_value=False),
    command_line.Option(("-o", "--output"), "Where"),
    command_line.Option(("-f", "--form"), "How", choices=("a", "b")),
    command_line.Option(("--Xray",), "With what", choices=("c",)),
)


@pytest.mark.parametrize(
    ("words", "values", "arguments"),
    [
        ([], {}, ()),
        (["x", "-a", "y"], {"all": "true"}, ("x", "y")),
        (["--all=false"], {"all": ""}, ()),
        (["--all=1", "-"], {"all": "true"}, ("-",)),
        (["-ao", "f"], {"all": "true", "output": "f"}, ()),
        (["-of"], {"output": "f"}, ()),
        (["-o=f"], {"output": "f"}, ()),
        (["--output", "--all"], {"output": "--all"}, ()),
        (["--output="], {"output": ""}, ()),
        (["--", "-a"], {}, ("-a",)),
        (["x", "--", "-a", "--"], {}, ("x", "-a", "--")),
        (["-fb", "--Xray=c"], {"form": "b", "Xray": "c"}, ()),
    ],
)
def test_what_is_read(words: list[str], values: dict[str, str], arguments: tuple[str, ...]) -> None:
    """Options stand anywhere before ``--``; a flag may be told false; letters may stand together."""
    line = command_line.parse(OPTIONS, words)
    assert (line.values, line.arguments, line.wants_help) == (values, arguments, False)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--what"], "option provided but not defined: --what"),
        (["-ax"], "option provided but not defined: -x"),
        (["--output"], "option needs an argument: --output"),
        (["-o"], "option needs an argument: -o"),
        (["-fc"], 'invalid value "c" for option -f: unknown form "c"'),
        (["--form=c"], 'invalid value "c" for option --form: unknown form "c"'),
        (["--Xray=a"], 'invalid value "a" for option --Xray: unknown Xray "a"'),
        (["--all=maybe"], 'invalid boolean value "maybe" for --all: it is true or false'),
    ],
)
def test_what_is_wrong(words: list[str], text: str) -> None:
    """It is named, and is a wrong call."""
    with pytest.raises(answer.UsageError) as caught:
        command_line.parse(OPTIONS, words)
    assert (caught.value.text, caught.value.code) == (text, 2)


def test_help_goes_before_all_else() -> None:
    """Whoever asks for help gets it, whatever else is wrong behind it."""
    line = command_line.parse(OPTIONS, ["-a", "x", "--help", "--what"])
    assert line == command_line.CommandLine({}, (), wants_help=True)
