"""harness.invariants.checks: each accuses what violates it, and nothing else."""

from typing import Any

from harness.invariants import checks, memory, verdict
from meterstatus.domain import status
from tests.unit.harness.samples import FAILED, after, counted, heard, is_wrong, run, word

OFF = memory.Rules((("AMBER", 300.0),))
LED_BACK = verdict.Excused(verdict.Cause.LED_BACK)


def test_severity_that_falls_without_a_word() -> None:
    """RED followed by AMBER is accused, unless the controller said AMBER between them; a rise never is."""
    assert is_wrong(checks.never_falls(after(run("RED")), run("AMBER")))
    still_red = heard((1050.0, word("RED")), of=after(run("RED")))
    assert is_wrong(checks.never_falls(still_red, run("AMBER"))), "hearing RED again is no word of AMBER"
    now_amber = heard((1050.0, word("AMBER")), of=after(run("RED")))
    assert checks.never_falls(now_amber, run("AMBER", "shop/0 change 1")) == verdict.HELD
    assert checks.never_falls(after(run("AMBER")), run("RED")) == verdict.HELD
    assert checks.never_falls(counted(), run("AMBER")) == verdict.NOT_CONCERNED


def test_a_milder_word_that_failed_lowers_nothing() -> None:
    """What the charm was told to the end counts for a stage, whatever was begun since."""
    failed = after(run("GREEN", "shop/0 change 1", result=FAILED), of=after(run("RED")))
    assert is_wrong(checks.never_falls(failed, run("AMBER")))
    assert checks.never_falls(failed, run("RED")) == verdict.HELD


def test_an_older_word_that_lowers() -> None:
    """What is told below the last word before a controller was led back is accused, and nothing else."""
    held = counted(held=word("RED"), is_led_back=True)
    assert is_wrong(checks.holds(held, run("AMBER", "shop/0 change 1")))
    assert checks.holds(held, run("RED", "shop/0 change 2")) == verdict.HELD
    assert checks.holds(counted(), run("AMBER", "shop/0 change 1")) == verdict.NOT_CONCERNED


def test_a_controller_that_was_led_back_has_what_it_said_before_told() -> None:
    """What was heard before may be told while an old copy speaks, and what nobody said may not."""
    of = after(run("RED", began=1000.0), of=heard((900.0, word("AMBER", 1)), (950.0, word("GREEN", 2))))
    of.is_led_back = True
    for check in (checks.never_falls, checks.is_fresh):
        assert check(of, run("AMBER", "shop/0 change 1", began=1100)) == LED_BACK
    assert is_wrong(checks.never_falls(of, run("AMBER", "shop/0 change 9", began=1100)))


def test_what_nobody_said() -> None:
    """A status that the controller never said is accused, and a stage that is off."""
    assert is_wrong(checks.is_so(counted(), run("RED", "shop/0 change 1")))
    assert checks.is_so(heard((900.0, word("RED"))), run("RED", "shop/0 change 1")) == verdict.HELD
    assert checks.is_so(counted(), run("RED")) == verdict.HELD
    assert is_wrong(checks.is_so(counted(rules=OFF), run("RED")))
    assert checks.is_so(counted(rules=OFF), run("AMBER")) == verdict.HELD
    assert checks.is_so(counted(rules=OFF, begun={run("RED").status}), run("RED")) == verdict.HELD


def test_a_word_that_is_overtaken() -> None:
    """A word is accused once a later one was there in time; one that came while it was told is not."""
    late = heard((900.0, word("RED", 1)), (950.0, word("GREEN", 2)))
    assert is_wrong(checks.is_fresh(late, run("RED", "shop/0 change 1")))
    assert checks.is_fresh(late, run("GREEN", "shop/0 change 2")) == verdict.HELD
    race = heard((900.0, word("RED", 1)), (999.0, word("GREEN", 2)))
    assert checks.is_fresh(race, run("RED", "shop/0 change 1")) == verdict.HELD
    kept = heard((950.0, word("GREEN", 2)), of=after(run("RED", "shop/0 change 1", began=100)))
    half = verdict.Excused(verdict.Cause.HALF_TOLD)
    assert checks.is_fresh(kept, run("RED", "shop/0 change 1")) == half
    assert checks.is_fresh(counted(), run("RED", "shop/0 change 1")) == verdict.NOT_CONCERNED


def test_a_stage_that_raises_nothing() -> None:
    """A reason that is as bad stays, unless the charm may not know it, or its agent may not."""
    amber = after(run("AMBER", "shop/0 change 1"))
    assert is_wrong(checks.raises(amber, run("AMBER")))
    assert checks.raises(amber, run("RED")) == verdict.HELD
    unsure = after(run("RED", result=FAILED), of=amber)
    assert checks.raises(unsure, run("AMBER")) == verdict.NOT_CONCERNED
    assert checks.raises(counted(), run("AMBER")) == verdict.NOT_CONCERNED


