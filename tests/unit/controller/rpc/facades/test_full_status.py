"""A model's full status, as ``juju status`` shows it (spec juju-api, 8.3)."""

import asyncio
import datetime
from typing import Any

import msgspec
import pytest

from harness import repository
from meterstatus.controller.fleet import model_view, models, presence
from meterstatus.controller.rpc.facades import full_status
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.testing import manual_clock

NOW = datetime.datetime(2031, 5, 6, 8, tzinfo=datetime.UTC)
SINCE = "2031-05-06T07:08:09Z"


def unit(name: str, code: str = "NOT SET", info: str = "") -> records.Unit:
    """Make a unit with a status."""
    return records.Unit(name, "", status.MeterStatus(code, info), 1, NOW, 1)


@pytest.fixture
def view() -> model_view.ModelView:
    """Give a model in which shop/0 alone has a connected agent."""
    there = presence.Presence(manual_clock.ManualClock())
    there.arrived("shop/0")
    return model_view.ModelView(models.workload(repository.IDENTITY), "c", "user-bob", {}, {}, there)


def described(view: model_view.ModelView, *units: records.Unit) -> Any:
    """Return a status as the wire has it."""
    return msgspec.json.decode(msgspec.json.encode(asyncio.run(full_status.describe(view, units, NOW))))


def words(code: str, info: str = "", since: str | None = None) -> dict[str, Any]:
    """Return a detailed status."""
    return {"status": code, "info": info, "data": {}, "since": since, "kind": "", "version": "", "life": ""}


def test_an_empty_model_is_whole(view: model_view.ModelView) -> None:
    """Every key of the reference is there, also where nothing is in it, and the cloud's tag is one."""
    assert described(view) == {
        "model": {
            "name": "default",
            "type": "iaas",
            "cloud-tag": "cloud-meterstatus",
            "version": "3.6.0",
            "available-version": "",
            "model-status": words("available", since=SINCE),
            "meter-status": {"color": "", "message": ""},
            "sla": "unsupported",
        },
        "machines": {},
        "applications": {},
        "remote-applications": {},
        "offers": {},
        "relations": [],
        "controller-timestamp": "2031-05-06T08:00:00Z",
        "branches": {},
    }


def test_units_stand_under_their_application(view: model_view.ModelView) -> None:
    """An application has its units with how their agents are, and says no more than is known of it."""
    found = described(view, unit("shop/0"), unit("till/0"), unit("shop/1"))["applications"]
    assert {name: list(found[name]["units"]) for name in found} == {
        "shop": ["shop/0", "shop/1"],
        "till": ["till/0"],
    }
    assert found["till"] == {
        "charm": "local:till-0",
        "charm-version": "",
        "charm-profile": "",
        "base": {"name": "ubuntu", "channel": "22.04/stable"},
        "exposed": False,
        "life": "alive",
        "relations": {},
        "can-upgrade-to": "",
        "subordinate-to": [],
        "units": {
            "till/0": {
                "agent-status": words("lost", "agent is not communicating with the server", SINCE),
                "workload-status": words("unknown", since=SINCE),
                "workload-version": "",
                "machine": "",
                "opened-ports": [],
                "public-address": "",
                "charm": "",
                "subordinates": {},
            }
        },
        "meter-statuses": None,
        "status": words("unknown", since=SINCE),
        "workload-version": "",
        "endpoint-bindings": {},
        "public-address": "",
    }
    assert found["shop"]["units"]["shop/0"]["agent-status"] == words("idle", since=SINCE)


def test_meter_statuses_are_colours_by_unit(view: model_view.ModelView) -> None:
    """Each unit with a colour has it in lower case, one without is left out, and none at all is null."""
    units = (
        unit("shop/0", "GREEN", "paid"),
        unit("shop/1", "AMBER"),
        unit("shop/2", "RED", "over budget"),
        unit("shop/3"),
        unit("till/0"),
    )
    found = described(view, *units)["applications"]
    assert found["shop"]["meter-statuses"] == {
        "shop/0": {"color": "green", "message": "paid"},
        "shop/1": {"color": "amber", "message": ""},
        "shop/2": {"color": "red", "message": "over budget"},
    }
    assert found["till"]["meter-statuses"] is None
