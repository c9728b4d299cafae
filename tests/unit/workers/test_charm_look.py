"""Looking whether a charm can be told anything; ``test_driver.py`` has what follows from it."""

import logging

import pytest

from meterstatus.testing import fakes
from meterstatus.workers import charm_look

LOGGER = logging.getLogger("test.charm_look")


def test_a_wait_is_two_lines_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """One when it begins, one when it ends, however often it was looked for in between."""
    caplog.set_level(logging.DEBUG)
    runner = fakes.FakeDeliveryRunner()
    look = charm_look.CharmLook(runner, LOGGER)
    assert not look.must_wait()
    for reason in ("it is not there", "it is being unpacked", "it is being unpacked"):
        runner.waits_for = reason
        assert look.must_wait()
        assert look.awaited == reason
    runner.waits_for = ""
    assert not look.must_wait()
    assert not look.must_wait()
    assert caplog.messages == ["waiting for the charm: it is not there", "the charm can be told now"]


def test_a_hook_is_found_in_a_charm_that_is_ready() -> None:
    """One that is being unpacked may have the script already, and its modules not."""
    runner = fakes.FakeDeliveryRunner()
    look = charm_look.CharmLook(runner, LOGGER)
    assert look.has_got_hook()
    runner.waits_for = "it is being unpacked"
    assert not look.has_got_hook()
    runner.waits_for, runner.finds_hook = "", False
    assert not look.has_got_hook()


def test_a_runner_that_cannot_look_is_not_waited_for() -> None:
    """A caller's own runner says what became of the hook, and that is all."""
    look = charm_look.CharmLook(fakes.FakeHookRunner(), LOGGER)
    assert not look.must_wait()
    assert not look.has_got_hook()
