"""Dials a controller over TLS and makes the WebSocket (spec juju-api, 1.2 to 1.5).

Trusts one CA alone and tries one address once; who dials decides what comes then.
"""

import asyncio
import datetime
import functools
import logging
import os
import ssl
from typing import Any

from wsproto import utilities as ws_utilities

from meterstatus import errors
from meterstatus.adapters.websocket_client import connecting, rpc
from meterstatus.domain import instants, validity
from meterstatus.ports import connection
from meterstatus.protocol import limits
from meterstatus.runtime import resolving

SERVER_NAME = "juju-apiserver"
"""What every controller's certificate proves, whatever address was dialled (spec juju-api, 1.2)."""

HANDSHAKE_SECONDS = 45.0
"""From the first packet to the WebSocket, at most; the reference's limit (spec juju-api, 9.2)."""

CLOSE_SECONDS = 2.0
"""The wait for a peer to take our close frame. It loses nothing by missing it, so this is short."""


_NO_CHECK_TIME = 0x200000
"""OpenSSL's ``X509_V_FLAG_NO_CHECK_TIME``, for which Python has no name."""

_logger = logging.getLogger(__name__)


class WebSocketDialer:
    """Makes connections; ``Dialer`` of ``ports.connection``. All who dial with one share its look-ups."""

    def __init__(
        self,
        *,
        max_message_bytes: int = limits.MAX_RESPONSE_BYTES,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._max_message_bytes = max_message_bytes
        self._handshake_seconds = handshake_seconds
        self._resolver = resolving.Resolver()

    async def dial(self, endpoint: connection.Endpoint) -> rpc.WebSocketConnection:
        """Connect, finish both handshakes and return the connection; see ``ports.connection.Dialer``.

        Raises:
            ConnectFailedError: no connection was made, within the handshake's seconds at most.
        """
        try:
            async with asyncio.timeout(self._handshake_seconds):
                return await self._dial(endpoint)
        except (OSError, ValueError, ws_utilities.ProtocolError) as error:
            raise errors.ConnectFailedError(
                f"cannot connect to {endpoint.address}: {_explain(error)}"
            ) from error

    async def _dial(self, endpoint: connection.Endpoint) -> rpc.WebSocketConnection:
        host, port = _host_and_port(endpoint.address)
        made = rpc.WebSocketConnection(self._max_message_bytes)
        trust, target = _trust(endpoint.ca_certificate), _target(endpoint.path)
        connected = await connecting.connect(await self._resolver.addresses(host, port))
        # asyncio closes it where the handshake fails, and switches Nagle's algorithm off, by itself.
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: made.stream,
            sock=connected,
            ssl=trust,
            server_hostname=SERVER_NAME,
            ssl_handshake_timeout=self._handshake_seconds,
            ssl_shutdown_timeout=CLOSE_SECONDS,
        )
        try:
            _check_dates(transport.get_extra_info("ssl_object"), endpoint)
            await made.stream.shake_hands(endpoint.address, target)
        except BaseException:
            made.stream.abort()
            raise
        return made


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError("the address is not host:port")
    return host, int(port)


def _target(path: str) -> str:
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise ValueError(f'the path "{path}" is not a path')
    return path


@functools.lru_cache(maxsize=8)
def _trust(ca_certificate: str) -> ssl.SSLContext:
    """Make, once for each CA, the context that trusts it alone.

    Not ``ssl.create_default_context``: from Python 3.13 it also demands of a CA what those that Juju
    made years ago need not fulfil.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= _NO_CHECK_TIME  # see ``_check_dates``
    try:
        context.load_verify_locations(cadata=ca_certificate)
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise ValueError("the CA certificate to trust cannot be read") from error
    return context


def _check_dates(session: ssl.SSLObject, endpoint: connection.Endpoint) -> None:
    """Check that the certificate and the authority that signed it are good by now, as far as that is known.

    Not by OpenSSL, which knows the wall clock alone. What stands between the two has no dates here: Juju's
    controllers and ours have nothing there.

    Raises:
        ValueError: one of them has expired.
    """
    shown: dict[str, Any] = session.getpeercert() or {}
    signers = [one for one in session.context.get_ca_certs() if one["subject"] == shown["issuer"]]
    chain = [
        validity.Validity(_instant(str(one["notBefore"])), _instant(str(one["notAfter"])))
        for one in (shown, *signers)
    ]
    wall = datetime.datetime.now(datetime.UTC)
    expired = validity.refusal(chain, wall, endpoint.latest_wall())
    if expired:
        raise ValueError(f"its certificate is not trusted: {expired}")
    if wall < validity.begins(chain):
        _logger.warning(
            "the wall clock is behind: it shows %s, and the certificate of %s is good from %s on",
            instants.in_seconds(wall),
            endpoint.address,
            instants.in_seconds(validity.begins(chain)),
        )


def _instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(ssl.cert_time_to_seconds(text), datetime.UTC)


def _explain(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, OSError):
        # asyncio puts the address, which the sentence has already, in place of the system's text. What has
        # no positive number is no error of the system's: a name that cannot be resolved, or our own.
        told = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
        return told or str(error) or "the connection was closed during the handshake"
    if isinstance(error, ws_utilities.ProtocolError):
        return f"it does not speak WebSocket: {error}"
    return str(error)
