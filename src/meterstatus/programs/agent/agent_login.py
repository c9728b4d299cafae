"""How a unit's agent logs in, and what it sees to before any work on the connection (spec juju-api, 9.1).

In Juju's order: the login, whether the unit still lives, a password of its own where it has none, the phase
of a migration, a status. Differs from the reference on purpose: a password that was taken is not sent again,
and a controller of ours, which has neither dead units nor migrations, is not asked for them.
"""

import contextlib
import dataclasses
import logging
import secrets
from collections.abc import Callable

from meterstatus import errors
from meterstatus.adapters import client
from meterstatus.domain import agent_config
from meterstatus.domain.fleet import passwords
from meterstatus.ports import agent, connection
from meterstatus.programs.agent import migration
from meterstatus.programs.controller import controller_places
from meterstatus.workers import api_caller

_OURS = "MeterStatusPolicy"
"""The facade by which a controller of ours is known."""

_MOVED = "redirection required"


def new_password() -> str:
    """Make a password as Juju's agents do: 24 characters."""
    return passwords.from_random(secrets.token_bytes(passwords.AGENT_PASSWORD_BYTES))


class AgentLogin:
    """``LogIn`` of ``workers.api_caller``.

    Args:
        gate: learns whether the model is being migrated.
        places: learns where the controllers are.
        logger: the unit's.
        make_password: makes the password that takes the place of an initial one.
    """

    def __init__(
        self,
        gate: migration.MigrationGate,
        places: controller_places.ControllerPlaces,
        logger: logging.Logger,
        make_password: Callable[[], str] = new_password,
    ) -> None:
        self._gate, self._places = gate, places
        self._logger, self._make_password = logger, make_password

    async def __call__(
        self, made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        """Log in, and hear a status, without which there is no contact, while the isolated worker still runs.

        Else a controller that takes the login and is silent from then on would put off a stage that is due.
        """
        settings = unit.current_config()
        login = await self._log_in(made, settings, password)
        is_jujus = _OURS not in login.facades
        if is_jujus and "Agent" in login.facades:
            await _check_life(made, settings.tag)
        self._places.logged_in(unit, login.machines, address)
        if password != settings.api_password:
            await self._change_password(made, unit, password)
        self._gate.is_asked = is_jujus and "MigrationFlag" in login.facades
        if self._gate.is_asked:
            await self._ask_for_migration(made, settings.model)
        with contextlib.suppress(errors.UnsupportedError):  # the status worker says so, and ends for good
            await client.MeterStatusFacadeClient(made, settings.tag).meter_status()
        return login

    async def _log_in(
        self, made: connection.APIConnection, settings: agent_config.AgentConfig, password: str
    ) -> connection.Login:
        try:
            return await client.AdminClient(made).login(
                settings.tag,
                password,
                nonce=settings.nonce,
                model_tag=settings.model,
                client_version=settings.upgraded_to_version,
            )
        except errors.UnauthorizedError as error:
            raise api_caller.RefusedError(str(error)) from error
        except errors.RequestError as error:
            if error.code != _MOVED:
                raise
            # No agent is ever sent this (spec juju-api, 1.11), so it is not followed: it may lead astray.
            raise errors.RequestError(
                f"the controller says that the model has moved to another one ({error});"
                " agent.conf must name that controller, its addresses and its CA",
                error.code,
                error.info,
            ) from error

    async def _change_password(
        self, made: connection.APIConnection, unit: agent.Agent, password: str
    ) -> None:
        """Exchange an old password for one that only this agent knows, in the file first.

        A crash in between leaves a new password that the controller does not know beside the old one, which
        it does.

        Raises:
            BounceError: it was changed, and the next connection logs in with it.
        """
        # The rare one, once in a unit's life: what it brings, the running agent need not carry.
        from meterstatus.adapters.client import agent as clients

        fresh = self._make_password()

        def change(config: agent_config.AgentConfig) -> agent_config.AgentConfig:
            return dataclasses.replace(config, api_password=fresh, old_password=password)

        try:
            unit.change_config(change)
        except errors.ConfigError as error:
            self._logger.warning("the password stays the old one, which works: %s", error)
            return
        try:
            await clients.AgentFacadeClient(made, unit.current_config().tag).set_password(fresh)
        except errors.UnsupportedError:
            self._logger.warning("the controller lets no agent change its password, which stays the old one")
            return
        except errors.MeterStatusError as error:
            _give_up_if_hopeless(error, clients.REFUSED_FOR_GOOD)
            raise
        self._logger.info("changed the agent's password")
        raise errors.BounceError("the password was changed")

    async def _ask_for_migration(self, made: connection.APIConnection, model_tag: str) -> None:
        from meterstatus.adapters.client import migration as clients  # see above

        try:
            self._gate.learn(await clients.MigrationFlagClient(made, model_tag).phase())
        except errors.TransportError:
            raise
        except errors.MeterStatusError as error:
            self._gate.is_asked = False
            self._logger.warning("the controller does not say whether the model is being migrated: %s", error)


async def _check_life(made: connection.APIConnection, tag: str) -> None:
    """Make sure that the unit is not dead: a controller of Juju's lets a dead one in until it is removed."""
    from meterstatus.adapters.client import agent as clients  # see above

    try:
        life = await clients.AgentFacadeClient(made, tag).life()
    except errors.MeterStatusError as error:
        _give_up_if_hopeless(error, clients.REFUSED_FOR_GOOD)
        raise
    if life == "dead":
        raise api_caller.RefusedForGoodError(f"the controller says that {tag} is dead")


def _give_up_if_hopeless(error: errors.MeterStatusError, hopeless: tuple[str, ...]) -> None:
    if error.code in hopeless:
        raise api_caller.RefusedForGoodError(
            f"the controller does not know the unit any more: {error}"
        ) from error
