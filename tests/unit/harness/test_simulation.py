"""Each invariant of the simulation accuses a record that violates it, and no other."""

import asyncio
import dataclasses
import datetime
import functools
import gc
import pathlib
import random as randoms
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness import disk
from harness.invariants import verdict
from harness.simulation import (
    charm,
    damage,
    deadlines,
    faults,
    headquarters,
    invariants,
    judge,
    machine,
    network,
    process,
    services,
    store,
    story,
    wiretap,
)
from harness.simulation import facts as records
from meterstatus import errors
from meterstatus.adapters.sql import repository as repositories
from meterstatus.domain import epoch, policy, status
from meterstatus.domain.fleet import records as fleet_records
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.domain.unit import state
from meterstatus.testing import virtual_time

OFFLINE = "unit agent has been disconnected"
SECOND = datetime.timedelta(seconds=1)


def is_wrong(found: verdict.Verdict) -> bool:
    return isinstance(found, verdict.Violated)


def word(code: str, number: int = 1) -> status.MeterStatus:
    return status.MeterStatus(code, f"shop/0 change {number}")


def run(
    code: str,
    info: str = OFFLINE,
    *,
    began: float = 1000.0,
    result: outcome.HookResult | None = outcome.HookResult.RAN,
    unit: str = "shop/0",
    **told: Any,
) -> story.Run:
    facts: dict[str, Any] = {"delivery_id": "a", "attempt": 1, "origin": hook_call.Origin.AGENT, **told}
    return story.Run(
        unit=unit,
        machine="m0",
        began=began,
        told=hook_call.HookCall(status.MeterStatus(code, info), **facts),
        result=result,
    )


def facts(last: story.Run | None = None, **others: Any) -> records.Facts:
    given: dict[str, Any] = {"told": last if last and last.succeeded else None, **others}
    return records.Facts(unit="shop/0", last=last, **given)


def heard(*words: tuple[float, status.MeterStatus], **others: Any) -> records.Facts:
    latest = words[-1]
    return facts(
        heard_at=latest[0],
        word=latest[1],
        recent=list(words),
        ever_heard={said for _, said in words},
        **others,
    )


def test_severity_that_falls_without_a_word() -> None:
    """RED followed by AMBER is accused, unless the controller said AMBER between them; a rise never is."""
    assert is_wrong(invariants.never_falls(facts(run("RED")), run("AMBER", began=1100)))
    still_red = heard((1050.0, word("RED")), last=run("RED"))
    assert is_wrong(invariants.never_falls(still_red, run("AMBER", began=1100))), (
        "hearing RED again is no word of AMBER"
    )
    now_amber = heard((1050.0, word("AMBER")), last=run("RED"))
    assert not is_wrong(invariants.never_falls(now_amber, run("AMBER", "shop/0 change 1", began=1100)))
    assert not is_wrong(invariants.never_falls(facts(run("AMBER")), run("RED", began=1100)))
    assert not is_wrong(invariants.never_falls(facts(run("RED"), was_lost=True), run("AMBER", began=1100)))


def test_an_older_word_that_lowers() -> None:
    """What is told below the last word before a controller was led back is accused, and nothing else."""
    held = facts(run("RED"), held=word("RED"), is_led_back=True)
    assert is_wrong(invariants.holds(held, run("AMBER", "shop/0 change 1", began=1100)))
    assert not is_wrong(invariants.holds(held, run("RED", "shop/0 change 2", began=1100)))
    assert not is_wrong(invariants.holds(facts(run("RED")), run("AMBER", "shop/0 change 1", began=1100)))


def test_a_controller_that_was_led_back_has_what_it_said_before_told() -> None:
    """What was heard before may be told while an old copy speaks, and what nobody said may not."""
    before = heard((900.0, word("AMBER", 1)), (950.0, word("GREEN", 2)), last=run("RED"), is_led_back=True)
    for check in (invariants.never_falls, invariants.is_fresh):
        assert not is_wrong(check(before, run("AMBER", "shop/0 change 1", began=1100)))
    assert is_wrong(invariants.never_falls(before, run("AMBER", "shop/0 change 9", began=1100)))


def test_what_nobody_said() -> None:
    """A status that the controller never said is accused, and a stage that is off."""
    assert is_wrong(invariants.is_so(facts(), run("RED", "shop/0 change 1")))
    assert not is_wrong(invariants.is_so(heard((900.0, word("RED"))), run("RED", "shop/0 change 1")))
    assert not is_wrong(invariants.is_so(facts(), run("RED")))
    off = policy.amber_red(red=None)
    assert is_wrong(invariants.is_so(facts(policy=off), run("RED")))
    assert not is_wrong(invariants.is_so(facts(policy=off), run("AMBER")))


