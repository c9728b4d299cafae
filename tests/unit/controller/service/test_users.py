"""Users, as far as the caller may know of them."""

import pytest

from harness import controller_bench
from meterstatus import errors
from meterstatus.domain import names


def user(name: str) -> names.Tag:
    """Return a user's tag."""
    return names.Tag(names.Kind.USER, name)


async def test_each_knows_himself_and_an_admin_all(bench: controller_bench.Bench) -> None:
    """Whoever is not told is not told either whether there is such a user."""
    users, reader, admin = bench.service.users, bench.fleet.users["reader"], bench.fleet.users["admin"]
    assert users.find(reader, user("reader")) is reader
    assert users.find(admin, user("reader")) is reader
    assert [each.name for each in users.known(reader)] == ["reader"]
    assert [each.name for each in users.known(admin)] == ["admin", "former", "reader", "writer"]
    for tag in (user("admin"), user("nobody"), names.Tag(names.Kind.UNIT, "shop/0")):
        with pytest.raises(errors.UnauthorizedError):
            users.find(reader, tag)
