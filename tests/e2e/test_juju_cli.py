"""The commands of Juju's own client, call by call, with the files that we wrote for it (juju-api, 8)."""

import pathlib
from collections.abc import Iterator

import pytest
import yaml

from harness import real_fleet
from tests.e2e import juju_cli, libjuju

LOGIN = "Admin(3).Login"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real_fleet.RealFleet]:
    """A running controller that is reached on this machine only, by an address and not by name."""
    folder = tmp_path_factory.mktemp("shop")
    with libjuju.serving(folder, ["127.0.0.1"], shop_0="RED", shop_1="", till_0="") as fleet:
        yield fleet


@pytest.fixture(autouse=True)
def locks(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the client's locks out of the machine's directory for them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def juju(shop: real_fleet.RealFleet, tmp_path: pathlib.Path) -> juju_cli.JujuCLI:
    """A client that our command has introduced to the controller."""
    shop.meterstatus("juju-client", "--juju-data", str(tmp_path))
    return juju_cli.JujuCLI(tmp_path)


@pytest.fixture
def reader(shop: real_fleet.RealFleet, tmp_path: pathlib.Path) -> juju_cli.JujuCLI:
    """A client of somebody who may only look."""
    login = str(libjuju.login_of(shop, "reader"))
    shop.meterstatus("juju-client", "--juju-data", str(tmp_path), "--login", login)
    return juju_cli.JujuCLI(tmp_path)


def test_models_lists_what_one_may_see(juju: juju_cli.JujuCLI) -> None:
    """``juju models`` asks for summaries in the highest version, and shows both models to an admin."""
    assert juju.models() == [("controller", "admin"), ("default", "admin")]
    assert juju.calls == [[LOGIN, "ModelManager(10).ListModelSummaries"]]


def test_a_reader_uses_the_client_too(reader: juju_cli.JujuCLI) -> None:
    """Who may only look lists his model and sees its status, and is denied when he sets one."""
    assert reader.models() == [("default", "read")]
    assert "shop/0" in reader.status()["applications"]["shop"]["units"]
    with pytest.raises(juju_cli.APIError, match="permission denied") as caught:
        reader.set_meter_status("shop/0", "GREEN")
    assert caught.value.code == "unauthorized access"


def test_status_shows_meter_statuses(juju: juju_cli.JujuCLI) -> None:
    """``juju status`` has the units with their colours in one call of Client 7, and patterns choose."""
    found = juju.status()
    assert juju.calls == [[LOGIN, "Client(7).FullStatus"]]
    assert found["applications"]["shop"]["meter-statuses"] == {
        "shop/0": {"color": "red", "message": "was RED"}
    }
    assert list(juju.status(["till"])["applications"]) == ["till"]
    assert juju.status(storage=True)["applications"].keys() == found["applications"].keys()


def test_an_earlier_client_asks_for_storage_beside_it(juju: juju_cli.JujuCLI) -> None:
    """A client without Client 7 uses 6, and finds no storage in the calls that it adds for other formats."""
    juju.knows = dict(juju_cli.EARLIER)
    assert "shop/0" in juju.status(storage=True)["applications"]["shop"]["units"]
    assert juju.calls == [
        [
            LOGIN,
            "Client(6).FullStatus",
            "Storage(6).ListStorageDetails",
            "Storage(6).ListFilesystems",
            "Storage(6).ListVolumes",
        ]
    ]
    assert juju.models() == [("controller", "admin"), ("default", "admin")]
    assert juju.calls == [[LOGIN, "ModelManager(9).ListModelSummaries"]]


@pytest.mark.parametrize("knows", [juju_cli.LATEST, juju_cli.EARLIEST])
def test_clients_of_any_2_9_are_served(juju: juju_cli.JujuCLI, knows: dict[str, tuple[int, ...]]) -> None:
    """``juju status``, ``users`` and ``model-config`` in the latest versions and in those of early 2.9."""
    juju.knows = dict(knows)
    assert "shop/0" in juju.status()["applications"]["shop"]["units"]
    assert juju.users() == ["admin", "reader"]
    assert juju.calls == [[LOGIN, f"UserManager({max(knows['UserManager'])}).UserInfo"]]
    assert juju.model_config()["name"] == "default"


def test_after_logout_the_command_is_the_way_back(shop: real_fleet.RealFleet, juju: juju_cli.JujuCLI) -> None:
    """``juju logout --force`` forgets user and password; ``meterstatus juju-client`` tells them again."""
    (juju.directory / "accounts.yaml").write_text("controllers: {}\n")
    shop.meterstatus("juju-client", "--juju-data", str(juju.directory))
    assert juju.models() == [("controller", "admin"), ("default", "admin")]


def test_set_meter_status_sets_it(juju: juju_cli.JujuCLI, shop: real_fleet.RealFleet) -> None:
    """``juju set-meter-status`` sets a unit, or all of an application, and our own command shows it."""
    libjuju.add(shop, "bank/0")
    libjuju.add(shop, "bank/1")
    juju.set_meter_status("bank/0", "RED", "over budget")
    assert juju.calls == [[LOGIN, "MetricsDebug(2).SetMeterStatus"]]
    assert "over budget" in shop.meterstatus("status", "bank/0")
    juju.set_meter_status("bank", "AMBER", "soon")
    shown = juju.status(["bank"])["applications"]["bank"]["meter-statuses"]
    assert shown == {unit: {"color": "amber", "message": "soon"} for unit in ("bank/0", "bank/1")}


def test_a_model_that_is_not_known_is_looked_for(juju: juju_cli.JujuCLI) -> None:
    """Where models.yaml has nothing, the models are listed on a connection of its own first."""
    (juju.directory / "models.yaml").write_text("controllers: {}\n")
    juju.set_meter_status("till/0", "GREEN", model="admin/default")
    assert juju.calls == [
        [LOGIN, "ModelManager(10).ListModels"],
        [LOGIN, "MetricsDebug(2).SetMeterStatus"],
    ]


@pytest.mark.parametrize(
    ("entity", "status", "message", "code"),
    [
        ("shop/0", "red", 'meter status "NOT AVAILABLE" not valid', "not valid"),
        ("shop/9", "RED", 'unit "shop/9" not found', "not found"),
        ("nothing", "RED", 'application "nothing" not found', "not found"),
    ],
)
def test_set_meter_status_is_refused_in_jujus_words(
    juju: juju_cli.JujuCLI, entity: str, status: str, message: str, code: str
) -> None:
    """A status in lower case and what is not there are refused as Juju refuses them."""
    with pytest.raises(juju_cli.APIError) as caught:
        juju.set_meter_status(entity, status)
    assert (caught.value.message, caught.value.code) == (message, code)


def test_the_controllers_own_model_is_empty(juju: juju_cli.JujuCLI) -> None:
    """``juju status -m controller`` shows a model with nothing in it."""
    found = juju.status(model="admin/controller")
    assert (found["model"]["name"], found["applications"]) == ("controller", {})


def test_the_controller_is_found_again(juju: juju_cli.JujuCLI) -> None:
    """The addresses that a login tells replace those in the file, and the next command still connects."""
    for _ in range(3):
        juju.models()
    controllers = yaml.safe_load((juju.directory / "controllers.yaml").read_text())["controllers"]
    (address,) = controllers["meterstatus"]["api-endpoints"]
    assert address.startswith("localhost:")


def test_login_with_the_stored_password_works(juju: juju_cli.JujuCLI) -> None:
    """``juju login`` with the password that is stored logs in on the controller."""
    with juju.connect():
        pass
    assert juju.calls == [[LOGIN]]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("user-admin", "invalid entity name or password"),
        ("", "failed to authenticate request: unauthorized"),
        ("user-", "failed to authenticate request: unauthorized"),
    ],
)
def test_login_without_a_password_is_refused(juju: juju_cli.JujuCLI, tag: str, message: str) -> None:
    """``juju login -u USER`` and ``juju login`` begin without a password, for macaroons; there are none."""
    with juju.dial() as made, pytest.raises(juju_cli.APIError) as caught:
        made.log_in(tag, "", "")
    assert (caught.value.message, caught.value.code) == (message, "unauthorized access")


