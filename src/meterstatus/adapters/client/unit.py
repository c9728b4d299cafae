"""The controller's clients of a connected unit, whose failure ends the connection.

A connection on which the status cannot be had is no contact: held open, it would keep the unit from
escalating for as long as the controller refuses, for example because the unit was removed there. Not so for
one that has no meter status at all: there is nothing to be cut off from.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from meterstatus import errors
from meterstatus.adapters import client
from meterstatus.adapters.client import meter_status_policy
from meterstatus.domain import epoch
from meterstatus.domain import status as statuses
from meterstatus.domain.unit import decide
from meterstatus.ports import connection, status, time

_T = TypeVar("_T")
_logger = logging.getLogger(__name__)


class ContactMeterStatusClient:
    """``MeterStatusClient`` that raises as the facade's own, and then has ended the connection.

    ``EventKeeper``, ``PolicySource`` and ``EpochReporter`` as well, because the events of the one watch tell
    all of it.

    Args:
        api: logged in as the unit's agent.
        unit_tag: the unit's.
        clock: tells how old a status is that came with an event.
        hear_servers: given where the controllers are, where an event says that they are elsewhere now.
    """

    def __init__(
        self,
        api: connection.APIConnection,
        unit_tag: str,
        clock: time.InstantClock | None = None,
        hear_servers: client.HearServers | None = None,
    ) -> None:
        self._api = api
        self._policy = meter_status_policy.MeterStatusPolicyClient(api, unit_tag, clock)
        self._facade = client.MeterStatusFacadeClient(
            api, unit_tag, hear_policy=self._policy.hear, hear_servers=hear_servers, clock=clock
        )

    async def meter_status(self) -> statuses.MeterStatus:
        """Fetch the unit's status now."""
        return await _or_end(self._api, self._facade.meter_status)

    async def watch_meter_status(self) -> status.NotifyWatcher:
        """Start a watch, which the caller stops."""
        return await _or_end(self._api, self._facade.watch_meter_status)

    def untaken(self) -> decide.ContactConfirmed | None:
        """Return what an event said of status and policy that was not taken yet."""
        untaken = self._facade.untaken()
        return (
            None if untaken is None else decide.ContactConfirmed(untaken[0], self._policy.heard, untaken[1])
        )

    async def policy(self) -> decide.PolicyWord | None:
        """Return what the controller last said on when to escalate; a refusal is no loss of contact."""
        return await _or_end(self._api, self._policy.policy)

    async def report_heard(self, heard: epoch.Place) -> None:
        """Say what the unit has heard and its controller may not have."""
        await _or_end(self._api, lambda: self._policy.report_heard(heard))


class ContactUnitStateClient:
    """``UnitStateAPI`` that raises as the facade's own; a state that cannot be read ends the connection."""

    def __init__(self, api: connection.APIConnection, unit_tag: str) -> None:
        self._api = api
        self._facade = client.UnitStateFacadeClient(api, unit_tag)

    async def state(self) -> str:
        """Fetch the field, without which no worker begins; "" when it is absent."""
        return await _or_end(self._api, self._facade.state)

    async def set_state(self, text: str) -> None:
        """Store the field; a refusal is no loss of contact, for the status is still told."""
        await self._facade.set_state(text)


async def _or_end(api: connection.APIConnection, step: Callable[[], Awaitable[_T]]) -> _T:
    try:
        return await step()
    except errors.UnsupportedError:
        raise
    except errors.MeterStatusError as error:
        _logger.debug("ending a connection on which the status cannot be had: %s", error)
        await api.close()
        raise
