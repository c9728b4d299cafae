"""Where an agent is asked: one name for a directory, whichever way leads to it, and never another's."""

import os
import pathlib

import pytest

from meterstatus.adapters.introspection import address


def test_the_name_says_which_directory() -> None:
    """A short directory can be read off the name, as ``ss -lx`` shows it."""
    made = address.Address.of(pathlib.Path("/var/lib/meterstatus"))
    assert str(made) == "@meterstatus-agent:/var/lib/meterstatus"
    assert made.name == b"\0meterstatus-agent:/var/lib/meterstatus"


def test_every_way_to_a_directory_gives_the_same_name(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A symbolic link, a detour and a relative path lead to the agent of the real directory."""
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    ways = (tmp_path / "link", tmp_path / "data" / ".." / "data", pathlib.Path("data"))
    assert {address.Address.of(way) for way in ways} == {address.Address.of(tmp_path / "data")}


@pytest.mark.parametrize("length", [89, 90, 4000])
def test_a_long_directory_has_a_name_that_fits(length: int) -> None:
    """The kernel takes 107 bytes: what is longer is told apart by its hash."""
    one, other = (address.Address(pathlib.Path("/" + letter * (length - 1))) for letter in "ab")
    assert len(one.name) <= 1 + address.LONGEST
    assert one.name != other.name
    assert ("sha256-" in str(one)) == (length > 89)


def test_a_directory_cannot_pass_for_the_hash_of_another() -> None:
    """A directory begins with a slash, which no hash does."""
    assert (
        address.Address(pathlib.Path("/" + "x" * 200)).name.removeprefix(b"\0meterstatus-agent:")[:1] != b"/"
    )


def test_a_name_that_is_no_text_can_be_shown() -> None:
    """A directory of any bytes has a name, and is shown without a failure."""
    made = address.Address(pathlib.Path(os.fsdecode(b"/data\xff")))
    assert made.name.endswith(b"/data\xff")
    assert str(made).endswith("/data\ufffd")
