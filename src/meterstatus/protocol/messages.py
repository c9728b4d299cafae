"""Juju's RPC messages: JSON text in and out, nothing sent and nothing remembered (spec juju-api, 1.6).

Incoming keys are matched without case, as Juju matches them: exactly first, by a typed decoder that refuses
unknown keys, and folded only where that fails, so that the usual message pays nothing for the rare one. For
the same reason ``lenient`` is imported there: what it brings and makes, an agent of our own controller never
needs. Outgoing keys are spelled as the specification spells them.

Differs from the reference on purpose: a message longer than a limit ends the connection, params that are no
object do not, and text that is no Unicode is refused instead of mended.
"""

import functools
from collections.abc import Collection, Sized
from typing import Any, TypeVar, cast

import msgspec

from meterstatus import errors

MAX_REQUEST_BYTES = 4 * 1024 * 1024
"""What a server takes: a unit's whole state may be 512 KiB of the agent's and 2 MiB of the charm's
(spec juju-api, 4.3), and JSON escapes make it longer. The same 2^22 is what python-libjuju takes."""

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""What a client takes: a status of a hundred thousand units is 25 MB. A client has one connection, to a
controller whose certificate it checked; this only stops a runaway."""

MAX_ELEMENTS = 10_000
"""What one list of a request may hold: a whole fleet. Four megabytes of nulls would be a million elements,
and walking them would keep everybody else waiting for seconds."""

MAX_KEYS = 1_000
"""What one object may have; no envelope and no params of Juju's has twenty."""

MAX_PARTS = 100_000
"""How many values, keys and lists a request may be made of: a whole fleet with four texts each. More would
take longer to decode than anybody may keep the others waiting."""

MAX_ODD_PARTS = 20_000
"""The same of a request that is not spelled exactly, which is walked in Python: some milliseconds."""

_SHORT_BYTES = 16 * 1024
"""What is so short has not too many of anything."""

MAX_ERROR_CHARACTERS = 1_000
"""Of an error that is told: it may quote what was sent, and must not be as long."""

_MAX_ID = 2**64 - 1
_EMPTY = msgspec.Raw(b"{}")
_ABSENT = msgspec.Raw(b"")
_T = TypeVar("_T")


class ParamsError(errors.MeterStatusError):
    """The params of a request are not what its method takes; the text is the decoder's, without a code."""


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
_anything = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_KEYS = {field.encode_name: field.encode_name for field in msgspec.structs.fields(_Envelope)}
_LEGACY_KEYS = {key.replace("-", ""): key for key in _KEYS}

# What msgspec raises for bytes that are not the JSON asked for. RecursionError: brackets nested too deep;
# UnicodeDecodeError: bytes that are no UTF-8.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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
    except _UNREADABLE:
        envelope = None
    if envelope is not None and envelope.request_id:
        return _message(envelope, legacy=False)
    try:
        return _decode_folded(data)
    except _UNREADABLE as error:
        raise errors.RemoteProtocolError(f"a message cannot be read: {error}") from error


def check_parts(data: bytes) -> None:
    """Check, before anything of it is decoded, that a message is made of no more than may be decoded at once.

    Raises:
        RemoteProtocolError: it is; the connection must be closed.
    """
    if _has_more_parts(data, MAX_PARTS):
        raise errors.RemoteProtocolError(f"a message of more than {MAX_PARTS} values")


def _has_more_parts(data: bytes, limit: int) -> bool:
    if len(data) <= _SHORT_BYTES:
        return False
    plain = data.replace(rb"\\", b"").replace(rb"\"", b"")
    # Before they are taken apart: each is an object, too.
    if plain.count(b'"') > 4 * limit:
        return True
    outside = b"".join(plain.split(b'"')[::2])
    return sum(map(outside.count, (b",", b":", b"[", b"{"))) > limit


def _check_odd(data: bytes) -> None:
    if _has_more_parts(data, MAX_ODD_PARTS):
        raise msgspec.ValidationError(
            f"more than {MAX_ODD_PARTS} values, and keys that are not spelled exactly"
        )


