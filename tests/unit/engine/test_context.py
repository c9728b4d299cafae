"""Tests of what a start attempt is handed: each answer of Get in spec worker C.1."""

import asyncio

import pytest

from meterstatus import errors
from meterstatus.engine import context, interface
from meterstatus.testing import fakes, virtual_time


def _failing_output(_: object) -> None:
    raise ValueError("no facet")


def _context() -> context.SnapshotContext:
    running = fakes.FakeWorker()
    inputs = {
        "exposed": context.Running(running, lambda worker: ("facet of", worker is running)),
        "hidden": context.Running(running, None),
        "failing": context.Running(running, _failing_output),
        "absent": None,
    }
    return context.SnapshotContext("me", inputs, asyncio.Event())


@virtual_time.virtual
async def test_get_returns_the_output_of_the_worker() -> None:
    """An input that runs and has an output gives what its output makes of its worker."""
    assert _context().get("exposed") == ("facet of", True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other", '"other" not declared: dependency not available'),
        ("absent", '"absent" not running: dependency not available'),
        ("hidden", '"hidden" not exposed: dependency not available'),
    ],
)
def test_get_missing(name: str, text: str) -> None:
    """What is not declared, not running or not exposed is missing, in Juju's words."""

    @virtual_time.virtual
    async def scenario() -> None:
        with pytest.raises(errors.DependencyMissingError) as raised:
            _context().get(name)
        assert str(raised.value) == text

    scenario()


@virtual_time.virtual
async def test_get_lets_the_outputs_error_through() -> None:
    """Whatever an output raises reaches the caller."""
    with pytest.raises(ValueError, match="no facet"):
        _context().get("failing")


@virtual_time.virtual
async def test_require_needs_no_output() -> None:
    """Existence is enough; what is not declared or not running is missing all the same."""
    given = _context()
    given.require("exposed")
    given.require("hidden")
    given.require("failing")
    with pytest.raises(errors.DependencyMissingError, match='"absent" not running'):
        given.require("absent")
    with pytest.raises(errors.DependencyMissingError, match='"other" not declared'):
        given.require("other")


@virtual_time.virtual
async def test_expired() -> None:
    """An expired context answers nothing, and its error is a plain one."""
    given: interface.Context = _context()
    assert isinstance(given, context.SnapshotContext)
    given.expire()
    for ask in (given.get, given.require):
        with pytest.raises(errors.MeterStatusError, match="expired context") as raised:
            ask("exposed")
        assert not isinstance(raised.value, errors.DependencyMissingError)
