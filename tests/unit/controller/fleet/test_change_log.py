"""controller.fleet.change_log: a change as a line; what is logged together is in test_service."""

import datetime

import pytest

from meterstatus.controller.fleet import change_log
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import effective_policy, records, time_limit

AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
BOB = records.Author("user-bob", AT)
WHY = records.Author("user-bob", AT, "invoice 7")
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
RED = status.MeterStatus("RED", "over budget")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            records.Change(3, records.ChangeKind.SET, "shop/0", WHY, records.NOT_SET, RED),
            "revision 3: user-bob set shop/0 RED 'over budget' because 'invoice 7'",
        ),
        (
            records.Change(4, records.ChangeKind.REMOVE, "shop/0", BOB, RED),
            "revision 4: user-bob remove shop/0",
        ),
        (
            records.Change(
                5,
                records.ChangeKind.POLICY,
                "",
                WHY,
                policy=effective_policy.PolicyChange(SHOP, None, policy.JUJU_POLICY),
            ),
            "revision 5: user-bob sets the policy of application-shop: AMBER after 5m, RED after 15m"
            " because 'invoice 7'",
        ),
        (
            records.Change(
                6,
                records.ChangeKind.POLICY,
                "",
                BOB,
                policy=effective_policy.PolicyChange(SHOP, policy.JUJU_POLICY, None),
            ),
            "revision 6: user-bob takes away the policy of application-shop",
        ),
    ],
)
def test_a_change_is_one_line(change: records.Change, line: str) -> None:
    """The line says who did what to whom, and why where that was given."""
    assert change_log.sentence(change) == line


def test_a_level_is_logged_by_its_tag() -> None:
    """Set or taken away, the line says whose status it is."""
    kind = records.ChangeKind.LEVEL
    assert change_log.sentence(records.Change(4, kind, "", BOB, None, RED, level=SHOP)) == (
        "revision 4: user-bob level application-shop RED 'over budget'"
    )
    assert change_log.sentence(records.Change(5, kind, "", BOB, RED, None, level=SHOP)) == (
        "revision 5: user-bob takes away the status of application-shop"
    )


def test_an_end_is_logged() -> None:
    """With the instant, by the controller's clock."""
    limit = time_limit.TimeLimit(BOB.at, None)
    change = records.Change(4, records.ChangeKind.SET, "shop/0", BOB, None, RED, limit=limit)
    assert change_log.sentence(change) == (
        f"revision 4: user-bob set shop/0 RED 'over budget' until {BOB.at}"
    )
