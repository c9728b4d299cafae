"""Pinger: an agent that pings is there (spec juju-api, 3)."""

from meterstatus.protocol import wire

FACADE = wire.Facade("Pinger", 1)
PING = wire.Method(FACADE, "Ping", wire.Empty, wire.Empty)
STOP = wire.Method(FACADE, "Stop", wire.Empty, wire.Empty)
