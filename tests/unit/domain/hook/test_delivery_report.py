"""domain.hook.delivery_report: what is reported of a hook, and how much of it."""

import dataclasses
import datetime

import pytest

from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call, outcome

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
RED = status.MeterStatus("RED", "over budget")
RAN = outcome.HookOutcome(outcome.HookResult.RAN, 0, log_lines=("scaled down",))
TOLD = hook_call.HookCall(RED, delivery_id="a-1", attempt=2, origin=hook_call.Origin.CONTROLLER)
REPORT = delivery_report.DeliveryReport(
    "a-1", 2, hook_call.HookKind.CHANGED, RED, hook_call.Origin.CONTROLLER, RAN, AT
)


def test_a_run_is_reported_whole() -> None:
    """What was told, under which id, whose word it was, and what became of it."""
    assert delivery_report.of(TOLD, RAN, AT) == REPORT


@pytest.mark.parametrize(
    "told",
    [
        dataclasses.replace(TOLD, delivery_id=None),
        dataclasses.replace(TOLD, attempt=None),
        dataclasses.replace(TOLD, origin=None),
    ],
)
def test_what_is_no_delivery_is_not_reported(told: hook_call.HookCall) -> None:
    """A run that a caller of its own asked for has no id, and so no report."""
    assert delivery_report.of(told, RAN, AT) is None


def test_a_talkative_charm_is_cut_short() -> None:
    """Only the last lines are kept, and of long ones and of the detail only the beginning."""
    lines = tuple(str(number) for number in range(30))
    talkative = dataclasses.replace(RAN, detail="x" * 5000, log_lines=(*lines, "y" * 600))
    ended = delivery_report.shortened(dataclasses.replace(REPORT, outcome=talkative)).outcome
    assert len(ended.detail.encode()) == 4096
    assert ended.log_lines[:-1] == lines[-19:]
    assert len(ended.log_lines[-1].encode()) == 512
    assert delivery_report.shortened(REPORT) == REPORT


def test_what_an_agent_says_is_cut() -> None:
    """A code, information and an id have their lengths, whatever one unit's agent makes of them."""
    long = dataclasses.replace(
        REPORT,
        delivery_id="x" * 100_000,
        status=dataclasses.replace(REPORT.status, code="x" * 100_000, info="é" * 9000),
    )
    cut = delivery_report.shortened(long)
    assert (len(cut.delivery_id.encode()), len(cut.status.code.encode())) == (128, 64)
    assert len(cut.status.info.encode()) <= 4096
