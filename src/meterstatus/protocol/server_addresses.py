"""Where a controller says that it and its neighbours are reached, on the wire (spec juju-api, 2.2)."""

import ipaddress
from collections.abc import Sequence

from meterstatus.domain import addresses
from meterstatus.protocol import wire


def from_wire(servers: Sequence[Sequence[wire.HostPort]]) -> tuple[tuple[addresses.HostPort, ...], ...]:
    """Return the addresses of each machine, as they came."""
    return tuple(tuple(map(address, machine)) for machine in servers)


def address(place: wire.HostPort) -> addresses.HostPort:
    """Return one address, which is written ``host:port``."""
    return addresses.HostPort(place.value, place.type, place.scope, place.port)


def to_wire(hosts: Sequence[str], port: int) -> tuple[wire.HostPort, ...]:
    """Describe where a controller is reached, as a login tells it."""
    return tuple(wire.HostPort(host, *_kind_and_scope(host), port) for host in hosts)


def _kind_and_scope(host: str) -> tuple[str, str]:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # Not "local-machine" for localhost: Juju's client drops addresses of that scope from what it keeps,
        # and would not find the controller again (8.1).
        return "hostname", ""
    if address.is_loopback:
        scope = "local-machine"
    elif address.is_link_local:
        scope = "link-local"
    else:
        scope = "local-cloud" if address.is_private else "public"
    return f"ipv{address.version}", scope
