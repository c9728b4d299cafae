"""Pinger and NotifyWatcher: what every connection has (spec juju-api, 3 and 5)."""

import asyncio
from typing import Any

from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc.facades import interface
from meterstatus.protocol.facades import agent, meter_status, wire

_EMPTY = wire.Empty()


def _ping(call: interface.Call, _: Any) -> wire.Empty:
    call.lease.renew()
    return _EMPTY


def _stop_pinging(call: interface.Call, _: Any) -> wire.Empty:
    call.lease.end()
    return _EMPTY


def _next(call: interface.Call, params: wire.NextParams) -> watchers.Event | asyncio.Future[watchers.Event]:
    return call.watchers.get(call.object_id, watchers.Watcher).next(tells=params.tell_status)


def _stop_watcher(call: interface.Call, _: Any) -> wire.Empty:
    call.watchers.stop(call.object_id, watchers.Watcher)
    return _EMPTY


PINGER = interface.Implementation(agent.PINGER, interface.is_anyone, {"Ping": _ping, "Stop": _stop_pinging})
NOTIFY_WATCHER = interface.Implementation(
    meter_status.NOTIFY_WATCHER, interface.is_anyone, {"Next": _next, "Stop": _stop_watcher}
)
