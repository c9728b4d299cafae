"""The files of Juju's client: ours is put among them, and nobody else's is touched (spec juju-api, 8.1)."""

import dataclasses
import pathlib
from typing import Any

import pytest
import yaml

from meterstatus import errors
from meterstatus.adapters.files import juju_data

PEM = "-----BEGIN CERTIFICATE-----\nAbC+/=\n-----END CERTIFICATE-----\n"
OURS = "77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
THEIRS = "11111111-5f0a-4c5e-9a60-94a1b8a6f011"
MODEL = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
ACCOUNT = juju_data.Account(
    controller=OURS,
    addresses=("localhost:17070",),
    ca_certificate=PEM,
    user="bob",
    password="s3cret-word",
    access="superuser",
    models={"bob/demo": MODEL},
    model="bob/demo",
)
LAB = f"""\
# what Juju's client wrote
controllers:
  lab: {{uuid: {THEIRS}, api-endpoints: ['10.0.0.1:17070'], agent-version: 2.9.10, region: no,
        controller-machine-count: 1, proxy: ~, last-seen: 2024-07-01T08:00:00Z}}
current-controller: lab
"""


@pytest.fixture(autouse=True)
def locks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the client's locks out of the machine's directory for them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("locks")))


def documents(directory: pathlib.Path) -> tuple[Any, Any, Any]:
    """Return what the three files hold."""
    files = (juju_data.CONTROLLERS, juju_data.ACCOUNTS, juju_data.MODELS)
    controllers, accounts, models = (yaml.safe_load((directory / file).read_text()) for file in files)
    return controllers, accounts, models


def test_three_files_are_made(tmp_path: pathlib.Path) -> None:
    """Where nothing is yet, the files hold exactly what the specification says, for their owner alone."""
    directory = tmp_path / "share" / "juju"
    written = juju_data.write(directory, ACCOUNT)
    controllers, accounts, models = documents(directory)
    assert controllers == {
        "controllers": {
            "meterstatus": {
                "uuid": OURS,
                "api-endpoints": ["localhost:17070"],
                "ca-cert": PEM,
                "cloud": "meterstatus",
                "controller-machine-count": 0,
                "active-controller-machine-count": 0,
            }
        },
        "current-controller": "meterstatus",
    }
    assert accounts == {
        "controllers": {
            "meterstatus": {
                "type": "userpass",
                "user": "bob",
                "password": "s3cret-word",
                "last-known-access": "superuser",
            }
        }
    }
    assert models == {
        "controllers": {
            "meterstatus": {
                "models": {"bob/demo": {"uuid": MODEL, "type": "iaas", "branch": "master"}},
                "current-model": "bob/demo",
            }
        }
    }
    assert (written.name, written.is_current) == ("meterstatus", True)
    assert [(path.name, former) for path, former in written.changed.items()] == [
        ("accounts.yaml", None),
        ("models.yaml", None),
        ("controllers.yaml", None),
    ]
    assert directory.stat().st_mode & 0o777 == 0o700
    jar = directory / "cookies" / "meterstatus.json"
    assert jar.read_text() == "[]\n"
    made = [jar, *(path for path in directory.iterdir() if path.is_file())]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o600] * 4


