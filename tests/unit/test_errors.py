"""The exception tree."""

import pytest

from meterstatus import errors


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (errors.NotValidError("missing Runner"), "missing Runner not valid", "not valid"),
        (errors.NotFoundError("state file"), "state file not found", "not found"),
        (errors.UnauthorizedError(), "permission denied", "unauthorized access"),
        (errors.UnsupportedError("no such request"), "no such request", "not implemented"),
        (errors.RequestError("no", "quota limit exceeded"), "no", "quota limit exceeded"),
        (errors.ConnectionLostError(), "connection is shut down", ""),
        (errors.DependencyMissingError(), "dependency not available", ""),
        (errors.DependencyMissingError('"x" not set'), '"x" not set: dependency not available', ""),
        (errors.BounceError(), "restart immediately", ""),
        (errors.UninstallError(), "resource permanently unavailable", ""),
    ],
)
def test_renders_in_jujus_words(error: errors.MeterStatusError, text: str, code: str) -> None:
    """Text and wire code are the reference's."""
    assert (text, code) == (str(error), error.code)


def test_finds_a_kind_anywhere_in_the_chain() -> None:
    """Causes and contexts are searched, cycles and all."""
    inner = errors.UnsupportedError("inner")
    caused = errors.StateError("outer")
    caused.__cause__ = inner
    within = errors.StateError("within")
    within.__context__ = inner
    inner.__context__ = within

    assert errors.chain_has(caused, errors.UnsupportedError)
    assert errors.chain_has(within, errors.UnsupportedError)
    assert not errors.chain_has(caused, errors.BounceError)
    assert not errors.chain_has(None, errors.BounceError)


def test_a_suppressed_context_is_no_part_of_the_chain() -> None:
    """``raise ... from None`` means it."""
    outer = errors.StateError("outer")
    outer.__context__ = errors.UnsupportedError("inner")
    outer.__suppress_context__ = True

    assert not errors.chain_has(outer, errors.UnsupportedError)
