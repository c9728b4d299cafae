"""Client and Storage: a model as ``juju status`` shows it (spec juju-api, 8.3)."""

from meterstatus.controller.fleet import model_watchers
from meterstatus.controller.rpc import interface
from meterstatus.controller.service import full_status
from meterstatus.domain.fleet import records
from meterstatus.protocol import connection_kind, wire
from meterstatus.protocol.facades import client


async def _full_status(call: interface.Call, params: client.StatusParams) -> client.FullStatus:
    view, user = interface.model(call), interface.user(call)
    found = [] if view.model.is_controller else await call.service.find_units(user, params.patterns)
    return await full_status.describe(view, found, call.service.now())


def _watch_all(call: interface.Call, _: wire.Empty) -> client.WatcherId:
    interface.user(call).require(records.Access.READ)
    view = interface.model(call)
    if call.kind is connection_kind.ConnectionKind.CONTROLLER_MODEL:
        # Nothing ever happens there.
        return client.WatcherId(call.watchers.add(lambda: model_watchers.ModelWatcher(view)))
    return client.WatcherId(call.watchers.add(lambda: call.service.model_watchers.watch(view)))


def _no_storage(_: interface.Call, params: client.Filters) -> client.DetailsResults:
    return client.DetailsResults(tuple(client.NoDetails(()) for _ in params.filters))


CLIENT = interface.Implementation(
    client.CLIENT,
    interface.is_user,
    interface.Handler(client.FULL_STATUS, _full_status),
    interface.Handler(client.WATCH_ALL, _watch_all),
)
STORAGE = interface.Implementation(
    client.STORAGE,
    interface.is_user,
    interface.Handler(client.LIST_FILESYSTEMS, _no_storage),
    interface.Handler(client.LIST_STORAGE_DETAILS, _no_storage),
    interface.Handler(client.LIST_VOLUMES, _no_storage),
)
