"""NotifyWatcher: the events of a watch that another facade started (spec juju-api, 5)."""

import asyncio

from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import notify_watcher


def _next(
    call: interface.Call, params: notify_watcher.NextParams
) -> watchers.Event | asyncio.Future[watchers.Event]:
    return call.watchers.get(call.object_id, watchers.Watcher).next(tells=params.tell_status)


def _stop(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.watchers.stop(call.object_id, watchers.Watcher)
    return wire.Empty()


IMPLEMENTATION = interface.Implementation(
    notify_watcher.FACADE,
    interface.is_anyone,
    interface.Handler(notify_watcher.NEXT, _next),
    interface.Handler(notify_watcher.STOP, _stop),
)
