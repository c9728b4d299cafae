"""One connection: dispatch, bad requests, limits and the end (spec juju-api, 1.6 to 1.10)."""

import asyncio
import datetime

import pytest

from harness import controller_bench, rpc
from meterstatus import errors
from meterstatus.controller import settings

ENTITY = {"entities": [{"tag": "unit-shop-0"}]}
UNKNOWN = "0d9dbb38-0000-4f3b-8a55-6d5a4a1c4a10"


@pytest.mark.parametrize(
    ("facade", "version", "method", "message", "code"),
    [
        ("Nonsense", 3, "Do", 'unknown version (3) of interface "Nonsense"', "not implemented"),
        ("MeterStatus", 1, "State", 'unknown version (1) of interface "MeterStatus"', "not implemented"),
        ("MeterStatus", 0, "State", 'unknown object type "MeterStatus"', "not implemented"),
        ("Nonsense", 0, "Do", 'unknown object type "Nonsense"', "not implemented"),
        (
            "MeterStatus",
            2,
            "getMeterStatus",
            "no such request - method MeterStatus(2).getMeterStatus is not implemented",
            "not implemented",
        ),
        ("Admin", 3, "Login", 'unknown version (3) of interface "Admin"', "not implemented"),
        (
            "ModelManager",
            9,
            "ListModels",
            'facade "ModelManager" not supported for model API connection',
            "not supported",
        ),
        ("MetricsDebug", 2, "SetMeterStatus", "permission denied", "unauthorized access"),
        ("MeterStatusAdmin", 1, "Status", "permission denied", "unauthorized access"),
    ],
)
async def test_a_bad_request_leaves_the_connection(
    bench: controller_bench.Bench, facade: str, version: int, method: str, message: str, code: str
) -> None:
    """Each wrong call gets its own error and the connection goes on (spec juju-api, 1.8)."""
    client = await bench.agent()
    answer = await client.call(facade, version, method)
    assert answer == rpc.failure(message, code)
    assert await client.call("Pinger", 1, "Ping") == {"response": {}}


@pytest.mark.parametrize("facade", ["MeterStatus", "Agent", "MigrationFlag"])
async def test_a_user_is_no_agent(bench: controller_bench.Bench, facade: str) -> None:
    """Facades of agents refuse a user as a whole (spec juju-api, 4.1)."""
    client = await bench.user()
    method = {"MeterStatus": "State", "Agent": "GetEntities", "MigrationFlag": "Phase"}[facade]
    version = {"MeterStatus": 2, "Agent": 3, "MigrationFlag": 1}[facade]
    answer = await client.call(facade, version, method, ENTITY)
    assert (answer["error"], answer["error-code"]) == ("permission denied", "unauthorized access")


@pytest.mark.parametrize("facade", ["MeterStatus", "MetricsDebug", "Admin", "Nonsense"])
async def test_a_controller_connection_has_no_model(bench: controller_bench.Bench, facade: str) -> None:
    """Whatever is not of the controller is not supported on its connection, Admin included (1.8)."""
    client = await bench.user(path="/api")
    answer = await client.call(facade, 3, "Login")
    message = f'facade "{facade}" not supported for controller API connection'
    assert answer == rpc.failure(message, "not supported")


@pytest.mark.parametrize(
    ("facade", "version", "method", "object_id", "message", "code"),
    [
        ("Pinger", 1, "Ping", "", 'unknown version (1) of interface "Pinger"', "not implemented"),
        ("Pinger", 0, "Ping", "", 'unknown object type "Pinger"', "not implemented"),
        ("Admin", 4, "LoginWithSessionToken", "", "does not support login from old clients", "not supported"),
        ("Admin", 0, "Login", "", "does not support login from old clients", "not supported"),
        (
            "Admin",
            3,
            "Logout",
            "",
            "no such request - method Admin.Logout is not implemented",
            "not implemented",
        ),
        ("Admin", 3, "Login", "7", "id not found", "not found"),
        ("Admin", 3, "RedirectInfo", "", "not redirected", ""),
    ],
)
async def test_before_login_there_is_only_admin(
    bench: controller_bench.Bench,
    facade: str,
    version: int,
    method: str,
    object_id: str,
    message: str,
    code: str,
) -> None:
    """Before login, Admin 3 answers and everything else is unknown (spec juju-api, 1.8)."""
    answer = await bench.connect().call(facade, version, method, object_id=object_id)
    assert message in answer["error"]
    assert answer.get("error-code", "") == code


async def test_an_unknown_model_fails_every_call(bench: controller_bench.Bench) -> None:
    """A connection to a model that is not here is made, and each request fails, Login too (1.8)."""
    client = bench.connect(f"/model/{UNKNOWN}/api")
    expected = rpc.failure(f'unknown model: "{UNKNOWN}"', "model not found")
    assert await client.log_in("user-admin", controller_bench.USER_PASSWORD) == expected
    assert await client.call("Pinger", 1, "Ping") == expected