def test_a_word_that_is_overtaken() -> None:
    """A word is accused once a later one was there in time; one that came while it was told is not."""
    late = heard((900.0, word("RED", 1)), (950.0, word("GREEN", 2)))
    assert is_wrong(invariants.is_fresh(late, run("RED", "shop/0 change 1")))
    assert not is_wrong(invariants.is_fresh(late, run("GREEN", "shop/0 change 2")))
    race = heard((900.0, word("RED", 1)), (999.0, word("GREEN", 2)))
    assert not is_wrong(invariants.is_fresh(race, run("RED", "shop/0 change 1")))
    assert not is_wrong(
        invariants.is_fresh(dataclasses.replace(late, was_killed=True), run("RED", "shop/0 change 1"))
    )
    kept = heard((950.0, word("GREEN", 2)), last=run("RED", "shop/0 change 1", began=100))
    assert not is_wrong(invariants.is_fresh(kept, run("RED", "shop/0 change 1")))


def test_a_stage_before_its_grace() -> None:
    """RED before fifteen minutes is accused, RED after them is not."""
    assert is_wrong(deadlines.not_early(facts(known_contact_at=200.0), run("RED", began=1099)))
    assert not is_wrong(deadlines.not_early(facts(known_contact_at=200.0), run("RED", began=1100)))
    longer = policy.amber_red(red=datetime.timedelta(hours=1))
    assert is_wrong(deadlines.not_early(facts(policy=longer), run("RED", began=1100)))
    # Seed 46274: its hook failed, and so did that of a milder word, before contact was lost anew.
    half_heard = facts(known_contact_at=1090.0, begun={run("RED").status, word("AMBER")})
    assert not is_wrong(deadlines.not_early(half_heard, run("RED", began=1099)))


def test_a_stage_that_is_late() -> None:
    """RED more than a second late is accused, unless something held it up or the agent has just started."""
    assert is_wrong(deadlines.not_late(facts(contact_at=0.0), run("RED", began=901.5), held_up=False))
    assert not is_wrong(deadlines.not_late(facts(contact_at=0.0), run("RED", began=900.9), held_up=False))
    assert not is_wrong(deadlines.not_late(facts(contact_at=0.0), run("RED", began=901.5), held_up=True))
    assert not is_wrong(deadlines.not_late(facts(started_at=2000.0), run("RED", began=2030), held_up=False))
    assert is_wrong(deadlines.not_late(facts(started_at=2000.0), run("RED", began=2040), held_up=False))
    # Seed 40540: after a stop the connection of before has to count as broken first.
    stopped = facts(started_at=2000.0, was_stopped=True)
    assert not is_wrong(deadlines.not_late(stopped, run("RED", began=2060), held_up=False))
    assert is_wrong(deadlines.not_late(stopped, run("RED", began=2070), held_up=False))
    # Seed 10413: RED was due a moment before the start by the version before a damaged file, by that after.
    counts_earlier = facts(contact_at=0.0, known_contact_at=-30.0, started_at=890.0)
    assert not is_wrong(deadlines.not_late(counts_earlier, run("RED", began=903.0), held_up=False))
    assert is_wrong(deadlines.not_late(counts_earlier, run("RED", began=922.0), held_up=False))


def test_a_stage_that_never_comes() -> None:
    """A unit that is not AMBER or RED long after it must be is accused; where RED is off it need not be."""
    assert is_wrong(deadlines.not_missing(facts(run("AMBER")), 1100, allowed=100))
    assert is_wrong(deadlines.not_missing(facts(), 500, allowed=100))
    assert not is_wrong(deadlines.not_missing(facts(run("AMBER")), 999, allowed=100))
    assert not is_wrong(deadlines.not_missing(facts(run("RED")), 1100, allowed=100))
    off = facts(run("AMBER"), policy=policy.amber_red(red=None))
    assert not is_wrong(deadlines.not_missing(off, 1100, allowed=100))


def test_a_grace_that_is_lengthened() -> None:
    """A disk that counts from later than the last contact is accused."""
    assert is_wrong(deadlines.counts_from_contact(facts(contact_at=100.0), 130.0))
    assert not is_wrong(deadlines.counts_from_contact(facts(contact_at=100.0), 100.0))
    assert not is_wrong(deadlines.counts_from_contact(facts(contact_at=100.0, was_lost=True), 130.0))
    assert not is_wrong(deadlines.counts_from_contact(facts(run("RED"), contact_at=100.0), 130.0))


def test_a_contact_that_is_not_written_down() -> None:
    """A disk that is more than a minute behind is accused."""
    assert is_wrong(deadlines.marks_contact(facts(contact_at=200.0, saved_contact_at=100.0)))
    assert not is_wrong(deadlines.marks_contact(facts(contact_at=200.0, saved_contact_at=140.0)))


def test_a_unit_that_disagrees() -> None:
    """A unit in contact whose hook last heard something else, or that is not at rest, is accused."""
    green, at_rest = status.MeterStatus("GREEN"), state.State("GREEN")
    assert is_wrong(invariants.agrees(facts(run("RED"), saved=at_rest), green))
    assert is_wrong(invariants.agrees(facts(saved=at_rest), green))
    assert not is_wrong(invariants.agrees(facts(run("GREEN", ""), saved=at_rest), green))
    cut_off = state.State("GREEN", disconnected=state.Disconnected(1, 1))
    assert is_wrong(invariants.agrees(facts(run("GREEN", ""), saved=cut_off), green))


