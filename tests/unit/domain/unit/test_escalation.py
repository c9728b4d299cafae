"""How far a unit without contact has escalated, and what comes next."""

import dataclasses
import datetime
from typing import Any

import pytest

from meterstatus.domain import policy, status
from meterstatus.domain.hook import hook_call
from meterstatus.domain.hook import outcome as outcomes
from meterstatus.domain.unit import decide, escalation, offline_clock, state

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
A, R = policy.JUJU_AMBER, policy.JUJU_RED
SECOND, MINUTE = datetime.timedelta(seconds=1), datetime.timedelta(minutes=1)
GREEN = status.MeterStatus("GREEN", "ok")
RAN = decide.HookEnded(outcomes.HookOutcome(outcomes.HookResult.RAN))


def instant(passed: datetime.timedelta) -> offline_clock.Instant:
    return offline_clock.Instant(T0 + passed, passed, "boot")


def cut_off(chosen: policy.Policy = policy.JUJU_POLICY, **facts: Any) -> state.State:
    """A unit that was told GREEN and lost contact at T0."""
    memory = state.State(
        "GREEN",
        "ok",
        state.Disconnected(int(T0.timestamp()), 1),
        mark=offline_clock.contact(instant(offline_clock.NOTHING)),
        own_policy=chosen,
    )
    return dataclasses.replace(memory, **facts)


def reached(memory: state.State, passed: datetime.timedelta) -> str | None:
    """The code of the stage that the time has reached."""
    stage = escalation.stage(memory, instant(passed))
    return None if stage is None else stage.code.value


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (policy.Policy(), [None, "AMBER", "AMBER", "RED"]),
        (policy.amber_red(amber=None), [None, None, None, "RED"]),
        (policy.amber_red(red=None), [None, "AMBER", "AMBER", "AMBER"]),
        (policy.amber_red(None, None), [None] * 4),
    ],
    ids=["both", "no AMBER", "no RED", "none"],
)
def test_each_stage_comes_at_its_time(chosen: policy.Policy, expected: list[str | None]) -> None:
    """And one that is off never comes."""
    moments = (A - SECOND, A, R - SECOND, R)
    assert [reached(cut_off(chosen), moment) for moment in moments] == expected


def test_in_contact_there_is_no_stage() -> None:
    """However long ago the mark was written."""
    assert escalation.stage(cut_off(disconnected=None), instant(R)) is None


def test_after_damage_the_first_stage_is_red() -> None:
    """The charm may know of RED, which AMBER would take back."""
    memory = cut_off(unsure=True)
    assert [reached(memory, A - SECOND), reached(memory, A)] == [None, "RED"]


def test_how_late_a_stage_is() -> None:
    """Counted from the last one that the time has reached; before the first there is none."""
    moments = (A - SECOND, A, A + SECOND, R + MINUTE)
    found = [escalation.overdue(cut_off(), instant(moment)) for moment in moments]
    assert found == [offline_clock.NOTHING, offline_clock.NOTHING, SECOND, MINUTE]


def test_what_comes_is_worse_than_what_is_told() -> None:
    """The stages that will raise the severity, soonest first, with how long until each."""
    now = instant(MINUTE)
    assert list(escalation.coming(cut_off(), now, GREEN)) == [
        hook_call.Stage("AMBER", A - MINUTE, T0 + A, "AMBER"),
        hook_call.Stage("RED", R - MINUTE, T0 + R, "RED"),
    ]
    amber = status.MeterStatus("AMBER", "near")
    assert [each.code for each in escalation.coming(cut_off(), now, amber)] == ["RED"]
    assert list(escalation.coming(cut_off(), instant(R), GREEN)) == []
    assert len(list(escalation.coming(cut_off(), now, None))) == 2


