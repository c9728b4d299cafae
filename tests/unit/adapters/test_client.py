"""adapters.client: what is asked, and what the answers become."""

import asyncio
import datetime
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters import client as controller_client
from meterstatus.adapters.client import agent, migration
from meterstatus.domain import addresses
from meterstatus.domain import status as statuses
from meterstatus.ports import connection as connections
from meterstatus.ports import status
from meterstatus.protocol import wire
from meterstatus.testing import connection, virtual_time

MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
CONTROLLER = "controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
DENIED = {"message": "permission denied", "code": "unauthorized access"}
GONE = {"message": 'unit "shop/0" not found', "code": "not found"}
ENTITIES = {"entities": [{"tag": "unit-shop-0"}]}


def _login_answer(**changes: Any) -> dict[str, Any]:
    return {
        "controller-tag": CONTROLLER,
        "model-tag": MODEL,
        "server-version": "3.6-beta2",
        "facades": [{"name": "MeterStatus", "versions": [2]}, {"name": "Client", "versions": [6, 7]}],
        "servers": [
            [
                {"value": "10.7.0.5", "type": "ipv4", "scope": "public", "port": 17070},
                {"value": "fd00::5", "type": "ipv6", "scope": "public", "port": 17070},
            ],
            [{"value": "host.example", "type": "hostname", "scope": "", "port": 443}],
        ],
    } | changes


async def _log_in(answer: Any, model_tag: str = MODEL) -> tuple[connections.Login, connection.Call]:
    fake = connection.FakeAPIConnection({"Admin.Login": answer})
    login = await controller_client.AdminClient(fake).login(
        "unit-shop-0",
        "s3cret",
        model_tag=model_tag,
        nonce="unused",
        client_version="3.6.0",
        cli_args="meterstatus agent",
    )
    return login, fake.calls[0]


async def test_a_login_says_who_and_returns_what_counts() -> None:
    """The credentials go out under Juju's keys; the answer's facades and addresses come back."""
    login, call = await _log_in(_login_answer())
    assert (call.facade, call.version, call.request) == ("Admin", 3, "Login")
    assert call.params == {
        "auth-tag": "unit-shop-0",
        "credentials": "s3cret",
        "nonce": "unused",
        "client-version": "3.6.0",
        "cli-args": "meterstatus agent",
    }
    assert login == connections.Login(
        controller_tag=CONTROLLER,
        model_tag=MODEL,
        server_version="3.6-beta2",
        facades={"MeterStatus": (2,), "Client": (6, 7)},
        machines=(
            (
                addresses.HostPort("10.7.0.5", "ipv4", "public", 17070),
                addresses.HostPort("fd00::5", "ipv6", "public", 17070),
            ),
            (addresses.HostPort("host.example", "hostname", "", 443),),
        ),
    )
    assert login.servers == ("10.7.0.5:17070", "[fd00::5]:17070", "host.example:443")


async def test_a_login_to_the_controller_has_no_model() -> None:
    """On a controller connection the model tag is absent, and nulls are empty lists."""
    answer = _login_answer(servers=None, facades=None)
    del answer["model-tag"]
    login, _ = await _log_in(answer, model_tag="")
    assert (login.model_tag, login.servers, login.facades) == ("", (), {})


@pytest.mark.parametrize(
    "changes",
    [
        {"model-tag": ""},
        {"model-tag": MODEL.replace("0b", "1b")},
        {"controller-tag": ""},
        {"controller-tag": MODEL},
        {"controller-tag": "controller-0"},
        {"server-version": ""},
        {"server-version": "three"},
        {"user-info": {"identity": "bob"}},
        {"user-info": {"identity": "unit-shop-0"}},
        {"facades": {}},
    ],
)
async def test_an_answer_that_cannot_be_right_is_refused(changes: dict[str, Any]) -> None:
    """Another model, no controller's tag, no version, no user: Juju's client refuses them, and so do we."""
    with pytest.raises(errors.RemoteProtocolError):
        await _log_in(_login_answer(**changes))


async def test_a_user_is_logged_in() -> None:
    """A user's answer names him, and other versions are versions too."""
    info = {"display-name": "", "identity": "user-bob@corp", "controller-access": "", "model-access": "read"}
    login, _ = await _log_in(_login_answer(**{"user-info": info, "server-version": "3.6.1.7"}))
    assert login.server_version == "3.6.1.7"


