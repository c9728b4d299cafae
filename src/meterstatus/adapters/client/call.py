"""One call of a method: its params out, its result read; every client here calls by it.

A change without an answer is OutcomeUnknownError, and never a failure: it may have been made, or may yet be.
"""

from typing import TypeVar

from meterstatus import errors
from meterstatus.ports import connection as connections
from meterstatus.protocol import shapes, wire

ANSWER_SECONDS = 30.0
"""For the answer to a question: whoever asked can ask again."""

CHANGE_SECONDS = 60.0
"""For the answer to a change: longer than the controller and its database take at most to say what became of
it; a person who waits for it would rather know."""

_P = TypeVar("_P", bound=wire.Wire)
_R = TypeVar("_R", bound=wire.Wire)


async def ask(
    connection: connections.APIConnection,
    method: wire.Method[_P, _R],
    params: _P,
    *,
    object_id: str = "",
    timeout_seconds: float | None = ANSWER_SECONDS,
) -> _R:
    """Call a method and return its result.

    Args:
        connection: logged in, unless the method is the login.
        method: what to call.
        params: its params.
        object_id: of the watcher that is meant; "" where none is.
        timeout_seconds: the wait for the answer; None waits without limit.

    Raises:
        RemoteProtocolError: the answer is of another shape.
        RequestError, UnsupportedError, TransportError: as ``APIConnection.call``.
    """
    response = await connection.call(
        method.facade.name,
        method.facade.version,
        method.name,
        params,
        object_id=object_id,
        timeout_seconds=timeout_seconds,
    )
    return shapes.read_result(response, method.result)


async def change(connection: connections.APIConnection, method: wire.Method[_P, _R], params: _P) -> _R:
    """Call a method that changes something, and return its result.

    Raises:
        OutcomeUnknownError: there was no answer.
        RemoteProtocolError, RequestError, UnsupportedError: as ``ask``.
    """
    try:
        return await ask(connection, method, params, timeout_seconds=CHANGE_SECONDS)
    except (errors.RequestTimeoutError, errors.ConnectionLostError) as error:
        raise errors.OutcomeUnknownError(
            f"the controller did not say what became of it ({error}); it may have been done, or may yet be:"
            " look at 'meterstatus status' and 'meterstatus history' before trying again"
        ) from error
