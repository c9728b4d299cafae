"""Which of a controller's addresses an agent dials, made from what the controller says (spec juju-api, 9.6).

Pure. Differs from the reference on purpose: the addresses of container bridges are not looked for, which
needs the machine's interfaces and saves a fifth of a second; and the address that the agent is connected by
stays, for it is known to lead there, whatever the controller knows of itself.
"""

import dataclasses
from collections.abc import Iterable, Sequence

_NEVER = ("local-machine", "link-local")
"""Scopes that lead nowhere from another machine."""


@dataclasses.dataclass(frozen=True, slots=True)
class HostPort:
    """One address of a controller, as a login tells it (spec juju-api, 2.2)."""

    value: str
    type: str
    """``hostname``, ``ipv4`` or ``ipv6``."""

    scope: str
    port: int

    def __str__(self) -> str:
        """Return ``host:port``, an IPv6 host in brackets."""
        host = f"[{self.value}]" if ":" in self.value else self.value
        return f"{host}:{self.port}"


def to_dial(machines: Iterable[Sequence[HostPort]], in_use: str) -> tuple[str, ...]:
    """Return what to dial from now on, each once; nothing where the controller said nothing of use.

    Args:
        machines: the addresses of each of the controller's machines.
        in_use: the ``host:port`` that the agent is connected by.
    """
    chosen = [
        str(place)
        for machine in machines
        for place in sorted((place for place in machine if place.scope not in _NEVER), key=_rank)
    ]
    return tuple(dict.fromkeys((*chosen, in_use))) if chosen else ()


def _rank(place: HostPort) -> int:
    is_other = place.type != "ipv4"
    match place.scope:
        case "local-cloud":
            return 1 if is_other else 0
        case "local-fan":
            return 2
        case _:
            return 4 if is_other else 3
