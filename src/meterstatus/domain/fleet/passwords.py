"""Password hashes of agents and users (spec juju-api, 2.5); randomness comes from the caller.

Juju's forms exactly, so that a password file moves between the two unchanged.
"""

import base64
import hashlib
import hmac

from meterstatus import errors

AGENT_PASSWORD_BYTES = 18
"""Random bytes in a generated password."""

SALT_BYTES = 12
"""Random bytes in a user's salt."""

MIN_AGENT_PASSWORD_LENGTH = 24
"""Bytes of text: what 18 random bytes become."""

_HASH_BYTES = 18
_USER_ROUNDS = 8192


def from_random(random: bytes) -> str:
    """Turn random bytes into password or salt text: base64, 24 characters for 18 bytes, 16 for 12."""
    return base64.b64encode(random).decode("ascii")


def agent_hash(password: str) -> str:
    """Hash an agent's password: unsalted, because the password itself is random. Microseconds."""
    return from_random(hashlib.sha512(password.encode()).digest()[:_HASH_BYTES])


def user_hash(password: str, salt: str) -> str:
    """Hash a user's password. Takes milliseconds on purpose; not for an event loop's thread."""
    raw = hashlib.pbkdf2_hmac("sha512", password.encode(), salt.encode(), _USER_ROUNDS, _HASH_BYTES)
    return from_random(raw)


def same(one: str, other: str) -> bool:
    """Compare two hashes in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def check_agent_password(password: str) -> None:
    """Check a password that an agent wants to have.

    Raises:
        MeterStatusError: it is shorter than 24 bytes; no code, as in the reference.
    """
    length = len(password.encode())
    if length < MIN_AGENT_PASSWORD_LENGTH:
        least = MIN_AGENT_PASSWORD_LENGTH
        raise errors.MeterStatusError(f"agent password of {length} bytes is shorter than {least} bytes")
