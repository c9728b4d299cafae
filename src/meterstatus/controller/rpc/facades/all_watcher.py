"""AllWatcher: a model as it changes, a batch of changes at a time (spec juju-api, 8.4)."""

from collections.abc import Awaitable

from meterstatus.controller.fleet import model_watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import all_watcher


def _next(call: interface.Call, _: wire.Empty) -> model_watchers.Batch | Awaitable[model_watchers.Batch]:
    return call.watchers.get(call.object_id, model_watchers.ModelWatcher).next()


def _stop(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.watchers.stop(call.object_id, model_watchers.ModelWatcher)
    return wire.Empty()


IMPLEMENTATION = interface.Implementation(
    all_watcher.FACADE,
    interface.is_user,
    interface.Handler(all_watcher.NEXT, _next),
    interface.Handler(all_watcher.STOP, _stop),
)
