"""programs.log_stream: nothing that writes to it waits, and what was lost is said."""

import contextlib
import fcntl
import os
import pathlib
import threading
from collections.abc import Iterator

import pytest

from meterstatus.programs import log_stream


class Pipe:
    """A pipe that is full, and whoever reads it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(self.writer, bytes(4096))


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for descriptor in (made.reader, made.writer):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def describe(lines: int) -> str:
    return f"{lines} dropped\n"


def read_later(pipe: Pipe) -> threading.Thread:
    """Read what is there, so that the writer can go on; the caller joins."""
    reading = threading.Thread(target=os.read, args=(pipe.reader, 4096))
    reading.start()
    return reading


def test_a_reader_that_stalls_keeps_nobody_waiting(pipe: Pipe) -> None:
    """More than fits is written to a pipe that is full, and only the end waits, as long as it is told."""
    stream = log_stream.LogStream(pipe.writer, describe)
    for _ in range(60_000):
        stream.write("0123456789012345678\n")
        stream.flush()
    assert not stream.drain(0.01)
    os.close(pipe.reader)  # the thread must be done with the descriptor before its number is another's
    assert stream.drain(10)


def test_lines_that_do_not_fit_are_counted_and_said_where_they_are_missing(tmp_path: pathlib.Path) -> None:
    """Dropping goes on until half the queue is free; then one line stands for all those."""
    go_on, is_writing = threading.Event(), threading.Event()
    written: list[bytes] = []

    class Slow(log_stream.LogStream):
        def _write_out(self, content: bytes) -> bool:
            is_writing.set()
            go_on.wait()
            written.append(content)
            return True

    stream = Slow(-1, describe, most_bytes=10)
    stream.write("first\n")
    is_writing.wait()
    stream.write("2nd\n")
    for word in ("lost\n", "two\nlines\n", "x\n"):
        stream.write(word)
    go_on.set()
    assert stream.drain(10)
    assert b"".join(written) == b"first\n2nd\n4 dropped\n"


def test_all_that_fits_is_written_in_order_when_it_is_read(pipe: Pipe) -> None:
    """A reader that comes back misses nothing."""
    stream = log_stream.LogStream(pipe.writer, describe)
    lines = [f"line {number}\n" for number in range(5000)]
    for line in lines:
        stream.write(line)
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append(read_all(pipe.reader)))
    reading.start()
    assert stream.drain(10)
    os.close(pipe.writer)
    reading.join()
    assert read[0][4096:].decode() == "".join(lines)


def read_all(descriptor: int) -> bytes:
    content = b""
    while part := os.read(descriptor, 65536):
        content += part
    return content


def test_a_descriptor_that_does_not_block_is_waited_for(pipe: Pipe) -> None:
    """Whoever shares it may have made it so; that loses nothing."""
    os.set_blocking(pipe.writer, False)
    stream = log_stream.LogStream(pipe.writer, describe)
    stream.write("said\n")
    reading = read_later(pipe)
    assert stream.drain(10)
    reading.join()
    assert os.read(pipe.reader, 100) == b"said\n"


def test_a_reader_that_is_gone_is_no_fault(pipe: Pipe) -> None:
    """What is written is lost, the end does not wait for it, and nothing spins."""
    os.close(pipe.reader)
    stream = log_stream.LogStream(pipe.writer, describe)
    stream.write("said\n")
    assert stream.drain(10)


def test_half_a_surrogate_pair_is_written_escaped(pipe: Pipe) -> None:
    """No text fails."""
    reading = read_later(pipe)
    stream = log_stream.LogStream(pipe.writer, describe)
    stream.write("\udc80\n")
    assert stream.drain(10)
    reading.join()
    assert os.read(pipe.reader, 100) == b"\\udc80\n"


def test_it_says_what_it_is(pipe: Pipe) -> None:
    """Click and Python ask it."""
    stream = log_stream.LogStream(pipe.writer, describe)
    assert stream.writable() and not stream.isatty() and stream.fileno() == pipe.writer
    assert stream.encoding == "utf-8"


def test_what_comes_after_the_end_is_written_where_that_waits_for_nobody(pipe: Pipe) -> None:
    """The thread may be gone by then; a pipe that is full stays as it is."""
    stream = log_stream.LogStream(pipe.writer, describe)
    assert stream.drain(0)
    assert stream.write("lost\n") == 5
    os.read(pipe.reader, 4096)
    stream.write("late\n" * 1000)
    assert os.read(pipe.reader, 10_000) == b"late\n" * 819 + b"l"
