"""protocol.facades.all_watcher: the exact spelling of the wire."""

import datetime
from typing import Any

import msgspec

from meterstatus.protocol.facades import all_watcher, client

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
STATUS = all_watcher.StatusInfo("idle", "m", NOW, "")
STATUS_JSON = {"current": "idle", "message": "m", "since": "2031-05-06T07:08:09Z", "version": ""}
UNIT = all_watcher.UnitInfo("uuid", "a/0", "a", "local:a-0", "alive", "", "", "", "", False, STATUS, STATUS)
UNIT_JSON = {
    "model-uuid": "uuid",
    "name": "a/0",
    "application": "a",
    "charm-url": "local:a-0",
    "life": "alive",
    "machine-id": "",
    "public-address": "",
    "private-address": "",
    "principal": "",
    "subordinate": False,
    "workload-status": STATUS_JSON,
    "agent-status": STATUS_JSON,
}


def written(*deltas: all_watcher.Delta) -> list[Any]:
    """Return deltas as the wire has them."""
    return msgspec.json.decode(msgspec.json.encode(all_watcher.Deltas(deltas)))["deltas"]


def test_a_delta_is_a_list_of_three() -> None:
    """A kind, what became of it, and the entity with the keys of the specification."""
    red = msgspec.structs.replace(UNIT, meter_status=client.MeterStatus("red", "over"))
    assert written(
        ("unit", "change", UNIT), ("unit", "change", red), ("unit", "remove", all_watcher.Gone("uuid", "a/0"))
    ) == [
        ["unit", "change", UNIT_JSON],
        ["unit", "change", UNIT_JSON | {"meter-status": {"color": "red", "message": "over"}}],
        ["unit", "remove", {"model-uuid": "uuid", "name": "a/0"}],
    ]


def test_applications_and_models_are_spelled_exactly() -> None:
    """What python-libjuju reads of an application and a model stands under its keys."""
    application = all_watcher.ApplicationInfo(
        "uuid", "a", False, "local:a-0", "user-bob", "alive", 0, {}, False, STATUS, ""
    )
    model = all_watcher.ModelUpdate(
        "uuid", "demo", "alive", "bob", "c", False, {}, {}, STATUS, all_watcher.SLA("unsupported", "")
    )
    assert written(("application", "change", application), ("model", "change", model)) == [
        [
            "application",
            "change",
            {
                "model-uuid": "uuid",
                "name": "a",
                "exposed": False,
                "charm-url": "local:a-0",
                "owner-tag": "user-bob",
                "life": "alive",
                "min-units": 0,
                "constraints": {},
                "subordinate": False,
                "status": STATUS_JSON,
                "workload-version": "",
            },
        ],
        [
            "model",
            "change",
            {
                "model-uuid": "uuid",
                "name": "demo",
                "life": "alive",
                "owner": "bob",
                "controller-uuid": "c",
                "is-controller": False,
                "config": {},
                "constraints": {},
                "status": STATUS_JSON,
                "sla": {"level": "unsupported", "owner": ""},
            },
        ],
    ]
