"""The bytes between a hook tool and the agent: private to them, and shipped together. Pure.

A message is its length and then its fields, each with its length: big-endian, four bytes. Not JSON, which
is the obvious choice: a tool that imports a module to write it takes a third longer to start, and arguments
are bytes, not text.
"""

from collections.abc import Sequence

from meterstatus import errors
from meterstatus.domain.hook.hook_tools import answer, call

VERSION = b"1"
LENGTH_BYTES = 4
REQUEST_LIMIT_BYTES = 1024 * 1024
"""Of a whole request. The kernel allows arguments of twice that; no charm needs them."""


class WireError(errors.MeterStatusError):
    """Bytes that no tool of ours sends."""


def pack(fields: Sequence[bytes]) -> bytes:
    """Make a message."""
    body = b"".join(_length(field) + field for field in fields)
    return _length(body) + body


def unpack(body: bytes) -> list[bytes]:
    """Return the fields of a message whose length was taken off.

    Raises:
        WireError: it does not end where its fields do.
    """
    fields: list[bytes] = []
    start = 0
    while start < len(body):
        begin = start + LENGTH_BYTES
        end = begin + int.from_bytes(body[start:begin], "big")
        if end > len(body):  # and so is one whose length is cut off
            raise WireError("bad request: a field is longer than its message")
        fields.append(body[begin:end])
        start = end
    return fields


def length_of(head: bytes) -> int:
    """Return how long a request is, from its first four bytes.

    Raises:
        WireError: longer than one may be.
    """
    length = int.from_bytes(head, "big")
    if length > REQUEST_LIMIT_BYTES:
        raise WireError(f"bad request: more than {REQUEST_LIMIT_BYTES // 1024} KiB")
    return length


def read_call(body: bytes) -> call.Call:
    """Read a request: version, context id, name, whether input follows, input, arguments.

    Raises:
        WireError: it is none.
    """
    fields = unpack(body)
    if len(fields) < 5 or fields[0] != VERSION:  # counted in the line above
        raise WireError("bad request: not a hook tool of this agent's version")
    _, context_id, name, has_stdin, stdin, *arguments = fields
    texts = [field.decode(errors="surrogateescape") for field in (context_id, name, *arguments)]
    return call.Call(texts[0], texts[1], tuple(texts[2:]), stdin if has_stdin else None)


def write_answer(said: answer.Answer) -> bytes:
    """Write an answer: exit status, or nothing where input is needed; both streams; where the first goes."""
    code = "" if said.needs_input else str(said.code)
    texts = (code, said.stdout, said.stderr, said.output_path)
    return pack([text.encode(errors="surrogateescape") for text in texts])


def _length(field: bytes) -> bytes:
    return len(field).to_bytes(LENGTH_BYTES, "big")