def test_a_copy_that_disagrees() -> None:
    """A copy that says something else, or still has a disconnect record, is accused."""
    told = facts(run("GREEN", ""))
    assert is_wrong(invariants.is_copied(told, state.State("RED")))
    assert is_wrong(invariants.is_copied(told, state.State("GREEN", disconnected=state.Disconnected(1, 3))))
    assert not is_wrong(invariants.is_copied(told, state.State("GREEN")))


def test_a_record_of_what_was_not_delivered() -> None:
    """A memory that says delivered after a failed hook is accused."""
    failed = facts(run("RED", result=outcome.HookResult.FAILED))
    assert is_wrong(invariants.truly_delivered(failed, status.MeterStatus("RED", OFFLINE)))
    assert not is_wrong(invariants.truly_delivered(facts(run("RED")), status.MeterStatus("RED", OFFLINE)))
    assert not is_wrong(invariants.truly_delivered(failed, status.MeterStatus("")))


def test_a_hook_that_is_not_written_ahead() -> None:
    """A hook that begins without its id on the disk is accused."""
    pending = state.State(delivering=state.Delivery("a", status.MeterStatus("RED", OFFLINE)))
    assert is_wrong(invariants.is_written_ahead(facts(), run("RED")))
    assert is_wrong(invariants.is_written_ahead(facts(saved=pending), run("RED", delivery_id="b")))
    assert not is_wrong(invariants.is_written_ahead(facts(saved=pending), run("RED")))
    assert not is_wrong(invariants.is_written_ahead(facts(can_write=False), run("RED")))


def test_a_repeat_under_another_id() -> None:
    """What did not succeed is told again under its id and counted on, unless another word came between."""
    cut = run("RED", result=outcome.HookResult.TERMINATED)
    assert is_wrong(invariants.same_id(facts(cut), run("RED", began=1100, delivery_id="b", attempt=2)))
    assert is_wrong(invariants.same_id(facts(cut), run("RED", began=1100, attempt=1)))
    assert not is_wrong(invariants.same_id(facts(cut), run("RED", began=1100, attempt=2)))
    given_up = heard((1050.0, word("GREEN")), last=cut)
    assert not is_wrong(invariants.same_id(given_up, run("RED", began=1100, delivery_id="b")))


def test_two_hooks_at_once() -> None:
    """A run beside another one on its machine is accused."""
    other = run("RED", unit="db/0", result=None)
    mine = run("RED")
    assert is_wrong(invariants.alone(mine, [mine, other]))
    assert not is_wrong(invariants.alone(mine, [mine]))


def test_a_file_that_nobody_damaged() -> None:
    """A complaint of a damaged file is accused where nobody damaged it."""
    assert is_wrong(invariants.whole("shop/0", "damaged", damaged=False))
    assert not is_wrong(invariants.whole("shop/0", "damaged", damaged=True))


def test_damage_that_nobody_notices() -> None:
    """An agent that starts on a damaged state has a few seconds to say so."""
    assert is_wrong(invariants.notices_damage(facts(is_to_complain=True, started_at=100.0), 106.0))
    assert not is_wrong(invariants.notices_damage(facts(is_to_complain=True, started_at=100.0), 104.0))
    assert not is_wrong(invariants.notices_damage(facts(started_at=100.0), 106.0))


def test_what_a_damaged_disk_excuses() -> None:
    """After damage a stage may come early until the next contact; late only if the time was lost too."""
    of = facts(contact_at=0.0, known_contact_at=0.0)
    assert is_wrong(deadlines.not_early(of, run("AMBER", began=200)))
    of.damage(is_lost=False)
    assert not is_wrong(deadlines.not_early(of, run("AMBER", began=200)))
    assert is_wrong(deadlines.not_late(of, run("RED", began=1000), held_up=False))
    of.damage(is_lost=True)
    assert not is_wrong(deadlines.not_late(of, run("RED", began=1000), held_up=False))


def test_what_is_never_written() -> None:
    """A disk that is well again has what it did not take within a few looks."""
    assert is_wrong(deadlines.writes_at_last(facts(can_write=False), 96.0, allowed=95.0))
    assert not is_wrong(deadlines.writes_at_last(facts(can_write=False), 94.0, allowed=95.0))
    assert not is_wrong(deadlines.writes_at_last(facts(), 96.0, allowed=95.0))


def test_a_stage_that_raises_nothing() -> None:
    """A reason that is as bad stays, unless the charm may not know it, or its agent may not."""
    amber = run("AMBER", "shop/0 change 1")
    assert is_wrong(invariants.raises(facts(amber), run("AMBER", began=1100)))
    assert not is_wrong(invariants.raises(facts(amber), run("RED", began=1100)))
    assert not is_wrong(invariants.raises(facts(amber, was_damaged=True), run("AMBER", began=1100)))
    failed = run("AMBER", "shop/0 change 1", result=outcome.HookResult.FAILED)
    assert not is_wrong(invariants.raises(facts(failed), run("AMBER", began=1100)))


def test_a_stage_that_is_overtaken() -> None:
    """AMBER once RED is due is accused, unless RED is off."""
    assert is_wrong(deadlines.not_overtaken(facts(contact_at=0.0), run("AMBER", began=905)))
    assert not is_wrong(deadlines.not_overtaken(facts(contact_at=0.0), run("AMBER", began=890)))
    off = facts(contact_at=0.0, policy=policy.amber_red(red=None))
    assert not is_wrong(deadlines.not_overtaken(off, run("AMBER", began=905)))


