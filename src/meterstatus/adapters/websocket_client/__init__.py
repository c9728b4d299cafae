"""RPC connections over TLS and WebSocket, for the agent and the commands (spec juju-api, 1.2 to 1.5).

On wsproto and the stock asyncio transport, because an agent pays for every library with resident memory on
every unit. Retries nothing, and knows nothing of logins: who dials decides.
"""

from meterstatus.adapters.websocket_client.dialer import CLOSE_SECONDS, HANDSHAKE_SECONDS, WebSocketDialer
from meterstatus.adapters.websocket_client.rpc import WebSocketConnection

__all__ = ["CLOSE_SECONDS", "HANDSHAKE_SECONDS", "WebSocketConnection", "WebSocketDialer"]
