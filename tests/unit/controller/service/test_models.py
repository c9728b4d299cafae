"""The models that a user may see."""

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.fleet import models
from meterstatus.domain import names

WORKLOAD = names.parse_tag(models.workload(repository.IDENTITY).tag)
OWN = names.parse_tag(models.own(repository.IDENTITY).tag)
READER = names.Tag(names.Kind.USER, "reader")


async def test_the_controllers_own_model_is_an_admins(bench: controller_bench.Bench) -> None:
    """A reader sees the one with units; that there is another one he is not told."""
    of, reader, admin = bench.service.models, bench.fleet.users["reader"], bench.fleet.users["admin"]
    assert [view.model.name for view in of.visible(reader, READER)[1]] == ["default"]
    assert [view.model.name for view in of.everything(admin)] == ["controller", "default"]
    assert of.find(admin, OWN).model.is_controller
    with pytest.raises(errors.UnauthorizedError):
        of.find(reader, OWN)
    with pytest.raises(errors.UnauthorizedError):
        of.everything(reader)


async def test_another_users_models_are_an_admins_to_list(bench: controller_bench.Bench) -> None:
    """A user who does not exist has none."""
    of, reader, admin = bench.service.models, bench.fleet.users["reader"], bench.fleet.users["admin"]
    assert of.visible(admin, READER)[0] is reader
    assert of.visible(admin, names.Tag(names.Kind.USER, "nobody"))[1] == []
    with pytest.raises(errors.UnauthorizedError):
        of.visible(reader, names.Tag(names.Kind.USER, "admin"))
    with pytest.raises(refusals.Refusal, match="expected user tag, got model tag"):
        of.visible(reader, WORKLOAD)


async def test_the_users_of_a_model_are_those_who_may_see_it(bench: controller_bench.Bench) -> None:
    """An admin is told of all who are enabled, anybody else of himself."""
    of, reader, admin = bench.service.models, bench.fleet.users["reader"], bench.fleet.users["admin"]
    assert of.users(reader, of.workload()) == [reader]
    assert [user.name for user in of.users(admin, of.workload())] == ["admin", "reader", "writer"]
    assert of.users(admin, of.own()) == [admin]


async def test_what_an_agent_or_a_user_names_must_be_here(bench: controller_bench.Bench) -> None:
    """An agent names its own model, a user either; rubbish is denied as a foreign model is."""
    of = bench.service.models
    of.check_is_workload(WORKLOAD)
    of.check_is_served(OWN)
    for check, tag in ((of.check_is_workload, OWN), (of.check_is_workload, None), (of.check_is_served, None)):
        with pytest.raises(errors.UnauthorizedError):
            check(tag)


async def test_nothing_is_in_the_controllers_own_model(bench: controller_bench.Bench) -> None:
    """It has no units, and whoever watches it is not kept."""
    of, admin = bench.service.models, bench.fleet.users["admin"]
    assert of.now() == bench.clock.now()
    assert of.look(admin, of.own()).applications == {}
    assert await of.units(admin, of.own(), ()) == []
    assert [unit.name for unit in await of.units(admin, of.workload(), ())] == ["shop/0", "shop/1"]
    of.watch(admin, of.own())
    assert len(bench.fleet.model_watchers) == 0
    of.watch(admin, of.workload())
    assert len(bench.fleet.model_watchers) == 1
