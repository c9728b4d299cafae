"""Who may log in, and what a login is answered (spec juju-api, 2)."""

import asyncio
import datetime
from typing import Any

import pytest

from harness import controller_bench, repository, rpc
from meterstatus import errors
from meterstatus.controller import settings
from meterstatus.domain import names, policy

BAD = rpc.failure("invalid entity name or password", "unauthorized access")
FACADES = {
    "Agent": [3],
    "AllWatcher": [3],
    "Client": [5, 6, 7],
    "LeadershipService": [2],
    "Logger": [1],
    "MeterStatus": [2],
    "MeterStatusAdmin": [1],
    "MeterStatusDelivery": [1],
    "MeterStatusPolicy": [1],
    "MetricsAdder": [2],
    "MetricsDebug": [2],
    "MigrationFlag": [1],
    "MigrationMinion": [1],
    "MigrationStatusWatcher": [1],
    "ModelConfig": [2, 3],
    "NotifyWatcher": [1],
    "Pinger": [1],
    "RetryStrategy": [1],
    "Storage": [6],
    "Upgrader": [1],
}
"""Of the model; in the order in which they are told."""

OURS = ("MeterStatusAdmin", "MeterStatusDelivery", "MeterStatusPolicy")

CONTROLLER_FACADES = {
    "Controller": [11],
    "ModelConfig": [2, 3],
    "ModelManager": [9, 10],
    "NotifyWatcher": [1],
    "Pinger": [1],
    "UserManager": [2, 3],
}
OWN_MODEL = repository.IDENTITY.controller_model_uuid
OWN_MODEL_PATH = f"/model/{OWN_MODEL}/api"


def offered(response: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """Return the facades of a login with their versions, in their order."""
    return [(facade["name"], facade["versions"]) for facade in response["facades"]]


async def test_an_agent_is_told_where_it_is(bench: controller_bench.Bench) -> None:
    """An agent's login names the controller, model, facades, version and addresses, and no user."""
    client = bench.connect()
    answer = await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])
    response = answer["response"]
    assert offered(response) == list(FACADES.items())
    assert response["controller-tag"] == f"controller-{repository.IDENTITY.controller_uuid}"
    assert response["model-tag"] == f"model-{repository.IDENTITY.model_uuid}"
    assert response["server-version"] == "3.6.0"
    assert response["servers"] == [
        [{"value": "127.0.0.1", "type": "ipv4", "scope": "local-machine", "port": 17070}]
    ]
    assert "user-info" not in response


@pytest.mark.parametrize(
    ("name", "controller_access"), [("reader", "login"), ("writer", "login"), ("admin", "superuser")]
)
async def test_a_user_is_told_his_rights(
    bench: controller_bench.Bench, name: str, controller_access: str
) -> None:
    """A user's login says who he is and what he may, on the model and, without it, on the controller."""
    access = {"reader": "read", "writer": "write", "admin": "admin"}[name]
    expected = {"display-name": "", "identity": f"user-{name}", "controller-access": controller_access}
    answer = await bench.connect().log_in(f"user-{name}@local", controller_bench.USER_PASSWORD)
    assert answer["response"]["user-info"] == expected | {"model-access": access}
    # Clients of Juju log a warning about each facade that they do not know.
    assert offered(answer["response"]) == [each for each in FACADES.items() if each[0] not in OURS]
    for path in ("/api", "/"):
        answer = await bench.connect(path).log_in(f"user-{name}", controller_bench.USER_PASSWORD)
        assert answer["response"]["user-info"] == expected | {"model-access": ""}
        assert "model-tag" not in answer["response"]
        assert offered(answer["response"]) == list(CONTROLLER_FACADES.items())


@pytest.mark.parametrize(
    ("tag", "password"),
    [
        ("unit-shop-0", "wrong"),
        ("unit-shop-0", ""),
        ("unit-shop-9", "unknown"),
        ("user-admin", "wrong"),
        ("user-admin", ""),
        ("user-nobody", "unknown"),
        ("user-admin@corp", controller_bench.USER_PASSWORD),
        ("user-jujuanonymous", ""),
        ("machine-0", "x"),
        ("application-shop", "x"),
        (f"model-{repository.IDENTITY.model_uuid}", "x"),
        ("user-former", "wrong"),
    ],
)
async def test_bad_credentials_are_all_alike(bench: controller_bench.Bench, tag: str, password: str) -> None:
    """An unknown entity, a wrong password and an entity of no account here are answered the same (2.6)."""
    assert await bench.connect().log_in(tag, password) == BAD


async def test_an_agent_belongs_to_the_model(bench: controller_bench.Bench) -> None:
    """On a controller connection a unit of the model is unknown (spec juju-api, 2.3)."""
    client = bench.connect("/api")
    assert await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"]) == BAD


