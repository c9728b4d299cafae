"""What a whole Juju unit agent asks for beside meter statuses, so that its log is quiet."""

import asyncio
from typing import Any

import pytest

from harness import controller_bench, rpc

OWN = {"entities": [{"tag": "unit-shop-0"}]}
OTHERS = {"entities": [{"tag": "unit-shop-1"}]}
DENIED = {"message": "permission denied", "code": "unauthorized access"}


async def result(client: rpc.MemoryClient, facade: str, version: int, method: str, params: Any) -> Any:
    """Return the one result of a call."""
    answer = await client.call(facade, version, method, params)
    assert "error" not in answer, answer
    (only,) = answer["response"]["results"]
    return only


@pytest.mark.parametrize(
    ("facade", "method", "expected", "refused"),
    [
        ("Logger", "LoggingConfig", {"result": "<root>=INFO"}, {"result": ""}),
        ("Logger", "WatchLoggingConfig", {"NotifyWatcherId": "1"}, {"NotifyWatcherId": ""}),
        (
            "RetryStrategy",
            "RetryStrategy",
            {
                "result": {
                    "should-retry": True,
                    "min-retry-time": 30_000_000_000,
                    "max-retry-time": 300_000_000_000,
                    "jitter-retry-time": True,
                    "retry-time-factor": 2,
                }
            },
            {"result": None},
        ),
        ("RetryStrategy", "WatchRetryStrategy", {"NotifyWatcherId": "1"}, {"NotifyWatcherId": ""}),
        ("Upgrader", "WatchAPIVersion", {"NotifyWatcherId": "1"}, {"NotifyWatcherId": ""}),
        ("Upgrader", "Tools", {"error": {"message": "agent binaries not found", "code": "not found"}}, {}),
    ],
)
async def test_an_agent_is_answered_about_itself(
    bench: controller_bench.Bench, facade: str, method: str, expected: dict[str, Any], refused: dict[str, Any]
) -> None:
    """Its own tag is answered, another one denied; what is watched never changes."""
    client = await bench.agent()
    assert await result(client, facade, 1, method, OWN) == expected
    assert await result(client, facade, 1, method, OTHERS) == {**refused, "error": DENIED}
    if "NotifyWatcherId" in expected:
        waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
        await asyncio.sleep(0)
        assert client.answer(waiting) is None


@pytest.mark.parametrize("version", ["2.9.31", "3.6-beta2", "3.5.5.1"])
async def test_an_agent_keeps_the_version_that_it_has(bench: controller_bench.Bench, version: str) -> None:
    """What it said that it is at its login is what it should be, so that it never fetches another."""
    client = bench.connect()
    params = {
        "auth-tag": "unit-shop-0",
        "credentials": bench.agent_passwords["shop/0"],
        "client-version": version,
    }
    await client.call("Admin", 3, "Login", params)
    tools = {"agent-tools": [{"tag": "unit-shop-0", "tools": {"version": f"{version}-ubuntu-amd64"}}]}
    assert await result(client, "Upgrader", 1, "SetTools", tools) == {}
    assert await result(client, "Upgrader", 1, "DesiredVersion", OWN) == {"version": version}
    assert await result(client, "Upgrader", 1, "DesiredVersion", OTHERS) == {"error": DENIED}
    assert await result(
        client, "Upgrader", 1, "SetTools", {"agent-tools": [{"tag": "unit-shop-1", "tools": {"version": ""}}]}
    ) == {"error": DENIED}


@pytest.mark.parametrize("version", ["", "latest", "2.9.31" + "0" * 4096, "2.9.31\n"])
async def test_what_is_no_version_is_not_told_back(bench: controller_bench.Bench, version: str) -> None:
    """An agent that did not say what it is, or said nonsense, is told that nobody knows."""
    client = bench.connect()
    params = {
        "auth-tag": "unit-shop-0",
        "credentials": bench.agent_passwords["shop/0"],
        "client-version": version,
    }
    await client.call("Admin", 3, "Login", params)
    unknown = {"message": "agent version not found", "code": "not found"}
    assert await result(client, "Upgrader", 1, "DesiredVersion", OWN) == {"error": unknown}


async def test_nobody_leads(bench: controller_bench.Bench) -> None:
    """A claim is denied in Juju's words, and to wait for a leader's end is to wait for the connection's."""
    client = await bench.agent()
    claim = {"application-tag": "application-shop", "unit-tag": "unit-shop-0", "duration": 60}
    denied = {"message": "leadership claim denied", "code": "leadership claim denied"}
    claimed = await result(client, "LeadershipService", 2, "ClaimLeadership", {"params": [claim]})
    assert claimed == {"error": denied}
    waiting = client.ask("LeadershipService", 2, "BlockUntilLeadershipReleased", {"Name": "application-shop"})
    await asyncio.sleep(0)
    assert client.answer(waiting) is None
    client.leave()
    await asyncio.sleep(0)


async def test_metrics_are_taken_and_dropped(bench: controller_bench.Bench) -> None:
    """An agent's own are, another's denied; no metrics are shown afterwards."""
    client = await bench.agent()
    batch = {
        "uuid": "b",
        "charm-url": "local:shop-0",
        "created": "2026-01-01T00:00:00Z",
        "metrics": [{"key": "pings", "value": "5", "time": "2026-01-01T00:00:00Z"}],
    }
    for tag, expected in (("unit-shop-0", {}), ("unit-shop-1", {"error": DENIED})):
        params = {"batches": [{"tag": tag, "batch": batch}]}
        assert await result(client, "MetricsAdder", 2, "AddMetricBatches", params) == expected
    admin = await bench.user()
    assert await result(admin, "MetricsDebug", 2, "GetMetrics", OWN) == {}
