"""Client and AllWatcher: a model as a client shows it, and as it changes (spec juju-api, 8.3 and 8.4)."""

from collections.abc import Awaitable

from meterstatus.controller.fleet import model_watchers
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import full_status
from meterstatus.domain.fleet import records
from meterstatus.protocol import wire
from meterstatus.protocol.facades import all_watcher, client, table


async def _full_status(call: interface.Call, params: client.StatusParams) -> client.FullStatus:
    view, user = interface.model(call), interface.user(call)
    found = [] if view.model.is_controller else await call.service.find_units(user, params.patterns)
    return await full_status.describe(view, found, call.service.now())


def _watch_all(call: interface.Call, _: wire.Empty) -> client.WatcherId:
    interface.user(call).require(records.Access.READ)
    view = interface.model(call)
    if call.kind is table.ConnectionKind.CONTROLLER_MODEL:
        # Nothing ever happens there.
        return client.WatcherId(call.watchers.add(lambda: model_watchers.ModelWatcher(view)))
    return client.WatcherId(call.watchers.add(lambda: call.service.model_watchers.watch(view)))


def _next(call: interface.Call, _: wire.Empty) -> model_watchers.Batch | Awaitable[model_watchers.Batch]:
    return call.watchers.get(call.object_id, model_watchers.ModelWatcher).next()


def _stop(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.watchers.stop(call.object_id, model_watchers.ModelWatcher)
    return wire.Empty()


CLIENT = interface.Implementation(
    client.CLIENT, interface.is_user, {"FullStatus": _full_status, "WatchAll": _watch_all}
)
ALL_WATCHER = interface.Implementation(
    all_watcher.ALL_WATCHER, interface.is_user, {"Next": _next, "Stop": _stop}
)
