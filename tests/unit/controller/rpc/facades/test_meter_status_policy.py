"""Policies over the wire: users set and see them, agents are told them."""

from typing import Any

import pytest

from harness import controller_bench, repository, rpc

OWN = "unit-shop-0"
MODEL = f"model-{repository.IDENTITY.model_uuid}"
DENIED = {"message": "permission denied", "code": "unauthorized access"}
SHORT = {"amber-grace-seconds": 10.0, "red-grace-seconds": 20.5, "warning-seconds": 2.0}
NEVER = {"amber-grace-seconds": 0.0, "red-grace-seconds": 0.0}


async def call(client: rpc.MemoryClient, method: str, params: object = None) -> dict[str, Any]:
    """Call a method of the users' facade and return its answer."""
    answer = await client.call("MeterStatusAdmin", 1, method, params)
    assert "error" not in answer, answer
    return answer["response"]


async def set_policy(
    client: rpc.MemoryClient, tag: str, policy: dict[str, float], reason: str = ""
) -> dict[str, Any]:
    """Set one policy and return its result."""
    params = {"policies": [{"tag": tag, "policy": policy, "reason": reason}]}
    (result,) = (await call(client, "SetPolicy", params))["results"]
    return result


async def remove_policy(client: rpc.MemoryClient, tag: str) -> dict[str, Any]:
    """Take one policy away and return its result."""
    (result,) = (await call(client, "RemovePolicy", {"policies": [{"tag": tag}]}))["results"]
    return result


async def word(client: rpc.MemoryClient, *tags: str) -> list[dict[str, Any]]:
    """Ask as an agent what rules units."""
    entities = {"entities": [{"tag": tag} for tag in tags]}
    answer = await client.call("MeterStatusPolicy", 1, "GetPolicy", entities)
    return answer["response"]["results"]


async def test_an_agent_asks_for_its_own_policy(bench: controller_bench.Bench) -> None:
    """The narrowest that is set is told with the newest revision; other units and rubbish are denied."""
    admin, agent = await bench.user(), await bench.agent()
    assert await word(agent, OWN) == [{"revision": 2, "epoch": 1}]
    assert await set_policy(admin, MODEL, NEVER) == {}
    assert await word(agent, OWN) == [{"revision": 3, "policy": NEVER, "epoch": 1}]
    assert await set_policy(admin, OWN, SHORT) == {}
    denied = {"revision": 4, "error": DENIED}
    tags = (OWN, "unit-shop-1", "application-shop", "rubbish")
    assert await word(agent, *tags) == [{"revision": 4, "policy": SHORT, "epoch": 1}, denied, denied, denied]


async def test_a_removed_units_agent_is_told_so(bench: controller_bench.Bench) -> None:
    """An agent whose unit is gone asks in vain, also once one of its name is back."""
    admin, agent = await bench.user(), await bench.agent()
    await call(admin, "RemoveUnits", {"units": [{"unit": "shop/0"}]})
    await call(admin, "AddUnits", {"units": [{"unit": "shop/0"}]})
    (found,) = await word(agent, OWN)
    assert found["error"] == {"message": 'unit "shop/0" not found', "code": "not found"}


