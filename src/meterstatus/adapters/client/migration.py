"""MigrationFlag: whether the unit's model is being moved to another controller (spec juju-api, 9.1)."""

from meterstatus.adapters.client import call, watcher
from meterstatus.ports import connection as connections
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import agent, notify_watcher


class MigrationFlagClient:
    """The phase of a model's migration.

    Args:
        connection: logged in as an agent of the model.
        model_tag: the model's.
    """

    def __init__(self, connection: connections.APIConnection, model_tag: str) -> None:
        self._connection = connection
        self._params = wire.Entities((wire.Entity(model_tag),))

    async def phase(self) -> str:
        """Fetch the phase, ``NONE`` where there is no migration.

        Raises:
            RemoteProtocolError: not one result.
            UnauthorizedError, UnsupportedError, RequestError, TransportError: as ``APIConnection.call``.
        """
        answer = await call.ask(self._connection, agent.PHASE, self._params)
        return results.only(answer.results).phase

    async def watch(self) -> watcher.FacadeNotifyWatcher:
        """Start a watch, which the caller stops. Raises as ``phase``."""
        answer = await call.ask(self._connection, agent.WATCH_PHASE, self._params)
        result = results.only(answer.results)
        return watcher.FacadeNotifyWatcher(self._connection, result.notify_watcher_id, _pass_over)


def _pass_over(event: notify_watcher.NextResult) -> None:
    """Learn nothing: an event of this watch carries no data."""
