"""The client's side of a controller's conversation, without sockets."""

import asyncio
import json
from typing import Any

from meterstatus.ports import transport

DENIED = {"message": "permission denied", "code": "unauthorized access"}
"""The error inside a result of what is not the caller's."""


def entities(*tags: str) -> dict[str, Any]:
    """Return params that name entities."""
    return {"entities": [{"tag": tag} for tag in tags]}


def failure(message: str, code: str = "") -> dict[str, Any]:
    """Return the answer, without its id, that an error of the whole call is."""
    answer: dict[str, Any] = {"error": message, "response": {}}
    return answer | ({"error-code": code} if code else {})


class FakePeer:
    """Keeps what is sent to it. Closing it ends the conversation, as a transport does, a moment later."""

    def __init__(self, conversation: transport.Conversation) -> None:
        self._conversation = conversation
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self.admitted = False

    def send(self, message: bytes) -> None:
        """Keep a message, unless closed."""
        if not self.closed:
            self.sent.append(json.loads(message))

    def admit(self) -> None:
        """See ``ports.transport.Peer``."""
        self.admitted = True

    def unsent_bytes(self) -> int:
        """Return 0: it reads at once."""
        return 0

    def close(self) -> None:
        """End the conversation."""
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._conversation.closed)


class MemoryClient:
    """Asks a conversation and reads its answers.

    Attributes:
        peer: where the answers arrive, in their order.
    """

    def __init__(self, conversation: transport.Conversation | transport.HTTPAnswer) -> None:
        assert not isinstance(conversation, transport.HTTPAnswer), conversation
        self._conversation = conversation
        self.peer = FakePeer(conversation)
        self._last_id = 0
        conversation.connected(self.peer)

    def raw(self, message: bytes) -> None:
        """Send a message as it is."""
        self._conversation.received(message)

    def ask(self, facade: str, version: int, method: str, params: object = None, object_id: str = "") -> int:
        """Send a request and return its id."""
        self._last_id += 1
        request: dict[str, object] = {
            "request-id": self._last_id,
            "type": facade,
            "version": version,
            "request": method,
            "params": {} if params is None else params,
        }
        if object_id:
            request["id"] = object_id
        self.raw(json.dumps(request).encode())
        return self._last_id

    def answer(self, request_id: int) -> dict[str, Any] | None:
        """Return the answer to a request without its id; None where there is none yet."""
        for message in self.peer.sent:
            if message["request-id"] == request_id:
                return {key: value for key, value in message.items() if key != "request-id"}
        return None

    async def call(
        self, facade: str, version: int, method: str, params: object = None, object_id: str = ""
    ) -> dict[str, Any]:
        """Send a request and wait for its answer, which is returned without its id."""
        request_id = self.ask(facade, version, method, params, object_id)
        while True:
            found = self.answer(request_id)
            if found is not None:
                return found
            await asyncio.sleep(0.001)

    async def results(
        self, facade: str, version: int, method: str, params: object = None
    ) -> list[dict[str, Any]]:
        """Send a request that must succeed, and return the results in its answer."""
        answer = await self.call(facade, version, method, params)
        assert "error" not in answer, answer
        return answer["response"]["results"]

    async def log_in(self, tag: str, password: str) -> dict[str, Any]:
        """Log in and return the answer."""
        return await self.call("Admin", 3, "Login", {"auth-tag": tag, "credentials": password})

    def leave(self) -> None:
        """Be gone, as after a lost connection."""
        self.peer.closed = True
        self._conversation.closed()
