"""What an AllWatcher tells of the model, an application and a unit (spec juju-api, 8.4)."""

import asyncio
import datetime
from collections.abc import Iterable
from typing import Any

import msgspec

from harness import repository
from meterstatus.controller.fleet import deltas, model_view, models, presence
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import all_watcher
from meterstatus.testing import manual_clock, virtual_time

NOW = datetime.datetime(2031, 5, 6, 8, tzinfo=datetime.UTC)
BEGAN = virtual_time.START.isoformat().replace("+00:00", "Z")
MODEL = repository.IDENTITY.model_uuid


def view(**codes: str) -> model_view.ModelView:
    """Make a view of a model with one unit for each application, of this status."""
    units = {
        f"{name}/0": records.Unit(f"{name}/0", "", status.MeterStatus(code, "why"), 1, NOW, 1)
        for name, code in codes.items()
    }
    there = presence.Presence(manual_clock.ManualClock())
    counts = dict.fromkeys(codes, 1) | {"gone": 0}
    return model_view.ModelView(models.workload(repository.IDENTITY), "c", "user-bob", units, counts, there)


def written(found: Iterable[all_watcher.Delta]) -> list[Any]:
    """Return deltas as the wire has them."""
    return msgspec.json.decode(msgspec.json.encode(tuple(found)))


def test_the_whole_begins_with_the_model() -> None:
    """The model comes first, with the config that clients look into, then what is there, and only that."""
    found = written(asyncio.run(deltas.whole(view(shop="RED", till="NOT SET"))))
    assert [(kind, change, entity["name"]) for kind, change, entity in found] == [
        ("model", "change", "default"),
        ("application", "change", "shop"),
        ("application", "change", "till"),
        ("unit", "change", "shop/0"),
        ("unit", "change", "till/0"),
    ]
    assert found[0][2] == {
        "model-uuid": MODEL,
        "name": "default",
        "life": "alive",
        "owner": "bob",
        "controller-uuid": "c",
        "is-controller": False,
        "config": {},
        "constraints": {},
        "status": {"current": "available", "message": "", "since": BEGAN, "version": ""},
        "sla": {"level": "unsupported", "owner": ""},
    }


def test_an_empty_model_is_only_itself() -> None:
    """Where nothing is in a model, its own delta is all."""
    assert [kind for kind, _, _ in asyncio.run(deltas.whole(view()))] == ["model"]


def test_a_unit_tells_its_meter_status() -> None:
    """A unit has its application, its agent and its colour; one that nobody has set has no colour."""
    _, _, red = written([deltas.unit(view(shop="RED"), "shop/0")])[0]
    assert (red["application"], red["charm-url"], red["machine-id"]) == ("shop", "local:shop-0", "")
    assert red["agent-status"]["current"] == "lost"
    assert (red["workload-status"]["current"], red["workload-status"]["since"]) == ("unknown", BEGAN)
    assert red["meter-status"] == {"color": "red", "message": "why"}
    _, _, unset = written([deltas.unit(view(shop="NOT SET"), "shop/0")])[0]
    assert "meter-status" not in unset


def test_what_is_gone_is_removed() -> None:
    """Of what is not there the name is all that is told."""
    shown = view()
    assert written([deltas.unit(shown, "gone/0"), deltas.application(shown, "gone")]) == [
        ["unit", "remove", {"model-uuid": MODEL, "name": "gone/0"}],
        ["application", "remove", {"model-uuid": MODEL, "name": "gone"}],
    ]


def test_applications_are_named_once() -> None:
    """Units of one application name it once."""
    assert deltas.applications_of(["b/1", "a/0", "b/0"]) == ["b", "a"]
