"""protocol.facades.meter_status_admin: the exact spelling of the wire."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
ERROR = wire.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}
POLICY = wire.Policy(10.0, 20.5)
POLICY_JSON = {"amber-grace-seconds": 10.0, "red-grace-seconds": 20.5}
RULING = meter_status_admin.Ruling("application-a", POLICY, 5)
RULING_JSON = {"tag": "application-a", "policy": POLICY_JSON, "revision": 5}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            meter_status_admin.AddUnits(
                (meter_status_admin.AddUnit("a/0"), meter_status_admin.AddUnit("a/1", "RED", "i", "r"))
            ),
            {"units": [{"unit": "a/0"}, {"unit": "a/1", "code": "RED", "info": "i", "reason": "r"}]},
        ),
        (
            meter_status_admin.AddUnitResults(
                (
                    meter_status_admin.AddUnitResult("unit-a-0", "pw"),
                    meter_status_admin.AddUnitResult("", "", ERROR),
                )
            ),
            {
                "results": [
                    {"tag": "unit-a-0", "password": "pw"},
                    {"tag": "", "password": "", "error": ERROR_JSON},
                ]
            },
        ),
        (
            meter_status_admin.RemoveUnits((meter_status_admin.RemoveUnit("a/0", "r"),)),
            {"units": [{"unit": "a/0", "reason": "r"}]},
        ),
        (meter_status_admin.StatusParams(("a*",)), {"patterns": ["a*"]}),
        (
            meter_status_admin.StatusResult(
                7,
                "c",
                "m",
                "n",
                (
                    meter_status_admin.UnitStatus(
                        "a/0", "NOT SET", "", "AMBER", "not set", NOW, 3, False, RULING
                    ),
                ),
            ),
            {
                "revision": 7,
                "controller": "c",
                "model": "m",
                "model-name": "n",
                "units": [
                    {
                        "unit": "a/0",
                        "code": "NOT SET",
                        "info": "",
                        "told-code": "AMBER",
                        "told-info": "not set",
                        "since": "2031-05-06T07:08:09Z",
                        "revision": 3,
                        "connected": False,
                        "ruling": RULING_JSON,
                    }
                ],
            },
        ),
        (meter_status_admin.HistoryParams("a/0", 5, 9), {"entity": "a/0", "limit": 5, "before-revision": 9}),
        (
            meter_status_admin.HistoryResult(
                (
                    meter_status_admin.Change(
                        2, NOW, "bob", "a/0", "add", "", new=meter_status_admin.StoredStatus("RED", "")
                    ),
                    meter_status_admin.Change(
                        1, NOW, "bob", "", "policy", "", None, None, "application-a", POLICY, POLICY
                    ),
                )
            ),
            {
                "changes": [
                    {
                        "revision": 2,
                        "time": "2031-05-06T07:08:09Z",
                        "user": "bob",
                        "unit": "a/0",
                        "action": "add",
                        "reason": "",
                        "new": {"code": "RED", "info": ""},
                    },
                    {
                        "revision": 1,
                        "time": "2031-05-06T07:08:09Z",
                        "user": "bob",
                        "unit": "",
                        "action": "policy",
                        "reason": "",
                        "scope": "application-a",
                        "old-policy": POLICY_JSON,
                        "new-policy": POLICY_JSON,
                    },
                ]
            },
        ),
        (
            meter_status_admin.SetPolicyArgs(
                (meter_status_admin.SetPolicyArg("application-a", POLICY, "r"),)
            ),
            {"policies": [{"tag": "application-a", "policy": POLICY_JSON, "reason": "r"}]},
        ),
        (
            meter_status_admin.RemovePolicyArgs((meter_status_admin.RemovePolicyArg("unit-a-0", "r"),)),
            {"policies": [{"tag": "unit-a-0", "reason": "r"}]},
        ),
        (
            meter_status_admin.PoliciesResult(9, (RULING,)),
            {"revision": 9, "policies": [RULING_JSON]},
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
