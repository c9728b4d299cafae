"""JSON made to fit a type as Juju makes it fit: keys without case, unknown ones dropped, nulls empty.

For what a typed decoder has refused, and slower: types are taken apart, and values walked in Python.
"""

import functools
from typing import Any, TypeVar, cast

import msgspec

_T = TypeVar("_T")


def folded(keys: dict[str, _T], known: dict[str, str]) -> dict[str, _T]:
    """Rename keys to the known ones that they equal but for case, and drop the others; an exact one wins."""
    found: dict[str, _T] = {}
    for key, value in keys.items():
        name = known.get(key.casefold())
        if name is not None and (name == key or name not in found):
            found[name] = value
    return found


def convert(value: Any, type_: type[_T]) -> _T:
    """Turn decoded JSON into a type, whose Structs get what they know and the empty value of what is missing.

    Raises:
        ValidationError: msgspec's; a value is of another JSON type, or is missing and has no empty one.
    """
    return msgspec.convert(_fitted(value, _type_info(type_)), type_)


@functools.cache
def _type_info(type_: type[Any]) -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(type_)


_ZERO: dict[type[msgspec.inspect.Type], Any] = {
    msgspec.inspect.StrType: "",
    msgspec.inspect.IntType: 0,
    msgspec.inspect.BoolType: False,
    msgspec.inspect.VarTupleType: (),
    msgspec.inspect.DictType: {},
}


def _fitted(value: Any, kind: msgspec.inspect.Type) -> Any:
    """Rename, drop and fill in what the type does not take as it is; leave wrong values to the converter."""
    if isinstance(kind, msgspec.inspect.UnionType):
        if value is None:
            return None
        kind = next(part for part in kind.types if not isinstance(part, msgspec.inspect.NoneType))
    if isinstance(kind, msgspec.inspect.StructType):
        return _fitted_struct({} if value is None else value, kind)
    if value is None:
        return _ZERO.get(type(kind))
    if isinstance(kind, msgspec.inspect.VarTupleType) and isinstance(value, list):
        return [_fitted(item, kind.item_type) for item in cast("list[Any]", value)]
    if isinstance(kind, msgspec.inspect.DictType) and isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _fitted(item, kind.value_type) for key, item in items}
    return value


def _fitted_struct(value: Any, kind: msgspec.inspect.StructType) -> Any:
    if not isinstance(value, dict):
        return value
    fields = {field.encode_name: field for field in kind.fields}
    names = {name.casefold(): name for name in fields}
    found = folded(cast("dict[str, Any]", value), names)
    return {
        name: _fitted(found.get(name), field.type)
        for name, field in fields.items()
        if field.required or found.get(name) is not None
    }
