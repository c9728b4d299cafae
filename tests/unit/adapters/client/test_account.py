"""adapters.client.account: what is asked, and what the answers become."""

from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters.client import account
from meterstatus.testing import connection


def _client(method: str, answer: connection.Answer) -> tuple[connection.FakeAPIConnection, Any]:
    fake = connection.FakeAPIConnection({method: answer})
    return fake, account.AccountClient(fake)


async def test_models_are_named_by_their_owner() -> None:
    """A list has each model with its owner, whose name tells it from another of its own name."""
    model = {"name": "demo", "uuid": "u", "type": "iaas", "owner-tag": "user-bob@local"}
    fake, client = _client(
        "ModelManager.ListModels", {"user-models": [{"model": model, "last-connection": None}]}
    )
    (found,) = await client.models("ann")
    assert (found.qualified_name, found.uuid) == ("bob/demo", "u")
    assert (fake.calls[0].version, fake.calls[0].params) == (10, {"tag": "user-ann"})


async def test_an_owner_that_is_nobody_is_no_answer() -> None:
    """A model whose owner's tag is none is the controller's mistake, and is told as such."""
    model = {"name": "demo", "uuid": "u", "type": "iaas", "owner-tag": "bob"}
    _, client = _client("ModelManager.ListModels", {"user-models": [{"model": model}]})
    with pytest.raises(errors.RemoteProtocolError, match='the owner of model "demo" is nobody'):
        await client.models("ann")


async def test_access_is_that_on_the_controller() -> None:
    """The access of the one user asked for is returned."""
    fake, client = _client(
        "UserManager.UserInfo",
        {
            "results": [
                {"result": {"username": "ann", "access": "login", "date-created": "2031-05-06T07:08:09Z"}}
            ]
        },
    )
    assert await client.access("ann") == "login"
    assert fake.calls[0].params == {"entities": [{"tag": "user-ann"}]}


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (
            {"error": {"message": "permission denied", "code": "unauthorized access"}},
            errors.UnauthorizedError,
        ),
        ({}, errors.RemoteProtocolError),
    ],
)
async def test_no_access_is_told(result: dict[str, Any], kind: type[errors.MeterStatusError]) -> None:
    """A refusal is the call's, and a result without a user is no answer."""
    _, client = _client("UserManager.UserInfo", {"results": [result]})
    with pytest.raises(kind):
        await client.access("ann")