def test_login_to_a_host_is_refused(juju: juju_cli.JujuCLI) -> None:
    """``juju login HOST`` begins with Admin 4, which is not supported, and may go on with Admin 3."""
    with juju.dial() as made:
        with pytest.raises(juju_cli.APIError, match="does not support login from old clients") as caught:
            made.request("Admin", 4, "LoginWithSessionToken", {})
        assert caught.value.code == "not supported"
        with pytest.raises(juju_cli.APIError, match="invalid entity name or password"):
            made.log_in("user-admin", "", "")


@pytest.mark.parametrize(
    ("facade", "version", "method"),
    [("Application", 19, "Deploy"), ("Client", 7, "StatusHistory"), ("Spaces", 6, "ListSpaces")],
)
def test_other_commands_are_not_implemented(
    juju: juju_cli.JujuCLI, facade: str, version: int, method: str
) -> None:
    """What other commands call is answered with the code for which the client says what it means."""
    uuid = yaml.safe_load((juju.directory / "models.yaml").read_text())["controllers"]["meterstatus"]
    with juju.connect(uuid["models"]["admin/default"]["uuid"]) as made:
        with pytest.raises(juju_cli.APIError) as caught:
            made.request(facade, version, method)
        assert caught.value.code == "not implemented"
        assert made.request("Pinger", 1, "Ping") == {}
