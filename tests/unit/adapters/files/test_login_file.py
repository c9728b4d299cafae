"""The login file comes back as it was written, or says what is wrong with it."""

import dataclasses
import pathlib
import stat

import pytest

from meterstatus import errors
from meterstatus.adapters.files import login_file
from meterstatus.domain import addresses

FILE = login_file.LoginFile(
    controller="0d9dbb38-3b4c-4f3b-8a55-6d5a4a1c4a10",
    model="5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e",
    model_name="default",
    ca_certificate="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    addresses=("10.7.0.5:17070", "[fd00::7]:17070"),
    user="admin",
    password="012345",
)


def test_it_comes_back_as_it_was(tmp_path: pathlib.Path) -> None:
    """Every field survives, a password of digits too; the file is 0600 and replaced as a whole."""
    path = tmp_path / "login.yaml"
    FILE.write(path)
    again = dataclasses.replace(FILE, password="other")
    again.write(path)
    assert login_file.read(path) == again
    FILE.write(path)
    assert login_file.read(path) == FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_not_found(tmp_path: pathlib.Path) -> None:
    """A file that is not there is told apart from one that is no good."""
    with pytest.raises(errors.NotFoundError, match=r"login file .*login.yaml not found"):
        login_file.read(tmp_path / "login.yaml")


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("controller", "x", "controller is no UUID"),
        ("model", f"model-{FILE.model}", "model is no UUID"),
        ("ca_certificate", "", "ca-certificate is no PEM certificate"),
        ("addresses", (), "addresses are missing"),
        ("user", "-", "user is no user name"),
        ("password", "", "password is missing"),
    ],
)
def test_each_fault_is_named(tmp_path: pathlib.Path, field: str, value: object, fault: str) -> None:
    """A file with one bad field names that field and no other."""
    path = tmp_path / "login.yaml"
    changes: dict[str, object] = {field: value}
    dataclasses.replace(FILE, **changes).write(path)
    with pytest.raises(errors.ConfigError) as caught:
        login_file.read(path)
    assert str(caught.value) == f"login file {path} cannot be used: {fault}"


@pytest.mark.parametrize("content", [b"- a list", b"\xff\xfe", b"{", b"user: [1]"])
def test_what_is_no_login_file_is_told(tmp_path: pathlib.Path, content: bytes) -> None:
    """Any other content is one clear error."""
    path = tmp_path / "login.yaml"
    path.write_bytes(content)
    with pytest.raises(errors.ConfigError, match="login file"):
        login_file.read(path)


def test_a_directory_is_told(tmp_path: pathlib.Path) -> None:
    """What cannot be read as a file is a ConfigError, too."""
    with pytest.raises(errors.ConfigError, match="cannot be read"):
        login_file.read(tmp_path)


def test_the_password_stays_out_of_reprs() -> None:
    """The password does not end up in a log line."""
    assert "012345" not in repr(FILE)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (0o600, ""),
        (0o640, ""),
        (0o644, "can be read by others (mode 0644), and holds a password; chmod 600 "),
        (0o660, "can be changed by others (mode 0660), and holds a password; chmod 600 "),
    ],
)
def test_a_file_that_others_can_read_is_said_to_be(tmp_path: pathlib.Path, mode: int, words: str) -> None:
    """It holds a password; a group may be meant to have it."""
    path = tmp_path / "login.yaml"
    assert login_file.exposure(path) == ""
    path.touch()
    path.chmod(mode)
    assert login_file.exposure(path) == (f"login file {path} {words}{path}" if words else "")


def test_the_addresses_follow_what_a_login_told() -> None:
    """The one in use comes first, what is there stays within a bound, and nothing new changes nothing."""
    here = addresses.HostPort("10.0.0.1", "ipv4", "local-cloud", 17070)
    other = dataclasses.replace(here, value="10.0.0.2")
    file = dataclasses.replace(FILE, addresses=("proxy:443", "10.0.0.2:17070"))
    followed = file.followed(((here,), (other,)), "10.0.0.2:17070")
    assert followed.addresses == ("10.0.0.2:17070", "proxy:443", "10.0.0.1:17070")
    assert followed.followed(((other,), (here,)), "10.0.0.1:17070") is followed
    assert file.followed((), "proxy:443") is file
    many = dataclasses.replace(file, addresses=tuple(f"old-{number}:1" for number in range(20)))
    bounded = many.followed(((here,), (other,)), "old-19:1").addresses
    assert len(bounded) == login_file.MOST_ADDRESSES
    assert {"old-19:1", "old-0:1", "10.0.0.1:17070", "10.0.0.2:17070"} <= set(bounded)


def test_a_file_that_is_shared_is_not_ours_to_write(tmp_path: pathlib.Path) -> None:
    """A group would lose it, and a link would be replaced."""
    path = tmp_path / "login.yaml"
    FILE.write(path)
    assert login_file.is_ours(path)
    (tmp_path / "link").symlink_to(path)
    assert not login_file.is_ours(tmp_path / "link")
    path.chmod(0o640)
    assert not login_file.is_ours(path)
