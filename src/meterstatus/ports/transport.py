"""Serving WebSocket connections: what the controller gets from its transport, and what it owes it."""

import dataclasses
from collections.abc import Callable
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class HTTPRequest:
    """The request that a connection begins with."""

    method: str
    """``GET`` and so on, as sent."""

    path: str
    """The target without its query."""

    remote: str
    """``host:port`` of the client."""


@dataclasses.dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """A plain answer in place of a WebSocket."""

    status: int
    body: str
    """Text, sent as ``text/plain; charset=utf-8``."""


class Peer(Protocol):
    """The other end of one accepted WebSocket; all calls are for the event loop's thread."""

    def send(self, message: bytes) -> None:
        """Queue one whole text message; never waits. After the end it does nothing."""
        ...

    def admit(self) -> None:
        """Take longer messages from here on, for it is known who sends them; any number of times."""
        ...

    def unsent_bytes(self) -> int:
        """Return how much of what was sent still waits for a slow reader."""
        ...

    def close(self) -> None:
        """Send what is queued, then a close frame with an empty body, then end the connection."""
        ...


class Conversation(Protocol):
    """What the controller makes of one WebSocket; called on the event loop's thread, never at once."""

    def connected(self, peer: Peer) -> None:
        """Begin; called once, first."""
        ...

    def received(self, message: bytes) -> None:
        """Take one whole message, text or binary alike, fragments already joined."""
        ...

    def closed(self) -> None:
        """End; called once, last, whoever closed. Nothing sent from here on arrives."""
        ...


Accept = Callable[[HTTPRequest], Conversation | HTTPAnswer]
"""Decides what a request gets: a conversation, or a plain answer. Must not wait."""
