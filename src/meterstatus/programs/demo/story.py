"""Tells a story on the terminal: numbered steps, each checked and timed."""

import contextlib
import time
from collections.abc import Generator

import click

from meterstatus import errors
from meterstatus.programs import output

WIDTH = 78
MARK_WIDTH = 10
"""For the mark and the time at the end of a step's line."""


class StepFailed(errors.MeterStatusError):  # it is an outcome; the program made no error
    """A step did not go as it must."""

    def __init__(self, expected: str, seen: str) -> None:
        super().__init__(f"expected {expected}; seen: {seen}")
        self.expected = expected
        self.seen = seen


class Story:
    """The steps told so far."""

    def __init__(self) -> None:
        self.number = 0
        self.title = ""
        self._lines: list[str] = []

    def begin(self, text: str) -> None:
        """Say what the story is about."""
        click.echo(text)
        click.echo()

    @contextlib.contextmanager
    def step(self, title: str) -> Generator[None]:
        """Tell one step: its title while it runs, then how it went, how long it took, and its details."""
        self.number += 1
        self.title = title
        self._lines = []
        head = f"{self.number:2}  {title}"
        click.echo(head, nl=False)
        began = time.monotonic()
        mark, colour = "✗", "red"
        try:
            yield
            mark, colour = "✓", "green"
        finally:
            took = f"{time.monotonic() - began:6.1f} s"
            padding = " " * max(1, WIDTH - MARK_WIDTH - output.width_of(head))
            click.echo(f"{padding}{self._painted(mark, colour)} {took}")
            for line in self._lines:
                click.echo(f"    {self._dimmed(line)}")

    def note(self, line: str) -> None:
        """Add a detail, which is shown under the step."""
        self._lines.append(output.cut(output.plain(line), WIDTH - 4))

    def failed(self, error: StepFailed, logs: list[str]) -> None:
        """Say which step failed, what was expected and seen, and where to look."""
        click.echo(err=True)
        click.echo(self._painted(f"Step {self.number} failed: {self.title}", "red"), err=True)
        click.echo(f"  expected: {output.plain(error.expected)}", err=True)
        click.echo(f"  seen:     {output.plain(error.seen)}", err=True)
        for title, log in zip(("logs:", *[""] * len(logs)), logs, strict=False):
            click.echo(f"  {title:9} {log}", err=True)

    @staticmethod
    def _painted(text: str, colour: str) -> str:
        return click.style(text, fg=colour) if output.may_colour() else text

    @staticmethod
    def _dimmed(text: str) -> str:
        return click.style(text, dim=True) if output.may_colour() else text
