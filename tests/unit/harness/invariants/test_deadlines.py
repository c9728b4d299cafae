"""harness.invariants.deadlines: each check of invariant 2 accuses what violates it, and nothing else."""

import dataclasses
import datetime
from typing import Any

import pytest

from harness.invariants import deadlines, memory, model, verdict
from meterstatus.domain.hook import hook_call
from tests.unit.harness.samples import SECOND, after, counted, heard, is_wrong, mark, run, word

ONLY_AMBER = memory.Rules((("AMBER", 300.0),))
WARNED = memory.Rules(warning=60.0)
UNSURE: dict[str, Any] = {"is_unsure": True}


def late(
    of: model.UnitModel, told: model.Run, *, free_at: float = 0.0, is_troubled: bool = False
) -> verdict.Verdict:
    return deadlines.not_late(of, told, free_at=free_at, is_troubled=is_troubled)


def test_a_stage_before_its_grace() -> None:
    """RED before fifteen minutes since the earliest contact that may count is accused."""
    assert is_wrong(deadlines.not_early(counted(200.0), run("RED", began=1099)))
    assert deadlines.not_early(counted(200.0), run("RED", began=1100)) == verdict.HELD
    assert deadlines.not_early(counted(200.0, 500.0), run("RED", began=1100)) == verdict.HELD
    assert is_wrong(deadlines.not_early(counted(200.0, rules=memory.Rules((("RED", 3600.0),))), run("RED")))
    # Seed 46274: its hook failed, and so did that of a milder word, before contact was lost anew.
    half_heard = counted(1090.0, begun={run("RED").status, word("AMBER")})
    assert deadlines.not_early(half_heard, run("RED", began=1099)) == verdict.Excused(verdict.Cause.HALF_TOLD)
    assert deadlines.not_early(counted(), run("RED", "shop/0 change 1")) == verdict.NOT_CONCERNED


def test_a_unit_that_is_unsure_is_red_from_the_first_stage() -> None:
    """Not before it, and not later, whatever it knows."""
    unsure = counted(0.0, known=word("RED"), **UNSURE)
    assert is_wrong(deadlines.not_early(unsure, run("RED", began=299)))
    assert deadlines.not_early(unsure, run("RED", began=300)) == verdict.HELD
    assert is_wrong(late(unsure, run("RED", began=302)))


def test_a_stage_that_is_late() -> None:
    """RED more than a second late is accused, unless its agent has just started, or a hook held it up."""
    assert is_wrong(late(counted(), run("RED", began=901.5)))
    assert late(counted(), run("RED", began=900.9)) == verdict.HELD
    assert late(counted(0.0, 1.0), run("RED", began=901.5)) == verdict.HELD
    assert late(counted(), run("RED", began=950.5), free_at=950.0) == verdict.HELD
    assert is_wrong(late(counted(), run("RED", began=952.0), free_at=950.0))
    assert isinstance(late(counted(), run("RED", began=950.0), is_troubled=True), verdict.Excused)
    assert late(counted(started_at=2000.0), run("RED", began=2030)) == verdict.HELD
    assert is_wrong(late(counted(started_at=2000.0), run("RED", began=2040)))
    # Seed 40540: after a stop the connection of before has to count as broken first.
    stopped = counted(started_at=2000.0, was_stopped=True)
    assert late(stopped, run("RED", began=2060)) == verdict.HELD
    assert is_wrong(late(stopped, run("RED", began=2070)))
    assert late(after(run("RED")), run("RED", began=2000)) == verdict.NOT_CONCERNED


def test_a_stage_that_never_comes() -> None:
    """A unit that is not AMBER or RED long after it must be is accused; where RED is off it need not be."""
    amber = after(run("AMBER"))
    assert is_wrong(deadlines.not_missing(amber, 1100, allowed=100))
    assert is_wrong(deadlines.not_missing(counted(), 500, allowed=100))
    assert deadlines.not_missing(amber, 999, allowed=100) == verdict.HELD
    assert deadlines.not_missing(counted(), 300, allowed=100) == verdict.NOT_CONCERNED
    assert deadlines.not_missing(after(run("RED")), 1100, allowed=100) == verdict.HELD
    amber.rules = ONLY_AMBER
    assert deadlines.not_missing(amber, 1100, allowed=100) == verdict.HELD


