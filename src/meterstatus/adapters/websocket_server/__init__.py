"""Serving WebSockets for the controller, on picows (spec juju-api, 1.1 to 1.5; ``ports.transport``).

Nothing per connection but one object: no task, no queue, no stream. Works on uvloop and on the stock loop.
Decides nothing about what is said; a conversation does.

Limits of the library: a request that is not ``GET`` with HTTP/1.1 gets 400, ``HEAD`` too.
"""

from meterstatus.adapters.websocket_server.peer import CLOSE_SECONDS
from meterstatus.adapters.websocket_server.server import HANDSHAKE_SECONDS, WebSocketServer, serve

__all__ = ["CLOSE_SECONDS", "HANDSHAKE_SECONDS", "WebSocketServer", "serve"]
