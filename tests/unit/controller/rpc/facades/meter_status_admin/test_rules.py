"""Epochs and maintenance over the wire: users see and change them, agents are told and report."""

import asyncio
import datetime
from typing import Any

import pytest

from harness import controller_bench, rpc
from meterstatus.domain import epoch
from meterstatus.domain.fleet import presence
from meterstatus.testing import virtual_time

OWN = "unit-shop-0"
DENIED = {"message": "permission denied", "code": "unauthorized access"}


async def call(client: rpc.MemoryClient, method: str, params: object = None) -> dict[str, Any]:
    """Call a method of the users' facade and return its answer."""
    answer = await client.call("MeterStatusAdmin", 1, method, params)
    return answer["response"] if "error" not in answer else answer


async def word(agent: rpc.MemoryClient) -> dict[str, Any]:
    """Ask as an agent what rules its unit."""
    answer = await agent.call("MeterStatusPolicy", 1, "GetPolicy", {"entities": [{"tag": OWN}]})
    (result,) = answer["response"]["results"]
    return result


async def report(agent: rpc.MemoryClient, number: int, revision: int, tag: str = OWN) -> dict[str, Any]:
    """Say as an agent what its unit has heard."""
    params = {"reports": [{"tag": tag, "epoch": number, "revision": revision}]}
    answer = await agent.call("MeterStatusPolicy", 1, "ReportHeard", params)
    (result,) = answer["response"]["results"]
    return result


async def test_agents_are_told_the_epoch(bench: controller_bench.Bench) -> None:
    """With each word, and at once of a new one, whose number is the time."""
    admin, agent = await bench.user(), await bench.agent()
    assert await word(agent) == {"revision": 2, "epoch": 1}
    begun = await call(admin, "NewEpoch", {"reason": "an old disk"})
    number = int(virtual_time.START.timestamp())
    assert begun["number"] == number
    assert (begun["base"], begun["user"], begun["reason"]) == (2, "admin", "an old disk")
    assert await word(agent) == {"revision": 3, "epoch": number, "epoch-base": 2}
    (change,) = (await call(admin, "History", {"entity": "", "limit": 1}))["changes"]
    assert (change["action"], change["epoch"]["number"], change["reason"]) == ("epoch", number, "an old disk")


async def test_an_epoch_needs_a_reason_and_an_admin(bench: controller_bench.Bench) -> None:
    """It takes back what units hold on to."""
    admin, reader = await bench.user(), await bench.user("reader")
    assert (await call(admin, "NewEpoch", {"reason": ""}))["error"] == "invalid new epoch: give a reason"
    assert (await call(reader, "NewEpoch", {"reason": "x"}))["error"] == DENIED["message"]


async def test_what_agents_have_heard_is_shown(bench: controller_bench.Bench) -> None:
    """Newer than here, until an epoch gives it up; what is here is known, and shows nowhere."""
    admin, agent = await bench.user(), await bench.agent()
    assert await report(agent, 1, 2) == {"known": True}
    held = await call(admin, "Status")
    assert "behind" not in held
    assert held["epoch"] == {"number": 1, "base": 0}
    assert await report(agent, 1, 512) == {"known": False}
    assert (await call(admin, "Status"))["behind"] == {
        "units": 1,
        "epoch": 1,
        "revision": 512,
        "names": ["shop/0"],
    }
    await call(admin, "NewEpoch", {"reason": "it is lost"})
    held = await call(admin, "Status")
    assert "behind" not in held
    assert held["given-up"] == {"units": 1, "epoch": 1, "revision": 512, "names": ["shop/0"]}
    assert await report(agent, 1, 512, "unit-shop-1") == {"known": False, "error": DENIED}


async def test_an_epoch_that_was_heard_of_is_passed(bench: controller_bench.Bench) -> None:
    """A forgotten controller that is to hold again begins one above the other's."""
    admin, agent = await bench.user(), await bench.agent()
    later = int(virtual_time.START.timestamp()) + 3600
    await report(agent, later, 7)
    assert (await call(admin, "NewEpoch", {"reason": "this one"}))["number"] == later + 1


