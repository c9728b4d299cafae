"""Pinger: an agent that pings is there; one that is silent for long is let go (spec juju-api, 3)."""

from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import pinger


def _ping(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.lease.renew()
    return wire.Empty()


def _stop(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.lease.end()
    return wire.Empty()


IMPLEMENTATION = interface.Implementation(
    pinger.FACADE,
    interface.is_anyone,
    interface.Handler(pinger.PING, _ping),
    interface.Handler(pinger.STOP, _stop),
)