def cut(text: str) -> str:
    """Cut an error's text to what is told of it."""
    return text if len(text) <= MAX_ERROR_CHARACTERS else f"{text[:MAX_ERROR_CHARACTERS]}…"


def _decode_folded(data: bytes) -> Request | Response:
    from meterstatus.protocol import lenient  # the rare one: see the module

    _check_odd(data)
    keys = _raw_object.decode(data)
    _check_length("the message", keys, MAX_KEYS)
    envelope = _envelope.decode(_encoder.encode(lenient.folded(keys, _KEYS)))
    if envelope.request_id:
        return _message(envelope, legacy=False)
    # Without an id of the current form, the reference reads the message again in the former one.
    envelope = _envelope.decode(_encoder.encode(lenient.folded(keys, _LEGACY_KEYS)))
    return _message(envelope, legacy=True)


def _check_length(what: str, items: Sized, limit: int) -> None:
    if len(items) > limit:
        raise msgspec.ValidationError(f"{what} has {len(items)} elements, over the limit of {limit}")


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
        _check_odd(bytes(raw))
        return _object.decode(_present(raw))
    except _UNREADABLE as error:
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

    A long message is cut (``cut``). An empty one is replaced, because an answer with ``"error": ""`` is a
    success to Go and a failure to the Python and JavaScript libraries.

    Raises:
        LocalProtocolError: the info holds what JSON cannot.
    """
    text = cut(message) or code or "unknown error"
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
    except _UNREADABLE as error:
        raise errors.RemoteProtocolError(f"an answer cannot be read: {error}") from error


def decode_params(raw: msgspec.Raw, type_: type[_T], max_elements: int = MAX_ELEMENTS) -> _T:
    """Read a request's params as a method's type.

    Keys are matched exactly first and folded where that fails; unknown keys are ignored, null lists, maps
    and texts are empty, and what is missing is its type's empty value. All this needs a type whose Structs
    refuse unknown fields (``facades.wire.Wire``): only so does an odd key show.

    Args:
        raw: the params.
        type_: what they are to be.
        max_elements: what one list of them may hold.

    Raises:
        ParamsError: the text is no such object, or one that is larger than anybody needs.
    """
    try:
        params: _T = _params_decoder(type_).decode(raw)
    except _UNREADABLE:
        return _decode_odd_params(raw, type_, max_elements)
    try:
        return _bounded(params, max_elements)
    except msgspec.ValidationError as error:
        raise ParamsError(f"params cannot be read: {error}") from error


def _decode_odd_params(raw: msgspec.Raw, type_: type[_T], max_elements: int) -> _T:
    from meterstatus.protocol import lenient  # the rare one: see the module

    try:
        _check_odd(bytes(raw))
        plain = _anything.decode(raw)
        if isinstance(plain, dict):
            _check_items(cast("dict[str, Any]", plain).items(), max_elements)
        return lenient.convert(plain, type_)
    except _UNREADABLE as error:
        raise ParamsError(f"params cannot be read: {error}") from error


def _bounded(params: _T, max_elements: int) -> _T:
    fields: tuple[str, ...] = getattr(params, "__struct_fields__", ())
    _check_items([(field, getattr(params, field)) for field in fields], max_elements)
    return params


def _check_items(items: Collection[tuple[str, Any]], max_elements: int) -> None:
    """Refuse what has too many keys, or a list that is too long; lists within lists are none of Juju's."""
    _check_length("the object", items, MAX_KEYS)
    for key, value in items:
        if isinstance(value, list | tuple):
            _check_length(f'"{key}"', cast("Sized", value), max_elements)


@functools.cache
def _params_decoder(type_: type[_T]) -> msgspec.json.Decoder[_T]:
    return msgspec.json.Decoder(type_)


def read_result(value: Any, type_: type[_T]) -> _T:
    """Turn the decoded ``response`` of an answer into a type, as leniently as ``decode_params``.

    Raises:
        RemoteProtocolError: the value is no such object.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError:
        from meterstatus.protocol import lenient  # the rare one: see the module
    try:
        return lenient.convert(value, type_)
    except msgspec.ValidationError as error:
        raise errors.RemoteProtocolError(f"an answer cannot be read: {error}") from error
