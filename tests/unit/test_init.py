"""The public names of the package."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

import meterstatus

STUB = pathlib.Path(meterstatus.__file__).with_suffix(".pyi")


def _told() -> dict[str, str]:
    """Give each name of the stub with the module that the stub takes it from."""
    imports = [node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


def test_stub_gives_the_same_names() -> None:
    """A type checker is told of the public names, of all of them and of no other."""
    assert sorted(_told()) == meterstatus.__all__


@pytest.mark.parametrize(("name", "module"), sorted(_told().items()))
def test_stub_gives_the_same_things(name: str, module: str) -> None:
    """What a type checker is told that a name is, it is."""
    assert getattr(importlib.import_module(module), name) is getattr(meterstatus, name)


@pytest.mark.parametrize("name", meterstatus.__all__)
def test_name_can_be_had(name: str) -> None:
    """Every public name can be imported, and is shown by dir()."""
    assert getattr(meterstatus, name) is not None
    assert name in dir(meterstatus)


def test_unknown_name_is_refused() -> None:
    """A name that is not public is missing as from any module."""
    with pytest.raises(AttributeError, match="module 'meterstatus' has no attribute 'no_such_name'"):
        getattr(meterstatus, "no_such_name")  # noqa: B009 # the type checker knows that it is not there


def test_import_alone_loads_nothing() -> None:
    """Importing the package pays for no part of it."""
    program = (
        "import sys, meterstatus; print([name for name in sys.modules if name.startswith('meterstatus.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
