"""domain.hook_output: bytes in, lines out, and the last of them (spec worker, D.3)."""

import pytest

from meterstatus.domain import hook_output


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
    lines = _lines(("x" + "€" * 3000 + "\n").encode())
    assert "".join(lines) == "x" + "€" * 3000
    assert all(len(line.encode()) <= 4096 for line in lines)


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
