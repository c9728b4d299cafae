"""A hook tool's command line, read as Juju's tools read theirs: options anywhere, ``--`` ends them. Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from meterstatus.domain.hook.hook_tools import answer

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One option; its last name is the one that its value is found under."""

    names: tuple[str, ...]
    """With their dashes: ``("-l", "--log-level")``."""

    meaning: str
    takes_value: bool = True
    choices: tuple[str, ...] = ()
    """What it may be, where not everything."""


@dataclasses.dataclass(frozen=True, slots=True)
class CommandLine:
    """What was given."""

    values: Mapping[str, str]
    """By the option's last name without dashes; of the option without a value, "true" if it is on."""

    arguments: tuple[str, ...]
    wants_help: bool = False

    def __contains__(self, name: str) -> bool:
        return bool(self.values.get(name))


def parse(options: Iterable[Option], words: Sequence[str]) -> CommandLine:
    """Tell options from arguments.

    Raises:
        UsageError: an option that there is not, without its value, or with one that it cannot have.
    """
    known = {name: option for option in options for name in option.names}
    values: dict[str, str] = {}
    arguments: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            arguments += rest
            break
        if word in ("-h", "--help"):
            return CommandLine({}, (), wants_help=True)
        if word.startswith("--"):
            _take_long(known, word, rest, values)
        elif word.startswith("-") and word != "-":
            _take_short(known, word, rest, values)
        else:
            arguments.append(word)
    return CommandLine(values, tuple(arguments))


def _take_long(known: Mapping[str, Option], word: str, rest: list[str], values: dict[str, str]) -> None:
    name, has_value, value = word.partition("=")
    option = _find(known, name)
    if option.takes_value:
        _set(values, option, name, value if has_value else _next(name, rest))
    elif not has_value or value in _TRUE:
        _set(values, option, name, "true")
    elif value in _FALSE:
        _set(values, option, name, "")
    else:
        raise answer.UsageError(f'invalid boolean value "{value}" for {name}: it is true or false')


def _take_short(known: Mapping[str, Option], word: str, rest: list[str], values: dict[str, str]) -> None:
    """Take one-letter options written together; what follows a letter that needs a value is its value."""
    letters = word[1:]
    while letters:
        name, letters = f"-{letters[0]}", letters[1:]
        option = _find(known, name)
        if option.takes_value:
            _set(values, option, name, letters.removeprefix("=") or _next(name, rest))
            return
        _set(values, option, name, "true")


def _find(known: Mapping[str, Option], name: str) -> Option:
    if name not in known:
        raise answer.UsageError(f"option provided but not defined: {name}")
    return known[name]


def _next(name: str, rest: list[str]) -> str:
    if not rest:
        raise answer.UsageError(f"option needs an argument: {name}")
    return rest.pop(0)


def _set(values: dict[str, str], option: Option, name: str, value: str) -> None:
    if option.choices and value not in option.choices:
        key = option.names[-1].lstrip("-")
        raise answer.UsageError(f'invalid value "{value}" for option {name}: unknown {key} "{value}"')
    values[option.names[-1].lstrip("-")] = value
