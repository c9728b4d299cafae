"""What clients of Juju define as always there, against the shapes that we answer with.

The definitions are those that jujulib was generated from. Juju's own client takes a time for granted that is
always there, and ends with SIGSEGV where it is null.
"""

import json
import pathlib
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from meterstatus.controller.rpc import dispatch
from meterstatus.protocol import wire
from meterstatus.protocol.facades import admin, all_watcher

SCHEMA = (
    pathlib.Path(__file__).parents[1]
    / "e2e/jujulib/node_modules/@canonical/jujulib/generator/schema/schema.json"
)

EXCUSED = {
    "qualifier": "Juju 4 has it in place of the owner's tag",
    "Address": "of the generator: Go writes the keys of what is embedded and not its name",
}
NULLABLE = {
    "AgentEntity.jobs": "null for units (spec juju-api, 9.1)",
    "ApplicationStatus.meter_statuses": "null where none has any (8.3)",
    "Metric.labels": "null where there are none (6.2)",
    "ModelSummary.last_connection": "null for who never came (8.1)",
    "ModelUser.last_connection": "null for who never came (8.1)",
    "RetryStrategyResult.result": "null with an error, as a Go pointer is",
    "UserModel.last_connection": "null for who never came (8.1)",
}
"""What we write as null, and why Juju does too."""


def structs(of: Any) -> Iterator[type[msgspec.Struct]]:
    """Give every shape within a type."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        yield of
        for field in msgspec.structs.fields(of):
            yield from structs(field.type)
    else:
        for part in typing.get_args(of):
            yield from structs(part)


def results() -> set[type[msgspec.Struct]]:
    """Return every shape of every result, and those that an AllWatcher tells."""
    told: list[Any] = [all_watcher.UnitInfo, all_watcher.ApplicationInfo, all_watcher.ModelUpdate]
    of_methods = [
        handler.method.result for each in dispatch.IMPLEMENTATIONS for handler in each.handlers.values()
    ]
    of_methods += [admin.LOGIN.result, admin.REDIRECT_INFO.result]
    return {found for result in (*told, *of_methods) for found in structs(result)}


def test_nothing_is_null_that_juju_fills() -> None:
    """What has no default is always written, and never as null but where Juju's is null too."""
    nullable = {
        f"{struct.__name__}.{field.name}"
        for struct in results()
        for field in msgspec.structs.fields(struct)
        if field.default is msgspec.NODEFAULT
        and (field.type is type(None) or type(None) in typing.get_args(field.type))
    }
    assert nullable == NULLABLE.keys()


def described() -> list[Any]:
    """Give each method that jujulib and we know, with its definitions and our result."""
    ours = {each.facade.name: each.handlers for each in dispatch.IMPLEMENTATIONS}
    found: list[Any] = []
    for facade in json.loads(SCHEMA.read_text()):
        mine = ours.get(facade["Name"])
        for method, about in facade["Schema"].get("properties", {}).items():
            result = about.get("properties", {}).get("Result")
            if mine is not None and method in mine and result is not None:
                label = f"{facade['Name']}.{method}"
                definitions = facade["Schema"]["definitions"]
                found.append(pytest.param(definitions, result, mine[method].method.result, id=label))
    return found


def missing(definitions: Any, about: Any, of: Any) -> Iterator[str]:
    """Name what a definition has always, and our shape has not or leaves out."""
    if "$ref" in about:
        about = definitions[about["$ref"].rpartition("/")[2]]
    if about.get("type") == "array":
        inner = typing.get_args(of)
        yield from missing(definitions, about["items"], inner[0]) if inner else ()
    elif "patternProperties" in about:
        inner = typing.get_args(of)
        yield from missing(definitions, about["patternProperties"][".*"], inner[-1]) if inner else ()
    elif about.get("properties"):
        for struct in structs(of):
            fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
            for name in about.get("required", []):
                if name not in fields or fields[name].default is not msgspec.NODEFAULT:
                    yield f"{struct.__name__}.{name}"
            for name, field in fields.items():
                if name in about["properties"]:
                    yield from missing(definitions, about["properties"][name], field.type)
            return


@pytest.mark.parametrize(("definitions", "result", "ours"), described())
def test_what_is_required_is_always_written(definitions: Any, result: Any, ours: type[wire.Wire]) -> None:
    """Each key that a definition requires is one that we write, whatever its value."""
    lacking = {name for name in missing(definitions, result, ours) if name.rpartition(".")[2] not in EXCUSED}
    assert lacking == set()
