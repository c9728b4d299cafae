"""Storage: none, said in the form in which older clients ask for it (spec juju-api, 8.3)."""

from meterstatus.controller.rpc import interface
from meterstatus.protocol.facades import storage


def _nothing(_: interface.Call, params: storage.Filters) -> storage.DetailsResults:
    return storage.DetailsResults(tuple(storage.NoDetails(()) for _ in params.filters))


STORAGE = interface.Implementation(
    storage.STORAGE, interface.is_user, dict.fromkeys(storage.STORAGE.methods, _nothing)
)