async def test_maintenance_is_told_shown_and_ended(bench: controller_bench.Bench) -> None:
    """Agents are told at once what is left; the answer says how many are there to hear it."""
    admin, agent = await bench.user(), await bench.agent()
    done = await call(admin, "AnnounceMaintenance", {"seconds": 7200, "reason": "a new disk"})
    assert (done["connected"], done["units"]) == (1, len(bench.fleet.units))
    shown = done["maintenance"]
    assert (shown["user"], shown["reason"]) == ("admin", "a new disk")
    until = datetime.datetime.fromisoformat(shown["until"])
    assert until - datetime.datetime.fromisoformat(shown["since"]) == datetime.timedelta(hours=2)
    assert (await word(agent))["maintenance-seconds"] == 7200
    assert (await call(admin, "Status"))["maintenance"] == shown
    await bench.clock.advance(datetime.timedelta(hours=1))
    assert (await word(await bench.agent()))["maintenance-seconds"] == 3600
    await bench.clock.advance(datetime.timedelta(hours=1))
    assert "maintenance" not in await call(admin, "Status")
    await call(admin, "AnnounceMaintenance", {"seconds": 60})
    ended = await call(admin, "AnnounceMaintenance", {"seconds": 0})
    assert "maintenance" not in ended
    assert "maintenance-seconds" not in await word(await bench.agent())


async def test_a_wait_ends_with_maintenance(bench: controller_bench.Bench) -> None:
    """Every connected agent hears of it with its watch, of whichever unit it is."""
    admin, agent = await bench.user(), await bench.agent()
    answer = await agent.call("MeterStatus", 2, "WatchMeterStatus", {"entities": [{"tag": OWN}]})
    watcher = answer["response"]["results"][0]["NotifyWatcherId"]
    waiting = asyncio.ensure_future(
        agent.call("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher)
    )
    await asyncio.sleep(0)
    await call(admin, "AnnounceMaintenance", {"seconds": 60})
    assert (await waiting)["response"]["policy"]["maintenance-seconds"] == 60


@pytest.mark.parametrize("seconds", [-1, 86_401, 0.5, 1e-9, 1e300])
async def test_maintenance_has_bounds(bench: controller_bench.Bench, seconds: float) -> None:
    """A second to a day."""
    admin = await bench.user()
    assert "invalid" in (await call(admin, "AnnounceMaintenance", {"seconds": seconds}))["error"]


async def test_maintenance_needs_an_admin(bench: controller_bench.Bench) -> None:
    """It puts off what keeps units safe."""
    reader = await bench.user("reader")
    assert (await call(reader, "AnnounceMaintenance", {"seconds": 60}))["error"] == DENIED["message"]


async def test_a_store_that_was_led_back_meanwhile_is_shown(bench: controller_bench.Bench) -> None:
    """A database that has lost what was read from it: memory and store are two worlds until a restart."""
    admin = await bench.user()
    assert "store-revision" not in await call(admin, "Status")
    bench.fleet.revision += 1  # what was read before it was lost
    assert (await call(admin, "Status"))["store-revision"] == 2
    assert bench.fleet.place == epoch.Place(1, 3)


async def test_the_clocks_of_controllers_are_shown(bench: controller_bench.Bench) -> None:
    """Of each that ran at the last heartbeat, how far it is ahead of the database, where that has a clock."""
    at = bench.clock.now()
    ahead = datetime.timedelta(seconds=90)
    bench.fleet.controllers = (
        presence.ControllerProcess("one", ("a:1",), at, at, ahead),
        presence.ControllerProcess("two", ("b:1",), at, at),
    )
    one, two = (await call(await bench.user(), "Status"))["controllers"]
    assert (one["addresses"], one["ahead-seconds"]) == (["a:1"], 90)
    assert "ahead-seconds" not in two


async def test_what_nobody_can_have_heard_is_refused_and_a_liar_is_dismissed(
    bench: controller_bench.Bench,
) -> None:
    """No alarm is made by numbers without end, and one by numbers that might be ends with an admin's word."""
    admin, agent = await bench.user(), await bench.agent()

    async def say(epoch: int, revision: int) -> dict[str, Any]:
        report = {"tag": "unit-shop-0", "epoch": epoch, "revision": revision}
        answer = await agent.call("MeterStatusPolicy", 1, "ReportHeard", {"reports": [report]})
        return answer["response"]["results"][0]

    async def behind() -> Any:
        return (await admin.call("MeterStatusAdmin", 1, "Status", {}))["response"].get("behind")

    for impossible in ((2**64 - 1, 1), (1, 2**64 - 1)):
        assert (await say(*impossible))["error"]["code"] == "not valid"
    assert await behind() is None
    await say(1, 7)
    assert await behind() == {"units": 1, "epoch": 1, "revision": 7, "names": ["shop/0"]}
    names = {"units": ["shop/0", "shop/0", "shop/77"]}
    answer = await admin.call("MeterStatusAdmin", 1, "DismissHeard", names)
    first, *others = answer["response"]["results"]
    assert (first, [each["error"]["code"] for each in others]) == ({}, ["not found"] * 2)
    await say(1, 8)
    assert await behind() is None
