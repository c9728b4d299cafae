"""python-libjuju's Model, which nobody here wrote, against our controller (spec juju-api, 8.4)."""

import asyncio
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from juju import errors as juju_errors

from harness import real_fleet
from meterstatus.adapters.files import login_file
from tests.e2e import libjuju

USERS = ("admin", "reader")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real_fleet.RealFleet]:
    """A running controller with four units, the last of which nobody set; a test adds units of its own."""
    folder = tmp_path_factory.mktemp("shop")
    with libjuju.serving(folder, shop_0="GREEN", shop_1="AMBER", shop_2="RED", shop_3="") as fleet:
        yield fleet


UNITS = ["shop/0", "shop/1", "shop/2", "shop/3"]


@pytest.mark.parametrize("user", USERS)
async def test_a_model_is_connected_and_shown(shop: real_fleet.RealFleet, user: str) -> None:
    """Over TLS, as the admin and as one who may only look: name, info, applications and units are there."""
    async with libjuju.model(shop, user) as model:
        assert (model.name, model.uuid) == ("default", login_file.read(shop.login).model)
        assert (model.info.type_, model.info.owner_tag) == ("iaas", "user-admin")
        assert model.info.agent_version.serialize() == "3.6.0"
        known = {"admin": ["admin", "reader"], "reader": ["reader"]}
        assert [each.user for each in model.info.users] == known[user]
        assert sorted(each.name for each in model.applications["shop"].units) == UNITS
        unit, application = model.units["shop/0"], model.applications["shop"]
        assert (unit.agent_status, unit.workload_status, unit.machine) == ("lost", "unknown", None)
        assert unit.agent_status_since.tzinfo is not None
        assert unit.workload_status_since.tzinfo is not None
        assert application.data["status"]["since"] is not None
        assert model.info.status.since is not None
        assert (application.charm_name, application.status, application.life) == ("shop", "unknown", "alive")
        assert (await model.get_config())["name"].value == "default"


@pytest.mark.parametrize("user", USERS)
async def test_the_full_status_has_meter_statuses(shop: real_fleet.RealFleet, user: str) -> None:
    """Colours are lower case with their infos, a unit that nobody set is left out, the model has none."""
    async with libjuju.model(shop, user) as model:
        status = await model.get_status(filters=["shop"])
        assert libjuju.colours(status) == {
            "shop/0": ("green", "was GREEN"),
            "shop/1": ("amber", "was AMBER"),
            "shop/2": ("red", "was RED"),
        }
        assert sorted(status.applications["shop"].units) == UNITS
        assert (status.model.meter_status.color, status.model.meter_status.message) == ("", "")
        assert "shop" in (await model.get_status()).applications
        assert libjuju.colours(await model.get_status(filters=["shop/1"])) == {
            "shop/1": ("amber", "was AMBER")
        }
        assert (await model.get_status(filters=["nothing"])).applications == {}


