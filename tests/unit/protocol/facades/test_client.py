"""protocol.facades.client: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import client

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
STATUS = client.DetailedStatus("idle", "i", {}, NOW, "", "", "")
STATUS_JSON: dict[str, Any] = {
    "status": "idle",
    "info": "i",
    "data": {},
    "since": "2031-05-06T07:08:09Z",
    "kind": "",
    "version": "",
    "life": "",
}
APPLICATION_JSON: dict[str, Any] = {
    "charm": "local:shop-0",
    "charm-version": "",
    "charm-profile": "",
    "base": {"name": "ubuntu", "channel": "22.04/stable"},
    "exposed": False,
    "life": "alive",
    "relations": {},
    "can-upgrade-to": "",
    "subordinate-to": [],
    "units": {
        "shop/0": {
            "agent-status": STATUS_JSON,
            "workload-status": STATUS_JSON,
            "workload-version": "",
            "machine": "",
            "opened-ports": [],
            "public-address": "",
            "charm": "",
            "subordinates": {},
        }
    },
    "status": STATUS_JSON,
    "workload-version": "",
    "endpoint-bindings": {},
    "public-address": "",
}


def application(meter_statuses: dict[str, client.MeterStatus] | None) -> client.ApplicationStatus:
    """Make an application with one unit."""
    return client.ApplicationStatus(
        charm="local:shop-0",
        charm_version="",
        charm_profile="",
        base=client.Base("ubuntu", "22.04/stable"),
        exposed=False,
        life="alive",
        relations={},
        can_upgrade_to="",
        subordinate_to=(),
        units={"shop/0": client.UnitStatus(STATUS, STATUS, "", "", (), "", "", {})},
        meter_statuses=meter_statuses,
        status=STATUS,
        workload_version="",
        endpoint_bindings={},
        public_address="",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (client.StatusParams(("a*",)), {"patterns": ["a*"]}),
        (client.StatusParams((), True), {"patterns": [], "include-storage": True}),
        (client.WatcherId("1"), {"watcher-id": "1"}),
        (
            client.FullStatus(
                model=client.ModelStatusInfo(
                    "demo", "iaas", "cloud-x", "3.6.0", "", STATUS, client.MeterStatus("", ""), "unsupported"
                ),
                machines={},
                applications={"shop": application({"shop/0": client.MeterStatus("red", "over")})},
                remote_applications={},
                offers={},
                relations=(),
                controller_timestamp=NOW,
                branches={},
            ),
            {
                "model": {
                    "name": "demo",
                    "type": "iaas",
                    "cloud-tag": "cloud-x",
                    "version": "3.6.0",
                    "available-version": "",
                    "model-status": STATUS_JSON,
                    "meter-status": {"color": "", "message": ""},
                    "sla": "unsupported",
                },
                "machines": {},
                "applications": {
                    "shop": APPLICATION_JSON
                    | {"meter-statuses": {"shop/0": {"color": "red", "message": "over"}}}
                },
                "remote-applications": {},
                "offers": {},
                "relations": [],
                "controller-timestamp": "2031-05-06T07:08:09Z",
                "branches": {},
            },
        ),
        (application(None), APPLICATION_JSON | {"meter-statuses": None}),
        (client.Filters(({"machines": ["0"]},)), {"filters": [{"machines": ["0"]}]}),
        (client.DetailsResults((client.NoDetails(()),)), {"results": [{"result": list[Any]()}]}),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    check_spelling(value, expected)
