"""MeterStatus: the unit's meter field on the controller (spec juju-api, 4.3)."""

from meterstatus.adapters.client import call
from meterstatus.ports import connection as connections
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import meter_status


class UnitStateFacadeClient:
    """The unit's meter field on the controller; ``UnitStateAPI`` of ``ports.status``."""

    def __init__(self, connection: connections.APIConnection, unit_tag: str) -> None:
        self._connection = connection
        self._unit_tag = unit_tag

    async def state(self) -> str:
        """Fetch the field; "" when it is absent. Raises as ``MeterStatusFacadeClient.meter_status``."""
        answer = await call.ask(
            self._connection, meter_status.STATE, wire.Entities((wire.Entity(self._unit_tag),))
        )
        return results.only(answer.results).meter_status_state

    async def set_state(self, text: str) -> None:
        """Store the field and touch no other. Raises as ``MeterStatusFacadeClient.meter_status``."""
        arg = meter_status.SetUnitStateArg(self._unit_tag, meter_status_state=text)
        answer = await call.ask(
            self._connection, meter_status.SET_STATE, meter_status.SetUnitStateArgs((arg,))
        )
        results.only(answer.results)
