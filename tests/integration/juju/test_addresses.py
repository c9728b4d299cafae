"""Where an agent looks for its controllers, and what it learns of them (spec juju-api, 9.2 and 9.6)."""

import contextlib
import logging
from typing import Any

import pytest
import trustme

from harness import juju_controller
from tests.integration.juju import wire


def place(value: str, port: int, scope: str = "local-cloud") -> dict[str, Any]:
    """Describe one address, as a login tells it."""
    return {"value": value, "type": "ipv4", "scope": scope, "port": port}


async def test_one_good_controller_among_bad_ones_is_enough(unit: Any, ca: trustme.CA) -> None:
    """Another CA, another name, no TLS at all, nobody: each fails by itself, and the good one wins."""
    async with contextlib.AsyncExitStack() as stack:
        made: list[juju_controller.JujuController] = []
        for authority, name in ((trustme.CA(), "juju-apiserver"), (ca, "localhost"), (ca, "juju-apiserver")):
            one = juju_controller.JujuController(
                wire.ROWS, authority, model=wire.MODEL, certificate_name=name
            )
            made.append(await stack.enter_async_context(one.serving()))
        unit.write_conf("127.0.0.1:1", "nowhere.invalid:17070", *(one.address for one in made))
        async with unit.running():
            await unit.until_told("GREEN", "ok", hurried=True)
        assert [bool(one.asked) for one in made] == [False, False, True]


async def test_a_host_name_is_resolved(unit: Any, controller: juju_controller.JujuController) -> None:
    """The certificate is for the controller whatever name was dialled."""
    unit.write_conf(f"localhost:{controller.port}")
    async with unit.running():
        await unit.until_told("GREEN", "ok")


async def test_all_bad_addresses_are_named_with_their_reasons(unit: Any, ca: trustme.CA) -> None:
    """What is shown of the unit says why each one failed, and the tries go on (a TLS error too)."""
    bad = juju_controller.JujuController(wire.ROWS, trustme.CA(), model=wire.MODEL)
    async with bad.serving():
        unit.write_conf("127.0.0.1:1", bad.address)
        async with unit.running():
            await unit.until(lambda: "connection-error" in unit.report(), "failed")
            said = unit.report()["connection-error"]
            assert "cannot connect to 127.0.0.1:1: Connection refused" in said
            assert f"cannot connect to {bad.address}: its certificate is not trusted" in said
            async with juju_controller.JujuController(wire.ROWS, ca, model=wire.MODEL).serving() as good:
                unit.write_conf(good.address)
                unit.leap(seconds=3)
                await unit.until_told("GREEN", "ok", hurried=True)


async def test_a_controller_that_answers_http_is_tried_again(
    unit: Any, controller: juju_controller.JujuController
) -> None:
    """One that is stopping refuses with 503; it is named, and it may be another time."""
    controller.refuses_with = juju_controller.http.HTTPStatus.SERVICE_UNAVAILABLE
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until(lambda: "HTTP 503" in unit.report().get("connection-error", ""), "refused")
        controller.refuses_with = None
        await unit.until_told("GREEN", "ok", hurried=True)


async def test_an_agent_follows_its_controller_to_other_addresses(
    unit: Any, ca: trustme.CA, controller: juju_controller.JujuController
) -> None:
    """A login tells the new ones, which are written down without a restart and dialled from then on."""
    moved = juju_controller.JujuController(wire.ROWS, ca, host="127.0.0.2", model=wire.MODEL)
    async with moved.serving():
        servers = [
            [place("127.0.0.9", 17070, "local-machine"), place("127.0.0.2", moved.port)],
            [place("127.0.0.3", 9, "public")],
        ]
        controller.rows["Admin(3).Login"] = moved.rows["Admin(3).Login"] = wire.login(
            wire.CURRENT, servers=servers
        )
        unit.write_conf(controller.address)
        async with unit.running():
            await unit.until_told("GREEN", "ok")
            unit.leap(seconds=5)
            await unit.stay()
            assert controller.connections == 1
            assert unit.settings().api_addresses == (
                f"127.0.0.2:{moved.port}",
                "127.0.0.3:9",
                controller.address,
            )
            moved.rows["MeterStatus(2).GetMeterStatus"] = wire.status("AMBER", "moved")
            await controller.stop()
            await unit.until_told("AMBER", "moved", hurried=True)
            assert unit.settings().api_addresses == (f"127.0.0.2:{moved.port}", "127.0.0.3:9")
        assert "loggingconfig: <root>=INFO\n" in unit.conf.read_text()


@pytest.mark.parametrize("servers", [[], [[]], [[place("127.0.0.1", 17070, "local-machine")]], None])
async def test_a_controller_that_names_no_address_erases_none(
    unit: Any, controller: juju_controller.JujuController, servers: Any
) -> None:
    """The file stays byte for byte what it was."""
    controller.rows["Admin(3).Login"] = wire.login(wire.CURRENT, servers=servers)
    unit.write_conf(controller.address, "127.0.0.1:1")
    before = unit.conf.read_bytes()
    async with unit.running():
        await unit.until_told("GREEN", "ok", hurried=True)
    assert unit.conf.read_bytes() == before


async def test_a_file_that_somebody_changes_meanwhile_is_theirs(
    unit: Any, controller: juju_controller.JujuController, caplog: pytest.LogCaptureFixture
) -> None:
    """The agent writes nothing over it, says so, and begins anew with what it says."""
    caplog.set_level(logging.INFO)
    unit.write_conf(controller.address)
    async with unit.running():
        await unit.until_told("GREEN", "ok")
        theirs: list[bytes] = []

        def change_under_its_hands(_: Any) -> juju_controller.Reply:
            if not theirs:
                unit.write_conf(controller.address, "127.0.0.1:1")
                theirs.append(unit.conf.read_bytes())
            return {**wire.LOGIN, "servers": [[place("127.0.0.2", 9)]]}

        controller.rows["Admin(3).Login"] = juju_controller.Choice(change_under_its_hands)
        await controller.stop()
        await controller.start()
        await unit.until(lambda: "are not written down" in caplog.text, "refused", hurried=True)
        assert "was changed by somebody else meanwhile" in caplog.text
        assert [unit.conf.read_bytes()] == theirs
        unit.leap(seconds=3)
        await unit.until(lambda: "addresses are now" in caplog.text, "begun anew", hurried=True)
