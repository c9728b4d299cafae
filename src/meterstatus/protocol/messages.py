"""Juju's RPC messages: JSON text in and out, nothing sent and nothing remembered (spec juju-api, 1.6).

Incoming keys are matched without case, as Juju matches them: exactly first, by a typed decoder that refuses
unknown keys, and folded only where that fails, so that the usual message pays nothing for the rare one. For
the same reason ``lenient`` is imported there: what it brings and makes, an agent of our own controller never
needs. Outgoing keys are spelled as the specification spells them.

Differs from the reference on purpose: a message longer than a limit ends the connection, params that are no
object do not, and text that is no Unicode is refused instead of mended.
"""

from typing import Any

import msgspec

from meterstatus import errors
from meterstatus.protocol import limits

_MAX_ID = 2**64 - 1
_EMPTY = msgspec.Raw(b"{}")
_ABSENT = msgspec.Raw(b"")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call, as received."""

    request_id: int
    """What the answer repeats; 0 only in the legacy form."""

    facade: str
    version: int = 0
    object_id: str = ""
    """The watcher's id, "" where there is none."""

    method: str
    params: msgspec.Raw = _EMPTY
    """JSON text, not yet looked at; ``{}`` where params were absent or null."""

    legacy: bool = False
    """Whether it came in the CamelCase form, in which it is then answered."""


