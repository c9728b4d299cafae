"""The dial list made from what a controller says of itself (spec juju-api, 9.6)."""

import pytest

from meterstatus.domain import addresses


def place(value: str, scope: str = "local-cloud", type_: str = "ipv4") -> addresses.HostPort:
    return addresses.HostPort(value, type_, scope, 17070)


def test_each_machines_addresses_come_in_jujus_order() -> None:
    """Local-cloud IPv4, other local-cloud, fan, then public and unknown, IPv4 first."""
    first = [
        place("ctrl.example", "public", "hostname"),
        place("2001:db8::5", "public", "ipv6"),
        place("8.0.0.5", "public"),
        place("9.0.0.5", ""),
        place("252.0.0.5", "local-fan"),
        place("fd00::5", "local-cloud", "ipv6"),
        place("10.7.0.5"),
    ]
    assert addresses.to_dial([first, [place("10.7.0.6")]], "10.7.0.6:17070") == (
        "10.7.0.5:17070",
        "[fd00::5]:17070",
        "252.0.0.5:17070",
        "8.0.0.5:17070",
        "9.0.0.5:17070",
        "ctrl.example:17070",
        "[2001:db8::5]:17070",
        "10.7.0.6:17070",
    )


def test_what_leads_nowhere_is_dropped() -> None:
    """Addresses of the controller's own machine or link are no use from here; an address counts once."""
    machine = [place("127.0.0.1", "local-machine"), place("fe80::1", "link-local", "ipv6"), place("10.7.0.5")]
    assert addresses.to_dial([machine, machine], "10.7.0.5:17070") == ("10.7.0.5:17070",)


@pytest.mark.parametrize("machines", [[], [[]], [[place("localhost", "local-machine", "hostname")]]])
def test_a_controller_that_says_nothing_erases_nothing(
    machines: list[list[addresses.HostPort]],
) -> None:
    """Nothing comes out of nothing, and the caller keeps what it has."""
    assert addresses.to_dial(machines, "10.7.0.5:17070") == ()


def test_the_address_in_use_stays() -> None:
    """A controller behind a relay does not know the address that leads to it."""
    assert addresses.to_dial([[place("10.7.0.5")]], "relay.example:443") == (
        "10.7.0.5:17070",
        "relay.example:443",
    )
