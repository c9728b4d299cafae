"""Client and Storage over the wire: a model as a client shows it (8.3)."""

from typing import Any

import pytest

from harness import controller_bench, repository, rpc
from meterstatus.testing import virtual_time

NOW = virtual_time.START.isoformat().replace("+00:00", "Z")
OWN_MODEL_PATH = f"/model/{repository.IDENTITY.controller_model_uuid}/api"
UNKNOWN = rpc.failure("unknown watcher id", "not found")


async def full_status(client: rpc.MemoryClient, version: int = 7, params: object = None) -> dict[str, Any]:
    """Return a model's full status."""
    answer = await client.call("Client", version, "FullStatus", params)
    assert "error" not in answer, answer
    return answer["response"]


def units(status: dict[str, Any]) -> list[str]:
    """Return the units that a full status shows."""
    return [unit for application in status["applications"].values() for unit in application["units"]]


@pytest.mark.parametrize(
    ("version", "params"),
    [(6, {"patterns": None}), (7, {"patterns": [], "include-storage": True}), (7, None)],
)
@pytest.mark.parametrize("name", ["reader", "writer", "admin"])
async def test_every_user_sees_the_whole_status(
    bench: controller_bench.Bench, name: str, version: int, params: object
) -> None:
    """Both versions answer every user, without patterns with all units, at the controller's time."""
    await bench.set_status("shop/1", "RED", "over budget")
    found = await full_status(await bench.user(name), version, params)
    assert units(found) == ["shop/0", "shop/1"]
    assert found["applications"]["shop"]["meter-statuses"] == {
        "shop/1": {"color": "red", "message": "over budget"}
    }
    assert (found["model"]["name"], found["controller-timestamp"]) == ("default", NOW)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("shop", ["shop/0", "shop/1"]), ("shop/1", ["shop/1"]), ("*/0", ["shop/0"]), ("till", [])],
)
async def test_patterns_choose_units(
    bench: controller_bench.Bench, pattern: str, expected: list[str]
) -> None:
    """A pattern is one of units or applications; one that matches nothing shows nothing."""
    assert units(await full_status(await bench.user(), params={"patterns": [pattern]})) == expected


async def test_agents_have_no_client(bench: controller_bench.Bench) -> None:
    """An agent is denied the model's status and its watch."""
    client = await bench.agent()
    denied = rpc.failure("permission denied", "unauthorized access")
    assert await client.call("Client", 7, "FullStatus") == denied
    assert await client.call("Client", 7, "WatchAll") == denied


async def test_the_controllers_own_model_is_empty(bench: controller_bench.Bench) -> None:
    """There is nothing in it."""
    client = await bench.user("admin", OWN_MODEL_PATH)
    found = await full_status(client)
    assert (found["model"]["name"], found["applications"]) == ("controller", {})


async def test_other_methods_are_not_implemented(bench: controller_bench.Bench) -> None:
    """What these facades have in Juju and not here is refused in the words and with the code of Juju."""
    client = await bench.user()
    answer = await client.call("Client", 7, "StatusHistory")
    assert answer == rpc.failure(
        "no such request - method Client(7).StatusHistory is not implemented", "not implemented"
    )
    answer = await client.call("Client", 8, "FullStatus")
    assert answer == rpc.failure('unknown version (8) of interface "Client"', "not implemented")


@pytest.mark.parametrize("method", ["ListStorageDetails", "ListFilesystems", "ListVolumes"])
async def test_every_storage_filter_finds_nothing(bench: controller_bench.Bench, method: str) -> None:
    """One empty result for each filter, as clients without Client 7 ask beside a status (8.3)."""
    client = await bench.user("reader")
    wishes: list[list[dict[str, list[str]]] | None] = [[{}], [{"machines": ["0"]}, {}], None]
    for filters in wishes:
        answer = await client.call("Storage", 6, method, {"filters": filters})
        assert answer["response"]["results"] == [{"result": []} for _ in filters or ()]
