"""ModelConfig over the wire."""

import pytest

from harness import controller_bench, repository

IDENTITY = repository.IDENTITY
OWN_MODEL = IDENTITY.controller_model_uuid


@pytest.mark.parametrize(
    ("name", "path", "model", "uuid"),
    [
        ("reader", controller_bench.MODEL_PATH, "default", IDENTITY.model_uuid),
        ("reader", "/api", "default", IDENTITY.model_uuid),
        ("admin", f"/model/{OWN_MODEL}/api", "controller", OWN_MODEL),
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
