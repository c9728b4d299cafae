"""domain.hook.hook_tools.formats: what a tool prints, and where to."""

from collections.abc import Mapping

import pytest

from meterstatus.domain.hook.hook_tools import answer, command_line, formats

MAPPING = {"a": "X", "b": {"c": 1}}


@pytest.mark.parametrize(
    ("form", "value", "stdout"),
    [
        ("smart", "word", "word\n"),
        ("yaml", "word", "word\n"),
        ("json", "word", '"word"\n'),
        ("smart", formats.EMPTY, ""),
        ("yaml", formats.EMPTY, "[]\n"),
        ("json", formats.EMPTY, "[]\n"),
        ("smart", MAPPING, "a: X\nb:\n  c: 1\n"),
        ("yaml", MAPPING, "a: X\nb:\n  c: 1\n"),
        ("json", MAPPING, '{"a":"X","b":{"c":1}}\n'),
        ("smart", {"b": 1, "a": "X"}, "b: 1\na: X\n"),
    ],
)
def test_each_format(form: str, value: str | tuple[()] | Mapping[str, object], stdout: str) -> None:
    """On one line or more, each of them ended; smart is what is taken where nothing is asked for."""
    line = command_line.CommandLine({"format": form}, ())
    assert formats.printed(line, value) == answer.Answer(stdout=stdout)
    if form == "smart":
        plain = command_line.CommandLine({}, ())
        assert formats.printed(plain, value).stdout == stdout


def test_a_file_to_print_to() -> None:
    """Its name is the caller's, and goes back to it."""
    line = command_line.CommandLine({"output": "a file"}, ())
    assert formats.printed(line, "word") == answer.Answer(stdout="word\n", output_path="a file")
