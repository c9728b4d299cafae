"""adapters.client.operator: what is asked, and what the answers become."""

import datetime
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters.client import operator
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin
from meterstatus.testing import connection

DENIED = {"message": "permission denied", "code": "unauthorized access"}
GONE = {"message": 'unit "shop/0" not found', "code": "not found"}
DONE: dict[str, Any] = {}


def _setting(answer: connection.Answer) -> connection.FakeAPIConnection:
    return connection.FakeAPIConnection({"MetricsDebug.SetMeterStatus": answer})


async def test_a_status_is_set_with_its_reason() -> None:
    """The odd key of the wire, and our reason beside it."""
    fake = _setting({"results": [{}]})
    client = operator.MetricsDebugClient(fake)
    await client.set_meter_status("application-shop", "RED", "over", "budget")
    await client.set_meter_status("unit-shop-0", "GREEN")
    assert [call.params for call in fake.calls] == [
        {"statues": [{"tag": "application-shop", "code": "RED", "info": "over", "reason": "budget"}]},
        {"statues": [{"tag": "unit-shop-0", "code": "GREEN"}]},
    ]
    assert (fake.calls[0].facade, fake.calls[0].version) == ("MetricsDebug", 2)


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        ({"results": [{"error": DENIED}]}, errors.UnauthorizedError, "permission denied"),
        ({"results": [{"error": GONE}]}, errors.RequestError, 'unit "shop/0" not found'),
        ({"results": []}, errors.RemoteProtocolError, "expected 1 result, got 0"),
        ({"results": [DONE, DONE]}, errors.RemoteProtocolError, "expected 1 result, got 2"),
    ],
)
async def test_a_status_that_was_not_set_is_told(
    answer: dict[str, Any], kind: type[errors.MeterStatusError], text: str
) -> None:
    """The error of the one result is the call's; none or two results are no answer."""
    with pytest.raises(kind) as raised:
        await operator.MetricsDebugClient(_setting(answer)).set_meter_status("unit-shop-0", "RED")
    assert type(raised.value) is kind
    assert str(raised.value) == text


async def test_a_controller_without_the_facade_is_told() -> None:
    """A server that sets no statuses is told as it is."""
    with pytest.raises(errors.UnsupportedError):
        await operator.MetricsDebugClient(connection.FakeAPIConnection()).set_meter_status("t", "RED")


async def test_units_are_added_and_removed() -> None:
    """Each unit has its result, errors included, in order."""
    fake = connection.FakeAPIConnection(
        {
            "MeterStatusAdmin.AddUnits": {
                "results": [
                    {"tag": "unit-shop-0", "password": "pw"},
                    {"tag": "", "password": "", "error": {"message": "is there", "code": "already exists"}},
                ]
            },
            "MeterStatusAdmin.RemoveUnits": {"results": [{"error": GONE}]},
        }
    )
    client = operator.MeterStatusAdminClient(fake)
    added = await client.add_units(
        [meter_status_admin.AddUnit("shop/0"), meter_status_admin.AddUnit("shop/1", "RED", "i", "r")]
    )
    assert [(result.tag, result.password) for result in added] == [("unit-shop-0", "pw"), ("", "")]
    assert added[1].error == wire.Error("is there", "already exists")
    (removed,) = await client.remove_units([meter_status_admin.RemoveUnit("shop/0", "old")])
    assert removed.error == wire.Error(GONE["message"], "not found")
    assert [(call.facade, call.version, call.params) for call in fake.calls] == [
        (
            "MeterStatusAdmin",
            1,
            {"units": [{"unit": "shop/0"}, {"unit": "shop/1", "code": "RED", "info": "i", "reason": "r"}]},
        ),
        ("MeterStatusAdmin", 1, {"units": [{"unit": "shop/0", "reason": "old"}]}),
    ]
    with pytest.raises(errors.RemoteProtocolError, match="expected 2 results, got 1"):
        await client.remove_units(
            [meter_status_admin.RemoveUnit("shop/0"), meter_status_admin.RemoveUnit("shop/1")]
        )


async def test_statuses_and_history_are_fetched() -> None:
    """Patterns and limits go out, values come back."""
    change = {"revision": 2, "time": "2031-05-06T07:08:09Z", "user": "bob", "unit": "a/0", "action": "set"}
    fake = connection.FakeAPIConnection(
        {
            "MeterStatusAdmin.Status": {
                "revision": 9,
                "controller": "c",
                "model": "m",
                "model-name": "n",
                "units": None,
            },
            "MeterStatusAdmin.History": {
                "changes": [change | {"reason": "r", "old": None, "new": {"code": "RED", "info": "i"}}]
            },
        }
    )
    client = operator.MeterStatusAdminClient(fake)
    assert await client.status(["shop/*"]) == meter_status_admin.StatusResult(9, "c", "m", "n", ())
    (found,) = (await client.history("shop", 5, 10)).changes
    assert found == meter_status_admin.Change(
        2,
        datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC),
        "bob",
        "a/0",
        "set",
        "r",
        None,
        meter_status_admin.StoredStatus("RED", "i"),
    )
    assert [call.params for call in fake.calls] == [
        {"patterns": ["shop/*"]},
        {"entity": "shop", "limit": 5, "before-revision": 10},
    ]