def test_an_unsure_unit_that_hopes() -> None:
    """AMBER as the first stage after damage is accused."""
    assert is_wrong(checks.is_safe(counted(is_unsure=True), run("AMBER")))
    assert checks.is_safe(counted(is_unsure=True), run("RED")) == verdict.HELD
    assert checks.is_safe(counted(), run("AMBER")) == verdict.NOT_CONCERNED


def test_a_change_that_is_heard_late() -> None:
    """A unit that heard something else last is accused."""
    assert is_wrong(checks.hears(heard((1050.0, word("GREEN"))), word("RED")))
    assert checks.hears(heard((1050.0, word("RED"))), word("RED")) == verdict.HELD


def test_a_controller_that_an_agent_has_never_heard_of() -> None:
    """A unit in contact has written down where all are; it may know more, or its disk be broken."""
    both = ("10.0.0.1:17070", "10.0.0.2:17070")
    assert is_wrong(checks.knows_all(counted(addresses=both[:1]), both))
    assert checks.knows_all(counted(addresses=both), both) == verdict.HELD
    assert checks.knows_all(counted(addresses=both), both[:1]) == verdict.HELD
    assert isinstance(checks.knows_all(counted(addresses=None), both), verdict.Excused)


def test_a_run_that_is_not_reported() -> None:
    """The controller has heard of another run, or of none."""
    told = after(run("RED", delivery_id="b", attempt=2))
    assert is_wrong(checks.is_reported(told, [("b", 1)]))
    assert is_wrong(checks.is_reported(told, []))
    assert checks.is_reported(told, [("c", 1), ("b", 2)]) == verdict.HELD
    assert checks.is_reported(counted(), []) == verdict.NOT_CONCERNED


def test_a_unit_that_disagrees() -> None:
    """A unit in contact whose hook last heard something else, or that is not at rest, is accused."""
    green, at_rest = status.MeterStatus("GREEN"), memory.Memory()
    assert is_wrong(checks.agrees(after(run("RED"), of=counted(memory=at_rest)), green))
    assert is_wrong(checks.agrees(counted(memory=at_rest), green))
    assert checks.agrees(after(run("GREEN", ""), of=counted(memory=at_rest)), green) == verdict.HELD
    for busy in (memory.Memory(is_cut_off=True), memory.Memory(pending=memory.Pending("a", green, 1)), None):
        assert is_wrong(checks.agrees(after(run("GREEN", ""), of=counted(memory=busy)), green))
    misled = counted(memory=at_rest, is_misled=True, known=green)
    assert checks.agrees(misled, green) == verdict.Excused(verdict.Cause.DISK_LOST)


def test_a_copy_that_disagrees() -> None:
    """A copy that says something else, or still has a disconnect record, is accused."""
    told, green = after(run("GREEN", "")), status.MeterStatus("GREEN")
    assert is_wrong(checks.is_copied(told, memory.Memory(told=word("RED"))))
    assert is_wrong(checks.is_copied(told, memory.Memory(told=green, is_cut_off=True)))
    assert checks.is_copied(told, memory.Memory(told=green)) == verdict.HELD


def test_a_policy_that_is_not_followed() -> None:
    """What is remembered is what rules."""
    assert is_wrong(checks.follows(counted(memory=memory.Memory(rules=OFF)), memory.JUJU_RULES))
    assert is_wrong(checks.follows(counted(), memory.JUJU_RULES))
    assert checks.follows(counted(memory=memory.Memory(rules=OFF)), OFF) == verdict.HELD


def test_a_record_of_what_was_not_delivered() -> None:
    """A memory that says delivered after a failed hook is accused, unless it says that it is unsure."""
    red = run("RED").status
    recorded: dict[str, Any] = {"memory": memory.Memory(told=red)}
    assert is_wrong(checks.truly_delivered(after(run("RED", result=FAILED), of=counted(**recorded))))
    assert checks.truly_delivered(after(run("RED"), of=counted(**recorded))) == verdict.HELD
    unsure = counted(memory=memory.Memory(told=red, is_unsure=True))
    assert checks.truly_delivered(unsure) == verdict.NOT_CONCERNED
    assert checks.truly_delivered(counted(memory=memory.Memory())) == verdict.NOT_CONCERNED


def test_a_hook_that_is_not_written_ahead() -> None:
    """A hook that begins without its id on the disk is accused."""
    ahead: dict[str, Any] = {"memory": memory.Memory(pending=memory.Pending("a", run("RED").status, 1))}
    assert is_wrong(checks.is_written_ahead(counted(), run("RED")))
    assert is_wrong(checks.is_written_ahead(counted(**ahead), run("RED", delivery_id="b")))
    assert checks.is_written_ahead(counted(**ahead), run("RED")) == verdict.HELD
    broken = verdict.Excused(verdict.Cause.CANNOT_WRITE)
    assert checks.is_written_ahead(counted(is_written=False), run("RED")) == broken


