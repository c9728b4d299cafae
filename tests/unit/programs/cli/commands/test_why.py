"""The story of one unit in sentences."""

import datetime
from typing import Any

import msgspec

from meterstatus.programs.cli.commands import why
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery

NOW = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
LAST = NOW - datetime.timedelta(seconds=12.5)
UNIT = meter_status_admin.UnitStatus("shop/0", "GREEN", "", "GREEN", "", NOW, 3, connected=True)


def story(**fields: Any) -> list[str]:
    """Tell of a unit that is as it should be but for some fields."""
    return list(why.story(msgspec.structs.replace(UNIT, **fields), NOW))


def delivered(result: str, **fields: Any) -> meter_status_admin.Delivered:
    """Return what a hook was told."""
    told = meter_status_delivery.Delivery(
        "a-1", 1, "meter-status-changed", "GREEN", "paid", "controller", result, NOW, **fields
    )
    return meter_status_admin.Delivered(NOW, told)


def test_a_unit_out_of_contact_has_its_whole_story() -> None:
    """Asserted, told, cut off, ruled, delivered, escalated, what comes, and what is assumed, in order."""
    made = meter_status_admin.Predicted(
        "AMBER", "cut off", "AMBER", meter_status_admin.NextStage("RED", NOW), 2, ("untold",)
    )
    assert story(
        code="NOT SET",
        told_code="AMBER",
        told_info="not set",
        connected=False,
        contact=meter_status_admin.Contact("", LAST, LAST),
        ruling=meter_status_admin.Ruling("application-shop", wire.Policy(10, 20, 0), 2),
        delivered=delivered("failed", exit_status=3, detail="oops", log=("one", "two")),
        predicted=made,
    ) == [
        "shop/0 is asserted NOT SET, since 2031-05-06T07:08:09Z by revision 3.",
        'Its agent is told AMBER "not set".',
        "Its agent is out of contact: it was last answered 2031-05-06T07:07:56Z, 12s ago.",
        "The policy of shop rules it: AMBER after 10s, RED after 20s.",
        'Its hook was last told GREEN "paid" 2031-05-06T07:08:09Z, and failed with exit status 3 (oops).',
        "  one",
        "  two",
        'By now its hook must have been told AMBER "cut off".',
        "RED comes 2031-05-06T07:08:09Z, now, at the latest, and may come 2s earlier.",
        "The agent does not know what is asserted now: it was set after that.",
    ]


def test_a_unit_in_contact_has_a_short_one() -> None:
    """Who it is connected to, and what its hook was told."""
    contact = meter_status_admin.Contact("one", LAST, NOW)
    assert story(contact=contact, delivered=delivered("ran"))[1:] == [
        "Its agent is connected to one since 2031-05-06T07:07:56Z,"
        " and was last answered 2031-05-06T07:08:09Z.",
        "No policy is set for it: its agent's own options rule.",
        'Its hook was last told GREEN "paid" 2031-05-06T07:08:09Z, and ran.',
    ]


def test_what_is_not_known_is_said() -> None:
    """Never in contact, a controller that died, a contact of this moment, and a controller of before."""
    never = meter_status_admin.Predicted("", "", assumptions=("never-in-contact",))
    assert story(connected=False, predicted=never)[1::2] == [
        "Its agent was never in contact.",
        "Nothing was reported of its hook, so whether it was told is not known.",
    ]
    died = meter_status_admin.Contact("", NOW, NOW, False)
    calm = meter_status_admin.Predicted("", "", assumptions=("not-before",))
    assert story(connected=False, contact=died, predicted=calm)[1] == (
        "Its agent is out of contact: its controller died,"
        " and it was in contact until 2031-05-06T07:08:09Z or later."
    )
    assert story(connected=False, contact=died, predicted=calm)[-2] == "No worse stage comes."
    now = meter_status_admin.Contact("", NOW, NOW)
    assert story(connected=False, contact=now)[1].endswith("2031-05-06T07:08:09Z, now.")
    assert story()[1] == "Its agent is connected."


def test_the_command_tells_it(operator: Any) -> None:
    """A unit that is there has a story, and one that is not is a failure in one line."""
    operator("unit", "add", "shop/0", "--status", "RED", "--info", "unpaid\x1b[2J")
    answer = operator("why", "shop/0")
    assert answer.exit_status == 0
    assert answer.out.startswith('shop/0 is asserted RED "unpaid?[2J", since ')
    answer = operator("why", "shop/9")
    assert (answer.exit_status, answer.out) == (1, "")
    assert answer.err == "meterstatus: unit \"shop/9\" not found; 'meterstatus status' lists the units\n"


def test_a_hook_that_failed_comes_after_what_was_told() -> None:
    """Both are said, each with what the hook said."""
    contact = meter_status_admin.Contact("one", LAST, NOW)
    failed = delivered("failed", exit_status=3, log=("oops",))
    assert story(contact=contact, delivered=failed, delivered_before=delivered("ran", log=("fine",)))[3:] == [
        'Its hook was last told GREEN "paid" 2031-05-06T07:08:09Z, and ran.',
        "  fine",
        'Its hook was then to be told GREEN "paid" 2031-05-06T07:08:09Z, and failed with exit status 3.',
        "  oops",
    ]


def test_why_a_hook_was_not_told_is_said_as_the_agent_says_it() -> None:
    """With the reason, its own words, and when it is tried again; a later release's reason as it is."""
    said = meter_status_delivery.Trouble("charm", "there is no charm directory")
    assert story(trouble=said)[-2:] == [
        "Nothing was reported of its hook.",
        "Its hook is not told: there is no charm to tell yet (there is no charm directory).",
    ]
    assert story(trouble=meter_status_delivery.Trouble("lock", "process 7 of bob", NOW))[-2:] == [
        "Its hook is not told: it waits for the machine lock (process 7 of bob).",
        "It is tried again 2031-05-06T07:08:09Z, now.",
    ]
    assert story(trouble=meter_status_delivery.Trouble("moon"))[-1] == "Its hook is not told: moon."
