"""UserManager over the wire: who may log in, as far as the caller may know."""

from typing import Any

import pytest

from harness import controller_bench, rpc

DENIED = {"error": {"message": "permission denied", "code": "unauthorized access"}}


async def info(client: rpc.MemoryClient, *tags: str, include_disabled: bool = False) -> list[Any]:
    """Ask for users, all of them where none is named."""
    entities = [{"tag": tag} for tag in tags] or None
    params = {"entities": entities, "include-disabled": include_disabled}
    return (await client.call("UserManager", 3, "UserInfo", params))["response"]["results"]


@pytest.mark.parametrize(
    ("name", "include_disabled", "expected"),
    [
        ("reader", True, ["reader"]),
        ("admin", False, ["admin", "reader", "writer"]),
        ("admin", True, ["admin", "former", "reader", "writer"]),
    ],
)
async def test_who_is_listed(
    bench: controller_bench.Bench, name: str, include_disabled: bool, expected: list[str]
) -> None:
    """An admin lists everybody, the disabled on request; anybody else himself."""
    found = await info(await bench.user(name, "/api"), include_disabled=include_disabled)
    assert [each["result"]["username"] for each in found] == expected


async def test_a_user_has_an_access_and_may_be_disabled(bench: controller_bench.Bench) -> None:
    """Each is told with what he may do on the controller; a disabled one who is named is told too."""
    reader, former = await info(await bench.user("admin", "/api"), "user-reader", "user-former@local")
    assert reader["result"] == {
        "username": "reader",
        "display-name": "",
        "access": "login",
        "created-by": "",
        "date-created": "0001-01-01T00:00:00Z",
        "disabled": False,
    }
    assert (former["result"]["access"], former["result"]["disabled"]) == ("superuser", True)


async def test_others_and_nobody_are_the_same(bench: controller_bench.Bench) -> None:
    """Who is no admin is not told whether another user exists; a user who does not is denied to all."""
    reader, admin = await bench.user("reader", "/api"), await bench.user("admin", "/api")
    assert await info(reader, "user-admin", "user-nobody") == [DENIED, DENIED]
    assert await info(admin, "user-nobody", "unit-shop-0") == [DENIED, DENIED]
    rubbish = {"error": {"message": '"rubbish" is not a valid tag', "code": ""}}
    assert await info(admin, "rubbish") == [rubbish]


async def test_a_users_password_cannot_be_changed(bench: controller_bench.Bench) -> None:
    """There is no way to change users, and it is said in the words of Juju."""
    client = await bench.user("admin", "/api")
    changes = {"changes": [{"tag": "user-admin", "password": "another one"}]}
    assert await client.call("UserManager", 3, "SetPassword", changes) == rpc.failure(
        "no such request - method UserManager(3).SetPassword is not implemented", "not implemented"
    )