def test_a_stage_before_the_controller_was_tried() -> None:
    """An agent that tells a stage at its start, with a controller to ask, is accused."""
    assert is_wrong(
        deadlines.tries_first(facts(started_at=1000.0, has_controller=True), run("RED", began=1000.2))
    )
    assert not is_wrong(deadlines.tries_first(facts(started_at=1000.0), run("RED", began=1000.2)))
    # A stage that falls due just after the start is not overdue, and waits for nobody.
    due_then = facts(started_at=1000.0, has_controller=True, known_contact_at=100.1)
    assert not is_wrong(deadlines.tries_first(due_then, run("RED", began=1000.2)))
    # Seed 43041: nor does one that was due then by what a disk that was put back has.
    put_back = facts(started_at=1000.0, has_controller=True, known_contact_at=float("-inf"), was_lost=True)
    just_due = run("RED", began=1000.2, since_contact=900.1 * SECOND)
    assert not is_wrong(deadlines.tries_first(put_back, just_due))
    assert is_wrong(deadlines.tries_first(put_back, run("RED", began=1000.2, since_contact=901 * SECOND)))
    # Seed 44215: nor does one that was damaged, and so is RED from its first stage on.
    damaged = facts(started_at=1000.0, has_controller=True, known_contact_at=float("-inf"), was_damaged=True)
    assert not is_wrong(
        deadlines.tries_first(damaged, run("RED", began=1000.2, since_contact=300.1 * SECOND))
    )
    assert is_wrong(deadlines.tries_first(damaged, run("RED", began=1000.2, since_contact=301 * SECOND)))
    assert not is_wrong(
        deadlines.tries_first(facts(started_at=900.0, has_controller=True), run("RED", began=1000.2))
    )


def test_an_unsure_unit_that_hopes() -> None:
    """AMBER as the first stage after damage is accused."""
    unsure = facts(saved=state.State("GREEN", unsure=True))
    assert is_wrong(invariants.is_safe(unsure, run("AMBER")))
    assert not is_wrong(invariants.is_safe(unsure, run("RED")))
    assert not is_wrong(invariants.is_safe(facts(saved=state.State("GREEN")), run("AMBER")))


def test_a_change_that_is_heard_late() -> None:
    """A unit that heard something else last is accused."""
    assert is_wrong(invariants.hears(heard((1050.0, word("GREEN"))), word("RED")))
    assert not is_wrong(invariants.hears(heard((1050.0, word("RED"))), word("RED")))


def test_a_run_that_is_not_reported() -> None:
    """The controller has heard of another run, or of none."""
    told = facts(run("RED", delivery_id="b", attempt=2))
    assert is_wrong(invariants.is_reported(told, [("b", 1)]))
    assert is_wrong(invariants.is_reported(told, []))
    assert not is_wrong(invariants.is_reported(told, [("c", 1), ("b", 2)]))


def test_a_warning_that_comes_with_its_stage() -> None:
    """There must be time to act, unless something held it up."""
    warned = facts(policy=policy.amber_red(warning=60 * SECOND))
    stage = hook_call.Stage("AMBER", 0 * SECOND, datetime.datetime.now(datetime.UTC))
    told = run("GREEN", "", began=1100, hook=hook_call.HookKind.WILL_CHANGE, next_stage=stage)
    assert is_wrong(deadlines.warns_in_time(warned, told, held_up=False))
    # Seed 133 of a former simulation: an agent that started 10.7 s before RED tried its controller first.
    nearly = run(
        "GREEN",
        "",
        began=1100,
        hook=hook_call.HookKind.WILL_CHANGE,
        next_stage=dataclasses.replace(stage, due_in=0.7 * SECOND),
    )
    started = dataclasses.replace(warned, known_contact_at=800.7, started_at=1090.0)
    assert not is_wrong(deadlines.warns_in_time(started, nearly, held_up=False))
    assert is_wrong(
        deadlines.warns_in_time(dataclasses.replace(started, started_at=1060.0), nearly, held_up=False)
    )


def test_the_word_for_another_unit() -> None:
    """A unit that is told of another one is accused; its application's and the model's words are its own."""
    for other in ("db/0 change 1", "db wide 1", "shopping wide 1"):
        assert is_wrong(invariants.own(run("RED", other)))
    for its in ("shop/0 change 1", "shop wide 1", "model wide 1"):
        assert not is_wrong(invariants.own(run("RED", its)))


def test_logs_that_differ() -> None:
    """Logs that differ in a line or in length are told apart."""
    assert is_wrong(invariants.same_log(lambda: "a\nb", lambda: "a\nc"))
    assert is_wrong(invariants.same_log(lambda: "a\nb", lambda: "a"))
    assert not is_wrong(invariants.same_log(lambda: "a\nb", lambda: "a\nb"))


