"""Where a unit's controllers are, in its file."""

import logging

import pytest

from meterstatus.domain import addresses, agent_config
from meterstatus.ports import agent
from meterstatus.programs.controller import controller_places
from tests.unit.programs.agent import test_agent_login

IN_USE = "10.7.0.5:17070"
LOGGER = logging.getLogger("test.places")


class Unit(test_agent_login.Unit):
    """A unit whose file counts how often it is written."""

    written = 0

    def change_config(self, change: agent.Change) -> None:
        super().change_config(change)
        self.written += 1


def machine(*hosts: str) -> tuple[addresses.HostPort, ...]:
    """Return the addresses of one controller."""
    return tuple(addresses.HostPort(host, "ipv4", "local-cloud", 17070) for host in hosts)


def test_what_is_heard_after_the_login_is_written_down() -> None:
    """A controller that joins, and one that is taken out; the address in use stays."""
    unit, places = Unit(), controller_places.ControllerPlaces(LOGGER)
    places.logged_in(unit, [machine("10.7.0.5")], IN_USE)
    assert (unit.config.api_addresses, unit.written) == ((IN_USE,), 0)
    places.hear([machine("10.7.0.5"), machine("10.7.0.6")])
    assert unit.config.api_addresses == (IN_USE, "10.7.0.6:17070")
    places.hear([machine("10.7.0.7")])
    assert unit.config.api_addresses == ("10.7.0.7:17070", IN_USE)


def test_the_same_set_is_not_written_again() -> None:
    """In whatever order it comes; nor is what is of no use, which says nothing."""
    unit, places = Unit(), controller_places.ControllerPlaces(LOGGER)
    places.logged_in(unit, [machine("10.7.0.5"), machine("10.7.0.6")], IN_USE)
    places.hear([machine("10.7.0.6"), machine("10.7.0.5")])
    places.hear([()])
    places.hear([])
    assert unit.written == 1


def test_nothing_is_written_before_a_login() -> None:
    """It is not known whose file it would be."""
    controller_places.ControllerPlaces(LOGGER).hear([machine("10.7.0.6")])


def test_a_file_that_cannot_be_written_keeps_no_unit_from_its_controller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said, and the old addresses go on to be used."""
    unit, places = Unit(is_writable=False), controller_places.ControllerPlaces(LOGGER)
    places.logged_in(unit, [machine("10.7.0.6")], IN_USE)
    assert unit.config.api_addresses == (IN_USE,)
    assert "the controller's new addresses are not written down: no space left" in caplog.text
    assert isinstance(unit.config, agent_config.AgentConfig)
