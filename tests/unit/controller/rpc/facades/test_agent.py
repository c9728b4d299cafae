"""What a Juju unit agent asks first (spec juju-api, 9.1)."""

from harness import controller_bench, repository, rpc

OWN = "unit-shop-0"


async def test_a_juju_agent_gets_to_its_status(bench: controller_bench.Bench) -> None:
    """The calls of a Juju unit agent after login are answered as it needs them (9.1)."""
    client = await bench.agent()
    answer = await client.call("Agent", 3, "GetEntities", rpc.entities(OWN, "unit-shop-1", "rubbish"))
    alive = {"life": "alive", "jobs": None, "container-type": ""}
    denied = {"life": "", "jobs": None, "container-type": "", "error": rpc.DENIED}
    assert answer == {"response": {"entities": [alive, denied, denied]}}
    model = f"model-{repository.IDENTITY.model_uuid}"
    assert await client.results("MigrationFlag", 1, "Phase", rpc.entities(model, "model-x")) == [
        {"phase": "NONE"},
        {"phase": "", "error": rpc.DENIED},
    ]
    assert await client.results("MigrationFlag", 1, "Watch", rpc.entities(model, OWN)) == [
        {"NotifyWatcherId": "1"},
        {"NotifyWatcherId": "", "error": rpc.DENIED},
    ]
    waiting = client.ask("NotifyWatcher", 1, "Next", object_id="1")
    assert await client.results("MeterStatus", 2, "WatchMeterStatus", rpc.entities(OWN)) == [
        {"NotifyWatcherId": "2"}
    ]
    assert client.answer(waiting) is None


async def test_an_agent_takes_few_new_passwords(bench: controller_bench.Bench) -> None:
    """Each is kept for an hour at least, so a loop is told to try again, and the history stays small."""
    client = await bench.agent()
    changes = [{"tag": OWN, "password": f"{number:>024}"} for number in range(30)]
    found = await client.results("Agent", 3, "SetPasswords", {"changes": changes})
    assert found[:20] == [{}] * 20
    text = "the unit's agent has set its password too often within an hour"
    assert found[20:] == [{"error": {"message": text, "code": "try again"}}] * 10
    assert len(await bench.store.history("shop/0")) == 21
    admin = await bench.user()
    wanted = {"entity": "shop/0", "is-without-own": True}
    shown = await admin.call("MeterStatusAdmin", 1, "History", wanted)
    assert [change["action"] for change in shown["response"]["changes"]] == ["add"]


async def test_an_agent_takes_a_new_password(bench: controller_bench.Bench) -> None:
    """A new password works at once and the former no more; short and foreign ones are refused."""
    client = await bench.agent()
    changes = [
        {"tag": OWN, "password": "n" * 24},
        {"tag": OWN, "password": "short"},
        {"tag": "unit-shop-1", "password": "n" * 24},
    ]
    found = await client.results("Agent", 3, "SetPasswords", {"changes": changes})
    assert found[0] == {}
    assert found[1]["error"] == {"message": "agent password of 5 bytes is shorter than 24 bytes", "code": ""}
    assert found[2] == {"error": rpc.DENIED}
    assert "error" not in await bench.connect().log_in(OWN, "n" * 24)
    former = await bench.connect().log_in(OWN, bench.agent_passwords["shop/0"])
    assert former["error-code"] == "unauthorized access"
