"""Storage: what a client without Client 7 asks for beside a status (spec juju-api, 8.3). Shapes only.

A model here has no storage, so every list is empty.
"""

from typing import Any

from meterstatus.protocol import wire


class Filters(wire.Wire, frozen=True):
    """The params of each method; what a filter says does not matter where there is nothing."""

    filters: tuple[Any, ...]


class NoDetails(wire.Wire, frozen=True):
    """What one filter finds."""

    result: tuple[Any, ...]


class DetailsResults(wire.Wire, frozen=True):
    """The result of each method, one element for each filter."""

    results: tuple[NoDetails, ...]


_LIST = wire.Method(Filters, DetailsResults)

STORAGE = wire.Facade(
    "Storage", 6, {"ListFilesystems": _LIST, "ListStorageDetails": _LIST, "ListVolumes": _LIST}
)