@pytest.mark.parametrize("key", ["discharge-required", "bakery-discharge-required"])
async def test_a_discharge_is_a_refusal(key: str) -> None:
    """An answer without an error that asks for a macaroon is no login."""
    with pytest.raises(errors.UnauthorizedError, match="macaroon"):
        await _log_in({key: {"c": []}, "discharge-required-error": "x"})


async def test_a_refused_login_says_so() -> None:
    """The controller's error is passed on."""
    with pytest.raises(errors.UnauthorizedError, match="invalid entity name or password"):
        await _log_in(errors.UnauthorizedError("invalid entity name or password"))


def _client(fake: connection.FakeAPIConnection) -> status.MeterStatusClient:
    return controller_client.MeterStatusFacadeClient(fake, "unit-shop-0")


async def test_the_status_is_fetched() -> None:
    """One entity is asked for, and its status returned."""
    fake = connection.FakeAPIConnection(
        {"MeterStatus.GetMeterStatus": {"results": [{"code": "AMBER", "info": "not set"}]}}
    )
    assert await _client(fake).meter_status() == statuses.MeterStatus("AMBER", "not set")
    assert fake.calls == [connection.Call("MeterStatus", 2, "GetMeterStatus", ENTITIES)]


async def _ask_each(fake: connection.FakeAPIConnection) -> list[BaseException | None]:
    """Call each method with one entity and one result; return what each raised."""
    state: status.UnitStateAPI = controller_client.UnitStateFacadeClient(fake, "unit-shop-0")
    found: list[BaseException | None] = []
    for call in (
        _client(fake).meter_status(),
        _client(fake).watch_meter_status(),
        state.state(),
        state.set_state("x"),
    ):
        (raised,) = await asyncio.gather(call, return_exceptions=True)
        found.append(raised if isinstance(raised, BaseException) else None)
    return found


def _all_answer(answer: connection.Answer) -> connection.FakeAPIConnection:
    methods = ("GetMeterStatus", "WatchMeterStatus", "State", "SetState")
    return connection.FakeAPIConnection({f"MeterStatus.{method}": answer for method in methods})


@pytest.mark.parametrize(
    ("error", "kind"),
    [(DENIED, errors.UnauthorizedError), (GONE, errors.RequestError)],
)
async def test_an_error_in_the_result_is_raised(
    error: dict[str, str], kind: type[errors.MeterStatusError]
) -> None:
    """The error of the one result is the call's, with its type and code."""
    for raised in await _ask_each(_all_answer({"results": [{"error": error}]})):
        assert type(raised) is kind
        assert isinstance(raised, errors.MeterStatusError)
        assert (str(raised), raised.code) == (error["message"], error["code"])


@pytest.mark.parametrize("count", [0, 2])
async def test_one_result_is_expected(count: int) -> None:
    """None, as for a misspelt key, or two are no answer."""
    for raised in await _ask_each(_all_answer({"results": [{}] * count})):
        assert isinstance(raised, errors.RemoteProtocolError)
        assert str(raised) == f"expected 1 result, got {count}"


async def test_an_error_of_the_call_is_passed_on() -> None:
    """A server without the facade, or a lost connection, is told as it is."""
    for raised in await _ask_each(connection.FakeAPIConnection()):
        assert isinstance(raised, errors.UnsupportedError)


async def test_the_state_is_one_field() -> None:
    """Only the meter field is read and written; an empty one is written too."""
    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.State": {"results": [{"uniter-state": "u", "meter-status-state": "m"}]},
            "MeterStatus.SetState": {"results": [{}]},
        }
    )
    client: status.UnitStateAPI = controller_client.UnitStateFacadeClient(fake, "unit-shop-0")
    assert await client.state() == "m"
    fake.answers["MeterStatus.State"] = {"results": [{}]}
    assert await client.state() == ""
    await client.set_state("")
    assert fake.calls == [
        connection.Call("MeterStatus", 2, "State", ENTITIES),
        connection.Call("MeterStatus", 2, "State", ENTITIES),
        connection.Call(
            "MeterStatus", 2, "SetState", {"args": [{"tag": "unit-shop-0", "meter-status-state": ""}]}
        ),
    ]


async def _watch(fake: connection.FakeAPIConnection) -> status.NotifyWatcher:
    fake.answers["MeterStatus.WatchMeterStatus"] = {"results": [{"NotifyWatcherId": "3"}]}
    fake.add_watcher("3")
    return await _client(fake).watch_meter_status()


def _nexts(fake: connection.FakeAPIConnection) -> int:
    return fake.requests().count("NotifyWatcher.Next")


