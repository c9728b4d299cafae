"""Client and Storage: a model as ``juju status`` shows it (spec juju-api, 8.3)."""

from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import full_status
from meterstatus.protocol import wire
from meterstatus.protocol.facades import client


async def _full_status(call: interface.Call, params: client.StatusParams) -> client.FullStatus:
    view = interface.model(call)
    found = await call.service.models.units(interface.user(call), view, params.patterns)
    return await full_status.describe(view, found, call.service.models.now())


def _watch_all(call: interface.Call, _: wire.Empty) -> client.WatcherId:
    user, view = interface.user(call), interface.model(call)
    return client.WatcherId(call.watchers.add(lambda: call.service.models.watch(user, view)))


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
