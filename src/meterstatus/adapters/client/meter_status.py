"""MeterStatus: the controller's word on one unit, fetched and watched (spec juju-api, 4)."""

import datetime
from collections.abc import Callable, Sequence

from meterstatus.adapters.client import call, watcher
from meterstatus.domain import addresses, status
from meterstatus.domain.unit import offline_clock
from meterstatus.ports import connection as connections
from meterstatus.ports import time
from meterstatus.protocol import results, server_addresses, wire
from meterstatus.protocol.facades import meter_status, notify_watcher

HearServers = Callable[[Sequence[Sequence[addresses.HostPort]]], None]
"""Given the addresses of each controller's machine."""

FRESH = datetime.timedelta(milliseconds=100)
"""How long a status that came with an event may wait to be taken, and still be contact when it is."""


class MeterStatusFacadeClient:
    """The controller's word on one unit; ``MeterStatusClient`` of ``ports.status``.

    Args:
        connection: logged in as the unit's agent.
        unit_tag: the unit's.
        hear_policy: given what an event says of the unit's policy, before the event is there.
        hear_servers: likewise, where an event says that the controllers are elsewhere than was said before.
        clock: tells how old a status is that came with an event; without one it is good for ever.
    """

    def __init__(
        self,
        connection: connections.APIConnection,
        unit_tag: str,
        *,
        hear_policy: Callable[[wire.PolicyResult], None] | None = None,
        hear_servers: HearServers | None = None,
        clock: time.InstantClock | None = None,
    ) -> None:
        self._connection = connection
        self._hear_policy = hear_policy
        self._hear_servers = hear_servers
        self._clock = clock
        self._params = wire.Entities((wire.Entity(unit_tag),))
        self._said: status.MeterStatus | None = None
        self._said_at: offline_clock.Instant | None = None

    async def meter_status(self) -> status.MeterStatus:
        """Return the unit's status; see ``ports.status.MeterStatusClient``.

        What our controller said with the last event is taken once and not asked for again: it saves the
        hook a round trip. Juju's says nothing with an event, and is asked. So is ours where the event had to
        wait, because whoever gets a status takes it for contact at that moment.

        Raises:
            RemoteProtocolError: not one result.
        """
        said = self._said
        if said is None or self._is_old():
            return await self._fetch()
        self._said = None
        return said

    def _is_old(self) -> bool:
        if self._clock is None or self._said_at is None:
            return False
        return self._clock.instant_now().boot - self._said_at.boot > FRESH

    def untaken(self) -> tuple[status.MeterStatus, offline_clock.Instant] | None:
        """Return what an event said that ``meter_status`` has not returned, and when it came."""
        return None if self._said is None or self._said_at is None else (self._said, self._said_at)

    async def _fetch(self) -> status.MeterStatus:
        answer = await call.ask(self._connection, meter_status.GET_METER_STATUS, self._params)
        # One connection keeps its order: what was said before this answer is older than it.
        self._said = None
        result = results.only(answer.results)
        return status.MeterStatus(result.code, result.info)

    def _hear(self, event: notify_watcher.NextResult) -> None:
        self._said = status.MeterStatus(event.code, event.info) if event.code else None
        if self._clock is not None:
            self._said_at = self._clock.instant_now()
        if self._hear_policy is not None and event.policy is not None:
            self._hear_policy(event.policy)
        if self._hear_servers is not None and event.servers:
            self._hear_servers(server_addresses.from_wire(event.servers))

    async def watch_meter_status(self) -> watcher.FacadeNotifyWatcher:
        """Start a watch, which the caller stops. Raises as ``meter_status``."""
        answer = await call.ask(self._connection, meter_status.WATCH_METER_STATUS, self._params)
        result = results.only(answer.results)
        return watcher.FacadeNotifyWatcher(self._connection, result.notify_watcher_id, self._hear)
