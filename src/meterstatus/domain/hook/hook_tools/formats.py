"""The output formats of hook tools: ``smart``, which is text for people, YAML and JSON. Pure."""

import json
from collections.abc import Mapping

from meterstatus.domain.hook.hook_tools import answer, command_line
from meterstatus.domain.text import lenient_yaml

OPTIONS = (
    command_line.Option(
        ("--format",), "How to print: json, smart or yaml", choices=("json", "smart", "yaml")
    ),
    command_line.Option(("-o", "--output"), "A file to print to"),
)
"""Of each tool that prints a value."""

DATA_OPTIONS = (
    command_line.Option(("--format",), "How to print: json or yaml", choices=("json", "yaml")),
    OPTIONS[1],
)
"""Of a tool that prints what is never one word."""

EMPTY: tuple[()] = ()
"""The list of nothing."""


def printed(line: command_line.CommandLine, value: str | tuple[()] | Mapping[str, object]) -> answer.Answer:
    """Answer with a value in the format, and to the file, that the command line asks for.

    Args:
        line: the call.
        value: a word that YAML takes for a text without quotes, the empty list, or a mapping.
    """
    text = _text(line.values.get("format", "smart"), value)
    return answer.Answer(stdout=f"{text}\n" if text else "", output_path=line.values.get("output", ""))


def _text(form: str, value: str | tuple[()] | Mapping[str, object]) -> str:
    if form == "json":
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "[]" if form == "yaml" else ""
    return lenient_yaml.dump(value).rstrip("\n")
