"""What a connection or plain HTTP request gets (spec juju-api, 1.3 and 1.4)."""

import asyncio
import datetime
import logging

import pytest

from harness import controller_bench, repository, rpc
from meterstatus.controller.rpc import connection
from meterstatus.ports import transport


def ask(bench: controller_bench.Bench, path: str, method: str = "GET") -> transport.HTTPAnswer | None:
    """Return the plain answer, or None where the request gets a conversation."""
    answer = bench.front.accept(transport.HTTPRequest(method, path, "192.0.2.1:4711"))
    if isinstance(answer, transport.HTTPAnswer):
        return answer
    assert isinstance(answer, connection.Connection)
    return None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        controller_bench.MODEL_PATH,
        f"/model/{repository.IDENTITY.controller_model_uuid}/api",
        "/model/00000000-0000-4000-8000-000000000000/api",
    ],
)
async def test_these_are_conversations(bench: controller_bench.Bench, path: str) -> None:
    """The three forms of URL, also of the controller's own model and of one that is not here."""
    assert ask(bench, path) is None


@pytest.mark.parametrize("path", ["/nothing", "/api/", "/model/x", "/model/a/b/api", "", "/healthy"])
async def test_other_paths_are_not_found(bench: controller_bench.Bench, path: str) -> None:
    """Any other path is 404."""
    answer = ask(bench, path)
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("uuid", ["", "x", controller_bench.MODEL_PATH[7:43].upper(), "5f1f9c2e"])
async def test_what_is_no_uuid_is_refused(bench: controller_bench.Bench, uuid: str) -> None:
    """A malformed UUID is 400, and the body names it."""
    assert ask(bench, f"/model/{uuid}/api") == transport.HTTPAnswer(400, f'invalid model UUID "{uuid}"\n')


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS"])
async def test_a_websocket_begins_with_get(bench: controller_bench.Bench, method: str) -> None:
    """Other methods are 405."""
    for path in ("/api", controller_bench.MODEL_PATH):
        answer = ask(bench, path, method)
        assert answer is not None
        assert answer.status == 405


async def test_health_is_told_until_it_stops() -> None:
    """Load balancers hear "running", then "stopping" with 503, as do the API routes (1.3, 1.4)."""
    async with controller_bench.running() as bench:
        assert ask(bench, "/health") == transport.HTTPAnswer(200, "running\n")
        assert ask(bench, "/health", "HEAD") == transport.HTTPAnswer(200, "running\n")
        answer = ask(bench, "/health", "POST")
        assert answer is not None
        assert answer.status == 405
    for path in ("/health", "/api", controller_bench.MODEL_PATH):
        assert ask(bench, path) == transport.HTTPAnswer(503, "stopping\n")


CUT_OFF = datetime.timedelta(seconds=16)


async def test_without_its_store_it_lets_nobody_in(bench: controller_bench.Bench) -> None:
    """Any route is 503 with the reason, the one for load balancers too, until the store is certain again."""
    bench.store.engine.unconfirmed = CUT_OFF
    for path in ("/health", "/api", controller_bench.MODEL_PATH):
        assert ask(bench, path) == transport.HTTPAnswer(503, "the database cannot be reached\n")
    bench.store.engine.unconfirmed = datetime.timedelta()
    assert ask(bench, controller_bench.MODEL_PATH) is None


async def test_without_its_store_it_answers_nothing_from_memory(bench: controller_bench.Bench) -> None:
    """An agent is refused its status and its ping, so that it does not take either for contact."""
    client = await bench.agent()
    bench.store.engine.unconfirmed = CUT_OFF
    asked = {"entities": [{"tag": "unit-shop-0"}]}
    for facade, version, method in (("MeterStatus", 2, "GetMeterStatus"), ("Pinger", 1, "Ping")):
        answer = await client.call(facade, version, method, asked)
        assert (answer["error"], answer["error-code"]) == (
            "this controller cannot reach its database",
            "try again",
        )
    bench.store.engine.unconfirmed = datetime.timedelta()
    assert "error" not in await client.call("MeterStatus", 2, "GetMeterStatus", asked)


async def test_an_event_is_not_sent_once_its_store_is_uncertain(bench: controller_bench.Bench) -> None:
    """Stopped between finding an event and sending it, a controller would go on with an old word."""
    client = await bench.agent()
    asked = {"entities": [{"tag": "unit-shop-0"}]}
    watching = await client.call("MeterStatus", 2, "WatchMeterStatus", asked)
    watcher_id = watching["response"]["results"][0]["NotifyWatcherId"]
    waiting = client.ask("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher_id)
    await asyncio.sleep(0)
    bench.fleet.watchers.notify(["shop/0"])
    bench.store.engine.unconfirmed = CUT_OFF
    await asyncio.sleep(0)
    answer = client.answer(waiting)
    assert answer is not None
    assert answer.get("error-code") == "try again"


async def test_without_its_store_it_ends_every_connection(bench: controller_bench.Bench) -> None:
    """Who only waits for an event would wait for ever; a user is let go like an agent."""
    clients = [await bench.agent(), await bench.user()]
    bench.store.engine.unconfirmed = CUT_OFF
    await bench.clock.advance(datetime.timedelta(seconds=15))  # what was certain just now is so for the limit
    assert all(client.peer.closed for client in clients)


async def test_a_store_that_is_led_back_ends_every_connection(bench: controller_bench.Bench) -> None:
    """Revisions begin anew, so that who stays would pass over what is said now; who comes again does not."""
    client, backup = await bench.agent(), bench.stored.copy()
    bench.store.engine.lead_back(backup)
    await bench.fleet.settled()
    await asyncio.sleep(0)
    assert client.peer.closed
    assert not (await bench.agent()).peer.closed


async def test_connections_end_in_the_order_they_came(
    bench: controller_bench.Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Who came first is let go first: an order by place in memory would tell no seed twice alike."""
    remotes = [f"192.0.2.{number}:4711" for number in range(1, 41)]
    for remote in remotes:
        rpc.MemoryClient(
            bench.front.accept(transport.HTTPRequest("GET", controller_bench.MODEL_PATH, remote))
        )
    with caplog.at_level(logging.DEBUG):
        bench.fleet.on_rolled_back()
        await asyncio.sleep(0)
    left = [line.removeprefix("somebody at ").removesuffix(" left") for line in caplog.messages]
    assert left == remotes
