"""Controller over the wire: where it is, what it is set to, and who may do what on it."""

from typing import Any

from harness import controller_bench, repository, rpc

IDENTITY = repository.IDENTITY
MODEL = f"model-{IDENTITY.model_uuid}"
OWN_MODEL = f"model-{IDENTITY.controller_model_uuid}"
DENIED = {"message": "permission denied", "code": "unauthorized access"}


async def call(client: rpc.MemoryClient, method: str, *tags: str) -> dict[str, Any]:
    """Call a method and return its answer."""
    params = {"entities": [{"tag": tag} for tag in tags]} if tags else None
    return await client.call("Controller", 11, method, params)


async def test_its_address_is_told_by_model(bench: controller_bench.Bench) -> None:
    """Of every model here the address and authority are the controller's own; others are denied."""
    client = await bench.user("reader", "/api")
    other = "model-00000000-0000-4000-8000-000000000000"
    results = (await call(client, "ControllerAPIInfoForModels", MODEL, OWN_MODEL, other, "rubbish"))[
        "response"
    ]["results"]
    here = {"addresses": ["127.0.0.1:17070"], "cacert": controller_bench.CA_CERTIFICATE}
    assert results[:2] == [here, here]
    assert [each["error"]["message"] for each in results[2:]] == [
        "permission denied",
        '"rubbish" is not a valid tag',
    ]


async def test_its_settings_are_told(bench: controller_bench.Bench) -> None:
    """Its UUID, port and authority are what there is to know, and its version has no commit."""
    client = await bench.user("reader", "/api")
    assert (await call(client, "ControllerConfig"))["response"]["config"] == {
        "api-port": 17070,
        "ca-cert": controller_bench.CA_CERTIFICATE,
        "controller-uuid": IDENTITY.controller_uuid,
    }
    assert (await call(client, "ControllerVersion"))["response"] == {"version": "3.6.0", "git-commit": ""}


async def test_all_models_are_for_admins(bench: controller_bench.Bench) -> None:
    """An admin lists every model there is; anybody else is denied."""
    answer = await call(await bench.user("admin", "/api"), "AllModels")
    assert [each["model"]["name"] for each in answer["response"]["user-models"]] == ["controller", "default"]
    denied = rpc.failure("permission denied", "unauthorized access")
    assert await call(await bench.user("writer", "/api"), "AllModels") == denied


async def test_access_is_told_of_oneself_and_to_admins(bench: controller_bench.Bench) -> None:
    """A user is told what he may do on the controller, an admin what anybody may."""
    tags = ("user-reader", "user-admin", "user-nobody")
    results = (await call(await bench.user("reader", "/api"), "GetControllerAccess", *tags))["response"][
        "results"
    ]
    mine = {"result": {"user-tag": "user-reader", "access": "login"}}
    assert results == [mine, {"error": DENIED}, {"error": DENIED}]
    results = (await call(await bench.user("admin", "/api"), "GetControllerAccess", *tags))["response"][
        "results"
    ]
    assert results == [
        mine,
        {"result": {"user-tag": "user-admin", "access": "superuser"}},
        {"error": DENIED},
    ]
