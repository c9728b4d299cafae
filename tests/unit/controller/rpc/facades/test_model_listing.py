"""What clients are told of models (spec juju-api, 8.1 and 8.4)."""

import datetime

from harness import repository
from meterstatus.controller.fleet import model_view, models, presence
from meterstatus.controller.rpc.facades import model_listing
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock

IDENTITY = repository.IDENTITY
NOW = datetime.datetime(2031, 5, 6, 8, tzinfo=datetime.UTC)
READER = records.User("rita", "", "", records.Access.READ)
ADMIN = records.User("bob", "", "", records.Access.ADMIN)


def view(model: models.Model) -> model_view.ModelView:
    """Make a view of a model with two units of one application, and one application that is gone."""
    units = {
        name: records.Unit(name, "", status.MeterStatus("RED"), 1, NOW, 1) for name in ("shop/0", "shop/1")
    }
    there = presence.Presence(manual_clock.ManualClock())
    return model_view.ModelView(model, "c", "user-bob", units, {"shop": 2, "gone": 0}, there)


def test_models_are_listed_with_their_owner() -> None:
    """Each model is listed by name, UUID, type and owner."""
    (found,) = model_listing.listed([view(models.workload(IDENTITY))]).user_models
    assert (found.model.name, found.model.uuid) == ("default", IDENTITY.model_uuid)
    assert (found.model.type, found.model.owner_tag, found.last_connection) == ("iaas", "user-bob", None)


def test_a_summary_counts_units_and_names_the_users_access() -> None:
    """A line of a list of models says how many units there are and what its reader may do."""
    found = model_listing.summary(view(models.workload(IDENTITY)), READER)
    assert {count.entity: count.count for count in found.counts} == {"machines": 0, "cores": 0, "units": 2}
    assert (found.user_access, found.is_controller, found.cloud_tag) == ("read", False, "cloud-meterstatus")
    assert model_listing.summary(view(models.own(IDENTITY)), ADMIN).is_controller is True
    # Juju's client ends with SIGSEGV where it is null.
    assert found.status.since == manual_clock.ManualClock().now()


def test_info_names_the_users_given() -> None:
    """All about a model includes the users whom the caller may know of, with their access."""
    found = model_listing.info(view(models.workload(IDENTITY)), [ADMIN, READER])
    assert [(user.user, user.access, user.model_tag) for user in found.users] == [
        ("bob", "admin", f"model-{IDENTITY.model_uuid}"),
        ("rita", "read", f"model-{IDENTITY.model_uuid}"),
    ]
    assert (found.agent_version, found.owner_tag, found.controller_uuid) == ("3.6.0", "user-bob", "c")


def test_a_status_counts_what_is_there() -> None:
    """An application without units is not counted."""
    found = model_listing.status(view(models.workload(IDENTITY)))
    assert (found.application_count, found.unit_count, found.hosted_machine_count) == (1, 2, 0)