@pytest.mark.parametrize("params", [[], 5, "text", {"entities": 3}, {"entities": [{"tag": 1}]}])
async def test_wrong_params_are_told(bench: controller_bench.Bench, params: object) -> None:
    """Params of the wrong type fail their call without a code, and no other (spec juju-api, 1.8)."""
    client = await bench.agent()
    answer = await client.call("MeterStatus", 2, "GetMeterStatus", params)
    assert answer["error"]
    assert "error-code" not in answer
    assert await client.call("Pinger", 1, "Ping") == {"response": {}}


@pytest.mark.parametrize(
    "message",
    [b"", b"nonsense", b"[]", b'{"request-id": "1", "type": "Pinger"}', b'{"request-id": 1, "type": 2}'],
)
async def test_what_is_no_message_closes(bench: controller_bench.Bench, message: bytes) -> None:
    """No JSON, an empty message, an envelope key of the wrong type: closed without an answer (1.8)."""
    client = await bench.agent()
    before = len(client.peer.sent)
    client.raw(message)
    assert client.peer.closed
    assert len(client.peer.sent) == before


async def test_a_stray_response_is_dropped(bench: controller_bench.Bench) -> None:
    """A message with neither type nor request is taken for a response, and ignored (1.6)."""
    client = await bench.agent()
    client.raw(b'{"request-id": 99, "response": {}}')
    assert await client.call("Pinger", 1, "Ping") == {"response": {}}


async def test_the_former_spelling_is_answered_in_kind(bench: controller_bench.Bench) -> None:
    """A CamelCase request gets a CamelCase answer (spec juju-api, 1.6)."""
    client = bench.connect()
    client.raw(b'{"RequestId": 7, "Type": "Pinger", "Request": "Ping"}')
    error = 'unknown object type "Pinger"'
    expected: dict[str, object] = {
        "RequestId": 7,
        "Error": error,
        "ErrorCode": "not implemented",
        "Response": {},
    }
    assert client.peer.sent == [expected]


