"""protocol.places: addresses as they come."""

from meterstatus.domain import api_addresses
from meterstatus.protocol import places
from meterstatus.protocol.facades import wire


def test_each_machines_addresses_stay_together() -> None:
    """In their order, with what an agent chooses by."""
    first = wire.HostPort("10.0.0.5", "ipv4", "public", 17070, space_name="s")
    second = wire.HostPort("ctl2.example", "hostname", "", 17071)
    assert places.from_wire([(first,), (), (second,)]) == (
        (api_addresses.HostPort("10.0.0.5", "ipv4", "public", 17070),),
        (),
        (api_addresses.HostPort("ctl2.example", "hostname", "", 17071),),
    )
