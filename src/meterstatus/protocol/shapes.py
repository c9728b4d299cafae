"""Params and results as the shapes of ``facades``: JSON text in, values out, read as leniently as Juju does.

Keys are matched without case, as for a message (``messages``): exactly first, and folded where that fails.
"""

import functools
from collections.abc import Collection, Sized
from typing import Any, TypeVar, cast

import msgspec

from meterstatus import errors
from meterstatus.protocol import limits

_anything = msgspec.json.Decoder()
_T = TypeVar("_T")


class ParamsError(errors.MeterStatusError):
    """The params of a request are not what its method takes; the text is the decoder's, without a code."""


def decode_params(raw: msgspec.Raw, type_: type[_T], max_elements: int = limits.MAX_ELEMENTS) -> _T:
    """Read a request's params as a method's type.

    Keys are matched exactly first and folded where that fails; unknown keys are ignored, null lists, maps
    and texts are empty, and what is missing is its type's empty value. All this needs a type whose Structs
    refuse unknown fields (``wire.Wire``): only so does an odd key show.

    Args:
        raw: the params.
        type_: what they are to be.
        max_elements: what one list of them may hold.

    Raises:
        ParamsError: the text is no such object, or one that is larger than anybody needs.
    """
    try:
        params: _T = _params_decoder(type_).decode(raw)
    except limits.UNREADABLE:
        return _decode_odd_params(raw, type_, max_elements)
    try:
        return _bounded(params, max_elements)
    except msgspec.ValidationError as error:
        raise ParamsError(f"params cannot be read: {error}") from error


def _decode_odd_params(raw: msgspec.Raw, type_: type[_T], max_elements: int) -> _T:
    from meterstatus.protocol import lenient  # the rare one: see the module

    try:
        limits.check_odd(bytes(raw))
        plain = _anything.decode(raw)
        if isinstance(plain, dict):
            _check_items(cast("dict[str, Any]", plain).items(), max_elements)
        return lenient.convert(plain, type_)
    except limits.UNREADABLE as error:
        raise ParamsError(f"params cannot be read: {error}") from error


def _bounded(params: _T, max_elements: int) -> _T:
    fields: tuple[str, ...] = getattr(params, "__struct_fields__", ())
    _check_items([(field, getattr(params, field)) for field in fields], max_elements)
    return params


def _check_items(items: Collection[tuple[str, Any]], max_elements: int) -> None:
    """Refuse what has too many keys, or a list that is too long; lists within lists are none of Juju's."""
    limits.check_length("the object", items, limits.MAX_KEYS)
    for key, value in items:
        if isinstance(value, list | tuple):
            limits.check_length(f'"{key}"', cast("Sized", value), max_elements)


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