def test_a_repeat_under_another_id() -> None:
    """What did not succeed is told again under its id and counted on, unless another word came between."""
    cut = after(run("RED", result=FAILED))
    assert is_wrong(checks.same_id(cut, run("RED", delivery_id="b", attempt=2)))
    assert is_wrong(checks.same_id(cut, run("RED", attempt=1)))
    assert checks.same_id(cut, run("RED", attempt=2)) == verdict.HELD
    assert checks.same_id(after(run("RED")), run("RED", delivery_id="b")) == verdict.NOT_CONCERNED
    given_up = heard((1050.0, word("GREEN")), of=cut)
    assert checks.same_id(given_up, run("RED", delivery_id="b")) == verdict.NOT_CONCERNED


def test_a_memory_that_lost_what_its_charm_may_know() -> None:
    """Found at a start: what was begun last is there, ended or not, unless the disk is another's."""
    red, green = run("RED").status, word("GREEN")
    lost = counted(left=red, memory=memory.Memory(told=green))
    assert is_wrong(checks.is_remembered(lost))
    assert is_wrong(checks.is_remembered(counted(left=red)))
    lost.is_replaced = True
    assert checks.is_remembered(lost) == verdict.NOT_CONCERNED
    pending = memory.Pending("a", red, 1)
    for said in (memory.Memory(told=red), memory.Memory(pending=pending), memory.Memory(doubted=red)):
        assert checks.is_remembered(counted(left=red, memory=said)) == verdict.HELD
    assert checks.is_remembered(counted()) == verdict.NOT_CONCERNED


def test_two_hooks_at_once() -> None:
    """A run beside another one on its machine is accused."""
    other, mine = run("RED", unit="db/0", result=None), run("RED")
    assert is_wrong(checks.alone(mine, [mine, other]))
    assert checks.alone(mine, [mine]) == verdict.HELD


def test_a_file_that_nobody_damaged() -> None:
    """A complaint of a damaged file is accused where it is whole."""
    assert is_wrong(checks.whole(counted()))
    assert checks.whole(counted(is_damaged=True)) == verdict.HELD


def test_damage_that_nobody_notices() -> None:
    """An agent that starts on a damaged state has a few seconds to say so."""
    damaged = counted(is_to_complain=True, started_at=100.0)
    assert is_wrong(checks.notices_damage(damaged, 106.0))
    assert checks.notices_damage(damaged, 104.0) == verdict.NOT_CONCERNED
    assert checks.notices_damage(damaged, 104.0, is_said=True) == verdict.HELD
    assert checks.notices_damage(counted(started_at=100.0), 106.0) == verdict.NOT_CONCERNED


def test_the_word_for_another_unit() -> None:
    """A unit that is told of another one is accused; its application's and the model's words are its own."""
    for other in ("db/0 change 1", "db wide 1", "shopping wide 1"):
        assert is_wrong(checks.own(counted(), run("RED", other)))
    for its in ("shop/0 change 1", "shop wide 1", "model wide 1"):
        assert checks.own(counted(), run("RED", its)) == verdict.HELD
    assert checks.own(counted(), run("RED")) == verdict.NOT_CONCERNED


def test_logs_that_differ() -> None:
    """Logs that differ in a line or in length are told apart."""
    assert is_wrong(checks.same_log(lambda: "a\nb", lambda: "a\nc"))
    assert is_wrong(checks.same_log(lambda: "a\nb", lambda: "a"))
    assert checks.same_log(lambda: "a\nb", lambda: "a\nb") == verdict.HELD


def test_what_is_told_twice() -> None:
    """A status that the charm surely knows and is told again is accused; one that it may not know is not."""
    assert is_wrong(checks.not_twice(after(run("RED")), run("RED")))
    assert checks.not_twice(after(run("AMBER")), run("RED")) == verdict.HELD
    begun = counted(known=run("RED").status, begun={run("RED").status})
    assert checks.not_twice(begun, run("RED")) == verdict.NOT_CONCERNED
    assert checks.not_twice(counted(), run("RED")) == verdict.NOT_CONCERNED


def test_a_hook_that_is_told_untruly() -> None:
    """A wrong status before is accused; who does not know says none."""
    before = run("AMBER").status
    amber = after(run("AMBER"))
    assert is_wrong(checks.says_what_was_told(amber, run("RED", previous=None)))
    assert checks.says_what_was_told(amber, run("RED", previous=before)) == verdict.HELD
    amber.is_missing = True
    assert checks.says_what_was_told(amber, run("RED", previous=None)) == verdict.HELD
    amber.is_written = False
    broken = verdict.Excused(verdict.Cause.CANNOT_WRITE)
    assert checks.says_what_was_told(amber, run("RED", previous=word("GREEN"))) == broken