async def test_the_controllers_own_model_is_for_admins(bench: controller_bench.Bench) -> None:
    """There an admin is told that model and the few facades it has; others are denied, agents unknown."""
    answer = await bench.connect(OWN_MODEL_PATH).log_in("user-admin", controller_bench.USER_PASSWORD)
    assert answer["response"]["model-tag"] == f"model-{OWN_MODEL}"
    assert answer["response"]["user-info"]["model-access"] == "admin"
    assert [name for name, _ in offered(answer["response"])] == [
        "AllWatcher",
        "Client",
        "ModelConfig",
        "NotifyWatcher",
        "Pinger",
        "Storage",
    ]
    denied = rpc.failure("permission denied", "unauthorized access")
    for name in ("writer", "reader"):
        client = bench.connect(OWN_MODEL_PATH)
        assert await client.log_in(f"user-{name}", controller_bench.USER_PASSWORD) == denied
    client = bench.connect(OWN_MODEL_PATH)
    assert await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"]) == BAD


@pytest.mark.parametrize(
    ("tag", "message", "code"),
    [
        ("", "failed to authenticate request: unauthorized", "unauthorized access"),
        ("rubbish", '"rubbish" is not a valid tag', ""),
        ("unit-shop", '"unit-shop" is not a valid unit tag', ""),
        ("user-former", 'user "former" is disabled', "unauthorized access"),
    ],
)
async def test_other_refusals_have_their_own_words(
    bench: controller_bench.Bench, tag: str, message: str, code: str
) -> None:
    """A missing tag, rubbish and a disabled user are told apart (spec juju-api, 2.6)."""
    answer = await bench.connect().log_in(tag, controller_bench.USER_PASSWORD)
    assert (answer["error"], answer.get("error-code", "")) == (message, code)


async def test_a_failed_login_may_be_tried_again(bench: controller_bench.Bench) -> None:
    """After bad credentials the connection takes another login (spec juju-api, 2.4)."""
    client = bench.connect()
    assert await client.log_in("unit-shop-0", "wrong") == BAD
    assert "error" not in await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])


async def test_of_two_logins_at_once_one_wins(bench: controller_bench.Bench) -> None:
    """Two logins that race on one connection: the second is told "already logged in", without a code."""
    client = bench.connect()
    params = {"auth-tag": "unit-shop-0", "credentials": bench.agent_passwords["shop/0"]}
    ids = [client.ask("Admin", 3, "Login", params) for _ in range(2)]
    while None in (client.answer(each) for each in ids):  # noqa: ASYNC110 - the answers set no event
        await asyncio.sleep(0.001)
    first, second = (client.answer(each) for each in ids)
    assert first is not None
    assert "error" not in first
    assert second == rpc.failure("already logged in")


async def test_agents_have_a_rate_and_users_none() -> None:
    """Beyond the burst an agent is told Juju's "try again", and how long to wait; users are let in."""
    limits = settings.Settings(login_burst=1)
    async with controller_bench.running(limits) as bench:
        client, other = bench.connect(), bench.connect()
        assert "error" not in await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])
        answer = await other.log_in("unit-shop-1", bench.agent_passwords["shop/1"])
        assert answer == rpc.failure("try again", "try again") | {"error-info": {"retry-after-ms": 1}}
        await bench.user()
        await bench.clock.advance(limits.login_period)
        assert "error" not in await other.log_in("unit-shop-1", bench.agent_passwords["shop/1"])


async def test_who_is_refused_keeps_nobody_out() -> None:
    """Neither a wrong password nor rubbish takes an agent's turn, or is anything but what it always is."""
    async with controller_bench.running(settings.Settings(login_burst=1)) as bench:
        client = bench.connect()
        for _ in range(10):
            assert await client.log_in("unit-shop-0", "wrong") == BAD
            assert (await client.log_in("rubbish", ""))["error"] == '"rubbish" is not a valid tag'
        assert "error" not in await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])


async def test_a_unit_that_escalates_soon_goes_first() -> None:
    """With a short policy an agent is not put behind a line that is longer than it can wait for."""
    limits = settings.Settings(login_burst=1, login_period=datetime.timedelta(seconds=4))
    soon = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))
    async with controller_bench.running(limits) as bench:
        admin = bench.fleet.users["admin"]
        await bench.service.policies.set(admin, names.Tag(names.Kind.UNIT, "shop/1"), soon)
        passwords = {name: await bench.service.units.add(admin, name, None) for name in ("shop/2", "shop/3")}
        await bench.agent()
        patient, urgent = bench.connect(), bench.connect()
        assert "error" in await patient.log_in("unit-shop-2", passwords["shop/2"])
        await bench.clock.advance(limits.login_period)
        assert "error" in await bench.connect().log_in("unit-shop-3", passwords["shop/3"])
        assert "error" not in await urgent.log_in("unit-shop-1", bench.agent_passwords["shop/1"])
        assert "error" in await patient.log_in("unit-shop-2", passwords["shop/2"])


