"""The newest report of each unit's status hook."""

import dataclasses
import datetime

from meterstatus.controller.fleet import hook_reports
from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call, outcome

FAILED = outcome.HookResult.FAILED
AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def report(
    unit: str, code: str, result: outcome.HookResult = outcome.HookResult.RAN
) -> delivery_report.ReceivedReport:
    """Return a report of a unit's hook that was told a code."""
    ended = outcome.HookOutcome(result, 0)
    told = status.MeterStatus(code)
    return delivery_report.ReceivedReport(
        unit,
        AT,
        delivery_report.DeliveryReport(
            code, 1, hook_call.HookKind.CHANGED, told, hook_call.Origin.CONTROLLER, ended, AT
        ),
    )


def test_the_newest_of_a_units_status_hook_is_kept() -> None:
    """A later report takes the former's place, but a warning's does not, which tells no status."""
    held = hook_reports.HookReports()
    held.note(report("shop/0", "GREEN"))
    held.note(report("shop/0", "RED"))
    warning = report("shop/0", "AMBER")
    kind = hook_call.HookKind.WILL_CHANGE
    held.note(dataclasses.replace(warning, report=dataclasses.replace(warning.report, hook=kind)))
    assert (held.of("shop/0"), held.of("shop/1")) == (report("shop/0", "RED"), None)


def test_units_that_are_not_there_have_none() -> None:
    """Reports of a unit that is gone, before or after the start, are not kept."""
    held = hook_reports.HookReports()
    held.load(delivery_report.Reported([report("shop/0", "RED"), report("shop/9", "RED")], 7), {"shop/0"})
    assert held.of("shop/9") is None
    held.forget("shop/0")
    held.forget("shop/0")
    assert (held.of("shop/0"), held.up_to) == (None, 7)


def test_failures_do_not_hide_what_was_told() -> None:
    """Behind any number of them there is the newest that was told; once one is told again, that is all."""
    held = hook_reports.HookReports()
    told, missing = report("shop/0", "GREEN"), report("shop/0", "AMBER", outcome.HookResult.MISSING)
    failures = [report("shop/0", "RED", result) for result in (FAILED, outcome.HookResult.TIMED_OUT)]
    held.note(failures[0])
    assert (held.of("shop/0"), held.before("shop/0")) == (failures[0], None)
    for each in (told, *failures):
        held.note(each)
    assert (held.of("shop/0"), held.before("shop/0")) == (failures[1], told)
    held.note(missing)
    assert (held.of("shop/0"), held.before("shop/0")) == (missing, None)
    held.note(failures[0])
    held.forget("shop/0")
    assert (held.of("shop/0"), held.before("shop/0")) == (None, None)


def test_what_is_loaded_is_followed() -> None:
    """Both of a unit as they are stored; what comes later is added to them, and a new load begins anew."""
    held = hook_reports.HookReports()
    told, failed = report("shop/0", "GREEN"), report("shop/0", "RED", FAILED)
    held.load(delivery_report.Reported([told, failed], 2), {"shop/0"})
    assert (held.of("shop/0"), held.before("shop/0"), held.up_to) == (failed, told, 2)
    held.follow(delivery_report.Reported([report("shop/0", "RED"), report("shop/9", "RED")], 4), {"shop/0"})
    assert (held.of("shop/0"), held.before("shop/0"), held.up_to) == (report("shop/0", "RED"), None, 4)
    held.load(delivery_report.Reported([], 0), {"shop/0"})
    assert (held.of("shop/0"), held.up_to) == (None, 0)
