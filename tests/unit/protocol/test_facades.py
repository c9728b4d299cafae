"""protocol.facades: the exact spelling of the wire, and what is offered where."""

import datetime
from typing import Any

import msgspec
import pytest

from meterstatus.protocol import facades

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
ERROR = facades.Error("no", "")
ERROR_JSON = {"message": "no", "code": ""}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (facades.Empty(), {}),
        (facades.Error("no", "c", {"k": 1}), {"message": "no", "code": "c", "info": {"k": 1}}),
        (
            facades.ErrorResults((facades.ErrorResult(), facades.ErrorResult(ERROR))),
            {"results": [{}, {"error": ERROR_JSON}]},
        ),
        (facades.Entities((facades.Entity("unit-a-0"),)), {"entities": [{"tag": "unit-a-0"}]}),
        (
            facades.LoginRequest(
                "unit-a-0", "pw", "unused", client_version="3.6.0", cli_args="x", user_data="y"
            ),
            {
                "auth-tag": "unit-a-0",
                "credentials": "pw",
                "nonce": "unused",
                "client-version": "3.6.0",
                "cli-args": "x",
                "user-data": "y",
            },
        ),
        (
            facades.LoginResult(
                "controller-x",
                (facades.FacadeVersions("Pinger", (1,)),),
                "3.6.0",
                ((facades.HostPort("10.0.0.5", "ipv4", "public", 17070, space_name="s"),),),
                "dns",
                "model-x",
                facades.UserInfo("", "user-bob", "login", "write"),
            ),
            {
                "controller-tag": "controller-x",
                "facades": [{"name": "Pinger", "versions": [1]}],
                "server-version": "3.6.0",
                "servers": [
                    [
                        {
                            "value": "10.0.0.5",
                            "type": "ipv4",
                            "scope": "public",
                            "port": 17070,
                            "space-name": "s",
                        }
                    ]
                ],
                "public-dns-name": "dns",
                "model-tag": "model-x",
                "user-info": {
                    "display-name": "",
                    "identity": "user-bob",
                    "controller-access": "login",
                    "model-access": "write",
                },
            },
        ),
        (
            facades.LoginResult("controller-x", (), "3.6.0"),
            {"controller-tag": "controller-x", "facades": [], "server-version": "3.6.0"},
        ),
        (
            facades.MeterStatusResults(
                (facades.MeterStatusResult("RED", ""), facades.MeterStatusResult("", "", ERROR))
            ),
            {"results": [{"code": "RED", "info": ""}, {"code": "", "info": "", "error": ERROR_JSON}]},
        ),
        (
            facades.NotifyWatchResults(
                (facades.NotifyWatchResult("3"), facades.NotifyWatchResult("", ERROR))
            ),
            {"results": [{"NotifyWatcherId": "3"}, {"NotifyWatcherId": "", "error": ERROR_JSON}]},
        ),
        (
            facades.UnitStateResults(
                (
                    facades.UnitStateResult(),
                    facades.UnitStateResult({"k": "v"}, "u", {"1": "r"}, "s", "x", "m"),
                )
            ),
            {
                "results": [
                    {},
                    {
                        "charm-state": {"k": "v"},
                        "uniter-state": "u",
                        "relation-state": {"1": "r"},
                        "storage-state": "s",
                        "secret-state": "x",
                        "meter-status-state": "m",
                    },
                ]
            },
        ),
        (
            facades.SetUnitStateArgs((facades.SetUnitStateArg("t", meter_status_state=""),)),
            {"args": [{"tag": "t", "meter-status-state": ""}]},
        ),
        (
            facades.MeterStatusParams(
                (
                    facades.MeterStatusParam("t", "RED", "over", "why"),
                    facades.MeterStatusParam("t", "GREEN"),
                )
            ),
            {
                "statues": [
                    {"tag": "t", "code": "RED", "info": "over", "reason": "why"},
                    {"tag": "t", "code": "GREEN"},
                ]
            },
        ),
        (
            facades.MetricResults(
                (
                    facades.EntityMetrics(),
                    facades.EntityMetrics((facades.Metric(NOW, "k", "1", "a/0", None),)),
                )
            ),
            {
                "results": [
                    {},
                    {
                        "metrics": [
                            {
                                "time": "2031-05-06T07:08:09Z",
                                "key": "k",
                                "value": "1",
                                "unit": "a/0",
                                "labels": None,
                            }
                        ]
                    },
                ]
            },
        ),
        (
            facades.AddUnits((facades.AddUnit("a/0"), facades.AddUnit("a/1", "RED", "i", "r"))),
            {"units": [{"unit": "a/0"}, {"unit": "a/1", "code": "RED", "info": "i", "reason": "r"}]},
        ),
        (
            facades.AddUnitResults(
                (facades.AddUnitResult("unit-a-0", "pw"), facades.AddUnitResult("", "", ERROR))
            ),
            {
                "results": [
                    {"tag": "unit-a-0", "password": "pw"},
                    {"tag": "", "password": "", "error": ERROR_JSON},
                ]
            },
        ),
        (
            facades.RemoveUnits((facades.RemoveUnit("a/0", "r"),)),
            {"units": [{"unit": "a/0", "reason": "r"}]},
        ),
        (facades.StatusParams(("a*",)), {"patterns": ["a*"]}),
        (
            facades.AgentEntities(
                (facades.AgentEntity("alive", None, ""), facades.AgentEntity("", None, "", ERROR))
            ),
            {
                "entities": [
                    {"life": "alive", "jobs": None, "container-type": ""},
                    {"life": "", "jobs": None, "container-type": "", "error": ERROR_JSON},
                ]
            },
        ),
        (
            facades.EntityPasswords((facades.EntityPassword("unit-a-0", "pw"),)),
            {"changes": [{"tag": "unit-a-0", "password": "pw"}]},
        ),
        (facades.PhaseResults((facades.PhaseResult("NONE"),)), {"results": [{"phase": "NONE"}]}),
        (
            facades.StatusResult(
                7,
                "c",
                "m",
                "n",
                (facades.UnitStatus("a/0", "NOT SET", "", "AMBER", "not set", NOW, 3, False),),
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
                    }
                ],
            },
        ),
        (facades.HistoryParams("a/0", 5, 9), {"entity": "a/0", "limit": 5, "before-revision": 9}),
        (
            facades.HistoryResult(
                (facades.Change(2, NOW, "bob", "a/0", "add", "", new=facades.StoredStatus("RED", "")),)
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
                    }
                ]
            },
        ),
    ],
)
def test_shapes_are_spelled_exactly(value: facades.Wire, expected: dict[str, Any]) -> None:
    """Each shape is written with the keys of the specification, and read back the same."""
    text = msgspec.json.encode(value)
    assert msgspec.json.decode(text) == expected
    assert msgspec.json.decode(text, type=type(value)) == value


