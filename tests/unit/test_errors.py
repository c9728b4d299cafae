"""The exception tree."""

import inspect
import re

import pytest

from meterstatus import errors


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (errors.NotValidError("missing Runner"), "missing Runner not valid", "not valid"),
        (errors.NotValidError("target", "name units"), "invalid target: name units", "not valid"),
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


def test_the_drawn_tree_is_the_tree() -> None:
    """The drawing at the head of the module has every class under the class that it derives from."""
    drawn: list[tuple[str, str]] = []
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│├└─ ]*)(\w+Error)\b", line)
        if found is None:
            continue
        depth = len(found[1]) // 3
        above[depth] = found[2]
        drawn.append((found[2], above[depth - 1] if depth else "Exception"))
    defined = {
        name: kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MeterStatusError) and kind.__base__ is not None
    }
    assert sorted(drawn) == sorted(defined.items())


def test_finds_a_kind_anywhere_in_the_chain_of_causes() -> None:
    """The error itself and every cause it was raised from are searched."""
    inner = errors.UnsupportedError("inner")
    middle = errors.StateError("middle")
    middle.__cause__ = inner
    outer = errors.StateError("outer")
    outer.__cause__ = middle

    assert errors.chain_has(inner, errors.UnsupportedError)
    assert errors.chain_has(outer, errors.UnsupportedError)
    assert not errors.chain_has(outer, errors.BounceError)
    assert not errors.chain_has(None, errors.BounceError)
    inner.__cause__ = outer
    assert [inner, outer, middle] == list(errors.causes(inner))


def test_what_was_being_handled_is_no_cause() -> None:
    """An error met while another is dealt with is not of the other's kind."""
    outer = errors.StateError("outer")
    outer.__context__ = errors.UnsupportedError("handled")

    assert not errors.chain_has(outer, errors.UnsupportedError)
