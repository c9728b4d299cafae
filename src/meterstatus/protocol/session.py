"""One RPC conversation without I/O, from either end (spec juju-api, 1.6): ids, what is unanswered, the end.

Bytes in, values out; values in, bytes out. Sends nothing, waits for nothing and knows no time.
"""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec

from meterstatus import errors
from meterstatus.protocol import limits, messages

_T = TypeVar("_T")


class ClientSession(Generic[_T]):
    """The calling end. Each call has a token of the caller's, a future say, that its answer comes back with.

    Once closed, every call fails and every answer is dropped.
    """

    __slots__ = ("_closed", "_last_id", "_max_bytes", "_pending")

    def __init__(self, max_bytes: int = limits.MAX_RESPONSE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._last_id = 0
        self._pending: dict[int, _T] = {}
        self._closed = False

    def call(
        self, token: _T, facade: str, version: int, method: str, params: object = None, object_id: str = ""
    ) -> tuple[int, bytes]:
        """Begin a call and return its id, counted from 1, and the message to send.

        Raises:
            LocalProtocolError: the params hold what JSON cannot; the id is not used.
            ConnectionLostError: the session is closed.
        """
        if self._closed:
            raise errors.ConnectionLostError
        request_id = self._last_id + 1
        message = messages.encode_request(request_id, facade, version, method, params, object_id)
        self._last_id = request_id
        self._pending[request_id] = token
        return request_id, message

    def receive(self, data: bytes) -> tuple[_T, messages.Response] | None:
        """Take one message; return the call's token and answer, or None where nobody waits for it.

        None for an id that is unknown, answered already or forgotten, and after the end.

        Raises:
            RemoteProtocolError: no message, or a request, which a server never sends; close the connection.
        """
        if self._closed:
            return None
        message = messages.decode(data, self._max_bytes)
        if isinstance(message, messages.Request):
            raise errors.RemoteProtocolError("the server sent a request")
        if message.request_id not in self._pending:
            return None
        return self._pending.pop(message.request_id), message

    def forget(self, request_id: int) -> None:
        """Give a call up; its late answer is dropped. Does nothing for a call that is not pending."""
        self._pending.pop(request_id, None)

    def close(self) -> tuple[_T, ...]:
        """End, and return the tokens of the calls that now never get an answer, oldest first."""
        self._closed = True
        failed = tuple(self._pending.values())
        self._pending.clear()
        return failed


class ServerSession:
    """The answering end. Requests may be answered in any order, each once.

    Two requests in flight with one id are the client's mistake; like the reference, both are run and
    answered. Once closed, requests and answers are dropped.
    """

    __slots__ = ("_closed", "_max_bytes", "_unanswered")

    def __init__(self, max_bytes: int = limits.MAX_REQUEST_BYTES) -> None:
        self._max_bytes = max_bytes
        # By identity: neither ids, which may repeat, nor params, which have no hash, can tell requests apart.
        self._unanswered: dict[int, messages.Request] = {}
        self._closed = False

    @property
    def unanswered(self) -> Iterable[messages.Request]:
        """The requests not answered yet, oldest first."""
        return tuple(self._unanswered.values())

    def receive(self, data: bytes) -> messages.Request | None:
        """Take one message; return the request, or None for a stray response and after the end.

        Raises:
            RemoteProtocolError: no message; close the connection.
        """
        if self._closed:
            return None
        limits.check_parts(data)
        message = messages.decode(data, self._max_bytes)
        if isinstance(message, messages.Response):
            return None
        self._unanswered[id(message)] = message
        return message

    def keep(self, request: messages.Request) -> messages.Request:
        """Return a request to answer later, without its params and the message that they are a part of.

        It takes the place of the one that was received.
        """
        kept = messages.without_params(request)
        if self._unanswered.pop(id(request), None) is not None:
            self._unanswered[id(kept)] = kept
        return kept

    def answer(self, request: messages.Request, result: object = None) -> bytes | None:
        """Answer a request; return the message to send, or None after the end.

        Raises:
            LocalProtocolError: it is answered already or never was received, or the result holds what JSON
                cannot; in that last case it is still unanswered.
        """
        return self._settle(request, messages.encode_response(request, result))

    def fail(
        self,
        request: messages.Request,
        message: str,
        code: str = "",
        info: dict[str, Any] | msgspec.Struct | None = None,
    ) -> bytes | None:
        """Answer a request with an error; return the message to send, or None after the end.

        Raises:
            LocalProtocolError: as ``answer``.
        """
        return self._settle(request, messages.encode_error(request, message, code, info))

    def _settle(self, request: messages.Request, message: bytes) -> bytes | None:
        if self._closed:
            return None
        if self._unanswered.pop(id(request), None) is None:
            raise errors.LocalProtocolError(f"request {request.request_id} is not waiting for an answer")
        return message

    def close(self) -> None:
        """End; what is unanswered stays so."""
        self._closed = True
        self._unanswered.clear()
