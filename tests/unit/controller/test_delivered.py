"""The newest report of each unit's status hook."""

import dataclasses
import datetime

from meterstatus.controller import delivered
from meterstatus.domain import delivery_report, outcome, status, telling

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def report(unit: str, code: str) -> delivery_report.ReceivedReport:
    """Return a report of a unit's hook that was told a code."""
    ended = outcome.HookOutcome(outcome.HookResult.RAN, 0)
    told = status.MeterStatus(code)
    return delivery_report.ReceivedReport(
        unit,
        AT,
        delivery_report.DeliveryReport(
            code, 1, telling.HookKind.CHANGED, told, telling.Origin.CONTROLLER, ended, AT
        ),
    )


def test_the_newest_of_a_units_status_hook_is_kept() -> None:
    """A later report takes the former's place, but a warning's does not, which tells no status."""
    held = delivered.Delivered()
    held.note(report("shop/0", "GREEN"))
    held.note(report("shop/0", "RED"))
    warning = report("shop/0", "AMBER")
    kind = telling.HookKind.WILL_CHANGE
    held.note(dataclasses.replace(warning, report=dataclasses.replace(warning.report, hook=kind)))
    assert (held.of("shop/0"), held.of("shop/1")) == (report("shop/0", "RED"), None)


def test_units_that_are_not_there_have_none() -> None:
    """Reports of a unit that is gone, before or after the start, are not kept."""
    held = delivered.Delivered()
    held.load([report("shop/0", "RED"), report("shop/9", "RED")], {"shop/0"})
    assert held.of("shop/9") is None
    held.forget("shop/0")
    held.forget("shop/0")
    assert held.of("shop/0") is None
