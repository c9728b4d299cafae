"""Each invariant of the simulation accuses a record that violates it, and no other."""

from meterstatus.domain import outcome, status, telling
from meterstatus.testing.simulation import invariants, story

OFFLINE = "unit agent has been disconnected"


def run(
    code: str,
    info: str = OFFLINE,
    *,
    began: float = 1000.0,
    result: outcome.HookResult | None = outcome.HookResult.RAN,
    delivery_id: str = "a",
    unit: str = "shop/0",
) -> story.Run:
    told = telling.Telling(
        status.MeterStatus(code, info), delivery_id=delivery_id, origin=telling.Origin.AGENT
    )
    return story.Run(unit=unit, machine="m0", began=began, told=told, result=result)


def facts(last: story.Run | None = None, **others: float | bool) -> invariants.Facts:
    made = invariants.Facts(unit="shop/0", last=last, told=last if last and last.succeeded else None)
    for name, value in others.items():
        setattr(made, name, value)
    return made


def test_severity_that_falls_without_contact() -> None:
    """RED followed by AMBER is accused, unless the controller was heard between them."""
    assert invariants.never_falls(facts(run("RED")), run("AMBER", began=1100))
    assert not invariants.never_falls(facts(run("RED"), heard_at=1050.0), run("AMBER", began=1100))
    assert not invariants.never_falls(facts(run("AMBER")), run("RED", began=1100))


def test_a_stage_before_its_grace() -> None:
    """RED before fifteen minutes is accused, RED after them is not."""
    assert invariants.not_early(facts(contact_at=200.0), run("RED", began=1099))
    assert not invariants.not_early(facts(contact_at=200.0), run("RED", began=1100))


def test_a_stage_that_is_late() -> None:
    """RED more than a second late is accused, unless something held it up or the agent has just started."""
    assert invariants.not_late(facts(contact_at=0.0), run("RED", began=901.5), held_up=False)
    assert not invariants.not_late(facts(contact_at=0.0), run("RED", began=900.9), held_up=False)
    assert not invariants.not_late(facts(contact_at=0.0), run("RED", began=901.5), held_up=True)
    assert not invariants.not_late(facts(started_at=2000.0), run("RED", began=2030), held_up=False)


def test_a_stage_that_never_comes() -> None:
    """A unit that is not RED long after it must be is accused."""
    assert invariants.not_missing(facts(run("AMBER")), 1100, allowed=100)
    assert not invariants.not_missing(facts(run("AMBER")), 999, allowed=100)
    assert not invariants.not_missing(facts(run("RED")), 1100, allowed=100)


def test_a_unit_that_disagrees() -> None:
    """A unit in contact whose hook last heard something else is accused."""
    assert invariants.agrees(facts(run("RED")), status.MeterStatus("GREEN"))
    assert invariants.agrees(facts(), status.MeterStatus("GREEN"))
    assert not invariants.agrees(facts(run("GREEN", "")), status.MeterStatus("GREEN"))


def test_a_record_of_what_was_not_delivered() -> None:
    """A memory that says delivered after a failed hook is accused."""
    failed = facts(run("RED", result=outcome.HookResult.FAILED))
    assert invariants.truly_delivered(failed, status.MeterStatus("RED", OFFLINE))
    assert not invariants.truly_delivered(facts(run("RED")), status.MeterStatus("RED", OFFLINE))
    assert not invariants.truly_delivered(failed, status.MeterStatus(""))


def test_a_repeat_under_another_id() -> None:
    """What was cut off by a crash and is told again under another id is accused."""
    cut = run("RED", result=outcome.HookResult.TERMINATED)
    restarted = facts(cut, was_restarted=True)
    assert invariants.same_id(restarted, run("RED", began=1100, delivery_id="b"))
    assert not invariants.same_id(restarted, run("RED", began=1100))


def test_two_hooks_at_once() -> None:
    """A run beside another one on its machine is accused."""
    other = run("RED", unit="db/0", result=None)
    mine = run("RED")
    assert invariants.alone(mine, [mine, other])
    assert not invariants.alone(mine, [mine])


def test_a_file_that_nobody_damaged() -> None:
    """A complaint of a damaged file is accused where nobody damaged it."""
    assert invariants.whole("shop/0", "damaged", damaged=False)
    assert not invariants.whole("shop/0", "damaged", damaged=True)


def test_the_word_for_another_unit() -> None:
    """A unit that is told of another one is accused."""
    assert invariants.own(run("RED", "db/0 change 1"))
    assert not invariants.own(run("RED", "shop/0 change 1"))


def test_logs_that_differ() -> None:
    """Logs that differ in a line or in length are told apart."""
    assert invariants.same_log(lambda: "a\nb", lambda: "a\nc")
    assert invariants.same_log(lambda: "a\nb", lambda: "a")
    assert not invariants.same_log(lambda: "a\nb", lambda: "a\nb")


def test_what_is_told_twice() -> None:
    """A status that the charm surely knows and is told again is accused, but not after a restart."""
    assert invariants.not_twice(facts(run("RED")), run("RED", began=1100))
    assert not invariants.not_twice(facts(run("RED"), was_restarted=True), run("RED", began=1100))
    assert not invariants.not_twice(facts(run("AMBER")), run("RED", began=1100))
