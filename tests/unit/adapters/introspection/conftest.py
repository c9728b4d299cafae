"""A place of the test's own to listen and to ask."""

import pathlib

import pytest

from meterstatus.adapters import introspection


@pytest.fixture
def address(tmp_path: pathlib.Path) -> introspection.Address:
    """The address of a directory that is there."""
    return introspection.Address.of(tmp_path)
