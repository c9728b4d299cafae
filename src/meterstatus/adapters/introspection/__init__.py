"""How an agent process tells how it is, asked on its own machine: Juju's introspection (spec worker, C.6).

A stream socket in Linux's abstract namespace: no file, so a disk that is full or read-only does not matter.
Whoever connects is sent one JSON object, which ends with the connection; nothing is asked, and nothing can
be changed through it. Differs from Juju's on purpose: no HTTP, no profiles, and nobody is told anything but
root and the agent's own user.
"""

from meterstatus.adapters.introspection.address import Address
from meterstatus.adapters.introspection.client import ask
from meterstatus.adapters.introspection.server import ANSWER_SECONDS, IntrospectionServer

__all__ = ["ANSWER_SECONDS", "Address", "IntrospectionServer", "ask"]
