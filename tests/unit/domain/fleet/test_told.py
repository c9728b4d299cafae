"""Whether a hook was told what is asserted, as a controller can know."""

import dataclasses

import pytest

from meterstatus.domain import status
from meterstatus.domain.fleet import told
from meterstatus.domain.hook import delivery_report, outcome, trouble
from tests.unit.domain.hook import test_delivery_report

ASSERTED = test_delivery_report.REPORT.status
RAN = dataclasses.replace(test_delivery_report.REPORT, outcome=outcome.HookOutcome(outcome.HookResult.RAN))
FAILED = dataclasses.replace(RAN, outcome=outcome.HookOutcome(outcome.HookResult.FAILED, 1))
OTHER = dataclasses.replace(RAN, status=status.MeterStatus("GREEN", "of before"))


@pytest.mark.parametrize(
    ("newest", "reason", "known"),
    [
        (None, None, told.Told.UNKNOWN),
        (None, trouble.Reason.CHARM, told.Told.NO),
        (None, trouble.Reason.STATE, told.Told.UNKNOWN),
        (RAN, None, told.Told.YES),
        (RAN, trouble.Reason.STATE, told.Told.YES),
        (RAN, trouble.Reason.LOCK, told.Told.NO),
        (FAILED, None, told.Told.NO),
        (OTHER, None, told.Told.NO),
    ],
)
def test_what_is_known_is_what_was_said(
    newest: delivery_report.DeliveryReport | None, reason: trouble.Reason | None, known: told.Told
) -> None:
    """Nothing said is nothing known; a trouble that withholds the status goes before a report."""
    said = None if reason is None else trouble.Trouble(reason)
    assert told.judge(ASSERTED, newest, said) is known