async def test_a_crash_is_an_answer(bench: controller_bench.Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A defect in a handler fails its call with its text and no code, is logged, and ends nothing (1.8)."""
    client = await bench.agent()
    bench.fleet.units["shop/0"] = object()  # pyright: ignore[reportArgumentType] # the defect
    answer = await client.call("MeterStatus", 2, "GetMeterStatus", ENTITY)
    assert answer["error"]
    assert "error-code" not in answer
    assert "MeterStatus.GetMeterStatus failed" in caplog.text
    assert await client.call("Pinger", 1, "Ping") == {"response": {}}


async def test_a_failing_store_is_told_as_try_again(bench: controller_bench.Bench) -> None:
    """When the database fails, the call that needed it says so, and the status is still served."""
    client = await bench.agent()
    bench.store.engine.failure = errors.StoreUnavailableError("the disk is full")
    answer = await client.call("MeterStatus", 2, "State", ENTITY)
    error = {"message": "the disk is full", "code": "try again"}
    assert answer == {"response": {"results": [{"error": error}]}}
    answer = await client.call("MeterStatus", 2, "GetMeterStatus", ENTITY)
    assert answer == {"response": {"results": [{"code": "AMBER", "info": "not set"}]}}


async def test_requests_in_flight_are_limited() -> None:
    """Beyond the limit a request is answered "try again"; those in flight are not touched."""
    async with controller_bench.running(settings.Settings(max_in_flight=2)) as bench:
        client = await bench.agent()
        await client.call("MeterStatus", 2, "WatchMeterStatus", ENTITY)
        waiting = [client.ask("NotifyWatcher", 1, "Next", object_id="1") for _ in range(2)]
        refused = client.ask("Pinger", 1, "Ping")
        answer = client.answer(refused)
        assert answer is not None
        assert (answer["error"], answer["error-code"]) == (
            "too many requests on this connection",
            "try again",
        )
        assert [client.answer(each) for each in waiting] == [None, None]


async def test_watchers_are_limited() -> None:
    """Beyond the limit each watch of a call fails by itself."""
    async with controller_bench.running(settings.Settings(max_watchers=1)) as bench:
        client = await bench.agent()
        entities = {"entities": ENTITY["entities"] * 2}
        answer = await client.call("MeterStatus", 2, "WatchMeterStatus", entities)
        error = {"message": "too many watchers on this connection", "code": "try again"}
        assert answer["response"]["results"] == [
            {"NotifyWatcherId": "1"},
            {"NotifyWatcherId": "", "error": error},
        ]


async def test_a_silent_agent_is_ended_in_order(bench: controller_bench.Bench) -> None:
    """Three minutes without Ping end an agent's connection; its pending Next is answered first (3, 1.10)."""
    client = await bench.agent()
    await client.call("MeterStatus", 2, "WatchMeterStatus", ENTITY)
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    await bench.clock.advance(datetime.timedelta(minutes=2, seconds=59))
    await client.call("MeterStatus", 2, "GetMeterStatus", ENTITY)  # anything but Ping does not count
    assert not client.peer.closed
    await bench.clock.advance(datetime.timedelta(seconds=6))
    assert client.peer.closed
    assert client.answer(waiting) == rpc.failure("watcher has been stopped", "stopped")
    assert client.peer.sent[-1]["request-id"] == waiting


async def test_users_may_be_silent_and_strangers_not(bench: controller_bench.Bench) -> None:
    """A user is never ended for silence; who does not log in is."""
    user, stranger = await bench.user(), bench.connect()
    await bench.clock.advance(datetime.timedelta(minutes=10))
    assert (user.peer.closed, stranger.peer.closed) == (False, True)


async def test_stopping_answers_what_waits_and_refuses_what_comes(bench: controller_bench.Bench) -> None:
    """A stopping controller fails pending Nexts as stopped, then closes; new requests hear of it (1.10)."""
    client = await bench.agent()
    await client.call("MeterStatus", 2, "WatchMeterStatus", ENTITY)
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    stopping = asyncio.ensure_future(_stop(bench))
    await asyncio.sleep(0)
    late = client.ask("Pinger", 1, "Ping")
    await stopping
    assert client.answer(late) == rpc.failure("connection is shut down")
    answer = client.answer(waiting)
    assert answer is not None
    assert answer["error-code"] == "stopped"
    assert client.peer.closed


async def _stop(bench: controller_bench.Bench) -> None:
    async with bench.front.running():
        pass


async def test_who_leaves_leaves_nothing(bench: controller_bench.Bench) -> None:
    """A lost connection takes its watchers and its presence with it."""
    client = await bench.agent()
    await client.call("MeterStatus", 2, "WatchMeterStatus", ENTITY)
    client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert (len(bench.fleet.watchers), dict(bench.fleet.presence.connected)) == (1, {"shop/0": 1})
    client.leave()
    await asyncio.sleep(0)
    assert (len(bench.fleet.watchers), dict(bench.fleet.presence.connected)) == (0, {})


async def test_the_last_contact_is_the_last_answer(bench: controller_bench.Bench) -> None:
    """Whatever an agent was answered counts, at its time; that it left is no contact."""
    client = await bench.agent()
    await bench.clock.advance(datetime.timedelta(seconds=1))
    await client.call("Pinger", 1, "Ping", {})
    answered_at = bench.clock.now()
    await bench.clock.advance(datetime.timedelta(seconds=1))
    client.leave()
    await asyncio.sleep(0)
    contact = bench.fleet.presence.contact("shop/0")
    assert contact is not None
    assert (contact.since, contact.last_contact) == (bench.clock.now(), answered_at)


async def test_answers_may_come_in_any_order(bench: controller_bench.Bench) -> None:
    """A blocked Next delays no other call (spec juju-api, 1.6)."""
    client = await bench.agent()
    await client.call("MeterStatus", 2, "WatchMeterStatus", ENTITY)
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert await client.call("Pinger", 1, "Ping") == {"response": {}}
    assert client.answer(waiting) is None
    await bench.set_status("shop/0", "RED")
    await asyncio.sleep(0)
    assert client.answer(waiting) == {"response": {}}


async def test_nothing_runs_for_a_connection_that_is_gone(bench: controller_bench.Bench) -> None:
    """A login that waits for its turn is forgotten with its connection; the next one has the place."""
    before = asyncio.all_tasks()
    strangers = [bench.connect() for _ in range(20)]
    for stranger in strangers:
        params = {"auth-tag": "user-admin", "credentials": "wrong"}
        for _ in range(20):
            stranger.ask("Admin", 3, "Login", params)
    await asyncio.sleep(0)
    # One of each connection waits at most, whatever it asked for.
    assert len(asyncio.all_tasks() - before) <= 20 + settings.Settings().user_hashes_at_once
    for stranger in strangers:
        stranger.leave()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks() - before) <= settings.Settings().user_hashes_at_once
    assert "error" not in await bench.connect().log_in("user-admin", controller_bench.USER_PASSWORD)


async def test_longer_messages_are_for_who_is_known(bench: controller_bench.Bench) -> None:
    """The transport is told of a login once it has succeeded, and not before."""
    client = bench.connect()
    await client.log_in("unit-shop-0", "wrong")
    assert not client.peer.admitted
    await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])
    assert client.peer.admitted
