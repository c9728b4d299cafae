"""domain.hook.hook_output: bytes in, lines out, and the last of them (spec worker, D.3)."""

import pytest

from meterstatus.domain.hook import hook_output


def _lines(*chunks: bytes) -> list[str]:
    splitter = hook_output.LineSplitter()
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.finish()


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((), []),
        ((b"a\nb\n",), ["a", "b"]),
        ((b"a", b"b\nc"), ["ab", "c"]),
        ((b"\n\na\n",), ["", "", "a"]),
        (("é".encode()[:1], "é".encode()[1:] + b"\n"), ["é"]),
        ((b"\xff\n",), ["\ufffd"]),
        ((b"\xff",), ["\ufffd"]),
    ],
)
def test_lines(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    """Lines come whole however the bytes are cut; empty ones count; the last needs no end."""
    assert _lines(*chunks) == lines


@pytest.mark.parametrize("size", [4095, 4096, 4097, 8192, 10_000])
@pytest.mark.parametrize("chunk", [1000, 4096, 1_000_000])
def test_long_lines_are_split(size: int, chunk: int) -> None:
    """No record is longer than 4096 bytes, none is empty, and nothing is lost, however it came."""
    content = b"x" * size + b"\n"
    lines = _lines(*(content[at : at + chunk] for at in range(0, len(content), chunk)))
    assert [len(line) for line in lines] == [min(4096, size - at) for at in range(0, size, 4096)]


def test_long_lines_are_not_split_within_a_character() -> None:
    """A character of several bytes goes whole into the next record."""
    for character in "é€😀\u00ff":
        for before in range(4):
            text = "x" * before + character * 3000
            lines = _lines((text + "\n").encode())
            assert "".join(lines) == text
            assert all(4096 - 4 < len(line.encode()) <= 4096 for line in lines[:-1])


def test_bytes_that_are_no_text_are_split_all_the_same() -> None:
    """A line of nothing but the middles of characters is cut three bytes early at the most."""
    lines = _lines(b"\x80" * 10_000 + b"\n")
    assert [len(line) for line in lines] == [4093, 4093, 1814]
    assert [len(line) for line in hook_output.LineSplitter().feed(b"\x80" * 5_000)] == [4093]


def test_what_was_left_is_given_once() -> None:
    """A second end finds nothing."""
    splitter = hook_output.LineSplitter()
    splitter.feed(b"rest")
    assert (splitter.finish(), splitter.finish()) == (["rest"], [])


def test_a_line_without_end_does_not_pile_up() -> None:
    """What exceeds the limit is given out although its line has not ended."""
    assert len(hook_output.LineSplitter().feed(b"x" * 100_000)) == 24


def test_the_tail_is_the_last_lines_in_one() -> None:
    """Blank lines do not count, older ones are forgotten."""
    tail = hook_output.Tail()
    tail.add(["one", "", "two"])
    tail.add(["three ", "\t", "four", "five", "six"])
    assert tail.text == "two | three | four | five | six"


def test_the_tail_keeps_its_end_within_its_limit() -> None:
    """Of too long lines the end is what tells the cause."""
    tail = hook_output.Tail()
    tail.add(["x" * 3000 + "cause"])
    assert len(tail.text) == hook_output.TAIL_CHARACTERS
    assert tail.text.startswith("…x")
    assert tail.text.endswith("cause")


def test_no_output_has_no_tail() -> None:
    """Nothing said, nothing kept."""
    assert hook_output.Tail().text == ""


def test_the_log_tail_is_bounded() -> None:
    """The last twenty lines, and the last 4 KiB of them, oldest first; a line of the full size is kept."""
    tail = hook_output.LogTail()
    assert tail.lines == ()
    for number in range(30):
        tail.add(f"line {number}")
    assert tail.lines == tuple(f"line {number}" for number in range(10, 30))
    tail.add("x" * 4090)
    assert tail.lines == ("x" * 4090,)
    tail.add("é" * 2048)
    assert tail.lines == ("é" * 2048,)
