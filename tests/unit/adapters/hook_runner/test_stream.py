"""adapters.hook_runner.stream: a pipe read to its end, or until nobody wants it (spec worker, D.3)."""

import asyncio
import os

import pytest

from meterstatus.adapters.hook_runner import stream


async def test_lines_are_taken_as_they_come_until_the_end() -> None:
    """The end of the pipe ends the stream, with what came after the last line."""
    read_end, write_end = os.pipe()
    lines: list[str] = []
    output = stream.OutputStream(read_end, lines.extend)
    os.write(write_end, b"one\n\ntwo")
    os.close(write_end)
    async with asyncio.timeout(5):
        await output.ended
    assert lines == ["one", "", "two"]
    output.close()


async def test_closing_takes_what_is_there_and_lets_go_of_the_pipe() -> None:
    """A full pipe is taken whole although its writer lives on, which then has nobody to write to."""
    read_end, write_end = os.pipe()
    lines: list[str] = []
    output = stream.OutputStream(read_end, lines.extend)
    os.write(write_end, b"x" * 64 * 1024)
    output.close()
    assert "".join(lines) == "x" * 64 * 1024
    assert output.ended.done()
    with pytest.raises(BrokenPipeError):
        os.write(write_end, b"x")
    os.close(write_end)


async def test_closing_an_empty_pipe_takes_nothing() -> None:
    """Nothing there is no reason to wait."""
    read_end, write_end = os.pipe()
    lines: list[str] = []
    stream.OutputStream(read_end, lines.extend).close()
    assert lines == []
    os.close(write_end)
