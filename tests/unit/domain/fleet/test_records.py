"""The rules on what a controller holds."""

import dataclasses
import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain import status as statuses
from meterstatus.domain.fleet import effective_policy, records

AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NOT SET", 'meter status "NOT SET" not valid'),
        ("NOT AVAILABLE", 'meter status "NOT AVAILABLE" not valid'),
        ("red", 'meter status "NOT AVAILABLE" not valid'),
        ("", 'meter status "NOT AVAILABLE" not valid'),
    ],
)
def test_other_codes_are_refused(code: str, text: str) -> None:
    """Only GREEN, AMBER and RED can be set; the text is the reference's (spec juju-api, 6.1)."""
    with pytest.raises(errors.NotValidError) as caught:
        records.check_settable(statuses.MeterStatus(code))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "info",
    [
        "a\0b",
        "two\nlines",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\x9b",
        "\ud800",
        "a\u202eb",
        "\u2028",
        "\u200b",
        "\ufeff",
        "x" * 4097,
    ],
)
def test_an_info_that_is_no_line_is_refused(info: str) -> None:
    """Control characters, lone surrogates and more than 4096 characters are not valid."""
    with pytest.raises(errors.NotValidError, match=r"^invalid meter status info: it has "):
        records.check_settable(statuses.MeterStatus("RED", info))


@pytest.mark.parametrize("info", ["", "über\tbudget ☂", "x" * 4096, "\u00a0", "नह\u200cीं"])
@pytest.mark.parametrize("code", ["GREEN", "AMBER", "RED"])
def test_a_line_is_accepted(code: str, info: str) -> None:
    """Any line up to 4096 characters is valid with each of the three codes."""
    records.check_settable(statuses.MeterStatus(code, info))


def test_a_level_includes_the_ones_before_it() -> None:
    """READ is in WRITE is in ADMIN, and not the other way round."""
    levels = list(records.Access)
    for index, level in enumerate(levels):
        assert [level.includes(needed) for needed in levels] == [i <= index for i in range(3)]


def test_a_user_is_refused_what_the_level_lacks() -> None:
    """A reader who wants to write is not authorised."""
    reader = records.User("bob", "salt", "hash", records.Access.READ)
    reader.require(records.Access.READ)
    with pytest.raises(errors.UnauthorizedError, match="permission denied"):
        reader.require(records.Access.WRITE)


def test_a_user_is_the_author_of_a_change() -> None:
    """Under the user's tag; a reason that is no line is refused."""
    writer = records.User("bob", "salt", "hash", records.Access.WRITE)
    assert writer.author(AT, "late") == records.Author("user-bob", AT, "late")
    with pytest.raises(errors.NotValidError, match="reason"):
        writer.author(AT, "two\nlines")


def test_an_unset_unit_is_told_amber() -> None:
    """What is stored is kept, what is told is translated (spec juju-api, 7.3)."""
    unit = records.Unit("my-shop/10", "hash", records.NOT_SET, 1, AT, 1)
    assert unit.effective == statuses.MeterStatus("AMBER", "not set")
    assert (unit.application, unit.tag) == ("my-shop", "unit-my-shop-10")


def test_secrets_stay_out_of_reprs() -> None:
    """A unit or user that ends up in a log line shows no hash and no salt."""
    shown = repr(records.Unit("shop/0", "secret", records.NOT_SET, 1, AT, 1))
    shown += repr(records.User("bob", "secret", "secret", records.Access.READ))
    assert "secret" not in shown


def test_callers_have_tags() -> None:
    """An agent acts under its unit's tag, a user under the user's."""
    assert records.Agent("shop/0", 1).tag == "unit-shop-0"
    assert records.User("bob", "", "", records.Access.READ).tag == "user-bob"


def test_a_change_is_of_an_application() -> None:
    """A unit's change is of its application, a policy's of the one it was set for, if any."""
    author = records.Author("user-bob", AT)
    added = records.Change(1, records.ChangeKind.ADD, "shop/0", author)
    scopes = (names.Tag(names.Kind.APPLICATION, "till"), effective_policy.model_scope("uuid"))
    policies = [
        records.Change(
            2, records.ChangeKind.POLICY, "", author, policy=effective_policy.PolicyChange(scope, None, None)
        )
        for scope in scopes
    ]
    assert [change.application for change in (added, *policies)] == ["shop", "till", ""]


def test_the_controllers_own_model_has_one_uuid_for_each_controller() -> None:
    """Its UUID follows from the controller's, and is that of no other controller and of no other model."""
    one = records.Identity(
        "0d9dbb38-3b4c-4f3b-8a55-6d5a4a1c4a10", "5f1f9c2e-8f0e-4a43-9d3c-0a4f5b6c7d8e", "default", (), 1
    )
    other = dataclasses.replace(one, controller_uuid=one.model_uuid)
    assert names.is_uuid(one.controller_model_uuid)
    assert one.controller_model_uuid == dataclasses.replace(one, model_name="other").controller_model_uuid
    uuids = {one.controller_uuid, one.model_uuid, one.controller_model_uuid, other.controller_model_uuid}
    assert len(uuids) == 4


def test_a_change_of_the_whole_fleet_is_of_no_application() -> None:
    """It has no unit either."""
    author = records.Author("user-a", datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC))
    assert records.Change(1, records.ChangeKind.EPOCH, "", author).application == ""


def test_epochs_and_maintenance_are_of_all() -> None:
    """Every unit's agent must hear of them, and of no other kind of change."""
    author = records.Author("user-a", datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC))
    kinds = [kind for kind in records.ChangeKind if records.Change(1, kind, "", author).is_of_all]
    assert kinds == [records.ChangeKind.EPOCH, records.ChangeKind.MAINTENANCE]


def test_a_level_is_of_no_unit() -> None:
    """A change of an application's status is of that application, one of the model's of none."""
    scopes = (names.Tag(names.Kind.APPLICATION, "shop"), names.Tag(names.Kind.MODEL, "m"))
    author = records.Author("user-bob", AT)
    changes = [records.Change(1, records.ChangeKind.LEVEL, "", author, level=scope) for scope in scopes]
    assert [change.application for change in changes] == ["shop", ""]