class TestWarning:
    CHOSEN = policy.amber_red(warning=MINUTE)

    def test_is_due_so_long_before_the_stage(self) -> None:
        """Not before, and not once it was given."""
        memory = cut_off(self.CHOSEN)
        assert escalation.warning_due_in(memory, instant(A - 2 * MINUTE), GREEN) == MINUTE
        assert escalation.due_warning(memory, instant(A - 2 * MINUTE), GREEN) is None
        due = escalation.due_warning(memory, instant(A - MINUTE), GREEN)
        assert due is not None
        assert (due.code, due.due_in) == ("AMBER", MINUTE)
        warned = dataclasses.replace(memory, warned="AMBER")
        assert escalation.due_warning(warned, instant(A - MINUTE), GREEN) is None

    def test_needs_a_policy_and_a_loss_of_contact(self) -> None:
        """Nobody is warned who did not ask for it, nor in contact."""
        now = instant(A - MINUTE)
        assert escalation.warning_due_in(cut_off(), now, GREEN) is None
        assert escalation.warning_due_in(cut_off(self.CHOSEN, disconnected=None), now, GREEN) is None
        assert escalation.warning_due_in(cut_off(self.CHOSEN), instant(R), GREEN) is None

    def test_is_of_the_next_stage_that_is_worse(self) -> None:
        """A unit that is AMBER is warned of RED, also before AMBER's own time."""
        early = policy.amber_red(A, A + MINUTE, warning=4 * MINUTE)
        memory, now = cut_off(early), instant(2 * MINUTE)
        amber = status.MeterStatus("AMBER", "near")
        assert escalation.warning_due_in(memory, now, amber) == offline_clock.NOTHING
        due = escalation.due_warning(memory, now, amber)
        assert due is not None
        assert due.code == "RED"
        assert escalation.due_warning(memory, now, status.MeterStatus("RED")) is None

    def test_one_that_could_not_be_given_is_tried_again(self) -> None:
        """A little later, by the boot clock."""
        now = instant(A - MINUTE)
        memory = cut_off(self.CHOSEN, warn_again_at=now.boot + escalation.AGAIN)
        assert escalation.warning_due_in(memory, now, GREEN) == escalation.AGAIN

    def test_is_told_and_never_told_twice(self) -> None:
        """The hook that warns runs under the lock, written ahead; its failure is not retried."""
        memory, effects = decide.decide(cut_off(self.CHOSEN), decide.TimePassed(), instant(A - MINUTE))
        assert effects[-1] == decide.TakeLock()
        memory, effects = decide.decide(memory, decide.LockHeld(), instant(A - MINUTE))
        run = effects[-1]
        assert isinstance(run, decide.RunHook)
        assert (run.telling.hook, run.telling.status) == (hook_call.HookKind.WILL_CHANGE, GREEN)
        assert run.telling.next_stage == hook_call.Stage("AMBER", MINUTE, T0 + A, "AMBER")
        assert effects[0] == decide.Save()
        assert memory.warned == "AMBER"
        failed = decide.HookEnded(outcomes.HookOutcome(outcomes.HookResult.FAILED))
        memory, effects = decide.decide(memory, failed, instant(A - MINUTE + SECOND))
        assert decide.TakeLock() not in effects
        assert (memory.delivered, memory.warned) == (GREEN, "AMBER")
        memory, effects = decide.decide(memory, decide.TimePassed(), instant(A))
        assert effects[-1] == decide.TakeLock()

    @pytest.mark.parametrize("result", [outcomes.HookResult.NOT_STARTED, outcomes.HookResult.TERMINATED])
    def test_one_that_never_was_is_given_again(self, result: outcomes.HookResult) -> None:
        """A charm that had no chance to hear it is warned a little later."""
        at = A - MINUTE
        memory, _ = decide.decide(cut_off(self.CHOSEN), decide.TimePassed(), instant(at))
        memory, _ = decide.decide(memory, decide.LockHeld(), instant(at))
        memory, effects = decide.decide(memory, decide.HookEnded(outcomes.HookOutcome(result)), instant(at))
        assert effects[-1] == decide.WakeIn(escalation.AGAIN)
        _, effects = decide.decide(memory, decide.TimePassed(), instant(at + escalation.AGAIN))
        assert effects[-1] == decide.TakeLock()

    def test_a_delivery_that_stands_survives_it(self) -> None:
        """What nothing can be told of before a stage, after damage, keeps its id and its attempts (B-18)."""
        pending = state.Delivery("x", status.MeterStatus("RED", "over"), 1)
        memory = cut_off(self.CHOSEN, unsure=True, delivering=pending)
        memory, effects = decide.decide(memory, decide.TimePassed(), instant(A - MINUTE))
        assert effects[-1] == decide.TakeLock()
        assert memory.delivering == pending
        memory, effects = decide.decide(memory, decide.LockHeld(), instant(A - MINUTE))
        assert isinstance(effects[-1], decide.RunHook)
        assert decide.decide(memory, RAN, instant(A - MINUTE))[0].delivering == pending

    def test_a_lock_that_is_not_had_puts_it_off(self) -> None:
        """And does not ask for the lock in one breath for ever."""
        at = A - MINUTE
        memory, _ = decide.decide(cut_off(self.CHOSEN), decide.TimePassed(), instant(at))
        _, effects = decide.decide(memory, decide.LockRefused(), instant(at))
        assert effects[-1] == decide.WakeIn(escalation.AGAIN)


