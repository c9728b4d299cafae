"""Runs, words and memories as the tests of checks need them."""

import datetime
from typing import Any

from harness.invariants import memory, model, verdict
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome

SECOND = datetime.timedelta(seconds=1)
FAILED = outcome.HookResult.FAILED
WALL = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)


def is_wrong(found: verdict.Verdict) -> bool:
    return isinstance(found, verdict.Violated)


def word(code: str, number: int = 1) -> status.MeterStatus:
    return status.MeterStatus(code, f"shop/0 change {number}")


def run(
    code: str,
    info: str = model.STAGE_INFO,
    *,
    began: float = 1000.0,
    result: outcome.HookResult | None = outcome.HookResult.RAN,
    unit: str = "shop/0",
    **told: Any,
) -> model.Run:
    facts: dict[str, Any] = {"delivery_id": "a", "attempt": 1, "origin": hook_call.Origin.AGENT, **told}
    call = hook_call.HookCall(status.MeterStatus(code, info), **facts)
    return model.Run(unit=unit, machine="m0", began=began, told=call, result=result)


def counted(earliest: float = 0.0, latest: float | None = None, **others: Any) -> model.UnitModel:
    """Return a unit that counts from a moment, or from one between two."""
    span = model.Span(earliest, earliest if latest is None else latest)
    given: dict[str, Any] = {"unit": "shop/0", "contact": span, "base": span, **others}
    return model.UnitModel(**given)


def after(*runs: model.Run, of: model.UnitModel | None = None) -> model.UnitModel:
    """Return a unit whose hook ran so."""
    of = of or counted()
    for each in runs:
        of.begin(each)
        of.end(each)
    return of


def heard(*words: tuple[float, status.MeterStatus], of: model.UnitModel | None = None) -> model.UnitModel:
    """Return a unit that heard this."""
    of = of or counted()
    for at, said in words:
        of.hear(said, at, is_contact=False)
    return of


def clocks(seconds: float, boot: str = "a", wall: float | None = None) -> memory.Clocks:
    """Return the clocks of a machine that has run for some seconds; its wall clock is right by default."""
    at = seconds if wall is None else wall
    return memory.Clocks(WALL + datetime.timedelta(seconds=at), seconds, boot)


def mark(at: float = 0.0, *, counted_for: float = 0.0, longer: float = 0.0) -> memory.Mark:
    """Return what was counted by then, in seconds since boot."""
    read = clocks(at)
    return memory.Mark(counted_for, read, read.wall, longer)


def found(said: memory.Memory | None, *, is_damaged: bool = False, content: bytes = b"other") -> memory.Found:
    """Return what an agent finds."""
    return memory.Found(said, content, is_damaged)
