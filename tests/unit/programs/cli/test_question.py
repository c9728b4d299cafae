"""Asking whoever sits at the terminal."""

import asyncio
import os
import pathlib
import select
import signal
import sys
from collections.abc import Iterator

import pytest

from meterstatus import errors
from meterstatus.programs.cli import question


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give the descriptor that types into a terminal, which is standard input."""
    typing, terminal = os.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield typing
    os.close(typing)


@pytest.mark.parametrize("answer", [b"y\n", b"YES\n", b" yes \n", b"perhaps\ny\n"])
async def test_yes_goes_on(typing: int, answer: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Yes in any writing; what is neither is asked again."""
    os.write(typing, answer)
    await question.agree("Do it?")
    asked = capsys.readouterr().err
    again = "Please answer y or n.\nDo it? [y/N]: " if b"perhaps" in answer else ""
    assert asked == f"Do it? [y/N]: {again}"


@pytest.mark.parametrize("answer", [b"n\n", b"No\n", b"\n", b"\x04"])
async def test_no_changes_nothing(typing: int, answer: bytes) -> None:
    """No, an empty line and the end of the input are no."""
    os.write(typing, answer)
    with pytest.raises(errors.MeterStatusError, match="nothing changed"):
        await question.agree("Do it?")


def test_ctrl_c_ends_it_at_once_and_swallows_nothing(typing: int) -> None:
    """No line is needed, the loop goes on until then, and what is typed next is the next reader's."""
    terminal = sys.stdin.fileno()

    async def ask() -> None:
        asyncio.get_running_loop().call_later(0.01, signal.raise_signal, signal.SIGINT)
        await question.agree("Do it?")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(ask())
    os.write(typing, b"ls\n")
    assert select.select([terminal], [], [], 30)[0]
    assert os.read(terminal, 100) == b"ls\n"


async def test_nobody_is_asked_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused with what to do, and nothing is written as if somebody were there."""
    with pathlib.Path(os.devnull).open() as stdin:  # noqa: ASYNC230 # it never waits
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(errors.ConfigError, match="--yes says so"):
            await question.agree("Do it?")
    assert capsys.readouterr().err == ""
