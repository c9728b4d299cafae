"""programs.agent.unit_files: what cannot be looked at is not gone."""

import errno
import os
import pathlib
from typing import Any

import pytest

from meterstatus.programs.agent import agent_file, unit_files

ERRORS = [errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES, errno.ESTALE, errno.ENOMEM]


@pytest.fixture
def data_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    for tag in ("unit-shop-1", "unit-shop-0", "machine-0"):
        (tmp_path / "agents" / tag).mkdir(parents=True)
        (tmp_path / "agents" / tag / "agent.conf").touch()
    (tmp_path / "agents" / "unit-bank-0").mkdir()
    return tmp_path


class Faulty:
    """Calls of the system's that fail as long as there is a number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, only: str = "") -> None:
        self.number = 0
        real = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            if self.number and only in str(args[0]):
                raise OSError(self.number, os.strerror(self.number))
            return real(*args, **options)

        monkeypatch.setattr(owner, name, call)


def test_units_with_a_file_are_found_in_order(data_dir: pathlib.Path) -> None:
    """Juju's machine agent is none, nor is a directory without a file."""
    files = unit_files.UnitFiles(data_dir)
    assert list(files.look()) == ["unit-shop-0", "unit-shop-1"]
    assert files.look()["unit-shop-0"] == agent_file.signature(files.path_of("unit-shop-0"))


def test_what_is_absent_is_gone(data_dir: pathlib.Path) -> None:
    """A file, its directory, and all of them; renamed away is as good as removed."""
    files = unit_files.UnitFiles(data_dir)
    files.look()
    files.path_of("unit-shop-0").unlink()
    assert list(files.look()) == ["unit-shop-1"]
    (data_dir / "agents").rename(data_dir / "elsewhere")
    assert files.look() == {}
    (data_dir / "agents").touch()
    assert files.look() == {}


@pytest.mark.parametrize("number", ERRORS)
def test_a_directory_that_cannot_be_listed_is_as_it_was(
    data_dir: pathlib.Path, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once, and once that it is over; a unit removed meanwhile is gone all the same."""
    caplog.set_level("INFO")
    faulty = Faulty(monkeypatch, os, "scandir")
    files = unit_files.UnitFiles(data_dir)
    before = files.look()
    faulty.number = number
    assert files.look() == files.look() == before
    files.path_of("unit-shop-1").unlink()
    assert list(files.look()) == ["unit-shop-0"]
    faulty.number = 0
    assert list(files.look()) == ["unit-shop-0"]
    assert [(record.levelname, record.message) for record in caplog.records] == [
        (
            "WARNING",
            f"{data_dir}/agents cannot be looked at: {os.strerror(number)};"
            " what was found there before is served on",
        ),
        ("INFO", f"{data_dir}/agents can be looked at again"),
    ]


@pytest.mark.parametrize("number", ERRORS)
def test_a_file_that_cannot_be_looked_at_is_as_it_was(
    data_dir: pathlib.Path, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It alone; one that was never seen is not served yet."""
    faulty = Faulty(monkeypatch, agent_file, "signature", only="unit-shop-0")
    files = unit_files.UnitFiles(data_dir)
    before = files.look()
    faulty.number = number
    assert files.look() == files.look() == before
    assert len(caplog.records) == 1
    assert list(unit_files.UnitFiles(data_dir).look()) == ["unit-shop-1"]
