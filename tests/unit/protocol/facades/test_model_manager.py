"""protocol.facades.model_manager: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import all_watcher, model_manager

SINCE = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
AVAILABLE = model_manager.EntityStatus("available", "", SINCE)
AVAILABLE_JSON = {"status": "available", "info": "", "since": "2031-05-06T07:08:09Z"}
SLA = all_watcher.SLA("unsupported", "")
SLA_JSON = {"level": "unsupported", "owner": ""}
SUMMARY = model_manager.ModelSummary(
    name="demo",
    uuid="u",
    type="iaas",
    controller_uuid="c",
    is_controller=False,
    provider_type="manual",
    default_series="jammy",
    cloud_tag="cloud-x",
    owner_tag="user-bob",
    life="alive",
    status=AVAILABLE,
    user_access="read",
    last_connection=None,
    counts=(model_manager.EntityCount("units", 2),),
    agent_version="3.6.0",
    sla=SLA,
)
SUMMARY_JSON = {
    "name": "demo",
    "uuid": "u",
    "type": "iaas",
    "controller-uuid": "c",
    "is-controller": False,
    "provider-type": "manual",
    "default-series": "jammy",
    "cloud-tag": "cloud-x",
    "owner-tag": "user-bob",
    "life": "alive",
    "status": AVAILABLE_JSON,
    "user-access": "read",
    "last-connection": None,
    "counts": [{"entity": "units", "count": 2}],
    "agent-version": "3.6.0",
    "sla": SLA_JSON,
}
INFO = model_manager.ModelInfo(
    name="demo",
    type="iaas",
    uuid="u",
    controller_uuid="c",
    is_controller=True,
    provider_type="manual",
    default_series="jammy",
    default_base="ubuntu@22.04/stable",
    cloud_tag="cloud-x",
    owner_tag="user-bob",
    life="alive",
    status=AVAILABLE,
    users=(model_manager.ModelUser("model-u", "bob", "", None, "admin"),),
    machines=(),
    secret_backends=(),
    sla=SLA,
    agent_version="3.6.0",
)
INFO_JSON = {
    "name": "demo",
    "type": "iaas",
    "uuid": "u",
    "controller-uuid": "c",
    "is-controller": True,
    "provider-type": "manual",
    "default-series": "jammy",
    "default-base": "ubuntu@22.04/stable",
    "cloud-tag": "cloud-x",
    "owner-tag": "user-bob",
    "life": "alive",
    "status": AVAILABLE_JSON,
    "users": [
        {
            "model-tag": "model-u",
            "user": "bob",
            "display-name": "",
            "last-connection": None,
            "access": "admin",
        }
    ],
    "machines": [],
    "secret-backends": [],
    "sla": SLA_JSON,
    "agent-version": "3.6.0",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            model_manager.UserModelList(
                (model_manager.UserModel(model_manager.Model("demo", "u", "iaas", "user-bob"), None),)
            ),
            {
                "user-models": [
                    {
                        "model": {"name": "demo", "uuid": "u", "type": "iaas", "owner-tag": "user-bob"},
                        "last-connection": None,
                    }
                ]
            },
        ),
        (model_manager.SummariesRequest("user-bob"), {"user-tag": "user-bob"}),
        (model_manager.SummariesRequest("user-bob", True), {"user-tag": "user-bob", "all": True}),
        (
            model_manager.ModelSummaryResults((model_manager.ModelSummaryResult(SUMMARY),)),
            {"results": [{"result": SUMMARY_JSON}]},
        ),
        (
            model_manager.ModelInfoResults(
                (
                    model_manager.ModelInfoResult(INFO),
                    model_manager.ModelInfoResult(error=wire.Error("no", "")),
                )
            ),
            {"results": [{"result": INFO_JSON}, {"error": {"message": "no", "code": ""}}]},
        ),
        (
            model_manager.ModelStatusResults(
                (model_manager.ModelStatus("model-u", "alive", "iaas", 0, 1, 2, "user-bob"),)
            ),
            {
                "models": [
                    {
                        "model-tag": "model-u",
                        "life": "alive",
                        "type": "iaas",
                        "hosted-machine-count": 0,
                        "application-count": 1,
                        "unit-count": 2,
                        "owner-tag": "user-bob",
                    }
                ]
            },
        ),
        (
            model_manager.ModelConfigResults({"name": model_manager.ConfigValue("demo", "model")}),
            {"config": {"name": {"value": "demo", "source": "model"}}},
        ),
    ],
)
def test_shapes_are_spelled_exactly(
    value: wire.Wire,
    expected: dict[str, Any],
    check_spelling: Callable[[wire.Wire, dict[str, Any]], None],
) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    check_spelling(value, expected)
