"""domain.hook.hook_tools.wire: bytes become a call, and an answer bytes; anything else an error in words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain.hook.hook_tools import answer, call, wire


def test_a_request() -> None:
    """Fields in their order; bytes that are no text come through; no input is not empty input."""
    body = wire.pack([b"1", b"id", b"juju-log", b"", b"", b"caf\xe9", b""])[4:]
    assert wire.read_call(body) == call.Call("id", "juju-log", ("caf\udce9", ""), None)
    body = wire.pack([b"1", b"id", b"state-set", b"1", b""])[4:]
    assert wire.read_call(body) == call.Call("id", "state-set", (), b"")


def test_an_answer() -> None:
    """Exit status, both streams, and where the first goes; no exit status where input is needed."""
    said = answer.Answer(2, "out", "caf\udce9", "file")
    assert wire.unpack(wire.write_answer(said)[4:]) == [b"2", b"out", b"caf\xe9", b"file"]
    assert wire.unpack(wire.write_answer(answer.Answer(needs_input=True))[4:])[0] == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"GET / HTTP/1.1",
        b"\0",
        b"\0\0\0\0\0",
        wire.pack([b"1", b"id", b"name", b""])[4:],
        wire.pack([b"2", b"id", b"name", b"", b""])[4:],
        wire.pack([b"1", b"id", b"name", b"", b""])[4:-1],
    ],
)
def test_what_is_no_request(body: bytes) -> None:
    """Whatever else is sent is refused in words."""
    with pytest.raises(wire.WireError, match=r"^bad request: (?:a field|not a hook tool)"):
        wire.read_call(body)


def test_too_long() -> None:
    """A request has a limit, which its first four bytes are held to."""
    assert wire.length_of(b"\0\x10\0\0") == wire.REQUEST_LIMIT_BYTES
    with pytest.raises(wire.WireError, match="more than 1024 KiB"):
        wire.length_of(b"\0\x10\0\1")


@given(st.binary(max_size=64))
def test_no_bytes_do_worse(body: bytes) -> None:
    """No sequence of bytes is anything but a call or an error."""
    with contextlib.suppress(wire.WireError):
        assert isinstance(wire.read_call(body), call.Call)


@given(st.lists(st.binary(max_size=40)))
def test_fields_come_back(fields: list[bytes]) -> None:
    """What is packed is unpacked."""
    assert wire.unpack(wire.pack(fields)[4:]) == fields
