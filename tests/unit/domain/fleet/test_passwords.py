"""Password hashes are Juju's."""

import base64
import hashlib

import pytest

from meterstatus import errors
from meterstatus.domain.fleet import passwords


def test_an_agent_hash_is_eighteen_bytes_of_sha512() -> None:
    """Base64 of the first 18 bytes of SHA-512, 24 characters (spec juju-api, 2.5)."""
    expected = base64.b64encode(hashlib.sha512(b"word").digest()[:18]).decode()
    assert passwords.agent_hash("word") == expected
    assert len(expected) == 24


def test_a_user_hash_takes_the_salt_as_text() -> None:
    """PBKDF2-HMAC-SHA512 with 8192 rounds over the salt's text, 18 bytes (spec juju-api, 2.5)."""
    raw = hashlib.pbkdf2_hmac("sha512", b"word", b"c2FsdHNhbHRzYWx0", 8192, 18)
    assert passwords.user_hash("word", "c2FsdHNhbHRzYWx0") == base64.b64encode(raw).decode()


def test_random_bytes_become_text() -> None:
    """18 bytes become a 24-character password, 12 a 16-character salt."""
    assert len(passwords.from_random(bytes(passwords.AGENT_PASSWORD_BYTES))) == 24
    assert len(passwords.from_random(bytes(passwords.SALT_BYTES))) == 16


def test_hashes_are_compared() -> None:
    """Equal hashes are the same and others are not, whatever characters they hold."""
    assert passwords.same("abc", "abc")
    assert not passwords.same("abc", "abd")
    assert not passwords.same("abc", "ü")


def test_a_short_agent_password_is_refused() -> None:
    """Fewer than 24 bytes are refused without a code, and the text says how many there were."""
    passwords.check_agent_password("x" * 24)
    passwords.check_agent_password("ü" * 12)
    with pytest.raises(
        errors.MeterStatusError, match=r"^agent password of 23 bytes is shorter than 24 bytes$"
    ) as caught:
        passwords.check_agent_password("x" * 23)
    assert caught.value.code == ""