async def test_a_wait_tells_a_change_of_policy(bench: controller_bench.Bench) -> None:
    """A policy set or taken away fires the watch and is said with it; Juju's Next is answered as ever."""
    admin, agent = await bench.user(), await bench.agent()
    entities = {"entities": [{"tag": OWN}]}
    await agent.call("MeterStatus", 2, "WatchMeterStatus", entities)
    told = {"code": "AMBER", "info": "not set"}

    asking = agent.ask("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id="1")
    await set_policy(admin, "application-shop", SHORT)
    expected = told | {"policy": {"revision": 3, "policy": SHORT, "epoch": 1}}
    assert agent.answer(asking) == {"response": expected}

    asking = agent.ask("NotifyWatcher", 1, "Next", {"tell-status": True}, object_id="1")
    await set_policy(admin, "unit-shop-1", NEVER)
    assert agent.answer(asking) is None
    await remove_policy(admin, "application-shop")
    assert agent.answer(asking) == {"response": told | {"policy": {"revision": 5, "epoch": 1}}}

    plain = agent.ask("NotifyWatcher", 1, "Next", object_id="1")
    await set_policy(admin, OWN, NEVER)
    assert agent.answer(plain) == {"response": {}}


async def test_an_applications_policy_comes_before_its_first_unit(bench: controller_bench.Bench) -> None:
    """It is set, for the first unit's first moment; where there is no application none is taken away."""
    admin = await bench.user()
    assert await set_policy(admin, "application-till", NEVER) == {}
    held = (await call(admin, "Policies"))["policies"]
    assert [each["tag"] for each in held] == ["application-till"]
    gone = await call(admin, "RemovePolicy", {"policies": [{"tag": "application-none"}]})
    assert gone["results"][0]["error"]["message"] == 'application "none" not found'


REFUSALS: list[tuple[str, dict[str, float], str, str]] = [
    ("rubbish", {}, '"rubbish" is not a valid tag', ""),
    ("machine-0", {}, "expected model, application or unit tag, got machine tag machine-0", ""),
    ("unit-shop-9", {}, 'unit "shop/9" not found', "not found"),
    (OWN, {"amber-grace-seconds": 9.9}, "invalid AMBER after 9s900ms: it may be 10s to 90d", "not valid"),
    (OWN, {"red-grace-seconds": 7776001}, "invalid RED after 90d1s: it may be 10s to 90d", "not valid"),
    (OWN, {"red-grace-seconds": -1}, "invalid RED after -1s: it may be 10s to 90d", "not valid"),
    (OWN, {"red-grace-seconds": 1e300}, "invalid span of 1e+300 seconds: it cannot be counted", "not valid"),
    (OWN, {"red-grace-seconds": 10}, "amber grace period must be shorter than the red grace period", ""),
]


@pytest.mark.parametrize(("tag", "changed", "message", "code"), REFUSALS)
async def test_a_policy_that_cannot_be_is_refused(
    bench: controller_bench.Bench, tag: str, changed: dict[str, float], message: str, code: str
) -> None:
    """What it is for, its bounds and its order are checked, each with its own words, and nothing is set."""
    admin = await bench.user()
    assert await set_policy(admin, tag, SHORT | changed) == {"error": {"message": message, "code": code}}
    assert (await call(admin, "Policies"))["policies"] == []


@pytest.mark.parametrize("policy", [{}, {"amber": 10, "red": 20}, {"amber-grace-seconds": 10.0}, None])
async def test_a_misspelt_stage_sets_nothing(bench: controller_bench.Bench, policy: object) -> None:
    """A stage that is not said is not one that is off: the call is refused."""
    admin = await bench.user()
    params = {"policies": [{"tag": OWN, "policy": policy}]}
    answer = await admin.call("MeterStatusAdmin", 1, "SetPolicy", params)
    assert answer["error"].startswith("params cannot be read: "), answer
    assert (await call(admin, "Policies"))["policies"] == []


async def test_only_an_admin_sets_policies(bench: controller_bench.Bench) -> None:
    """A writer neither sets nor takes away one; a reader sees them."""
    writer = await bench.user("writer")
    await set_policy(await bench.user(), OWN, SHORT)
    assert await set_policy(writer, OWN, NEVER) == {"error": DENIED}
    assert await remove_policy(writer, OWN) == {"error": DENIED}
    found = await call(await bench.user("reader"), "Policies")
    assert found == {"revision": 3, "policies": [{"tag": OWN, "policy": SHORT, "revision": 3}]}


async def test_status_says_what_rules_a_unit(bench: controller_bench.Bench) -> None:
    """Each unit bears the policy that rules it and where it is set; one that nothing rules bears none."""
    admin = await bench.user()
    await set_policy(admin, OWN, SHORT)
    first, second = (await call(admin, "Status"))["units"]
    assert first["ruling"] == {"tag": OWN, "policy": SHORT, "revision": 3}
    assert "ruling" not in second
    await set_policy(admin, MODEL, NEVER)
    first, second = (await call(admin, "Status"))["units"]
    assert [first["ruling"]["tag"], second["ruling"]["tag"]] == [OWN, MODEL]


async def test_history_tells_what_became_of_a_policy(bench: controller_bench.Bench) -> None:
    """A change of a policy stands in the one history with what it was, what it became, who and why."""
    admin = await bench.user()
    await set_policy(admin, "application-shop", SHORT, "short leash")
    await set_policy(admin, OWN, NEVER)
    await remove_policy(admin, "application-shop")
    changes = (await call(admin, "History", {"limit": 3}))["changes"]
    for change in changes:
        assert (change.pop("user"), change.pop("action")) == ("admin", "policy")
        del change["time"]
    assert changes == [
        {"revision": 5, "unit": "", "reason": "", "scope": "application-shop", "old-policy": SHORT},
        {"revision": 4, "unit": "shop/0", "reason": "", "scope": OWN, "new-policy": NEVER},
        {
            "revision": 3,
            "unit": "",
            "reason": "short leash",
            "scope": "application-shop",
            "new-policy": SHORT,
        },
    ]
    found = await call(admin, "History", {"entity": "shop/0"})
    assert [change["revision"] for change in found["changes"]] == [4, 1]