@virtual_time.virtual
async def test_the_first_event_comes_at_once_and_next_is_out_before_it_is_taken() -> None:
    """The Watch is the first event, and one Next waits already while it is dealt with."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    await virtual_time.settle()
    assert fake.calls == [
        connection.Call("MeterStatus", 2, "WatchMeterStatus", ENTITIES),
        connection.Call("NotifyWatcher", 1, "Next", {"tell-status": True}, "3"),
    ]
    assert await anext(watcher) is None
    taking = asyncio.ensure_future(anext(watcher))
    await virtual_time.settle()
    assert not taking.done()
    fake.fire("3")
    await taking
    assert _nexts(fake) == 2
    await watcher.stop()


@virtual_time.virtual
async def test_what_came_with_an_event_is_not_asked_for_again() -> None:
    """A status told with an event is returned once; then, and where nothing was told, it is fetched."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "MeterStatus.GetMeterStatus": {"results": [{"code": "GREEN", "info": "fetched"}]},
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    client = _client(fake)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)

    assert await client.meter_status() == statuses.MeterStatus("RED", "told")
    assert "MeterStatus.GetMeterStatus" not in fake.requests()
    assert await client.meter_status() == statuses.MeterStatus("GREEN", "fetched")

    told.put_nowait({})
    await anext(watcher)
    assert await client.meter_status() == statuses.MeterStatus("GREEN", "fetched")
    await watcher.stop()


@virtual_time.virtual
async def test_what_came_with_an_event_long_ago_is_no_contact() -> None:
    """A status that waited for a hook to end is fetched again, for contact counts from when it is taken.

    Found by the simulation: an agent whose hook took 45 s counted its contact from the hook's end.
    """
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "MeterStatus.GetMeterStatus": {"results": [{"code": "GREEN", "info": "fetched"}]},
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    clock = virtual_time.VirtualClock()
    client = controller_client.MeterStatusFacadeClient(fake, "unit-shop-0", clock=clock)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)
    await clock.advance(datetime.timedelta(seconds=1))
    assert await client.meter_status() == statuses.MeterStatus("GREEN", "fetched")

    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)
    assert await client.meter_status() == statuses.MeterStatus("RED", "told")
    await watcher.stop()


@virtual_time.virtual
async def test_what_an_event_said_is_kept_until_it_is_taken() -> None:
    """Taken by a fetch or overtaken by an answer it is gone; a fetch that fails takes nothing."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "MeterStatus.GetMeterStatus": errors.ConnectionLostError("gone"),
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    clock = virtual_time.VirtualClock()
    client = controller_client.MeterStatusFacadeClient(fake, "unit-shop-0", clock=clock)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    assert client.untaken() is None
    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)
    heard = clock.instant_now()
    assert client.untaken() == (statuses.MeterStatus("RED", "told"), heard)
    await clock.advance(datetime.timedelta(seconds=1))
    with pytest.raises(errors.ConnectionLostError):
        await client.meter_status()
    assert client.untaken() == (statuses.MeterStatus("RED", "told"), heard)

    fake.answers["MeterStatus.GetMeterStatus"] = {"results": [{"code": "GREEN", "info": "fetched"}]}
    await client.meter_status()
    assert client.untaken() is None
    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)
    await client.meter_status()
    assert client.untaken() is None
    await watcher.stop()


@virtual_time.virtual
async def test_what_an_event_says_of_the_policy_is_passed_on() -> None:
    """Whoever keeps the policy hears of it before the event is there; an event without one says nothing."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    heard: list[wire.PolicyResult] = []
    client = controller_client.MeterStatusFacadeClient(fake, "unit-shop-0", hear_policy=heard.append)
    watcher = await client.watch_meter_status()
    await anext(watcher)
    told.put_nowait({"code": "RED", "info": "told", "policy": {"revision": 7}})
    await anext(watcher)
    assert heard == [wire.PolicyResult(7)]
    told.put_nowait({"code": "RED", "info": "told"})
    await anext(watcher)
    assert heard == [wire.PolicyResult(7)]
    await watcher.stop()