def test_a_stage_that_is_overtaken() -> None:
    """AMBER once RED is due is accused, unless RED is off."""
    assert is_wrong(deadlines.not_overtaken(counted(), run("AMBER", began=905)))
    assert deadlines.not_overtaken(counted(), run("AMBER", began=890)) == verdict.HELD
    assert deadlines.not_overtaken(counted(), run("RED", began=905)) == verdict.NOT_CONCERNED
    assert (
        deadlines.not_overtaken(counted(rules=ONLY_AMBER), run("AMBER", began=905)) == verdict.NOT_CONCERNED
    )
    assert deadlines.not_overtaken(after(run("RED")), run("AMBER", began=905)) == verdict.NOT_CONCERNED


def test_a_stage_before_the_controller_was_tried() -> None:
    """An agent that tells a stage at its start, with a controller to ask, is accused."""
    given: dict[str, Any] = {"started_at": 1000.0, "has_controller": True}
    at_once = run("RED", began=1000.2)
    assert is_wrong(deadlines.tries_first(counted(**given), at_once))
    assert deadlines.tries_first(counted(started_at=1000.0), at_once) == verdict.NOT_CONCERNED
    # A stage that falls due just after the start is not overdue, and waits for nobody.
    assert deadlines.tries_first(counted(100.1, **given), at_once) == verdict.NOT_CONCERNED
    # Seed 44215: nor does one that was damaged, and so is RED from its first stage on.
    assert deadlines.tries_first(counted(700.1, **given, **UNSURE), at_once) == verdict.NOT_CONCERNED
    assert is_wrong(deadlines.tries_first(counted(699.0, **given, **UNSURE), at_once))
    half_told = counted(**given, begun={at_once.status})
    assert isinstance(deadlines.tries_first(half_told, at_once), verdict.Excused)
    asked = counted(**given, was_overdue=True)
    assert deadlines.tries_first(asked, run("RED", began=1030.0)) == verdict.HELD
    assert deadlines.tries_first(counted(**given), run("RED", began=1030.0)) == verdict.NOT_CONCERNED


def test_a_stage_that_is_due_at_a_start() -> None:
    """Of those that its agent does not know to be told."""
    assert deadlines.is_overdue(counted(), 301.0)
    assert not deadlines.is_overdue(counted(), 299.0)
    assert not deadlines.is_overdue(after(run("RED")), 1000.0)


def test_a_disk_that_counts_from_another_contact() -> None:
    """From later it would lengthen the grace; from earlier, once cut off, it would shorten it."""
    cut_off = memory.Memory(is_cut_off=True)
    given: dict[str, Any] = {"memory": cut_off, "noted_at": 200.0}
    assert is_wrong(deadlines.counts_from_contact(counted(100.0, saved_contact=130.0)))
    assert deadlines.counts_from_contact(counted(100.0, saved_contact=40.0)) == verdict.HELD
    assert is_wrong(deadlines.counts_from_contact(counted(100.0, saved_contact=40.0, **given)))
    assert deadlines.counts_from_contact(counted(100.0, saved_contact=100.0, **given)) == verdict.HELD
    just_heard = heard((199.0, word("GREEN")), of=counted(100.0, saved_contact=40.0, **given))
    assert deadlines.counts_from_contact(just_heard) == verdict.HELD
    told = after(run("RED"), of=counted(100.0, saved_contact=130.0))
    assert deadlines.counts_from_contact(told) == verdict.NOT_CONCERNED


def test_a_contact_that_is_not_written_down() -> None:
    """A disk that is more than a minute behind is accused, unless it takes nothing."""
    assert is_wrong(deadlines.marks_contact(counted(200.0, saved_contact=100.0)))
    assert deadlines.marks_contact(counted(200.0, saved_contact=140.0)) == verdict.HELD
    broken = counted(200.0, saved_contact=100.0, is_written=False)
    assert deadlines.marks_contact(broken) == verdict.Excused(verdict.Cause.CANNOT_WRITE)


def test_what_is_never_written() -> None:
    """A disk that is well again has what it did not take within a few looks."""
    assert is_wrong(deadlines.writes_at_last(counted(is_written=False), 96.0, allowed=95.0))
    assert deadlines.writes_at_last(counted(is_written=False), 94.0, allowed=95.0) == verdict.NOT_CONCERNED
    assert deadlines.writes_at_last(counted(), 96.0, allowed=95.0) == verdict.HELD