def test_facades_are_sorted_and_offered_once() -> None:
    """The table is in the order in which a login lists it."""
    names = [facade.name for facade in facades.FACADES]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            facades.ConnectionKind.MODEL,
            [
                ("Agent", 3),
                ("MeterStatus", 2),
                ("MeterStatusAdmin", 1),
                ("MetricsDebug", 2),
                ("MigrationFlag", 1),
                ("NotifyWatcher", 1),
                ("Pinger", 1),
            ],
        ),
        (facades.ConnectionKind.CONTROLLER, [("NotifyWatcher", 1), ("Pinger", 1)]),
    ],
)
def test_a_login_lists_the_facades_of_its_connection(
    kind: facades.ConnectionKind, expected: list[tuple[str, int]]
) -> None:
    """Admin is never listed, and a controller connection has the common facades only."""
    assert facades.listed(kind) == tuple(facades.FacadeVersions(name, (v,)) for name, v in expected)


@pytest.mark.parametrize(
    ("name", "model", "controller"),
    [
        ("MeterStatus", True, False),
        ("Pinger", True, True),
        ("ModelManager", False, True),
        ("Nonsense", True, False),
    ],
)
def test_a_facade_is_callable_where_juju_lets_it(name: str, model: bool, controller: bool) -> None:
    """Controller facades are not for model connections, nor the other way about; common ones are for both."""
    assert facades.is_callable(name, facades.ConnectionKind.MODEL) is model
    assert facades.is_callable(name, facades.ConnectionKind.CONTROLLER) is controller


def test_every_offered_facade_is_callable_where_it_is_offered() -> None:
    """The two tables agree; Admin stands outside them."""
    for facade in facades.FACADES:
        if facade.listed:
            assert facade.kinds == {
                kind for kind in facades.ConnectionKind if facades.is_callable(facade.name, kind)
            }