@virtual_time.virtual
async def test_where_the_controllers_are_now_is_passed_on() -> None:
    """Before the event is there, and only where one says so; whoever does not care is told nothing."""
    place = {"value": "10.0.0.9", "type": "ipv4", "scope": "local-cloud", "port": 17071}
    heard: list[object] = []
    for hear in (heard.append, None):
        told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        fake = connection.FakeAPIConnection(
            {
                "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
                "NotifyWatcher.Next": lambda _, told=told: told.get(),
                "NotifyWatcher.Stop": {},
            }
        )
        client = controller_client.MeterStatusFacadeClient(fake, "unit-shop-0", hear_servers=hear)
        watcher = await client.watch_meter_status()
        await anext(watcher)
        for event in ({"code": "RED", "servers": [[place]]}, {"code": "RED"}):
            told.put_nowait(event)
            await anext(watcher)
        await watcher.stop()
    assert heard == [((addresses.HostPort("10.0.0.9", "ipv4", "local-cloud", 17071),),)]


@virtual_time.virtual
async def test_what_was_told_before_an_answer_is_older_than_it() -> None:
    """A status that came while the status was being fetched is not taken for the newer one."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def slowly(_: object) -> dict[str, Any]:
        await asyncio.sleep(1)
        return {"results": [{"code": "GREEN", "info": "newer"}]}

    fake = connection.FakeAPIConnection(
        {
            "MeterStatus.WatchMeterStatus": {"results": [{"NotifyWatcherId": "3"}]},
            "MeterStatus.GetMeterStatus": slowly,
            "NotifyWatcher.Next": lambda _: told.get(),
            "NotifyWatcher.Stop": {},
        }
    )
    client = _client(fake)
    watcher = await client.watch_meter_status()
    told.put_nowait({"code": "RED", "info": "older"})
    for _ in range(2):
        assert await client.meter_status() == statuses.MeterStatus("GREEN", "newer")
    await watcher.stop()


@virtual_time.virtual
async def test_next_waits_for_hours() -> None:
    """A watch has no limit on its wait."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    await anext(watcher)
    await asyncio.sleep(datetime.timedelta(days=3).total_seconds())
    assert _nexts(fake) == 1
    fake.fire("3")
    await anext(watcher)
    await watcher.stop()


@virtual_time.virtual
async def test_events_merge_while_the_consumer_is_busy() -> None:
    """Three changes that nobody took are one event, and none is left afterwards."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    for _ in range(3):
        await virtual_time.settle()
        fake.fire("3")
    await virtual_time.settle()
    assert _nexts(fake) == 4
    await anext(watcher)
    taking = asyncio.ensure_future(anext(watcher))
    await virtual_time.settle()
    assert not taking.done()
    await watcher.stop()
    with pytest.raises(StopAsyncIteration):
        await taking


@virtual_time.virtual
async def test_cancelling_a_wait_loses_no_event() -> None:
    """An event that came for a cancelled wait is there for the next."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    await anext(watcher)
    taking = asyncio.ensure_future(anext(watcher))
    await virtual_time.settle()
    fake.fire("3")
    taking.cancel()
    await virtual_time.settle()
    await asyncio.wait_for(anext(watcher), 1)
    await watcher.stop()


@virtual_time.virtual
async def test_stopping_ends_the_iteration_cleanly() -> None:
    """Stop is sent once with the id, "stopped" is no error, and no Next follows."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    taken = 0

    async def consume() -> None:
        nonlocal taken
        async for _ in watcher:
            taken += 1

    consuming = asyncio.ensure_future(consume())
    await virtual_time.settle()
    await watcher.stop()
    await watcher.stop()
    await consuming
    await virtual_time.settle()
    assert taken == 1
    assert fake.calls[2:] == [connection.Call("NotifyWatcher", 1, "Stop", {}, "3")]


@pytest.mark.parametrize(
    "error",
    [
        errors.RequestError("watcher has been stopped", "stopped"),
        errors.RequestError("unknown watcher id", "not found"),
        errors.ConnectionLostError(),
    ],
)
@virtual_time.virtual
async def test_a_broken_watch_raises_again_and_again(error: errors.MeterStatusError) -> None:
    """Without a stop of ours, each of these is a failure, and stopping afterwards asks nothing."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    fake.answers["NotifyWatcher.Next"] = error
    await virtual_time.settle()
    for _ in range(2):
        with pytest.raises(type(error)) as raised:
            await anext(watcher)
        assert raised.value is error
    await watcher.stop()
    assert "NotifyWatcher.Stop" not in fake.requests()


@virtual_time.virtual
async def test_a_lost_connection_breaks_the_watch() -> None:
    """What waits is told, and stopping is quiet."""
    fake = connection.FakeAPIConnection()
    watcher = await _watch(fake)
    await anext(watcher)
    taking = asyncio.ensure_future(anext(watcher))
    await virtual_time.settle()
    await fake.close()
    with pytest.raises(errors.ConnectionLostError):
        await taking
    await watcher.stop()