def test_time_that_is_not_written_down() -> None:
    """A disk that is behind the time without contact is accused, but not once the last stage was told."""
    given: dict[str, Any] = {"memory": memory.Memory(is_cut_off=True)}
    assert is_wrong(deadlines.notes_time(counted(noted_at=100.0, **given), 200.0, period=95))
    assert deadlines.notes_time(counted(noted_at=110.0, **given), 200.0, period=95) == verdict.HELD
    red = after(run("RED"), of=counted(noted_at=100.0, **given))
    assert deadlines.notes_time(red, 200.0, period=95) == verdict.NOT_CONCERNED
    in_contact = counted(noted_at=100.0, memory=memory.Memory())
    assert deadlines.notes_time(in_contact, 200.0, period=95) == verdict.NOT_CONCERNED
    broken = counted(noted_at=100.0, is_written=False, **given)
    assert deadlines.notes_time(broken, 200.0, period=95) == verdict.Excused(verdict.Cause.CANNOT_WRITE)


def test_a_stage_before_the_maintenance_is_over() -> None:
    """What was left of it at the last contact is waited for beside the grace, and no longer than that."""
    waiting = counted(base=model.Span(600.0, 600.0))
    assert is_wrong(deadlines.not_early(waiting, run("AMBER", began=899.0)))
    assert deadlines.not_early(waiting, run("AMBER", began=900.0)) == verdict.HELD
    assert is_wrong(late(waiting, run("AMBER", began=902.0)))
    assert late(waiting, run("AMBER", began=901.0)) == verdict.HELD
    assert is_wrong(deadlines.not_missing(waiting, 902.0, allowed=0.0))
    assert deadlines.not_missing(waiting, 900.0, allowed=0.0) == verdict.NOT_CONCERNED
    assert deadlines.not_overtaken(waiting, run("AMBER", began=1400.0)) == verdict.HELD


def test_a_disk_that_waits_for_maintenance_that_is_over() -> None:
    """What is written down waits no longer than was announced, but for a second that is no news."""
    vain = counted(60.0, saved_contact=60.0, memory=memory.Memory(mark=mark(longer=5.0)))
    assert is_wrong(deadlines.waits_as_announced(vain))
    still = dataclasses.replace(
        vain, base=model.Span(600.0, 600.0), saved_contact=0.0, memory=memory.Memory(mark=mark(longer=600.5))
    )
    assert deadlines.waits_as_announced(still) == verdict.HELD
    assert deadlines.waits_as_announced(counted()) == verdict.NOT_CONCERNED


def test_a_wrong_time_without_contact() -> None:
    """Shorter or longer than it can be is accused; in contact nobody here can say which was first."""
    of = counted(100.0, 150.0)
    for seconds, is_true in ((849, False), (850, True), (900, True), (901, False)):
        told = run("RED", since_contact=seconds * SECOND)
        assert is_wrong(deadlines.says_since_contact(of, told)) is not is_true
    told = run("RED", since_contact=7 * SECOND)
    assert deadlines.says_since_contact(heard((999.0, word("RED")), of=of), told) == verdict.NOT_CONCERNED
    assert deadlines.says_since_contact(of, run("RED")) == verdict.NOT_CONCERNED


def warning(began: float, due_in: float) -> model.Run:
    stage = hook_call.Stage("AMBER", due_in * SECOND, datetime.datetime.now(datetime.UTC))
    return run("GREEN", "", began=began, hook=hook_call.HookKind.WILL_CHANGE, next_stage=stage)


@pytest.mark.parametrize(("began", "is_early"), [(238.0, True), (241.0, False)])
def test_a_warning_that_comes_early(began: float, *, is_early: bool) -> None:
    """A warning more than its time before the stage is accused."""
    found = deadlines.warns_in_time(counted(rules=WARNED), warning(began, 60), held_up=False)
    assert is_wrong(found) is is_early


def test_a_warning_that_comes_with_its_stage() -> None:
    """There must be time to act, unless something held it up, or its agent tried its controller first."""
    told = warning(1100.0, 0.7)
    assert is_wrong(deadlines.warns_in_time(counted(rules=WARNED), told, held_up=False))
    assert not is_wrong(deadlines.warns_in_time(counted(rules=WARNED), told, held_up=True))
    # Seed 133 of a former simulation: an agent that started 10.7 s before RED tried its controller first.
    started = counted(800.7, rules=WARNED, started_at=1090.0)
    assert not is_wrong(deadlines.warns_in_time(started, told, held_up=False))
    started.started_at = 1060.0
    assert is_wrong(deadlines.warns_in_time(started, told, held_up=False))


def test_a_warning_that_nobody_asked_for() -> None:
    """A warning is accused where the policy has none."""
    assert is_wrong(deadlines.warns_in_time(counted(), warning(1000.0, 60), held_up=False))
