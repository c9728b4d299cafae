"""What comes with an agent's login, where the whole agent before a Juju controller does not show it.

``tests/integration/juju`` has the rest, on the wire.
"""

import dataclasses
import logging
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config
from meterstatus.ports import agent
from meterstatus.programs.agent import agent_login, migration
from meterstatus.programs.controller import controller_places
from meterstatus.testing import connection, virtual_time

MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
CONTROLLER = "controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
LOGGER = logging.getLogger("test.login")


class Unit:
    """A unit's agent whose file can be written, or not."""

    def __init__(self, *, current: str = "current", is_writable: bool = True) -> None:
        self.config = agent_config.AgentConfig(
            "unit-shop-0", CONTROLLER, MODEL, "3.6.1", api_addresses=("10.7.0.5:17070",), api_password=current
        )
        self._is_writable = is_writable

    def current_config(self) -> agent_config.AgentConfig:
        return self.config

    def change_config(self, change: agent.Change) -> None:
        if not self._is_writable:
            raise errors.ConfigError("no space left")
        self.config = change(self.config)


def controller(*facades: str, **answers: connection.Answer) -> connection.FakeAPIConnection:
    """Return a connection to a controller that lists some facades, all in version 1."""
    login: dict[str, Any] = {
        "controller-tag": CONTROLLER,
        "model-tag": MODEL,
        "server-version": "3.6.1",
        "facades": [{"name": name, "versions": [1]} for name in facades],
        "servers": [[{"value": "10.7.0.6", "type": "ipv4", "scope": "local-cloud", "port": 17070}]],
    }
    table: dict[str, connection.Answer] = {
        "Admin.Login": login,
        "MeterStatus.GetMeterStatus": {"results": [{"code": "GREEN", "info": ""}]},
    }
    return connection.FakeAPIConnection(
        table | {name.replace("_", "."): row for name, row in answers.items()}
    )


async def log_in(made: connection.FakeAPIConnection, unit: Unit, using: str = "current") -> list[str]:
    places = controller_places.ControllerPlaces(LOGGER)
    login = agent_login.AgentLogin(migration.MigrationGate(LOGGER), places, LOGGER, lambda: "made-up")
    await login(made, unit, using, "10.7.0.5:17070")
    return made.requests()


@virtual_time.virtual
async def test_a_controller_of_ours_is_asked_for_nothing_more() -> None:
    """It has no dead units and no migrations, and ten thousand agents that come back at once."""
    made = controller("Agent", "MeterStatusPolicy", "MigrationFlag")
    assert await log_in(made, Unit()) == ["Admin.Login", "MeterStatus.GetMeterStatus"]


@virtual_time.virtual
async def test_what_is_not_listed_is_not_asked_for() -> None:
    """A controller without Agent and MigrationFlag serves units all the same."""
    assert await log_in(controller(), Unit()) == ["Admin.Login", "MeterStatus.GetMeterStatus"]


@virtual_time.virtual
async def test_the_addresses_that_a_login_tells_are_written_down() -> None:
    """With the one that is in use, which leads there whatever the controller knows of itself."""
    unit = Unit()
    await log_in(controller(), unit)
    assert unit.config.api_addresses == ("10.7.0.6:17070", "10.7.0.5:17070")


@virtual_time.virtual
async def test_a_password_that_cannot_be_written_down_is_not_changed() -> None:
    """A full disk must not lock a unit out: the old password goes on to be used."""
    made = controller()
    unit = Unit(current="", is_writable=False)
    assert await log_in(made, unit, "initial") == ["Admin.Login", "MeterStatus.GetMeterStatus"]


@virtual_time.virtual
async def test_a_controller_that_changes_no_passwords_is_served_with_the_old_one() -> None:
    """The unit is more important than its password."""
    asked = await log_in(controller(), Unit(current=""), "initial")
    assert asked == ["Admin.Login", "Agent.SetPasswords", "MeterStatus.GetMeterStatus"]


@virtual_time.virtual
async def test_a_password_that_was_not_taken_is_an_ordinary_failure() -> None:
    """The file has both, and the next login tries both."""
    refused = {"results": [{"error": {"message": "excessive contention", "code": "excessive contention"}}]}
    unit = Unit(current="")
    with pytest.raises(errors.RequestError, match="contention"):
        await log_in(controller(Agent_SetPasswords=refused), unit, "initial")
    assert (unit.config.api_password, unit.config.old_password) == ("made-up", "initial")


@virtual_time.virtual
async def test_a_phase_that_is_refused_holds_nothing_back() -> None:
    """A guard that does not answer guards nothing; a connection that does not is none."""
    made = controller("MigrationFlag", MigrationFlag_Phase=errors.UnauthorizedError())
    assert await log_in(made, Unit()) == ["Admin.Login", "MigrationFlag.Phase", "MeterStatus.GetMeterStatus"]
    lost = controller("MigrationFlag", MigrationFlag_Phase=errors.ConnectionLostError())
    with pytest.raises(errors.ConnectionLostError):
        await log_in(lost, Unit())


def test_a_made_password_is_one_of_jujus() -> None:
    """24 characters, and never the same."""
    made = {agent_login.new_password() for _ in range(10)}
    assert {len(one) for one in made} == {24}
    assert len(made) == 10


def test_no_password_is_shown() -> None:
    """The configuration that a password is changed in can be logged."""
    assert "made-up" not in repr(dataclasses.replace(Unit().config, api_password="made-up"))