async def test_keys_are_read_without_case(bench: controller_bench.Bench) -> None:
    """A login's keys may be spelled in any case, and null and unknown ones are no matter (11.1)."""
    params: dict[str, Any] = {
        "Auth-Tag": "unit-shop-0",
        "CREDENTIALS": bench.agent_passwords["shop/0"],
        "macaroons": None,
        "something": {"else": 1},
    }
    assert "error" not in await bench.connect().call("Admin", 3, "Login", params)


async def test_a_login_is_told_of_every_controller(bench: controller_bench.Bench) -> None:
    """This process comes first, then each other on the same database, as machines of their own."""
    bench.front.reached_at(17070, ("ctl1.example",))
    bench.front.others_at([(("ctl2.example", "10.0.0.2"), 17071)])
    client = bench.connect()
    answer = await client.log_in("unit-shop-0", bench.agent_passwords["shop/0"])
    found = [[place["value"] for place in machine] for machine in answer["response"]["servers"]]
    assert found == [["ctl1.example"], ["ctl2.example", "10.0.0.2"]]


async def watch(client: rpc.MemoryClient) -> str:
    """Start an agent's watch of its unit and return the watcher's id."""
    params = {"entities": [{"tag": "unit-shop-0"}]}
    answer = await client.call("MeterStatus", 2, "WatchMeterStatus", params)
    return answer["response"]["results"][0]["NotifyWatcherId"]


async def test_a_connected_agent_hears_of_a_controller_that_joins_or_goes(
    bench: controller_bench.Bench,
) -> None:
    """With the next event of its watch, which comes at once, and with that one alone."""
    bench.front.reached_at(17070, ("ctl1.example",))
    client = await bench.agent()
    watcher = await watch(client)
    others = [(("ctl2.example",), 17071), (("ctl3.example",), 17072)]
    for told in (others, others[:1], []):
        event = asyncio.ensure_future(
            client.call("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher)
        )
        await asyncio.sleep(0)
        bench.front.others_at(told)
        answer = (await asyncio.wait_for(event, 5))["response"]
        assert answer["code"] == "AMBER"
        found = [[place["value"] for place in machine] for machine in answer["servers"]]
        assert found == [["ctl1.example"], *([host] for (host,), _ in told)]
    await bench.set_status("shop/0", "GREEN")
    answer = await client.call("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher)
    assert (answer["response"]["code"], "servers" in answer["response"]) == ("GREEN", False)


async def test_no_agent_is_woken_for_the_same_controllers(bench: controller_bench.Bench) -> None:
    """Each says every few seconds where it is, and who said so last comes first."""
    others = [(("ctl2.example",), 17071), (("ctl3.example",), 17072)]
    bench.front.others_at(others)
    client = await bench.agent()
    watcher = await watch(client)
    event = asyncio.ensure_future(
        client.call("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher)
    )
    bench.front.others_at(reversed(others))
    await asyncio.sleep(0)
    assert not event.done()
    event.cancel()


async def test_a_controller_that_joins_between_login_and_watch_is_heard_of(
    bench: controller_bench.Bench,
) -> None:
    """The watch has its first event at once then."""
    client = await bench.agent()
    bench.front.others_at([(("ctl2.example",), 17071)])
    watcher = await watch(client)
    answer = await client.call("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id=watcher)
    assert [[place["value"] for place in machine] for machine in answer["response"]["servers"]] == [
        ["127.0.0.1"],
        ["ctl2.example"],
    ]


async def test_a_watch_of_jujus_is_told_nothing_of_it(bench: controller_bench.Bench) -> None:
    """Its agents ask for no content, and get the empty event that they know."""
    client = await bench.agent()
    watcher = await watch(client)
    bench.front.others_at([(("ctl2.example",), 17071)])
    assert await client.call("NotifyWatcher", 1, "Next", object_id=watcher) == {"response": {}}


async def test_an_agent_is_refused_only_by_who_is_sure(bench: controller_bench.Bench) -> None:
    """A controller that cannot ask its store, and may not know the unit yet, says "try again"."""
    bench.store.engine.failure = errors.StoreUnavailableError("the database is away")
    answer = await bench.connect().log_in("unit-shop-9", "a password of eighteen")
    assert answer["error-code"] == "try again"
    bench.store.engine.failure = None
    assert await bench.connect().log_in("unit-shop-9", "a password of eighteen") == BAD