async def test_policies_are_set_taken_away_and_fetched() -> None:
    """A tag and a policy go out, an error of the one result is the call's, and what is set comes back."""
    fake = connection.FakeAPIConnection(
        {
            "MeterStatusAdmin.SetPolicy": {"results": [{}]},
            "MeterStatusAdmin.RemovePolicy": {"results": [{"error": GONE}]},
            "MeterStatusAdmin.Policies": {
                "revision": 9,
                "policies": [
                    {
                        "tag": "unit-shop-0",
                        "policy": {"amber-grace-seconds": 10, "red-grace-seconds": 0},
                        "revision": 7,
                    }
                ],
            },
        }
    )
    client = operator.MeterStatusAdminClient(fake)
    policy = wire.Policy(10, 0)
    await client.set_policy("unit-shop-0", policy, "r")
    with pytest.raises(errors.RequestError, match="not found"):
        await client.remove_policy("unit-shop-0", "r")
    assert await client.policies() == meter_status_admin.PoliciesResult(
        9, (meter_status_admin.Ruling("unit-shop-0", policy, 7),)
    )
    written = {"amber-grace-seconds": 10, "red-grace-seconds": 0}
    assert [call.params for call in fake.calls] == [
        {"policies": [{"tag": "unit-shop-0", "policy": written, "reason": "r"}]},
        {"policies": [{"tag": "unit-shop-0", "reason": "r"}]},
        {},
    ]


async def test_a_controller_of_jujus_has_no_admin_facade() -> None:
    """What only our controller offers is refused in a way that can be told."""
    with pytest.raises(errors.UnsupportedError):
        await operator.MeterStatusAdminClient(connection.FakeAPIConnection()).status()


async def test_sets_and_undoes_many() -> None:
    """Whole params go out, and what is told comes back; what is refused is raised."""
    done = {"revision": 9, "units": 2, "told": [{"old": "RED", "new": "GREEN", "units": 2}]}
    fake = connection.FakeAPIConnection(
        {
            "MeterStatusAdmin.SetStatuses": done,
            "MeterStatusAdmin.Undo": done,
            "MeterStatusAdmin.PreviewUndo": done,
        }
    )
    client = operator.MeterStatusAdminClient(fake)
    told = (meter_status_admin.Told("RED", "GREEN", 2),)
    expected = meter_status_admin.SetStatusesResult(9, 2, told)
    params = meter_status_admin.SetStatusesParams(("unit-shop-0",), code="GREEN", is_preview=True)
    assert await client.set_statuses(params) == expected
    assert await client.preview_undo(9) == expected
    assert await client.undo(9, "why", 50, 8) == expected
    assert [each.params for each in fake.calls[1:]] == [
        {"revision": 9},
        {"revision": 9, "reason": "why", "blast-radius-percent": 50, "seen-revision": 8},
    ]


@pytest.mark.parametrize("lost", [errors.RequestTimeoutError("no answer"), errors.ConnectionLostError()])
async def test_a_change_without_an_answer_may_have_been_made(lost: errors.MeterStatusError) -> None:
    """A change that nobody answered for is no failure, whichever it is; a look is one."""
    of_ours = [each.name for each in vars(meter_status_admin).values() if isinstance(each, wire.Method)]
    methods = [f"MeterStatusAdmin.{name}" for name in of_ours]
    answers: dict[str, connection.Answer] = dict.fromkeys(["MetricsDebug.SetMeterStatus", *methods], lost)
    fake = connection.FakeAPIConnection(answers)
    admin = operator.MeterStatusAdminClient(fake)
    preview = meter_status_admin.SetStatusesParams(("unit-shop-0",), is_preview=True)
    changes = {
        "SetMeterStatus": operator.MetricsDebugClient(fake).set_meter_status("unit-shop-0", "RED"),
        "AddUnits": admin.add_units([meter_status_admin.AddUnit("shop/0")]),
        "RemoveUnits": admin.remove_units([meter_status_admin.RemoveUnit("shop/0")]),
        "SetPolicy": admin.set_policy("unit-shop-0", wire.Policy(60, 120)),
        "RemovePolicy": admin.remove_policy("unit-shop-0"),
        "SetStatuses": admin.set_statuses(meter_status_admin.SetStatusesParams(("unit-shop-0",))),
        "Undo": admin.undo(1),
        "NewEpoch": admin.new_epoch("lost"),
        "DismissHeard": admin.dismiss_heard(["shop/0"]),
        "AnnounceMaintenance": admin.announce_maintenance(60),
    }
    for change in changes.values():
        with pytest.raises(errors.OutcomeUnknownError, match="may have been done"):
            await change
    looks = {
        "Status": admin.status(),
        "History": admin.history(),
        "Policies": admin.policies(),
        "PreviewUndo": admin.preview_undo(1),
        "SetStatuses": admin.set_statuses(preview),
    }
    for look in looks.values():
        with pytest.raises(errors.TransportError):
            await look
    assert {*changes, *looks} == {"SetMeterStatus", *of_ours}
