"""Making a controller's directory: all of it, or nothing."""

import datetime
import pathlib
import stat

import pytest

from meterstatus import errors
from meterstatus.adapters.files import login_file
from meterstatus.adapters.sql import sqlite
from meterstatus.domain.fleet import passwords, records
from meterstatus.programs.controller import controller_files


def test_everything_is_made_for_its_owner_only(tmp_path: pathlib.Path) -> None:
    """The directory is 0700, each file 0600, and nothing else is left beside it."""
    place = tmp_path / "var" / "controller"
    controller_files.init(controller_files.InitOptions(place))
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()}
    names = ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem", "controller.db", "login.yaml"]
    assert modes == dict.fromkeys(names, 0o600)
    assert list(place.parent.iterdir()) == [place]


async def test_the_login_file_fits_the_database(tmp_path: pathlib.Path) -> None:
    """What init returns is what the file says, and its password is the admin's."""
    options = controller_files.InitOptions(
        tmp_path / "c", ("10.7.0.5", "fd00::7", "ctl.example"), port=4711, model_name="prod-2", admin="bob"
    )
    login = controller_files.init(options)
    assert login_file.read(tmp_path / "c" / "login.yaml") == login
    assert login.addresses == ("10.7.0.5:4711", "[fd00::7]:4711", "ctl.example:4711")
    store = sqlite.open_repository(tmp_path / "c" / "controller.db")
    loaded = await store.follow(lambda _: None)
    await store.close()
    assert loaded.identity == records.Identity(login.controller, login.model, "prod-2", options.names, 4711)
    assert loaded.identity.created is not None
    assert abs(loaded.identity.created - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(hours=1)
    (admin,) = loaded.users
    assert (admin.name, admin.access, admin.enabled) == ("bob", records.Access.ADMIN, True)
    assert admin.password_hash == passwords.user_hash(login.password, admin.salt)


def test_without_names_it_is_for_this_machine(tmp_path: pathlib.Path) -> None:
    """No names make a controller that is reached as localhost."""
    login = controller_files.init(controller_files.InitOptions(tmp_path / "c"))
    assert login.addresses == ("localhost:17070",)


def test_an_empty_directory_is_taken(tmp_path: pathlib.Path) -> None:
    """A directory that is there and empty becomes the controller's, with its mode."""
    place = tmp_path / "c"
    place.mkdir(mode=0o755)
    controller_files.init(controller_files.InitOptions(place))
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_nothing_is_replaced(tmp_path: pathlib.Path) -> None:
    """A second init, and a file in the way, are refused and change nothing."""
    place = tmp_path / "c"
    controller_files.init(controller_files.InitOptions(place))
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    with pytest.raises(errors.ConfigError, match="is there already and is not empty"):
        controller_files.init(controller_files.InitOptions(place))
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before
    (tmp_path / "file").touch()
    with pytest.raises(errors.ConfigError, match="is no directory"):
        controller_files.init(controller_files.InitOptions(tmp_path / "file"))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(errors.ConfigError, match="link is a symbolic link; name the directory"):
        controller_files.init(controller_files.InitOptions(tmp_path / "link"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_failure_leaves_nothing(tmp_path: pathlib.Path) -> None:
    """When the last step fails, nothing of the first ones is left."""
    place = tmp_path / ("x" * 250)  # too long for the temporary directory's name
    with pytest.raises(OSError, match="too long"):
        controller_files.init(controller_files.InitOptions(place))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"names": ("ctl example",)}, '"ctl example" is no host name or IP address'),
        ({"names": ("",)}, '"" is no host name or IP address'),
        ({"names": ("-x", "a..b")}, '"-x" is no host name or IP address; "a..b" is no host name'),
        ({"port": 0}, "0 is no port"),
        ({"port": 65536}, "65536 is no port"),
        ({"admin": "bob@corp"}, '"bob@corp" is no user name'),
        ({"admin": ""}, '"" is no user name'),
        ({"model_name": "My Model"}, '"My Model" is no model name'),
    ],
)
def test_impossible_options_are_named(tmp_path: pathlib.Path, options: dict[str, object], fault: str) -> None:
    """Each value that cannot be is named, all of them at once."""
    with pytest.raises(errors.ConfigError) as caught:
        controller_files.InitOptions(tmp_path / "c", **options)  # pyright: ignore[reportArgumentType] # each field's own type
    assert fault in str(caught.value)