def test_others_stay_as_they_are(tmp_path: pathlib.Path) -> None:
    """Another controller stays the current one, its values are the same texts, and the former is kept."""
    path = tmp_path / juju_data.CONTROLLERS
    path.write_text(LAB)
    path.chmod(0o644)
    written = juju_data.write(tmp_path, ACCOUNT)
    before: Any = yaml.load(LAB, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    after: Any = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    assert after["controllers"]["lab"] == before["controllers"]["lab"]
    assert "agent-version: 2.9.10" in path.read_text()
    assert (after["current-controller"], written.is_current) == ("lab", False)
    former = written.changed[path]
    assert former is not None and former.read_text() == LAB
    assert (path.stat().st_mode & 0o777, former.stat().st_mode & 0o777) == (0o600, 0o600)


def test_a_second_time_changes_nothing(tmp_path: pathlib.Path) -> None:
    """What is there already is not written again."""
    juju_data.write(tmp_path, ACCOUNT)
    jar = tmp_path / "cookies" / "meterstatus.json"
    jar.write_text('[{"Name": "c"}]')
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    assert juju_data.write(tmp_path, ACCOUNT).changed == {}
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before
    assert jar.read_text() == '[{"Name": "c"}]'


def test_what_juju_added_to_ours_stays(tmp_path: pathlib.Path) -> None:
    """Keys of our controller that Juju's client put there, and its choice of a model, outlive an update."""
    juju_data.write(tmp_path, dataclasses.replace(ACCOUNT, models={"bob/demo": MODEL, "bob/controller": "c"}))
    path = tmp_path / juju_data.CONTROLLERS
    path.write_text(path.read_text().replace("    uuid:", "    agent-version: 3.6.0\n    uuid:"))
    models = tmp_path / juju_data.MODELS
    models.write_text(models.read_text().replace("current-model: bob/demo", "current-model: bob/controller"))
    moved = dataclasses.replace(
        ACCOUNT, addresses=("ctl:1",), password="new", models={"bob/demo": MODEL, "bob/controller": "c"}
    )
    juju_data.write(tmp_path, moved)
    controllers, accounts, kept = documents(tmp_path)
    assert controllers["controllers"]["meterstatus"]["agent-version"] == "3.6.0"
    assert controllers["controllers"]["meterstatus"]["api-endpoints"] == ["ctl:1"]
    assert accounts["controllers"]["meterstatus"]["password"] == "new"
    assert kept["controllers"]["meterstatus"]["current-model"] == "bob/controller"


def test_a_current_model_that_is_gone_is_replaced(tmp_path: pathlib.Path) -> None:
    """A current model that the user does not see any more gives way."""
    juju_data.write(tmp_path, dataclasses.replace(ACCOUNT, models={"bob/old": "o"}, model="bob/old"))
    juju_data.write(tmp_path, ACCOUNT)
    assert documents(tmp_path)[2]["controllers"]["meterstatus"]["current-model"] == "bob/demo"


def test_a_controller_keeps_its_name(tmp_path: pathlib.Path) -> None:
    """Once it is called something it is found by its UUID, and a second name for it is refused."""
    assert juju_data.write(tmp_path, ACCOUNT, "lab").name == "lab"
    assert juju_data.write(tmp_path, ACCOUNT).name == "lab"
    with pytest.raises(errors.ConfigError, match='has this controller already, as "lab"'):
        juju_data.write(tmp_path, ACCOUNT, "other")


def test_a_name_is_of_one_controller(tmp_path: pathlib.Path) -> None:
    """Another controller's name is refused before anything is written."""
    juju_data.write(tmp_path, dataclasses.replace(ACCOUNT, controller=THEIRS))
    before = {path: path.read_text() for path in tmp_path.glob("*.yaml")}
    with pytest.raises(errors.ConfigError, match=r'another controller called "meterstatus".*--name'):
        juju_data.write(tmp_path, dataclasses.replace(ACCOUNT, password="new"))
    assert {path: path.read_text() for path in tmp_path.glob("*.yaml")} == before


@pytest.mark.parametrize("file", [juju_data.CONTROLLERS, juju_data.ACCOUNTS, juju_data.MODELS])
@pytest.mark.parametrize(
    "content", [b"a: [", b"- a", b"controllers: [1]", b"controllers: x", b"\xff", b"a: \x00"]
)
def test_what_is_no_file_of_jujus_is_left_alone(tmp_path: pathlib.Path, file: str, content: bytes) -> None:
    """A file that cannot be understood is named, and no file is written."""
    (tmp_path / file).write_bytes(content)
    with pytest.raises(errors.ConfigError, match=f"{file} is no file of Juju's client"):
        juju_data.write(tmp_path, ACCOUNT)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(file, content)]


@pytest.mark.parametrize("content", ["", "{}", "controllers:", "controllers: {}", "[x]: 1\ncontrollers: {}"])
def test_an_empty_file_is_none(tmp_path: pathlib.Path, content: str) -> None:
    """A file in which nothing is yet is filled."""
    for file in (juju_data.CONTROLLERS, juju_data.ACCOUNTS, juju_data.MODELS):
        (tmp_path / file).write_text(content)
    assert juju_data.write(tmp_path, ACCOUNT).is_current
    accounts = yaml.compose((tmp_path / juju_data.ACCOUNTS).read_text(), Loader=yaml.SafeLoader)
    assert accounts is not None and "s3cret-word" in (tmp_path / juju_data.ACCOUNTS).read_text()


def test_what_a_link_leads_to_is_written(tmp_path: pathlib.Path) -> None:
    """A file that is a link stays one."""
    target = tmp_path / "kept-elsewhere.yaml"
    target.write_text(LAB)
    directory = tmp_path / "juju"
    directory.mkdir()
    (directory / juju_data.CONTROLLERS).symlink_to(target)
    juju_data.write(directory, ACCOUNT)
    assert (directory / juju_data.CONTROLLERS).is_symlink()
    assert OURS in target.read_text()


def test_a_failure_leaves_no_controller_to_look_at(tmp_path: pathlib.Path) -> None:
    """The list of controllers comes last, so that a client never finds one without its account."""
    (tmp_path / juju_data.CONTROLLERS).symlink_to(tmp_path / "nowhere" / "controllers.yaml")
    with pytest.raises(OSError, match="nowhere"):
        juju_data.write(tmp_path, ACCOUNT)
    assert sorted(path.name for path in tmp_path.iterdir() if not path.is_symlink()) == [
        "accounts.yaml",
        "models.yaml",
    ]


def test_addresses_of_this_machine_are_kept_by_name() -> None:
    """Juju's client drops loopback addresses, and not the name localhost; each address is there once."""
    addresses = (
        "127.0.0.1:1",
        "[::1]:1",
        "127.9.9.9:2",
        "10.7.0.5:1",
        "[fd00::1]:1",
        "ctl.example:1",
        "localhost:1",
    )
    assert juju_data.client_addresses(addresses) == (
        "localhost:1",
        "localhost:2",
        "10.7.0.5:1",
        "[fd00::1]:1",
        "ctl.example:1",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lab", True),
        ("a", True),
        ("my-lab.1", True),
        ("", False),
        ("a/b", False),
        ("a:b", False),
        ("-a", False),
    ],
)
def test_a_name_can_stand_before_a_models(name: str, expected: bool) -> None:
    """What would be read as a model's name, or as an option, is no name."""
    assert juju_data.is_name(name) is expected
