"""python-libjuju's Controller, and what it finds in the files of Juju's client (juju-api, 8.1 and 8.4)."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from juju import errors as juju_errors

from harness import real_fleet
from meterstatus.adapters.files import login_file
from tests.e2e import libjuju

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real_fleet.RealFleet]:
    """A running controller with the unit shop/0."""
    with libjuju.serving(tmp_path_factory.mktemp("shop"), shop_0="RED") as fleet:
        yield fleet


@pytest.fixture
def juju_data(
    shop: real_fleet.RealFleet, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """The directory of Juju's client, as our command wrote it, and where the library looks."""
    monkeypatch.setenv("JUJU_DATA", str(tmp_path / "juju"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # of the client's lock
    shop.meterstatus("juju-client")
    return tmp_path / "juju"


async def test_an_admin_sees_the_controller(shop: real_fleet.RealFleet) -> None:
    """Its models, where it is, who may log in, and a model by its name are there."""
    login = login_file.read(shop.login)
    async with libjuju.controller(shop) as controller:
        assert await controller.list_models() == ["controller", "default"]
        assert (await controller.model_uuids())["default"] == login.model
        (info,) = (await controller.info()).results
        assert info.addresses == await controller.api_endpoints == [f"localhost:{shop.port}"]
        assert info.cacert.strip() == login.ca_certificate.strip()
        model = await controller.get_model("default")
        try:
            assert (model.uuid, list(model.units)) == (login.model, ["shop/0"])
        finally:
            await model.disconnect()
        assert (await controller.get_model_info("default")).uuid == login.model


async def test_the_model_named_controller_is_empty(shop: real_fleet.RealFleet) -> None:
    """The controller's own model can be connected to, is said to be one, and has nothing in it."""
    async with libjuju.controller(shop) as controller:
        model = await controller.get_model("controller")
        try:
            assert (model.name, model.info.is_controller, model.units) == ("controller", True, {})
            assert (await model.get_status()).applications == {}
        finally:
            await model.disconnect()


async def test_an_admin_sees_users(shop: real_fleet.RealFleet) -> None:
    """Oneself, everybody, and that somebody is nobody; a password cannot be changed, and it is said."""
    async with libjuju.controller(shop) as controller:
        me = await controller.get_current_user()
        assert (me.username, me.access, me.enabled, me.display_name) == ("admin", "superuser", True, "")
        assert [(user.username, user.access) for user in await controller.get_users()] == [
            ("admin", "superuser"),
            ("reader", "login"),
        ]
        assert await controller.get_user("nobody") is None
        with pytest.raises(juju_errors.JujuAPIError) as caught:
            await controller.change_user_password("admin", "another one")
        error: Any = caught.value
        assert error.error_code == "not implemented"


async def test_a_reader_sees_what_is_his(shop: real_fleet.RealFleet) -> None:
    """Who may only look connects all the same, and sees his model and himself, and no more."""
    async with libjuju.controller(shop, "reader") as controller:
        assert await controller.list_models() == ["default"]
        with pytest.raises(juju_errors.JujuPermissionError):
            await controller.info()
        assert [user.username for user in await controller.get_users()] == ["reader"]
        assert await controller.get_user("admin") is None
        with pytest.raises(juju_errors.JujuAPIError, match="permission denied"):
            await controller.list_models(username="admin")


@pytest.mark.usefixtures("juju_data")
async def test_a_controller_is_found_in_what_juju_client_wrote(shop: real_fleet.RealFleet) -> None:
    """From the files alone it connects to the current controller, and knows its name and UUID."""
    controller = libjuju.CONTROLLER()
    await controller.connect()
    try:
        uuid = login_file.read(shop.login).controller
        assert (controller.controller_name, controller.controller_uuid) == ("meterstatus", uuid)
    finally:
        await controller.disconnect()


@pytest.mark.usefixtures("juju_data")
async def test_models_are_found_in_what_juju_client_wrote() -> None:
    """From the files alone it connects to the current model, and to models by name."""
    for words in ((), ("default",), ("meterstatus:admin/default",)):
        model = libjuju.MODEL()
        await model.connect(*words)
        try:
            assert (model.name, list(model.units)) == ("default", ["shop/0"])
        finally:
            await model.disconnect()


async def test_a_model_that_its_files_lack_is_found_at_the_controller(juju_data: pathlib.Path) -> None:
    """A model that is not in models.yaml is looked for among all models of the controller."""
    (juju_data / "models.yaml").write_text("controllers: {}\n")
    model = libjuju.MODEL()
    await model.connect("meterstatus:admin/default")
    try:
        assert list(model.units) == ["shop/0"]
    finally:
        await model.disconnect()


def test_the_how_to_is_right(shop: real_fleet.RealFleet, juju_data: pathlib.Path) -> None:
    """The script of the how-to page runs as it stands there, and what it sets is set."""
    page = (ROOT / "docs" / "how-to" / "use-the-juju-client-and-libraries.md").read_text()
    script = page.partition("```python\n")[2].partition("```")[0]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "JUJU_DATA": str(juju_data)},
        capture_output=True,
        text=True,
        timeout=real_fleet.READY_SECONDS * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "over budget" in done.stdout
    assert "over budget" in shop.meterstatus("status", "shop/0")
