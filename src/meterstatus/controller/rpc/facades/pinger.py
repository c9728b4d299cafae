"""Pinger: an agent that pings is there; one that is silent for long is let go (spec juju-api, 3)."""

from typing import Any

from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import agent


def _ping(call: interface.Call, _: Any) -> wire.Empty:
    call.lease.renew()
    return wire.Empty()


def _stop(call: interface.Call, _: Any) -> wire.Empty:
    call.lease.end()
    return wire.Empty()


PINGER = interface.Implementation(agent.PINGER, interface.is_anyone, {"Ping": _ping, "Stop": _stop})