def test_what_is_told_twice() -> None:
    """A status that the charm surely knows and is told again is accused, but not after a restart."""
    assert is_wrong(invariants.not_twice(facts(run("RED")), run("RED", began=1100)))
    assert not is_wrong(invariants.not_twice(facts(run("RED"), was_restarted=True), run("RED", began=1100)))
    assert not is_wrong(invariants.not_twice(facts(run("AMBER")), run("RED", began=1100)))


def test_a_hook_that_is_told_untruly() -> None:
    """A wrong status before, or a wrong time without contact, is accused."""
    amber = facts(run("AMBER"), contact_at=100.0, known_contact_at=100.0)
    before = status.MeterStatus("AMBER", OFFLINE)
    assert is_wrong(invariants.says_what_was_told(amber, run("RED", previous=None)))
    assert not is_wrong(
        invariants.says_since_contact(amber, run("RED", previous=before, since_contact=900 * SECOND))
    )
    assert is_wrong(
        invariants.says_since_contact(amber, run("RED", previous=before, since_contact=800 * SECOND))
    )


@pytest.mark.parametrize(("began", "is_early"), [(238.0, True), (241.0, False)])
def test_a_warning_that_comes_early(began: float, *, is_early: bool) -> None:
    """A warning more than its time before the stage is accused."""
    warned = facts(policy=policy.amber_red(warning=60 * SECOND))
    stage = hook_call.Stage("AMBER", 60 * SECOND, datetime.datetime.now(datetime.UTC))
    told = run("GREEN", "", began=began, hook=hook_call.HookKind.WILL_CHANGE, next_stage=stage)
    assert is_wrong(deadlines.warns_in_time(warned, told, held_up=False)) is is_early


def test_a_warning_that_nobody_asked_for() -> None:
    """A warning is accused where the policy has none."""
    told = run("GREEN", "", hook=hook_call.HookKind.WILL_CHANGE)
    assert is_wrong(deadlines.warns_in_time(facts(), told, held_up=False))


def test_a_killed_agent_knows_what_its_disk_knows() -> None:
    """After a kill the contact that counts is the one that was written down."""
    of = facts(contact_at=160.0, known_contact_at=160.0, saved_contact_at=100.0)
    of.die()
    assert (of.contact_at, of.known_contact_at) == (160.0, 100.0)
    assert of.was_killed


@virtual_time.virtual
async def test_a_boot_with_a_false_clock_leaves_what_was_counted() -> None:
    """What the disk has counts on, and no more is sure; a boot with an honest clock changes nothing."""
    await asyncio.sleep(500)
    cut_off: dict[str, Any] = {
        "contact_at": 100.0,
        "known_contact_at": 100.0,
        "saved_contact_at": 100.0,
        "noted_at": 300.0,
    }
    honest, false, was_set = facts(**cut_off), facts(**cut_off), facts(**cut_off, clock_set_at=250.0)
    honest.boot(is_false=False)
    false.boot(is_false=True)
    was_set.boot(is_false=False)
    assert (honest.contact_at, honest.known_contact_at) == (100.0, 100.0)
    assert (false.contact_at, false.known_contact_at) == (300.0, 100.0)
    assert (was_set.contact_at, was_set.known_contact_at) == (300.0, 100.0)
    unnoticed = facts(**cut_off, clock_set_at=310.0)
    unnoticed.boot(is_false=False)
    assert unnoticed.known_contact_at == float("-inf")
    # Seed 1003 of a former simulation: the agent had started, and counted, at the very moment before.
    at_once = facts(**cut_off, clock_set_at=300.0)
    at_once.boot(is_false=False)
    assert at_once.known_contact_at == float("-inf")


def test_time_that_is_not_written_down() -> None:
    """A disk that is behind the time without contact is accused, but not once the last stage was told."""
    cut_off = state.State("GREEN", disconnected=state.Disconnected(1, 1))
    assert is_wrong(deadlines.notes_time(facts(saved=cut_off, noted_at=100.0), 200.0, period=95))
    assert not is_wrong(deadlines.notes_time(facts(saved=cut_off, noted_at=110.0), 200.0, period=95))
    assert not is_wrong(
        deadlines.notes_time(facts(run("RED"), saved=cut_off, noted_at=100.0), 200.0, period=95)
    )
    assert not is_wrong(
        deadlines.notes_time(facts(saved=state.State("GREEN"), noted_at=100.0), 200.0, period=95)
    )
    # Seed 44702: nor where the last stage was told by a disk that was put back.
    started = facts(saved=cut_off, noted_at=float("-inf"), started_at=100.0, was_lost=True)
    assert not is_wrong(deadlines.notes_time(started, 200.0, period=95))
    wrote = facts(saved=cut_off, noted_at=100.5, started_at=100.0, was_lost=True)
    assert is_wrong(deadlines.notes_time(wrote, 200.0, period=95))
    # Seed 48224: it wrote once that it was told so.
    red = state.State("RED", disconnected=state.Disconnected(1, 1))
    assert not is_wrong(deadlines.notes_time(dataclasses.replace(wrote, saved=red), 200.0, period=95))


def served(**others: Any) -> records.Served:
    given: dict[str, Any] = {"well_for": 100.0, "unconfirmed_for": 3.0, "served": 2, **others}
    return records.Served(name="controller 1", says={"shop/0": word("RED")}, **given)