async def test_a_status_set_by_its_own_class_reaches_the_hook(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """Set on the application through MetricsDebugFacade, the unit's hook is told, and the watch tells it.

    The library's own wait for idle units ends because the agent is connected; ended, the agent is lost.
    """
    await asyncio.to_thread(fleet.start_controller)
    placed = await asyncio.to_thread(fleet.add_unit, "shop/0", charm)
    await asyncio.to_thread(fleet.start_agent)
    async with libjuju.model(fleet) as model:
        await model.wait_for_idle(["shop"], idle_period=0.1, check_freq=0.1, timeout=real_fleet.READY_SECONDS)
        assert model.units["shop/0"].agent_status == "idle"
        param = libjuju.CLIENT.MeterStatusParam(tag="application-shop", code="RED", info="set by libjuju")
        (result,) = (await libjuju.metrics_debug(model).SetMeterStatus(statues=[param])).results
        assert result.error is None
        await asyncio.to_thread(
            real_fleet.wait_until,
            lambda: ("RED", "set by libjuju") in real_fleet.told(placed),
            "the hook told what libjuju set",
        )
        await libjuju.until(lambda: "meter-status" in model.units["shop/0"].safe_data, "told by the watch")
        data = model.units["shop/0"].safe_data
        assert data["meter-status"] == {"color": "red", "message": "set by libjuju"}
        assert libjuju.colours(await model.get_status()) == {"shop/0": ("red", "set by libjuju")}
        await asyncio.to_thread(fleet.stop_agent)
        await libjuju.until(lambda: model.units["shop/0"].agent_status == "lost", "the agent lost")


@pytest.mark.parametrize("user", USERS)
async def test_connecting_warns_of_nothing(
    shop: real_fleet.RealFleet, user: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The library knows every facade that it is told of; of one that it does not it logs a warning."""
    async with libjuju.model(shop, user):
        pass
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


async def test_there_are_no_metrics(shop: real_fleet.RealFleet) -> None:
    """Model.get_metrics finds nothing, and says so for what is not there."""
    async with libjuju.model(shop) as model:
        assert await model.get_metrics() == {}
        assert await model.get_metrics("unit-shop-0", "application-shop") == {}
        with pytest.raises(juju_errors.JujuError, match='failed to get metrics: unit "shop/9" not found'):
            await model.get_metrics("unit-shop-9")


async def test_units_come_and_go_while_it_watches(shop: real_fleet.RealFleet) -> None:
    """A unit added, set or removed elsewhere is so in the Model a moment later, and its application too."""
    seen: list[tuple[str, str, str]] = []

    async def note(delta: Any, *_: Any) -> None:
        if "till" in delta.get_id():
            seen.append((delta.entity, delta.type, delta.get_id()))

    async with libjuju.model(shop, "reader") as model:
        model.add_observer(note)
        await asyncio.to_thread(libjuju.add, shop, "till/0")
        await libjuju.until(lambda: "till/0" in model.units and "till" in model.applications, "till/0 there")
        await asyncio.to_thread(libjuju.set_status, shop, "unit-till-0", "AMBER", "soon")
        await libjuju.until(lambda: "meter-status" in model.units["till/0"].safe_data, "till/0 set")
        assert model.units["till/0"].safe_data["meter-status"] == {"color": "amber", "message": "soon"}
        await asyncio.to_thread(libjuju.remove, shop, "till/0")
        await libjuju.until(lambda: "till/0" not in model.units and "till" not in model.applications, "gone")
    assert seen == [
        ("application", "add", "till"),
        ("unit", "add", "till/0"),
        ("unit", "change", "till/0"),
        ("unit", "remove", "till/0"),
        ("application", "remove", "till"),
    ]


async def test_who_may_look_may_not_set(shop: real_fleet.RealFleet) -> None:
    """A reader's SetMeterStatus is denied, in an error of the library's own, and nothing is set."""
    async with libjuju.model(shop, "reader") as model:
        param = libjuju.CLIENT.MeterStatusParam(tag="unit-shop-0", code="RED", info="no")
        with pytest.raises(juju_errors.JujuError, match="permission denied"):
            await libjuju.metrics_debug(model).SetMeterStatus(statues=[param])
        assert libjuju.colours(await model.get_status())["shop/0"] == ("green", "was GREEN")


async def test_a_stopped_watch_begins_anew(shop: real_fleet.RealFleet) -> None:
    """When its watcher is stopped under it, the library understands why, and watches again."""
    await asyncio.to_thread(libjuju.add, shop, "bank/0")
    async with libjuju.model(shop) as model:
        stop: dict[str, Any] = {"type": "AllWatcher", "version": 3, "request": "Stop", "Id": "1"}
        await model.connection().rpc(stop)
        await asyncio.to_thread(libjuju.set_status, shop, "unit-bank-0", "RED")
        await libjuju.until(lambda: "meter-status" in model.units["bank/0"].safe_data, "bank/0 set")


@pytest.mark.parametrize(
    ("facade", "version", "method", "message"),
    [
        ("Application", 19, "Get", 'unknown version (19) of interface "Application"'),
        ("Annotations", 2, "Get", 'unknown version (2) of interface "Annotations"'),
        ("Client", 7, "StatusHistory", "no such request - method Client(7).StatusHistory is not implemented"),
    ],
)
async def test_what_is_not_there_is_not_implemented(
    shop: real_fleet.RealFleet, facade: str, version: int, method: str, message: str
) -> None:
    """A facade or method that Juju has and we have not is refused with Juju's words and code; it goes on."""
    async with libjuju.model(shop) as model:
        call = {"type": facade, "version": version, "request": method}
        with pytest.raises(juju_errors.JujuAPIError) as caught:
            await model.connection().rpc(call)
        error: Any = caught.value
        assert (error.message, error.error_code) == (message, "not implemented")
        assert (await model.get_status()).model.name == "default"
