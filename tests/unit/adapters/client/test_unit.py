"""A connection on which the status cannot be had is ended."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters.client import unit
from meterstatus.domain import policy, status
from meterstatus.domain.unit import decide
from meterstatus.ports import status as ports
from meterstatus.testing import connection, virtual_time

REMOVED = {"results": [{"error": {"message": 'unit "shop/0" not found', "code": "not found"}}]}
CALLS: list[Callable[[connection.FakeAPIConnection], Awaitable[Any]]] = [
    lambda api: unit.ContactMeterStatusClient(api, "unit-shop-0").meter_status(),
    lambda api: unit.ContactMeterStatusClient(api, "unit-shop-0").watch_meter_status(),
    lambda api: unit.ContactUnitStateClient(api, "unit-shop-0").state(),
]


def controller(answer: connection.Answer) -> connection.FakeAPIConnection:
    methods = ("GetMeterStatus", "WatchMeterStatus", "State", "SetState")
    return connection.FakeAPIConnection({f"MeterStatus.{method}": answer for method in methods})


@pytest.mark.parametrize("call", CALLS)
@virtual_time.virtual
async def test_a_refusal_ends_the_connection(
    call: Callable[[connection.FakeAPIConnection], Awaitable[Any]],
) -> None:
    """A unit that the controller refuses is cut off, however well the connection is."""
    api = controller(REMOVED)
    with pytest.raises(errors.RequestError, match="not found"):
        await call(api)
    await api.wait_closed()


@pytest.mark.parametrize("call", CALLS)
@virtual_time.virtual
async def test_a_controller_without_meter_status_keeps_its_connection(
    call: Callable[[connection.FakeAPIConnection], Awaitable[Any]],
) -> None:
    """There is nothing to be cut off from, so nothing is ended."""
    api = connection.FakeAPIConnection({"Pinger.Ping": {}})
    with pytest.raises(errors.UnsupportedError):
        await call(api)
    assert await api.call("Pinger", 1, "Ping") == {}


@virtual_time.virtual
async def test_a_refused_upload_keeps_the_connection() -> None:
    """A state that the controller does not take is no loss of contact (spec worker, B-12)."""
    api = controller({"results": [{"error": {"message": "too big", "code": "quota limit exceeded"}}]})
    api.answers["Pinger.Ping"] = {}
    with pytest.raises(errors.RequestError, match="too big"):
        await unit.ContactUnitStateClient(api, "unit-shop-0").set_state("text")
    assert await api.call("Pinger", 1, "Ping") == {}


@virtual_time.virtual
async def test_the_policy_passes_through() -> None:
    """It is asked once, and from then on what the events of the watch say is what the worker hears."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    api = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "MeterStatusPolicy.GetPolicy": {"results": [{"revision": 7}]},
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    client = unit.ContactMeterStatusClient(api, "unit-shop-0")
    assert isinstance(client, ports.PolicySource)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    assert await client.policy() == decide.PolicyWord(None)
    never = {"amber-grace-seconds": 0, "red-grace-seconds": 0}
    told.put_nowait({"code": "RED", "info": "", "policy": {"revision": 8, "policy": never}})
    await anext(watcher)
    assert client.untaken() is None, "without a clock nobody knows how old it is"
    assert await client.policy() == decide.PolicyWord(policy.amber_red(None, None))
    assert api.requests().count("MeterStatusPolicy.GetPolicy") == 1
    await watcher.stop()


@virtual_time.virtual
async def test_what_came_is_kept_with_its_policy() -> None:
    """A word that nobody has taken yet has the policy that came with it, and when that was."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    api = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    clock = virtual_time.VirtualClock()
    client = unit.ContactMeterStatusClient(api, "unit-shop-0", clock)
    assert isinstance(client, ports.EventKeeper)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    assert client.untaken() is None
    never = {"amber-grace-seconds": 0, "red-grace-seconds": 0}
    told.put_nowait({"code": "RED", "info": "x", "policy": {"revision": 8, "policy": never}})
    await anext(watcher)
    word, red = decide.PolicyWord(policy.amber_red(None, None)), status.MeterStatus("RED", "x")
    assert client.untaken() == decide.ContactConfirmed(red, word, clock.instant_now())
    await watcher.stop()


@virtual_time.virtual
async def test_a_refused_policy_keeps_the_connection() -> None:
    """The status is told all the same, so that a refusal is no loss of contact; a silent controller is."""
    refused = {"results": [{"error": {"message": "no", "code": ""}}]}
    api = connection.FakeAPIConnection({"MeterStatusPolicy.GetPolicy": refused, "Pinger.Ping": {}})
    client = unit.ContactMeterStatusClient(api, "unit-shop-0")
    word = await client.policy()
    assert word is not None
    assert word.is_silent
    assert await api.call("Pinger", 1, "Ping") == {}

    async def be_silent(_: object) -> None:
        await asyncio.Event().wait()

    api.answers["MeterStatusPolicy.GetPolicy"] = be_silent
    with pytest.raises(errors.RequestTimeoutError):
        await client.policy()
    await api.wait_closed()


@virtual_time.virtual
async def test_answers_pass_through() -> None:
    """What the controller says is what the worker hears."""
    api = connection.FakeAPIConnection(
        {
            "MeterStatus.GetMeterStatus": {"results": [{"code": "RED", "info": "over"}]},
            "MeterStatus.State": {"results": [{"meter-status-state": "text"}]},
            "MeterStatus.SetState": {"results": [{}]},
        }
    )
    client = unit.ContactMeterStatusClient(api, "unit-shop-0")
    state = unit.ContactUnitStateClient(api, "unit-shop-0")

    assert await client.meter_status() == status.MeterStatus("RED", "over")
    assert await state.state() == "text"
    await state.set_state("other")
    assert api.calls[-1].params["args"][0]["meter-status-state"] == "other"