def test_a_controller_that_says_what_another_has_replaced() -> None:
    """Check 9: what was replaced elsewhere is said for no longer than a controller may be uncertain."""
    assert is_wrong(services.is_current("shop/0", word("RED"), replaced_for=16.0))
    assert not is_wrong(services.is_current("shop/0", word("RED"), replaced_for=15.0))
    assert not is_wrong(services.is_current("shop/0", word("RED"), replaced_for=0.0))


def test_controllers_that_say_different_things() -> None:
    """Check 9: each says what was acknowledged, of every unit, also of one that it has never heard of."""
    assert not is_wrong(services.says_the_same(served(), {"shop/0": word("RED")}))
    assert is_wrong(services.says_the_same(served(), {"shop/0": word("AMBER")}))
    assert is_wrong(services.says_the_same(served(), {"shop/0": word("RED"), "db/0": word("RED")}))


def test_a_connection_that_is_left_alone() -> None:
    """Check 9: a controller without its database has let everybody go after a minute."""
    assert is_wrong(services.serves_nobody(served(unconfirmed_for=61.0)))
    assert not is_wrong(services.serves_nobody(served(unconfirmed_for=61.0, served=0)))
    assert not is_wrong(services.serves_nobody(served(unconfirmed_for=59.0)))


class Shared:
    """A shared database, and two controllers' ways to it."""

    def __init__(self) -> None:
        self.database = store.SharedDatabase(randoms.Random(1))  # noqa: S311 - the simulation's own
        self.ways = [store.Way(), store.Way()]
        self.owners = [process.Process("one"), process.Process("two")]
        self.told: list[list[int]] = [[], []]
        self.reloaded: list[int] = []

    async def follow(self) -> list[repositories.SQLRepository]:
        """Let both follow."""
        made = [
            store.open_repository(self.database, way, owner)
            for way, owner in zip(self.ways, self.owners, strict=True)
        ]
        for each, told in zip(made, self.told, strict=True):
            await each.follow(
                lambda updates, told=told: told.extend(update.change.revision for update in updates),
                lambda loaded: self.reloaded.append(loaded.revision),
            )
        return made


AUTHOR = fleet_records.Author("user-bob", virtual_time.START, "")


