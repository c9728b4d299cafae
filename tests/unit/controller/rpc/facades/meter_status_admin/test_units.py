"""Units are added and removed."""

import pytest

from harness import controller_bench, rpc

GONE = {"message": 'unit "shop/0" not found', "code": "not found"}


async def test_units_are_added(bench: controller_bench.Bench) -> None:
    """A new unit gets a tag, a fresh password and the status asked for; what cannot be is refused."""
    client = await bench.user()
    units = [
        {"unit": "till/0"},
        {"unit": "till/1", "code": "GREEN", "info": "trial", "reason": "new shop"},
        {"unit": "till/0"},
        {"unit": "Till/0"},
        {"unit": "till/2", "code": "PINK"},
        {"unit": "till/3", "info": "info without a code"},
        {"unit": "till/4", "reason": "two\nlines"},
    ]
    found = await client.results("MeterStatusAdmin", 1, "AddUnits", {"units": units})
    assert [each["tag"] for each in found] == ["unit-till-0", "unit-till-1", "", "", "", "", ""]
    assert [len(each["password"]) for each in found[:2]] == [24, 24]
    assert found[0]["password"] != found[1]["password"]
    assert [each["error"]["code"] for each in found[2:]] == ["already exists"] + ["not valid"] * 4
    agent = bench.connect()
    assert "error" not in await agent.log_in("unit-till-1", found[1]["password"])
    told = await agent.results("MeterStatus", 2, "GetMeterStatus", rpc.entities("unit-till-1"))
    assert told == [{"code": "GREEN", "info": "trial"}]


@pytest.mark.parametrize("method", ["AddUnits", "RemoveUnits"])
async def test_a_writer_manages_no_units(bench: controller_bench.Bench, method: str) -> None:
    """Only an admin adds and removes units."""
    client = await bench.user("writer")
    (found,) = await client.results("MeterStatusAdmin", 1, method, {"units": [{"unit": "shop/0"}]})
    assert found["error"] == rpc.DENIED


async def test_removing_what_is_not_there_is_not_found(bench: controller_bench.Bench) -> None:
    """A second removal finds nothing."""
    client = await bench.user()
    units = {"units": [{"unit": "shop/0"}, {"unit": "shop/0"}]}
    found = await client.results("MeterStatusAdmin", 1, "RemoveUnits", units)
    assert found == [{}, {"error": GONE}]
