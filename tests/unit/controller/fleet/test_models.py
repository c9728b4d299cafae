"""Which models there are, and who is shown which."""

import dataclasses

import pytest

from harness import repository
from meterstatus.controller.fleet import models
from meterstatus.domain import names
from meterstatus.domain.fleet import records

IDENTITY = repository.IDENTITY


def user(name: str, access: records.Access, *, enabled: bool = True) -> records.User:
    """Make a user."""
    return records.User(name, "", "", access, enabled)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (records.Access.READ, ["default"]),
        (records.Access.WRITE, ["default"]),
        (records.Access.ADMIN, ["controller", "default"]),
    ],
)
def test_the_controllers_own_model_is_shown_to_admins(access: records.Access, expected: list[str]) -> None:
    """Everybody sees the model with the units, an admin the controller's own too."""
    assert [model.name for model in models.visible(IDENTITY, user("bob", access))] == expected


def test_two_models_never_have_one_name() -> None:
    """Where the operator's own model is named controller, there is no second one to confuse it with."""
    named = dataclasses.replace(IDENTITY, model_name="controller")
    (only,) = models.visible(named, user("bob", records.Access.ADMIN))
    assert (only.uuid, only.is_controller) == (IDENTITY.model_uuid, False)


def test_the_own_model_has_a_uuid_that_stays() -> None:
    """Its UUID is the controller's alone, and neither the controller's nor the other model's."""
    own = models.own(IDENTITY)
    other = dataclasses.replace(IDENTITY, controller_uuid=IDENTITY.model_uuid)
    uuids = {own.uuid, models.own(other).uuid, IDENTITY.controller_uuid, IDENTITY.model_uuid}
    assert names.is_uuid(own.uuid) and len(uuids) == 4
    assert own == models.own(IDENTITY)
    assert own.tag == f"model-{own.uuid}"


def test_models_belong_to_the_first_admin() -> None:
    """Neither a reader nor a disabled admin owns a model; without an admin it is said to be admin's."""
    reader = user("alice", records.Access.READ)
    former = user("bert", records.Access.ADMIN, enabled=False)
    assert models.owner(
        [user("dora", records.Access.ADMIN), user("cleo", records.Access.ADMIN), reader, former]
    ) == ("user-cleo")
    assert models.owner([reader, former]) == "user-admin"
