"""How much of a message is looked at, and how much of an error is told."""

from collections.abc import Sized

import msgspec

from meterstatus import errors

MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""What a server takes: a unit's whole state may be 512 KiB of the agent's and 2 MiB of the charm's
(spec juju-api, 4.3), and JSON escapes make it longer. The same 2^22 is what python-libjuju takes."""

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""What a client takes: a status of a hundred thousand units is 25 MB. A client has one connection, to a
controller whose certificate it checked; this only stops a runaway."""

MAX_ELEMENTS = 10_000
"""What one list of a request may hold: a whole fleet. Four megabytes of nulls would be a million elements,
and walking them would keep everybody else waiting for seconds."""

MAX_KEYS = 1_000
"""What one object may have; no envelope and no params of Juju's has twenty."""

MAX_PARTS = 100_000
"""How many values, keys and lists a request may be made of: a whole fleet with four texts each. More would
take longer to decode than anybody may keep the others waiting."""

MAX_ODD_PARTS = 20_000
"""The same of a request that is not spelled exactly, which is walked in Python: some milliseconds."""

_SEPARATORS = (b",", b":", b"[", b"{")
_OTHERS = bytes(byte for byte in range(256) if byte not in b",:[{")

_SHORT_BYTES = 16 * 1024
"""What is so short has not too many of anything."""

MAX_ERROR_CHARACTERS = 1_000
"""Of an error that is told: it may quote what was sent, and must not be as long."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON asked for. RecursionError: brackets nested too deep;
UnicodeDecodeError: bytes that are no UTF-8."""


def check_parts(data: bytes) -> None:
    """Check, before anything of it is decoded, that a message is made of no more than may be decoded at once.

    Raises:
        RemoteProtocolError: it is; the connection must be closed.
    """
    if _has_more_parts(data, MAX_PARTS):
        raise errors.RemoteProtocolError(f"a message of more than {MAX_PARTS} values")


def _has_more_parts(data: bytes, limit: int) -> bool:
    if len(data) <= _SHORT_BYTES:
        return False
    # A long text has few of them, wherever they stand, and is not taken apart for each of its escapes.
    if len(data.translate(None, _OTHERS)) <= limit:
        return False
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"")
    # Before they are taken apart: each is an object, too.
    if plain.count(b'"') > 4 * limit:
        return True
    outside = b"".join(plain.split(b'"')[::2])
    return sum(map(outside.count, _SEPARATORS)) > limit


def check_odd(data: bytes) -> None:
    """Check the same of what is not spelled exactly, before it is read key by key.

    Raises:
        ValidationError: it is more.
    """
    if _has_more_parts(data, MAX_ODD_PARTS):
        raise msgspec.ValidationError(
            f"more than {MAX_ODD_PARTS} values, and keys that are not spelled exactly"
        )


def check_length(what: str, items: Sized, limit: int) -> None:
    """Check how many elements something has.

    Raises:
        ValidationError: more than the limit.
    """
    if len(items) > limit:
        raise msgspec.ValidationError(f"{what} has {len(items)} elements, over the limit of {limit}")


def cut(text: str) -> str:
    """Cut an error's text to what is told of it."""
    return text if len(text) <= MAX_ERROR_CHARACTERS else f"{text[:MAX_ERROR_CHARACTERS]}…"
