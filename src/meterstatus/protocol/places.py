"""Where a controller says that it and its neighbours are reached, from the wire (spec juju-api, 2.2)."""

from collections.abc import Sequence

from meterstatus.domain import api_addresses
from meterstatus.protocol.facades import wire


def from_wire(servers: Sequence[Sequence[wire.HostPort]]) -> tuple[tuple[api_addresses.HostPort, ...], ...]:
    """Return the addresses of each machine, as they came."""
    return tuple(tuple(map(_address, machine)) for machine in servers)


def _address(place: wire.HostPort) -> api_addresses.HostPort:
    return api_addresses.HostPort(place.value, place.type, place.scope, place.port)