def simulated(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test on the simulation's own loop."""

    @functools.wraps(test)
    def run_it() -> None:
        with asyncio.Runner(loop_factory=process.SimulationLoop) as runner:
            runner.run(test())

    return run_it


@simulated
async def test_a_change_reaches_the_other_controller_at_its_next_look() -> None:
    """Whoever made it knows at once; the other in five seconds at most, however many wake-ups are lost."""
    shared = Shared()
    one, other = await shared.follow()
    for number in range(10):
        await one.add_unit(f"shop/{number}", "", word("RED"), AUTHOR)
        assert shared.told[0][-1] == number + 1
        await asyncio.sleep(5.1)
        assert shared.told[1] == shared.told[0]
    assert other.unconfirmed_for() <= 6 * SECOND


@simulated
async def test_a_cut_controller_hears_nothing_and_knows_for_how_long() -> None:
    """What it asks fails, what it is uncertain of grows, and once it is back it hears all that it missed."""
    shared = Shared()
    one, other = await shared.follow()
    shared.ways[1].troubles += 1
    await one.add_unit("shop/0", "", word("RED"), AUTHOR)
    await asyncio.sleep(60)
    with pytest.raises(errors.StoreUnavailableError):
        await other.set_unit_status("shop/0", word("AMBER"), AUTHOR)
    assert shared.told[1] == []
    assert other.unconfirmed_for() > 55 * SECOND
    shared.ways[1].troubles -= 1
    await asyncio.sleep(5.1)
    assert shared.told[1] == [1]
    assert other.unconfirmed_for() < 6 * SECOND


@simulated
async def test_a_change_may_be_made_although_nobody_says_so() -> None:
    """A database that goes away after the change has it, and whoever asked is told that it is not known."""
    shared = Shared()
    one, other = await shared.follow()
    adding = asyncio.ensure_future(one.add_unit("shop/0", "", word("RED"), AUTHOR))
    while not shared.database.held.units:  # noqa: ASYNC110 - the moment between the change and the answer
        await asyncio.sleep(0.001)
    shared.ways[0].troubles += 1
    with pytest.raises(errors.OutcomeUnknownError):
        await adding
    await other.catch_up()
    assert shared.told == [[], [1]]


@simulated
async def test_who_follows_is_given_everything_of_a_database_that_was_led_back() -> None:
    """At the next look, also where it has as many changes again."""
    shared = Shared()
    one, _ = await shared.follow()
    backup = shared.database.held.copy()
    await one.add_unit("shop/0", "", word("RED"), AUTHOR)
    shared.database.lead_back(backup)
    await one.add_unit("shop/1", "", word("RED"), AUTHOR)
    await asyncio.sleep(5.1)
    assert len(shared.reloaded) == 2
    assert shared.reloaded[-1] == 1


def test_a_stage_before_the_maintenance_is_over() -> None:
    """What was left of it at the last contact is waited for beside the grace, and no longer than that."""
    waiting = facts(known_contact_at=0.0, contact_at=0.0, known_longer=600.0, longer=600.0)
    assert is_wrong(deadlines.not_early(waiting, run("AMBER", began=899.0)))
    assert not is_wrong(deadlines.not_early(waiting, run("AMBER", began=900.0)))
    assert is_wrong(deadlines.not_late(waiting, run("AMBER", began=902.0), held_up=False))
    assert not is_wrong(deadlines.not_late(waiting, run("AMBER", began=901.0), held_up=False))
    assert is_wrong(deadlines.not_missing(waiting, 902.0, allowed=0.0))
    assert not is_wrong(deadlines.not_missing(waiting, 900.0, allowed=0.0))
    assert not is_wrong(deadlines.not_overtaken(waiting, run("AMBER", began=1400.0)))


def test_a_disk_that_waits_for_maintenance_that_is_over() -> None:
    """What is written down waits no longer than was announced, but for a second that is no news."""
    assert is_wrong(
        deadlines.waits_as_announced(facts(contact_at=60.0, saved_contact_at=60.0, saved_longer=5.0))
    )
    still = facts(contact_at=60.0, longer=540.0, saved_contact_at=0.0, saved_longer=600.5)
    assert not is_wrong(deadlines.waits_as_announced(still))


def test_maintenance_that_nobody_announced() -> None:
    """A controller says what is left of it, but for what another was told within the last seconds."""
    assert is_wrong(services.announces("shop/0", 600.0, 0.0, changed_for=16.0))
    assert not is_wrong(services.announces("shop/0", 600.0, 0.0, changed_for=15.0))
    assert not is_wrong(services.announces("shop/0", 600.0, 600.05, changed_for=100.0))


@simulated
async def test_what_is_left_of_maintenance_goes_with_each_contact() -> None:
    """A contact in it lengthens the wait up to its end, one that may be passed over shortens no wait."""
    of = facts(maintenance_until=600.0)
    await asyncio.sleep(100)
    of.hear(word("GREEN"), is_contact=True)
    assert (of.contact_at, of.longer, of.known_longer) == (100.0, 500.0, 500.0)
    of.write(100.0, 500.0)
    await asyncio.sleep(100)
    of.maintenance_until = float("-inf")
    of.hear(word("GREEN"), is_contact=True, is_acted_on=False)
    assert (of.contact_at, of.longer) == (200.0, 400.0)
    assert (of.known_contact_at, of.known_longer) == (100.0, 100.0)
    of.hear(word("GREEN"), is_contact=True)
    assert (of.longer, of.known_contact_at, of.known_longer) == (0.0, 200.0, 0.0)
    of.die()
    assert (of.contact_at + of.longer, of.known_contact_at + of.known_longer) == (600.0, 200.0)


@simulated
async def test_no_wall_clock_stands_before_1970() -> None:
    """A clock on a machine without its time is set back no further than to its boot, as by the kernel."""
    log, random = story.Story(), randoms.Random(1)  # noqa: S311 - the simulation's own
    witness = judge.Judge(log, {})
    one = machine.Machine("m0", pathlib.Path("/m0"), network.Network(random, ()), {}, witness, log, random)
    await asyncio.sleep(600)
    one.boot(wall=machine.DEAD_RTC)
    await asyncio.sleep(60)
    one.set_wall(one.wall - 3600 * SECOND)
    assert one.wall == machine.DEAD_RTC + 60 * SECOND
    one.set_wall(one.wall + 3600 * SECOND)
    assert one.wall == machine.DEAD_RTC + 3660 * SECOND


def test_a_file_that_is_empty_already_can_be_damaged_again(tmp_path: pathlib.Path) -> None:
    """Two faults may hit one file before the agent writes it anew; nobody has to notice the second."""
    path, folder = tmp_path / "state", disk.SimulatedDisk()
    folder.put(path, b"")
    assert not damage.damage(folder, path, faults.Fault(faults.Kind.FOREIGN, 0, 0, "m0", 0.5), "shop/0")
    assert folder.files()["state"] == b""


@simulated
async def test_whoever_knows_more_than_an_old_copy_follows_no_policy_of_its() -> None:
    """Until an epoch has begun: what it answers in between is heard, and the one from before rules on."""
    log, random = story.Story(), randoms.Random(0)  # noqa: S311 - the simulation's own
    witness = judge.Judge(log, {"shop/0": "m0", "shop/1": "m0"})
    old = policy.amber_red(warning=SECOND)
    for unit, heard_revision, expected in (("shop/0", 15, old), ("shop/1", 16, policy.JUJU_POLICY)):
        of = witness.facts[unit]
        of.saved = state.State(standing=epoch.Standing(epoch.Place(1, heard_revision)))
        witness.led_back(15)
        ear = witness.ear(charm.Charm(unit, "m0", log, random, witness.began, witness.ended))
        ear.hear_policy(old)
        assert of.policy == expected
        witness.follows_again()
        ear.hear_policy(old)
        assert of.policy == old


def test_a_controller_that_an_agent_has_never_heard_of() -> None:
    """Check 9: a unit in contact has written down where all are; it may know more, or its disk be broken."""
    both = ("10.0.0.1:17070", "10.0.0.2:17070")
    assert is_wrong(invariants.knows_all(facts(addresses=both[:1]), both))
    assert not is_wrong(invariants.knows_all(facts(addresses=both), both))
    assert not is_wrong(invariants.knows_all(facts(addresses=both), both[:1]))
    assert not is_wrong(invariants.knows_all(facts(addresses=None), both))


@simulated
async def test_a_controller_that_joins_is_heard_of() -> None:
    """Before it does there is one; afterwards it serves what the other was told, and that one says where."""
    random, log = randoms.Random(1), story.Story()  # noqa: S311 - the simulation's own
    net = network.Network(random, ("10.0.0.1:17070",))
    both = headquarters.Headquarters(net, log, random, ("10.0.0.2:17070",))
    await both.start(0)
    await both.add_unit("shop/0")
    assert (len(both.seats), net.addresses) == (1, ("10.0.0.1:17070",))
    await both.join()
    assert net.addresses == tuple(net.doors) == ("10.0.0.1:17070", "10.0.0.2:17070")
    joined = both.seats[1].service
    assert joined is not None
    assert joined.units["shop/0"].effective == status.MeterStatus("GREEN")
    for one in both.seats:
        await one.stop()
    assert log.violations == []


@simulated
async def test_an_old_copy_is_to_hold_although_its_database_is_away() -> None:
    """Whoever says so tries again until it is done: else a simulation would end in the middle."""
    random, log = randoms.Random(1), story.Story()  # noqa: S311 - the simulation's own
    net = network.Network(random, ("10.0.0.1:17070", "10.0.0.2:17070"))
    both = headquarters.Headquarters(net, log, random)
    for number in range(2):
        await both.start(number)
    await both.add_unit("shop/0")
    both.back_up()
    await both.put_back()
    with both.cut(None):
        saying = asyncio.ensure_future(both.begin_epoch())
        await asyncio.sleep(60)
        assert not saying.done()
    await saying
    assert not both.is_led_back
    for one in both.seats:
        await one.stop()


@simulated
async def test_a_unit_that_comes_to_an_old_copy_only_once_as_much_has_ended_there() -> None:
    """It may be lowered, for it cannot know; whoever heard the copy's lower revision first may not."""
    witness = judge.Judge(story.Story(), {"shop/0": "m0", "shop/1": "m1"})
    for unit, of in witness.facts.items():
        its = charm.Charm(unit, "m0", story.Story(), randoms.Random(1), lambda _: None, lambda _: None)  # noqa: S311
        witness.charms[unit] = its
        standing = epoch.Standing(epoch.Place(1, 103, 0))
        of.saved = state.State("RED", standing=standing)
    await asyncio.sleep(60)
    witness.led_back(100)
    early, late = (witness.ear(witness.charms[unit]) for unit in ("shop/0", "shop/1"))
    witness.newest = lambda: 102
    late.hear_status(word("GREEN"), wiretap.How.LOGIN, is_late=False)  # seed 47507: it says nothing of places
    early.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    witness.newest = lambda: 103
    early.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    late.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    assert [of.held for of in witness.facts.values()] == [status.MeterStatus("RED", ""), None]


@simulated
async def test_a_word_that_an_agent_has_in_hand_while_an_old_copy_is_put_back() -> None:
    """Seed 44532: the milder word came while the hook ran, and was written down only after that."""
    for heard, expected in (("GREEN", "GREEN"), ("RED", "AMBER"), (None, "AMBER")):
        witness = judge.Judge(story.Story(), {"shop/0": "m0"})
        of = witness.facts["shop/0"]
        of.saved = state.State("AMBER", standing=epoch.Standing(epoch.Place(1, 103)))
        of.word = None if heard is None else word(heard)
        witness.led_back(100)
        assert of.held is not None
        assert of.held.code == expected


@simulated
async def test_how_a_task_of_a_dead_process_failed_is_nobodys_defect() -> None:
    """Seed 40517: the agent was dead when it failed, and whoever would have asked was dead too."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def fail(after: float) -> None:
        try:
            await asyncio.sleep(after)
        finally:
            raise errors.ConnectionLostError

    for is_killed in (True, False):
        owner = process.Process("agent")
        failing = owner.spawn(fail(1 if is_killed else 0))
        await asyncio.sleep(0.5)
        if is_killed:
            await owner.kill()
        assert failing.done()
        del failing, owner
        await asyncio.sleep(1)  # until the loop has let go of the timer, which knows the process
        gc.collect()
        assert bool(told) is not is_killed


@simulated
async def test_an_agent_that_is_stopped_with_a_word_in_hand_takes_it_afterwards() -> None:
    """Seed 42798: it counts from when it takes the word; one that was taken before counts from then."""
    witness = judge.Judge(story.Story(), {"shop/0": "m0", "shop/1": "m1"})
    of = witness.facts["shop/0"]
    await asyncio.sleep(60)
    of.hear(word("GREEN"), is_contact=True)
    for expected in (93.0, 93.0):
        witness.stopped("m0")
        await asyncio.sleep(33)
        witness.started("m0", was_stopped=True)
        assert of.contact_at == expected
        assert witness.facts["shop/1"].contact_at == 0.0
        await asyncio.sleep(1)
