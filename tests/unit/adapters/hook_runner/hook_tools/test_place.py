"""adapters.hook_runner.hook_tools.place: a socket made in private and put in place (spec worker, D.1)."""

import os
import pathlib
import socket
import stat

import pytest

from meterstatus.adapters.hook_runner.hook_tools import place

NAME = "meter-status-agent.socket"


def test_only_the_owner_may_call(tmp_path: pathlib.Path) -> None:
    """A socket of mode 0600 whatever the mask, and gone at the end with all that it took to make."""
    mask = os.umask(0)
    try:
        made = place.Place(tmp_path / NAME)
    finally:
        os.umask(mask)
    found = (tmp_path / NAME).stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(tmp_path / NAME))
        visitor, _ = made.listening.accept()
        visitor.close()
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_agent_left_is_replaced(tmp_path: pathlib.Path) -> None:
    """A stale socket, and a half-made one, are in nobody's way."""
    for path in (tmp_path / NAME, tmp_path / ".meter-status-agent.new" / "socket"):
        path.parent.mkdir(exist_ok=True)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
    place.Place(tmp_path / NAME).close()
    assert list(tmp_path.iterdir()) == []


def test_anothers_socket_is_left_alone(tmp_path: pathlib.Path) -> None:
    """At its end a server takes away only what is still its own."""
    first, second = place.Place(tmp_path / NAME), place.Place(tmp_path / NAME)
    first.close()
    assert (tmp_path / NAME).is_socket()
    second.close()
    assert not (tmp_path / NAME).exists()
    third = place.Place(tmp_path / NAME)
    (tmp_path / NAME).unlink()
    third.close()


def test_where_there_can_be_none(tmp_path: pathlib.Path) -> None:
    """A directory in its place, or no directory for it, is an error; nothing is left of the attempt."""
    (tmp_path / NAME).mkdir()
    descriptors = set(pathlib.Path("/proc/self/fd").iterdir())
    for path in (tmp_path / NAME, tmp_path / "none" / NAME):
        with pytest.raises(OSError, match="directory"):
            place.Place(path)
    assert (
        set(pathlib.Path("/proc/self/fd").iterdir()) <= descriptors
    )  # the collector may have closed others'
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