async def _hold(params: Any) -> Any:
    await asyncio.Event().wait()


@virtual_time.virtual
async def test_stop_waits_only_briefly_for_its_answer() -> None:
    """A controller that is silent does not keep the worker that must tell the next stage."""
    fake = connection.FakeAPIConnection()
    fake.answers["NotifyWatcher.Stop"] = _hold
    watcher = await _watch(fake)
    await asyncio.wait_for(watcher.stop(), controller_client.STOP_SECONDS + 1)


@pytest.mark.parametrize(("code", "told"), [("", True), ("stopped", False), ("not found", False)])
@virtual_time.virtual
async def test_a_failure_while_stopping_is_still_told(code: str, told: bool) -> None:
    """Only the normal ends of a stopped watch are silent, also where Next's answer overtakes Stop's."""
    fake = connection.FakeAPIConnection()
    failing = asyncio.Event()

    async def fail(params: Any) -> Any:
        await failing.wait()
        raise errors.RequestError("out of order", code)

    fake.answers["NotifyWatcher.Next"] = fail
    fake.answers["NotifyWatcher.Stop"] = _hold
    watcher = await _watch(fake)
    await anext(watcher)
    stopping = asyncio.ensure_future(watcher.stop())
    await virtual_time.settle()
    failing.set()
    for _ in range(2):
        with pytest.raises(errors.RequestError if told else StopAsyncIteration):
            await anext(watcher)
        await stopping


@pytest.mark.parametrize(
    ("error", "warned"),
    [
        (errors.RequestError("unknown watcher id", "not found"), False),
        (errors.ConnectionLostError(), False),
        (errors.RequestError("no", ""), True),
        (errors.RequestTimeoutError("late"), False),
    ],
)
@virtual_time.virtual
async def test_stop_ends_the_watch_whatever_the_controller_says(
    error: errors.MeterStatusError, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopping never raises, and what is unexpected is logged."""
    fake = connection.FakeAPIConnection()
    fake.answers["NotifyWatcher.Stop"] = error
    watcher = await _watch(fake)
    await anext(watcher)
    await watcher.stop()
    with pytest.raises(StopAsyncIteration):
        await anext(watcher)
    assert bool(caplog.records) is warned


async def test_an_agent_is_asked_for_by_its_tag() -> None:
    """The life comes back under Juju's key, and the password goes out with the tag that it is for."""
    entity = {"life": "dying", "jobs": None, "container-type": ""}
    fake = connection.FakeAPIConnection(
        {"Agent.GetEntities": {"entities": [entity]}, "Agent.SetPasswords": {"results": [{}]}}
    )
    client = agent.AgentFacadeClient(fake, "unit-shop-0")
    assert await client.life() == "dying"
    await client.set_password("q3VbK0m1eYtW9pZsL7xGd2Ra")
    assert fake.calls == [
        connection.Call("Agent", 3, "GetEntities", ENTITIES),
        connection.Call(
            "Agent",
            3,
            "SetPasswords",
            {"changes": [{"tag": "unit-shop-0", "password": "q3VbK0m1eYtW9pZsL7xGd2Ra"}]},
        ),
    ]
    fake.answers["Agent.GetEntities"] = {"entities": [{"life": "", "error": GONE}]}
    with pytest.raises(errors.RequestError, match="not found"):
        await client.life()
    fake.answers["Agent.SetPasswords"] = {"results": [{"error": DENIED}]}
    with pytest.raises(errors.UnauthorizedError):
        await client.set_password("x")


@virtual_time.virtual
async def test_a_migration_is_asked_for_by_the_models_tag_and_watched() -> None:
    """The phase comes back as it is named, and each event of the watch is one."""
    fake = connection.FakeAPIConnection(
        {
            "MigrationFlag.Phase": {"results": [{"phase": "NONE"}]},
            "MigrationFlag.Watch": {"results": [{"NotifyWatcherId": "7"}]},
        }
    )
    fake.add_watcher("7")
    client = migration.MigrationFlagClient(fake, MODEL)
    assert await client.phase() == "NONE"
    watcher = await client.watch()
    await anext(watcher)
    await virtual_time.settle()
    fake.fire("7")
    await anext(watcher)
    await watcher.stop()
    assert fake.calls[:2] == [
        connection.Call("MigrationFlag", 1, method, {"entities": [{"tag": MODEL}]})
        for method in ("Phase", "Watch")
    ]
