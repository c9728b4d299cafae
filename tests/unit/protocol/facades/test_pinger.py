"""protocol.facades.pinger: as Juju's is called."""

from meterstatus.protocol import wire
from meterstatus.protocol.facades import pinger


def test_it_takes_and_gives_nothing() -> None:
    """Version 1 has two methods without params or result (spec juju-api, 3)."""
    assert pinger.FACADE == wire.Facade("Pinger", 1)
    for method, name in ((pinger.PING, "Ping"), (pinger.STOP, "Stop")):
        assert method == wire.Method(pinger.FACADE, name, wire.Empty, wire.Empty)
