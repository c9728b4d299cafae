"""The lock that Juju's client and we take over the same files."""

import fcntl
import os
import pathlib
import stat
import threading

import pytest

from meterstatus import errors
from meterstatus.adapters.files import juju_data, juju_store_lock


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give the directory of locks."""
    made = tmp_path / "tmp"
    made.mkdir()
    monkeypatch.setenv("TMPDIR", str(made))
    return made


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("stg-github-runner-test-arm64", "juju-store-lock-3838383737666432"),
        ("is-managed-database-testing-dbaas", "juju-store-lock-6665353634393833"),
    ],
)
def test_it_is_the_clients(
    user: str, name: str, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two locks that people's messages name, with where their files were (juju issues 18947, 18949)."""
    controllers = pathlib.Path(f"/home/{user}/.local/share/juju/controllers.yaml")
    assert juju_store_lock.path_of(controllers) == folder / name
    monkeypatch.delenv("TMPDIR")
    assert juju_store_lock.path_of(controllers) == pathlib.Path("/tmp") / name


def test_it_is_held_and_let_go(tmp_path: pathlib.Path) -> None:
    """Another descriptor cannot lock the file meanwhile, and can afterwards; it stays, its owner's alone."""
    controllers = tmp_path / "controllers.yaml"
    path = juju_store_lock.path_of(controllers)
    with juju_store_lock.held(controllers):
        other = os.open(path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_juju_command_is_waited_for(tmp_path: pathlib.Path) -> None:
    """Whoever holds it goes first."""
    controllers = tmp_path / "controllers.yaml"
    other = os.open(juju_store_lock.path_of(controllers), os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(other, fcntl.LOCK_EX)
    closing = threading.Timer(0.2, os.close, [other])
    closing.start()
    with juju_store_lock.held(controllers):
        closing.join()


def test_files_in_other_hands_are_left_alone(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held for too long, or not to be opened: nothing is written, and it is said what to do."""
    account = juju_data.Account("c", ("localhost:1",), "", "bob", "p", "login", {"bob/m": "m"}, "bob/m")
    directory = tmp_path / "juju"
    path = juju_store_lock.path_of(directory / juju_data.CONTROLLERS)
    monkeypatch.setattr(juju_store_lock, "LIMIT_SECONDS", 0.0)
    other = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(errors.ConfigError, match=r"is changing these files: it holds .*store-lock"):
        juju_data.write(directory, account)
    os.close(other)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(
        errors.ConfigError, match=r"cannot be taken: it is a FIFO.*; who made it may remove it"
    ):
        juju_data.write(directory, account)
    assert not directory.exists()
