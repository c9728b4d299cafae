"""One hook tool: its name, what it takes, its help, and what it does. Pure."""

import dataclasses
from collections.abc import Callable, Sequence

from meterstatus.domain.hook.hook_tools import answer, command_line

Run = Callable[[command_line.CommandLine, bytes | None], answer.Answer]
"""Answers a call from its command line and its standard input, None where that was not asked for yet.

Raises ``ToolError`` where the answer is one.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Tool:
    """A tool as data."""

    name: str
    takes: str
    """Its arguments as the help shows them, "" for none."""

    summary: str
    run: Run
    options: tuple[command_line.Option, ...] = ()

    def respond(self, words: Sequence[str], stdin: bytes | None) -> answer.Answer:
        """Answer a call; what is wrong with it is the answer too."""
        try:
            line = command_line.parse(self.options, words)
            return answer.Answer(stdout=self.help) if line.wants_help else self.run(line, stdin)
        except answer.ToolError as error:
            return answer.failure(error.text, error.code)

    @property
    def help(self) -> str:
        """What ``--help`` prints."""
        usage = " ".join(filter(None, (f"Usage: {self.name}", "[options]" * bool(self.options), self.takes)))
        text = f"{usage}\n\n{self.summary}\n"
        if self.options:
            lines = [f"{', '.join(option.names)}\n    {option.meaning}\n" for option in self.options]
            text += "\nOptions:\n" + "".join(lines)
        return text


def quoted(words: Sequence[str]) -> str:
    """Return words as Juju's messages show a list of them: ``["a" "b"]``."""
    return "[" + " ".join(f'"{word}"' for word in words) + "]"


def check_empty(words: Sequence[str]) -> None:
    """Refuse arguments that nothing takes.

    Raises:
        UsageError: there are some.
    """
    if words:
        raise answer.UsageError(f"unrecognized args: {quoted(words)}")
