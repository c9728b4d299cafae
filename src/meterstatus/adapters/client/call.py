"""One call of a facade: its params out, its result read."""

from typing import TypeVar

from meterstatus.ports import connection as connections
from meterstatus.protocol import messages, wire

_R = TypeVar("_R", bound=wire.Wire)


async def call(
    connection: connections.APIConnection,
    facade: wire.Facade,
    method: str,
    params: wire.Wire,
    result: type[_R],
) -> _R:
    """Call a method and return its result.

    Raises:
        RemoteProtocolError: the answer is of another shape.
        RequestError, UnsupportedError, TransportError: as ``APIConnection.call``.
    """
    response = await connection.call(facade.name, facade.version, method, params)
    return messages.read_result(response, result)
