"""harness.simulation.hooks_told: it accuses a controller that shows what is not so, and no other."""

from typing import Any

import pytest

from harness.invariants import model, verdict
from harness.simulation import hooks_told
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome

SAID = status.MeterStatus("RED", "shop/0 change 2")
BEFORE = status.MeterStatus("GREEN", "shop/0 change 1")


def run(
    told: status.MeterStatus,
    result: outcome.HookResult | None = outcome.HookResult.RAN,
    began: float = 1000.0,
) -> model.Run:
    return model.Run(
        unit="shop/0",
        machine="m0",
        began=began,
        told=hook_call.HookCall(told, delivery_id="a"),
        result=result,
    )


def unit(told: status.MeterStatus | None, last: model.Run | None = None, **others: Any) -> model.UnitModel:
    known = None if told is None else run(told)
    return model.UnitModel(unit="shop/0", told=known, last=last or known, **others)


def shown(told: str, reason: str = "") -> hooks_told.Shown:
    return hooks_told.Shown(told, reason)


def is_told(of: model.UnitModel, seen: hooks_told.Shown) -> verdict.Verdict:
    return hooks_told.is_told(of, SAID, seen)


def is_shown(of: model.UnitModel, seen: hooks_told.Shown) -> verdict.Verdict:
    return hooks_told.is_shown(of, SAID, seen, now=1100.0)


@pytest.mark.parametrize("told", [None, BEFORE])
def test_what_is_counted_as_told_and_was_not(told: status.MeterStatus | None) -> None:
    """Whether the hook was told another status or none: both checks accuse it."""
    for check in (is_told, is_shown):
        assert isinstance(check(unit(told), shown("yes")), verdict.Violated)


def test_what_was_told() -> None:
    """It may be counted so, and it is no fault of this invariant where nobody knows it."""
    assert is_told(unit(SAID), shown("yes")) == verdict.HELD
    for seen in (shown("yes"), shown("no"), shown("unknown")):
        assert is_shown(unit(SAID), seen) == verdict.NOT_CONCERNED


def test_what_was_not_told_is_shown_with_its_reason() -> None:
    """Neither a reason for something unknown nor a problem without a reason will do."""
    assert is_shown(unit(BEFORE), shown("no", "hook-failed")) == verdict.HELD
    assert is_told(unit(BEFORE), shown("no", "hook-failed")) == verdict.NOT_CONCERNED
    for seen in (shown("no"), shown("unknown"), shown("unknown", "hook-failed")):
        assert isinstance(is_shown(unit(BEFORE), seen), verdict.Violated)


def test_what_was_told_is_counted_once_it_may_be_known() -> None:
    """By its controller, whichever the report went to; a hook that has just ended may take its time."""
    told = run(SAID)
    told.ended = 1001.0
    of = model.UnitModel(unit="shop/0", told=told, last=told)

    def found(seen: hooks_told.Shown, at: float = 1100.0, idle_for: float = 99.0) -> verdict.Verdict:
        return hooks_told.is_counted(of, SAID, seen, at, idle_for)

    assert found(shown("yes")) == verdict.HELD
    for seen in (shown("no"), shown("no", "hook-failed"), shown("unknown")):
        assert isinstance(found(seen), verdict.Violated)
        assert found(seen, at=1015.9) == verdict.NOT_CONCERNED
    waits = shown("no", "lock")
    assert [found(waits, idle_for=idle) for idle in (0.0, 15.0)] == [verdict.NOT_CONCERNED] * 2
    assert isinstance(found(waits, idle_for=16.0), verdict.Violated)
    of.is_led_back = True
    assert found(shown("no")) == verdict.Excused(verdict.Cause.LED_BACK)


def test_a_reason_that_is_left_over() -> None:
    """Once a unit was told for some seconds nothing keeps it from that, but its disk may not take it."""
    told = run(SAID)
    told.ended = 1001.0
    of = model.UnitModel(unit="shop/0", told=told, last=told)

    def found(reason: str, at: float = 1100.0, idle_for: float = 99.0) -> verdict.Verdict:
        return hooks_told.has_no_reason(of, SAID, shown("no", reason), at, idle_for)

    assert isinstance(found("hook-failed"), verdict.Violated)
    assert found("hook-failed", at=1002.0) == verdict.NOT_CONCERNED
    assert (found(""), found("state")) == (verdict.HELD, verdict.HELD)
    assert found("lock", idle_for=0.0) == verdict.HELD
    assert found("lock", idle_for=15.0) == verdict.NOT_CONCERNED
    assert isinstance(found("lock", idle_for=16.0), verdict.Violated)
    of.last = run(BEFORE, None)
    assert found("hook-failed") == verdict.NOT_CONCERNED


def test_what_is_let_pass() -> None:
    """An old copy that a unit does not follow, and a backup of its disk."""
    led_back, replaced = unit(BEFORE, is_led_back=True), unit(BEFORE, is_misled=True)
    for check in (is_told, is_shown):
        assert check(led_back, shown("yes")) == verdict.Excused(verdict.Cause.LED_BACK)
        assert check(replaced, shown("yes")) == verdict.Excused(verdict.Cause.DISK_LOST)


def test_a_hook_that_outlasts_a_connection_is_said_over_the_next() -> None:
    """Since when the two are joined is nobody's excuse."""
    running = unit(BEFORE, run(SAID, None, began=499.0))
    assert is_shown(running, shown("no", "hook-running")) == verdict.HELD
    for seen in (shown("no"), shown("unknown")):
        assert isinstance(is_shown(running, seen), verdict.Violated)


@pytest.mark.parametrize(
    ("began", "ended", "is_excused"), [(1096.0, None, True), (1000.0, 1096.0, True), (1000.0, 1090.0, False)]
)
def test_one_reason_after_the_other(began: float, ended: float | None, *, is_excused: bool) -> None:
    """A run that has just begun, or has just ended, is no reason yet; some seconds later it is one."""
    last = run(SAID, None if ended is None else outcome.HookResult.TIMED_OUT, began)
    last.ended = ended
    found = is_shown(unit(BEFORE, last), shown("no"))
    assert (found == verdict.Excused(verdict.Cause.CHANGED_JUST_NOW)) is is_excused
    assert isinstance(found, verdict.Violated) is not is_excused