def without_params(request: Request) -> Request:
    """Return a request without its params, which hold on to the whole message that they came in."""
    return msgspec.structs.replace(request, params=_EMPTY)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, as received; a failure where ``error`` is not empty."""

    request_id: int
    response: msgspec.Raw = _EMPTY
    """JSON text, not yet looked at; ``{}`` where it was absent or null."""

    error: str = ""
    error_code: str = ""
    error_info: dict[str, Any] = {}


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    request_id: int | None = 0
    facade: str | None = msgspec.field(default="", name="type")
    version: int | None = 0
    object_id: str | None = msgspec.field(default="", name="id")
    method: str | None = msgspec.field(default="", name="request")
    params: msgspec.Raw = _ABSENT
    error: str | None = ""
    error_code: str | None = ""
    error_info: msgspec.Raw = _ABSENT
    response: msgspec.Raw = _ABSENT


_envelope = msgspec.json.Decoder(_Envelope)
_raw_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()
_KEYS = {field.encode_name: field.encode_name for field in msgspec.structs.fields(_Envelope)}
_LEGACY_KEYS = {key.replace("-", ""): key for key in _KEYS}


def decode(data: bytes, max_bytes: int) -> Request | Response:
    """Read one message.

    Args:
        data: the text of one WebSocket message.
        max_bytes: the longest text to look at.

    Raises:
        RemoteProtocolError: too long, empty, no JSON object, or an envelope key of the wrong type; the
            connection must be closed (spec juju-api, 1.8).
    """
    if len(data) > max_bytes:
        raise errors.RemoteProtocolError(f"a message of {len(data)} bytes is over the limit of {max_bytes}")
    try:
        envelope = _envelope.decode(data)
    except limits.UNREADABLE:
        envelope = None
    if envelope is not None and envelope.request_id:
        return _message(envelope, legacy=False)
    try:
        return _decode_folded(data)
    except limits.UNREADABLE as error:
        raise errors.RemoteProtocolError(f"a message cannot be read: {error}") from error


def _decode_folded(data: bytes) -> Request | Response:
    from meterstatus.protocol import lenient  # the rare one: see the module

    limits.check_odd(data)
    keys = _raw_object.decode(data)
    limits.check_length("the message", keys, limits.MAX_KEYS)
    envelope = _envelope.decode(_encoder.encode(lenient.folded(keys, _KEYS)))
    if envelope.request_id:
        return _message(envelope, legacy=False)
    # Without an id of the current form, the reference reads the message again in the former one.
    envelope = _envelope.decode(_encoder.encode(lenient.folded(keys, _LEGACY_KEYS)))
    return _message(envelope, legacy=True)


def _message(envelope: _Envelope, *, legacy: bool) -> Request | Response:
    request_id = envelope.request_id or 0
    if not 0 <= request_id <= _MAX_ID:
        raise errors.RemoteProtocolError(f"a message has the id {request_id}, which is none")
    if envelope.facade or envelope.method:
        return Request(
            request_id=request_id,
            facade=envelope.facade or "",
            version=envelope.version or 0,
            object_id=envelope.object_id or "",
            method=envelope.method or "",
            params=_present(envelope.params),
            legacy=legacy,
        )
    return Response(
        request_id=request_id,
        response=_present(envelope.response),
        error=envelope.error or "",
        error_code=envelope.error_code or "",
        error_info=_error_info(envelope.error_info),
    )


def _error_info(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        limits.check_odd(bytes(raw))
        return _object.decode(_present(raw))
    except limits.UNREADABLE as error:
        raise errors.RemoteProtocolError(f"a message cannot be read: {error}") from error


def _present(raw: msgspec.Raw) -> msgspec.Raw:
    return _EMPTY if bytes(raw) in (b"", b"null") else raw


class _RequestOut(msgspec.Struct, rename="kebab", omit_defaults=True):
    request_id: int
    facade: str = msgspec.field(name="type")
    version: int
    method: str = msgspec.field(name="request")
    params: Any
    object_id: str = msgspec.field(default="", name="id")


class _Answer(msgspec.Struct, rename="kebab", omit_defaults=True):
    request_id: int
    response: Any
    error: str = ""
    error_code: str = ""
    error_info: Any = None


class _LegacyAnswer(msgspec.Struct, rename="pascal", omit_defaults=True):
    request_id: int
    response: Any
    error: str = ""
    error_code: str = ""


def _encode(message: msgspec.Struct) -> bytes:
    try:
        return _encoder.encode(message)
    # ValueError: text with half a surrogate pair.
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.LocalProtocolError(f"a message cannot be written: {error}") from error


def encode_request(
    request_id: int, facade: str, version: int, method: str, params: object = None, object_id: str = ""
) -> bytes:
    """Write a request; params None are sent as ``{}``, and an empty object id not at all.

    Raises:
        LocalProtocolError: the params hold what JSON cannot.
    """
    return _encode(
        _RequestOut(request_id, facade, version, method, {} if params is None else params, object_id)
    )


def encode_response(request: Request, result: object = None) -> bytes:
    """Write the answer to a request, in the request's form; None is sent as ``{}``.

    Raises:
        LocalProtocolError: the result holds what JSON cannot.
    """
    answer = _LegacyAnswer if request.legacy else _Answer
    return _encode(answer(request.request_id, {} if result is None else result))


def encode_error(
    request: Request, message: str, code: str = "", info: dict[str, Any] | msgspec.Struct | None = None
) -> bytes:
    """Write the failure of a request, in the request's form; the former form has no room for info.

    A long message is cut (``limits.cut``). An empty one is replaced, because an answer with ``"error": ""``
    is a success to Go and a failure to the Python and JavaScript libraries.

    Raises:
        LocalProtocolError: the info holds what JSON cannot.
    """
    text = limits.cut(message) or code or "unknown error"
    if request.legacy:
        return _encode(_LegacyAnswer(request.request_id, {}, text, code))
    return _encode(_Answer(request.request_id, {}, text, code, info or None))


def to_error(error: str, code: str, info: dict[str, Any]) -> errors.MeterStatusError:
    """Turn an error from the wire into the exception that ``ports.connection.APIConnection`` promises."""
    if code == errors.UnauthorizedError.code:
        return errors.UnauthorizedError(error)
    if code == errors.UnsupportedError.code:
        return errors.UnsupportedError(error)
    return errors.RequestError(error, code, info)


def unwrap(response: Response) -> dict[str, Any]:
    """Return an answer's ``response`` as plain JSON values, or raise the failure that it tells of.

    Raises:
        UnauthorizedError, UnsupportedError, RequestError: the answer is an error, see ``to_error``.
        RemoteProtocolError: ``response`` is no JSON object.
    """
    if response.error:
        raise to_error(response.error, response.error_code, response.error_info)
    try:
        return _object.decode(response.response)
    except limits.UNREADABLE as error:
        raise errors.RemoteProtocolError(f"an answer cannot be read: {error}") from error