@pytest.mark.parametrize(
    ("chosen", "contact", "answer", "count"),
    [
        (policy.Policy(), MINUTE, 30 * SECOND, SECOND),
        (policy.amber_red(10 * SECOND, 20 * SECOND), 2 * SECOND, 3 * SECOND, SECOND),
        (policy.amber_red(SECOND, 2 * SECOND), 0.2 * SECOND, 3 * SECOND, SECOND),
        (policy.amber_red(5.5 * MINUTE, 2 * R), MINUTE, 30 * SECOND, 1.8 * SECOND),
        (policy.amber_red(None, None), MINUTE, 30 * SECOND, SECOND),
        (policy.amber_red(None, datetime.timedelta(hours=1)), MINUTE, 30 * SECOND, 3.6 * SECOND),
        (policy.amber_red(None, datetime.timedelta(days=90)), MINUTE, 30 * SECOND, MINUTE),
    ],
    ids=["Juju's", "shortest", "an agent's own", "longer than Juju's", "none", "an hour", "longest"],
)
def test_how_often_to_look(
    chosen: policy.Policy,
    contact: datetime.timedelta,
    answer: datetime.timedelta,
    count: datetime.timedelta,
) -> None:
    """Contact is confirmed five times before the first stage; counting is noted in step with the last.

    A controller that is silent is given up by the half of the first stage's grace.
    """
    assert escalation.answer_limit(chosen) == answer
    assert (escalation.contact_period(chosen), escalation.count_period(chosen)) == (contact, count)


def test_an_answer_is_waited_for_until_a_stage_is_due() -> None:
    """Of those that the charm does not know; one that is unsure may know none."""
    memory = cut_off()
    now = instant(A - 10 * SECOND)
    assert escalation.patience(memory, now) == 10 * SECOND
    amber = dataclasses.replace(memory, code="AMBER", info="")
    assert escalation.patience(amber, now) == escalation.LONGEST_ANSWER
    unsure = dataclasses.replace(amber, unsure=True)
    assert escalation.patience(unsure, now) == 10 * SECOND
    red = dataclasses.replace(memory, code="RED", info="")
    assert escalation.patience(red, now) == escalation.LONGEST_ANSWER


def test_counting_is_written_down_while_a_stage_is_to_come() -> None:
    """Each second until RED, and never in contact or afterwards."""
    memory = cut_off()
    assert memory.mark is not None
    assert escalation.is_to_be_noted(memory, memory.mark, instant(SECOND))
    assert not escalation.is_to_be_noted(memory, memory.mark, instant(SECOND / 2))
    assert not escalation.is_to_be_noted(cut_off(disconnected=None), memory.mark, instant(SECOND))
    late = offline_clock.contact(instant(MINUTE))
    assert not escalation.is_to_be_noted(memory, late, instant(MINUTE + SECOND / 2))
    assert escalation.is_to_be_noted(memory, late, instant(MINUTE + SECOND))
    done = dataclasses.replace(memory.mark, counted=R)
    assert not escalation.is_to_be_noted(memory, done, instant(SECOND))


def test_a_unit_whose_controller_has_no_meter_status_has_no_stage_to_come() -> None:
    """Its loss would say nothing."""
    memory = state.State("GREEN", "ok", unmetered=True)
    now = offline_clock.Instant(
        datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC), datetime.timedelta(), "boot"
    )
    assert list(escalation.coming(memory, now, memory.delivered)) == []


class TestMaintenance:
    """What was left of announced maintenance at the last contact."""

    REST = datetime.timedelta(minutes=30)

    def announced(self, chosen: policy.Policy = policy.JUJU_POLICY) -> state.State:
        return cut_off(chosen, mark=offline_clock.contact(instant(offline_clock.NOTHING), self.REST))

    def test_puts_off_each_stage_by_as_much(self) -> None:
        """Not more, and one that is off stays off."""
        moments = (A + self.REST - SECOND, A + self.REST, R + self.REST - SECOND, R + self.REST)
        found = [reached(self.announced(), moment) for moment in moments]
        assert found == [None, "AMBER", "AMBER", "RED"]
        only_amber = policy.amber_red(red=None)
        assert reached(self.announced(only_amber), R + self.REST) == "AMBER"

    def test_what_comes_counts_it(self) -> None:
        """The time of each stage that is shown is when it comes."""
        assert [each.due_in for each in escalation.coming(self.announced(), instant(MINUTE), GREEN)] == [
            A + self.REST - MINUTE,
            R + self.REST - MINUTE,
        ]

    def test_time_is_noted_for_as_long_as_a_stage_is_to_come(self) -> None:
        """Also past the grace periods."""
        memory = self.announced()
        assert memory.mark is not None
        counted = dataclasses.replace(memory.mark, counted=R + MINUTE)
        assert escalation.is_to_be_noted(memory, counted, instant(MINUTE))
        counted = dataclasses.replace(memory.mark, counted=R + self.REST)
        assert not escalation.is_to_be_noted(memory, counted, instant(MINUTE))

    def test_the_latest_contact_is_the_one_that_counts(self) -> None:
        """Where the disk has an earlier one, with more left of it then."""
        later = offline_clock.contact(instant(MINUTE), self.REST - MINUTE)
        memory = dataclasses.replace(self.announced(), latest_contact=later)
        assert escalation.longer(memory) == self.REST - MINUTE
        assert escalation.longer(cut_off(mark=None)) == offline_clock.NOTHING
