"""adapters.websocket_server.frames: what comes out of a client's bytes, however they are cut."""

import os

import pytest

from meterstatus.adapters.websocket_server import frames

FIN = 0x80
MAX = 1000


def frame(first: int, payload: bytes = b"", mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    """Build a client's frame."""
    length = len(payload)
    if length < 126:
        head = bytes([first, 0x80 | length])
    elif length < 65_536:
        head = bytes([first, 0x80 | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + length.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


TALK = (
    frame(FIN | frames.TEXT, b"whole")
    + frame(frames.TEXT, b"frag")
    + frame(FIN | frames.PING, b"p")
    + frame(frames.CONTINUATION, b"")
    + frame(FIN | frames.CONTINUATION, b"ment")
    + frame(FIN | frames.BINARY, b"x" * 500)
    + frame(FIN | frames.TEXT)
    + frame(FIN | frames.CLOSE)
)
TOLD = [
    (frames.TEXT, b"whole"),
    (frames.PING, b"p"),
    (frames.TEXT, b"fragment"),
    (frames.TEXT, b"x" * 500),
    (frames.TEXT, b""),
    (frames.CLOSE, b""),
]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100, len(TALK)])
def test_frames_come_out_whole_however_bytes_come_in(step: int) -> None:
    """Cut anywhere, the same bytes give the same messages, and nothing is kept in the end."""
    reader = frames.FrameReader(MAX)
    told: list[tuple[int, bytes]] = []
    for begin in range(0, len(TALK), step):
        told += [(found.kind, found.payload) for found in reader.feed(memoryview(TALK[begin : begin + step]))]
    assert told == TOLD
    assert reader.held_bytes == 0


def test_a_long_message_is_unmasked() -> None:
    """With a length of eight bytes, and any mask."""
    payload = os.urandom(70_001)
    (found,) = frames.FrameReader(100_000).feed(frame(FIN | frames.TEXT, payload, b"\xff\x00\x7f\x80"))
    assert found.payload == payload


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(FIN | frames.CONTINUATION, b"x"), frames.PROTOCOL_ERROR),
        (frame(frames.TEXT, b"x") + frame(FIN | frames.TEXT, b"x"), frames.PROTOCOL_ERROR),
        (frame(FIN | 0x40 | frames.TEXT), frames.PROTOCOL_ERROR),
        (frame(FIN | 0x3), frames.PROTOCOL_ERROR),
        (frame(frames.PING), frames.PROTOCOL_ERROR),
        (frame(FIN | frames.PING, b"x" * 126), frames.PROTOCOL_ERROR),
        (frame(FIN | frames.CLOSE, b"x" * 126), frames.PROTOCOL_ERROR),
        (b"\x81\x01x", frames.PROTOCOL_ERROR),
        (bytes([FIN | frames.TEXT, 0xFF]) + (2**63).to_bytes(8, "big"), frames.TOO_BIG),
        (bytes([FIN | frames.TEXT, 0xFE]) + (MAX + 1).to_bytes(2, "big"), frames.TOO_BIG),
        (frame(frames.TEXT, b"x" * 600) + frame(frames.CONTINUATION, b"x" * 401), frames.TOO_BIG),
    ],
)
def test_a_breach_is_told_by_its_code(data: bytes, code: int) -> None:
    """As soon as it shows: of what is too long not a byte need come."""
    with pytest.raises(frames.BreachError) as caught:
        list(frames.FrameReader(MAX).feed(data))
    assert caught.value.code == code


def test_what_is_unfinished_is_counted() -> None:
    """The beginning of a frame and the fragments before it, and no more than that."""
    reader = frames.FrameReader(MAX)
    assert list(reader.feed(frame(frames.TEXT, b"x" * 100))) == []
    assert reader.held_bytes == 100
    assert list(reader.feed(frame(FIN | frames.CONTINUATION, b"x" * 100)[:50])) == []
    assert reader.held_bytes == 150
    assert len(next(iter(reader.feed(frame(FIN | frames.CONTINUATION, b"x" * 100)[50:]))).payload) == 200


def test_the_limit_may_be_raised() -> None:
    """For what comes from then on."""
    reader = frames.FrameReader(10)
    assert len(list(reader.feed(frame(FIN | frames.TEXT, b"x" * 10)))) == 1
    reader.max_message_bytes = 20
    assert len(list(reader.feed(frame(FIN | frames.TEXT, b"x" * 20)))) == 1
