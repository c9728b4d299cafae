"""Agent: whether the unit still lives, and its agent's password (spec juju-api, 9.1, steps 3 and 4)."""

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.ports import connection as connections
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import agent


class AgentFacadeClient:
    """What a controller knows of one agent.

    Args:
        connection: logged in as the agent.
        tag: the agent's.
    """

    def __init__(self, connection: connections.APIConnection, tag: str) -> None:
        self._connection = connection
        self._tag = tag

    async def life(self) -> str:
        """Fetch the entity's life: ``alive``, ``dying`` or ``dead``.

        Raises:
            RemoteProtocolError: not one result.
            UnauthorizedError, RequestError: the entity is denied, or not found, or the call was refused.
            UnsupportedError, TransportError: as ``APIConnection.call``.
        """
        entities = wire.Entities((wire.Entity(self._tag),))
        answer = await call.ask(self._connection, agent.GET_ENTITIES, entities)
        return results.only(answer.entities).life

    async def set_password(self, password: str) -> None:
        """Set the agent's password. Raises as ``life``."""
        changes = agent.EntityPasswords((agent.EntityPassword(self._tag, password),))
        answer = await call.ask(self._connection, agent.SET_PASSWORDS, changes)
        results.only(answer.results)


REFUSED_FOR_GOOD = (errors.UnauthorizedError.code, errors.NotFoundError.code, "dead")
"""Codes of a result that no later try will change (spec juju-api, 9.1)."""
