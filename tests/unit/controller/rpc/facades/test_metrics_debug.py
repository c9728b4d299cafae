"""A user sets statuses as in Juju (spec juju-api, 6)."""

from typing import Any

from harness import controller_bench, rpc

OWN = "unit-shop-0"


async def set_statuses(client: rpc.MemoryClient, *statuses: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Set statuses, each a tag, code and info."""
    statues = [{"tag": tag, "code": code, "info": info} for tag, code, info in statuses]
    return await client.results("MetricsDebug", 2, "SetMeterStatus", {"statues": statues})


async def test_setting_is_checked_in_order(bench: controller_bench.Bench) -> None:
    """Tag, kind, existence and code are checked in this order, each with its own error (6.1)."""
    found = await set_statuses(
        await bench.user("writer"),
        ("rubbish", "NO", ""),
        ("machine-0", "NO", ""),
        ("unit-shop-9", "NO", ""),
        ("application-till", "NO", ""),
        (OWN, "PURPLE", ""),
        (OWN, "NOT SET", ""),
        (OWN, "red", ""),
        (OWN, "RED", "two\nlines"),
        (OWN, "RED", "over budget"),
        ("application-shop", "GREEN", ""),
    )
    told = [(each["error"]["message"], each["error"]["code"]) for each in found[:8]]
    assert told == [
        ('"rubbish" is not a valid tag', ""),
        ("expected application or unit tag, got machine tag machine-0", ""),
        ('unit "shop/9" not found', "not found"),
        ('application "till" not found', "not found"),
        ('meter status "NOT AVAILABLE" not valid', "not valid"),
        ('meter status "NOT SET" not valid', "not valid"),
        ('meter status "NOT AVAILABLE" not valid', "not valid"),
        ("invalid meter status info: it has the character U+000A", "not valid"),
    ]
    assert found[8:] == [{}, {}]
    assert {name: unit.status.code for name, unit in bench.fleet.units.items()} == {
        "shop/0": "GREEN",
        "shop/1": "GREEN",
    }


async def test_a_misspelt_key_sets_nothing(bench: controller_bench.Bench) -> None:
    """The key is ``statues``; ``statuses`` yields an empty list (6.1)."""
    client = await bench.user()
    statuses = {"statuses": [{"tag": OWN, "code": "RED"}]}
    assert await client.results("MetricsDebug", 2, "SetMeterStatus", statuses) == []


async def test_a_reader_sets_nothing(bench: controller_bench.Bench) -> None:
    """A user with read access cannot set a status, unlike in the reference; he can look."""
    client = await bench.user("reader")
    assert await set_statuses(client, (OWN, "RED", "")) == [{"error": rpc.DENIED}]
    answer = await client.call("MeterStatusAdmin", 1, "Status")
    assert len(answer["response"]["units"]) == 2


async def test_there_are_no_metrics(bench: controller_bench.Bench) -> None:
    """GetMetrics answers in the reference's form with nothing in it (6.2)."""
    client = await bench.user("reader")
    assert await client.results("MetricsDebug", 2, "GetMetrics", {}) == [{}]
    tags = (OWN, "application-shop", "unit-shop-9", "machine-0", "rubbish")
    assert await client.results("MetricsDebug", 2, "GetMetrics", rpc.entities(*tags)) == [
        {},
        {},
        {"error": {"message": 'failed to get metrics: unit "shop/9" not found', "code": "not found"}},
        {"error": {"message": "invalid tag machine-0", "code": ""}},
        {"error": {"message": '"rubbish" is not a valid tag', "code": ""}},
    ]
