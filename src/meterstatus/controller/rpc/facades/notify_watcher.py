"""NotifyWatcher: the events of a watch that another facade started (spec juju-api, 5)."""

import asyncio
from typing import Any

from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status


def _next(call: interface.Call, params: wire.NextParams) -> watchers.Event | asyncio.Future[watchers.Event]:
    return call.watchers.get(call.object_id, watchers.Watcher).next(tells=params.tell_status)


def _stop(call: interface.Call, _: Any) -> wire.Empty:
    call.watchers.stop(call.object_id, watchers.Watcher)
    return wire.Empty()


NOTIFY_WATCHER = interface.Implementation(
    meter_status.NOTIFY_WATCHER, interface.is_anyone, {"Next": _next, "Stop": _stop}
)
