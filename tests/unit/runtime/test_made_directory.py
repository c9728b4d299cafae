"""made_directory: modes are what was asked for, whatever the umask."""

import os
import pathlib
import stat
from collections.abc import Iterator

import pytest

from meterstatus.runtime import made_directory


def _mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Set a umask for one test."""
    former = os.umask(request.param)
    yield request.param
    os.umask(former)


@pytest.mark.usefixtures("umask")
def test_every_directory_that_is_made_has_the_mode(tmp_path: pathlib.Path) -> None:
    """Those above too; what was there is left as it was."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o711)
    made_directory.make(tmp_path / "there" / "agents" / "unit-shop-0", 0o755)
    made_directory.make(tmp_path / "there" / "agents" / "unit-shop-0", 0o700)
    assert _mode(tmp_path / "there") == 0o711
    assert _mode(tmp_path / "there" / "agents") == 0o755
    assert _mode(tmp_path / "there" / "agents" / "unit-shop-0") == 0o755


def test_a_file_in_the_way_is_said(tmp_path: pathlib.Path) -> None:
    """At the place itself, and above it."""
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file is there and is no directory"):
        made_directory.make(tmp_path / "file", 0o755)
    with pytest.raises(OSError, match="Not a directory"):
        made_directory.make(tmp_path / "file" / "below", 0o755)


def test_taming_takes_bits_away_and_gives_none(tmp_path: pathlib.Path) -> None:
    """No set-user-id, no write for others; a link and what it leads to stay."""
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o666)
    tree = tmp_path / "tree"
    (tree / "hooks").mkdir(parents=True)
    (tree / "hooks").chmod(0o2777)
    for name, mode in (("run", 0o4777), ("data", 0o600)):
        (tree / "hooks" / name).touch()
        (tree / "hooks" / name).chmod(mode)
    (tree / "link").symlink_to(outside)
    made_directory.tame(tree)
    assert _mode(tree / "hooks") == 0o755
    assert _mode(tree / "hooks" / "run") == 0o755
    assert _mode(tree / "hooks" / "data") == 0o600
    assert _mode(outside) == 0o666
