"""protocol.server_addresses: addresses as they come."""

import pytest

from meterstatus.domain import addresses
from meterstatus.protocol import server_addresses, wire


def test_each_machines_addresses_stay_together() -> None:
    """In their order, with what an agent chooses by."""
    first = wire.HostPort("10.0.0.5", "ipv4", "public", 17070, space_name="s")
    second = wire.HostPort("ctl2.example", "hostname", "", 17071)
    assert server_addresses.from_wire([(first,), (), (second,)]) == (
        (addresses.HostPort("10.0.0.5", "ipv4", "public", 17070),),
        (),
        (addresses.HostPort("ctl2.example", "hostname", "", 17071),),
    )


@pytest.mark.parametrize(
    ("host", "kind", "scope"),
    [
        ("localhost", "hostname", ""),
        ("ctl.example", "hostname", ""),
        ("127.0.0.1", "ipv4", "local-machine"),
        ("10.7.0.5", "ipv4", "local-cloud"),
        ("8.8.8.8", "ipv4", "public"),
        ("169.254.1.1", "ipv4", "link-local"),
        ("::1", "ipv6", "local-machine"),
        ("fe80::1", "ipv6", "link-local"),
        ("fd00::1", "ipv6", "local-cloud"),
    ],
)
def test_addresses_have_kind_and_scope(host: str, kind: str, scope: str) -> None:
    """Each address is told with its type and scope; localhost with none, or clients drop it (2.2, 8.1)."""
    (found,) = server_addresses.to_wire([host], 17070)
    assert (found.value, found.type, found.scope, found.port) == (host, kind, scope, 17070)


@pytest.mark.parametrize(("host", "address"), [("ctl.example", "ctl.example:1"), ("::1", "[::1]:1")])
def test_an_address_is_written_with_its_port(host: str, address: str) -> None:
    """An IPv6 host stands in brackets."""
    (found,) = server_addresses.to_wire([host], 1)
    assert str(server_addresses.address(found)) == address
