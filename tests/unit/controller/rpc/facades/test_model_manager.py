"""ModelManager over the wire: each user is told of the models that he may see, and of no others."""

from typing import Any

import pytest

from harness import controller_bench, repository, rpc

IDENTITY = repository.IDENTITY
MODEL = f"model-{IDENTITY.model_uuid}"
OWN_MODEL = f"model-{IDENTITY.controller_model_uuid}"
DENIED = {"message": "permission denied", "code": "unauthorized access"}


async def call(client: rpc.MemoryClient, method: str, params: object, version: int = 10) -> dict[str, Any]:
    """Call a method and return its answer."""
    return await client.call("ModelManager", version, method, params)


def listed(answer: dict[str, Any]) -> list[str]:
    """Return the names in a list of models."""
    return [each["model"]["name"] for each in answer["response"]["user-models"]]


def summed_up(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the names and accesses in a list of summaries."""
    results = answer["response"]["results"]
    return [(each["result"]["name"], each["result"]["user-access"]) for each in results]


@pytest.mark.parametrize("version", [9, 10])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reader", [("default", "read")]),
        ("writer", [("default", "write")]),
        ("admin", [("controller", "admin"), ("default", "admin")]),
    ],
)
async def test_each_user_lists_his_models(
    bench: controller_bench.Bench, name: str, expected: list[tuple[str, str]], version: int
) -> None:
    """Both lists have the models that a user may see, in both versions, the summaries with his access."""
    client = await bench.user(name, "/api")
    found = listed(await call(client, "ListModels", {"tag": f"user-{name}"}, version))
    assert found == [model for model, _ in expected]
    params = {"all": False, "user-tag": f"user-{name}@local"}
    assert summed_up(await call(client, "ListModelSummaries", params, version)) == expected


async def test_an_admin_lists_for_others(bench: controller_bench.Bench) -> None:
    """An admin is told what another user may see, nothing for one who does not exist, or all there is."""
    client = await bench.user("admin", "/api")
    assert listed(await call(client, "ListModels", {"tag": "user-reader"})) == ["default"]
    assert listed(await call(client, "ListModels", {"tag": "user-nobody"})) == []
    assert summed_up(await call(client, "ListModelSummaries", {"user-tag": "user-reader"})) == [
        ("default", "read")
    ]
    assert summed_up(await call(client, "ListModelSummaries", {"user-tag": "user-nobody"})) == []
    everything = {"user-tag": "user-reader", "all": True}
    assert len(summed_up(await call(client, "ListModelSummaries", everything))) == 2


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("ListModels", {"tag": "user-admin"}),
        ("ListModelSummaries", {"user-tag": "user-admin"}),
        ("ListModelSummaries", {"user-tag": "user-writer", "all": True}),
    ],
)
async def test_others_list_only_for_themselves(
    bench: controller_bench.Bench, method: str, params: object
) -> None:
    """Who is no admin may ask neither for another user's models nor for all."""
    client = await bench.user("writer", "/api")
    assert await call(client, method, params) == rpc.failure("permission denied", "unauthorized access")


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("rubbish", '"rubbish" is not a valid tag'),
        ("unit-shop-0", "expected user tag, got unit tag unit-shop-0"),
    ],
)
async def test_a_list_is_some_users(bench: controller_bench.Bench, tag: str, message: str) -> None:
    """What is no user's tag is refused in words."""
    client = await bench.user("admin", "/api")
    assert await call(client, "ListModels", {"tag": tag}) == rpc.failure(message)


async def test_info_is_of_models_one_may_see(bench: controller_bench.Bench) -> None:
    """A model that is not there and one that may not be seen are answered the same, each for itself."""
    tags = (MODEL, OWN_MODEL, "model-00000000-0000-4000-8000-000000000000", "rubbish")
    entities = {"entities": [{"tag": tag} for tag in tags]}
    for name, names, users in (
        ("reader", ["default"], ["reader"]),
        ("admin", ["default", "controller"], ["admin", "reader", "writer"]),
    ):
        client = await bench.user(name, "/api")
        results = (await call(client, "ModelInfo", entities))["response"]["results"]
        assert [each["result"]["name"] for each in results if "result" in each] == names
        assert [each["error"] for each in results[len(names) : 3]] == [DENIED] * (3 - len(names))
        assert results[3] == {"error": {"message": '"rubbish" is not a valid tag', "code": ""}}
        assert [user["user"] for user in results[0]["result"]["users"]] == users


async def test_the_controllers_own_model_has_admins_only(bench: controller_bench.Bench) -> None:
    """Among its users are neither readers nor writers."""
    client = await bench.user("admin", "/api")
    answer = await call(client, "ModelInfo", {"entities": [{"tag": OWN_MODEL}]})
    (result,) = answer["response"]["results"]
    assert [user["user"] for user in result["result"]["users"]] == ["admin"]
    assert result["result"]["is-controller"] is True


@pytest.mark.parametrize(("facade", "version"), [("ModelManager", 9), ("Controller", 11)])
async def test_status_counts_by_model(bench: controller_bench.Bench, facade: str, version: int) -> None:
    """Both facades count applications and units, and deny what may not be seen."""
    client = await bench.user("reader", "/api")
    entities = {"entities": [{"tag": MODEL}, {"tag": OWN_MODEL}]}
    mine, other = (await client.call(facade, version, "ModelStatus", entities))["response"]["models"]
    assert (mine["application-count"], mine["unit-count"], mine["owner-tag"]) == (1, 2, "user-admin")
    assert other["error"] == DENIED


@pytest.mark.parametrize(
    ("name", "path", "model", "uuid"),
    [
        ("reader", controller_bench.MODEL_PATH, "default", IDENTITY.model_uuid),
        ("reader", "/api", "default", IDENTITY.model_uuid),
        ("admin", f"/{OWN_MODEL.replace('-', '/', 1)}/api", "controller", IDENTITY.controller_model_uuid),
    ],
)
async def test_a_model_says_what_it_is(
    bench: controller_bench.Bench, name: str, path: str, model: str, uuid: str
) -> None:
    """Each model names itself, and every entry says where it is from."""
    answer = await (await bench.user(name, path)).call("ModelConfig", 3, "ModelGet")
    assert answer["response"]["config"] == {
        "agent-version": {"value": "3.6.0", "source": "model"},
        "name": {"value": model, "source": "model"},
        "type": {"value": "manual", "source": "model"},
        "uuid": {"value": uuid, "source": "model"},
    }
