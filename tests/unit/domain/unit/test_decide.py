"""The decisions of a unit's agent, case by case; ``tests/property/test_decide.py`` has the invariants."""

import dataclasses
import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import epoch, policy, status
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import contact, decide, delivery, escalation, offline_clock, state

T0 = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
A, R = policy.JUJU_AMBER, policy.JUJU_RED
SECOND = datetime.timedelta(seconds=1)

GREEN = status.MeterStatus("GREEN", "within budget")
RED = status.MeterStatus("RED", "over budget")
AMBER_STAGE = status.MeterStatus("AMBER", policy.DISCONNECTED_INFO)
RED_STAGE = status.MeterStatus("RED", policy.DISCONNECTED_INFO)


def ended(result: outcome.HookResult) -> decide.HookEnded:
    return decide.HookEnded(outcome.HookOutcome(result))


RAN = ended(outcome.HookResult.RAN)
FAILED = ended(outcome.HookResult.FAILED)


class Unit:
    """A memory under events, with what was asked for."""

    def __init__(self, memory: state.State | None = None) -> None:
        self.memory = memory or state.State()
        self.effects: tuple[decide.Effect, ...] = ()
        self._at = datetime.timedelta()

    def on(self, event: decide.Event, at: datetime.timedelta = datetime.timedelta()) -> "Unit":
        """Decide, and have the machine lock at once; then the delivery's own save is the only one."""
        self._at = at
        self.memory, self.effects = decide.decide(self.memory, event, instant(at))
        if self.effects[-1:] == (decide.TakeLock(),):
            asked = [effect for effect in self.effects[:-1] if effect != decide.Save()]
            self.memory, effects = decide.decide(self.memory, decide.LockHeld(), instant(at))
            self.effects = (*asked, *effects)
        return self

    @property
    def kinds(self) -> list[type[decide.Effect]]:
        return [type(effect) for effect in self.effects]

    @property
    def told(self) -> status.MeterStatus | None:
        """What the last effect asks the hook to be told."""
        last = self.effects[-1] if self.effects else None
        return last.telling.status if isinstance(last, decide.RunHook) else None

    @property
    def wake_after(self) -> datetime.timedelta | None:
        wakes = [self._at + effect.delay for effect in self.effects if isinstance(effect, decide.WakeIn)]
        return wakes[-1] if wakes else None


def instant(at: datetime.timedelta, boot_id: str = "boot-1") -> offline_clock.Instant:
    return offline_clock.Instant(T0 + at, datetime.timedelta(hours=1) + at, boot_id)


def told(unit_status: status.MeterStatus) -> Unit:
    """A unit in contact whose hook was told a status."""
    return Unit().on(decide.ContactConfirmed(unit_status)).on(RAN)


def cut_off(unit_status: status.MeterStatus = GREEN) -> Unit:
    """A unit that lost contact at T0."""
    return told(unit_status).on(decide.ContactLost())


class TestInContact:
    def test_news_is_written_ahead_and_told(self) -> None:
        """A status that is news is saved as being delivered before the hook runs."""
        unit = Unit().on(decide.ContactConfirmed(GREEN))

        assert [decide.Save, decide.RunHook] == unit.kinds
        assert GREEN == unit.told
        assert unit.memory.delivering is not None
        assert unit.memory.delivering.attempt == 1
        assert unit.memory.code == ""

    def test_what_the_hook_heard_is_recorded_and_reported(self) -> None:
        """A hook that ran makes the status the delivered one, on disk and at the controller."""
        unit = told(GREEN)

        assert [decide.Save, decide.Report] == unit.kinds
        mark = offline_clock.contact(instant(datetime.timedelta()))
        assert state.State("GREEN", "within budget", mark=mark) == unit.memory
        assert unit.memory.deliveries == 1

    def test_no_news_does_nothing(self) -> None:
        """The same status again has no effect at all."""
        assert told(GREEN).on(decide.ContactConfirmed(GREEN)).effects == ()

    def test_new_information_is_news(self) -> None:
        """A change of the information alone runs the hook."""
        other = dataclasses.replace(GREEN, info="nearly over")

        unit = told(GREEN).on(decide.ContactConfirmed(other))
        assert other == unit.told
        assert decide.Report in unit.on(RAN).kinds

    def test_severity_may_fall(self) -> None:
        """The controller's word rules, also downwards."""
        assert GREEN == told(RED).on(decide.ContactConfirmed(GREEN)).told

    def test_a_missing_hook_counts_as_told(self) -> None:
        """There is nothing to tell, so nothing is tried again."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(ended(outcome.HookResult.MISSING))

        assert GREEN == unit.memory.delivered
        assert unit.wake_after is None

    def test_contact_ends_the_record_even_without_news(self) -> None:
        """The first contact clears the disconnect record; what the hook was told is no news (B-10)."""
        unit = cut_off().on(decide.ContactConfirmed(GREEN), at=SECOND)

        assert [decide.Save] == unit.kinds
        assert unit.memory.disconnected is None
        assert unit.memory.mark == offline_clock.contact(instant(SECOND))

    def test_nothing_heard_means_nothing_to_do(self) -> None:
        """A unit whose controller never spoke has nothing to tell."""
        assert Unit().on(decide.TimePassed()).effects == ()

    def test_each_delivery_has_its_own_id(self) -> None:
        """Two statuses at the same instant do not share an id."""
        first = Unit().on(decide.ContactConfirmed(GREEN)).memory.delivering
        second = told(GREEN).on(decide.ContactConfirmed(RED)).memory.delivering

        assert first is not None and second is not None
        assert first.id != second.id


class TestHeardEarlier:
    """A word that came with an event and could not be taken then."""

    def test_it_is_the_word_and_contact_when_it_came(self) -> None:
        """Contact counts from when it came, and not from when it is taken."""
        came = decide.ContactConfirmed(RED, heard=instant(SECOND * 40))
        unit = told(GREEN).on(came, at=SECOND * 100)
        assert unit.told == RED
        assert unit.memory.latest_contact == offline_clock.contact(instant(SECOND * 40))

    def test_what_was_fetched_since_is_newer(self) -> None:
        """A word from before the latest contact changes nothing."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=SECOND * 50)
        before = unit.memory
        unit.on(decide.ContactConfirmed(RED, heard=instant(SECOND * 40)), at=SECOND * 100)
        assert (unit.told, unit.memory) == (None, before)


class TestStopping:
    def test_the_last_contact_is_written_down(self) -> None:
        """The next worker counts from it, and not from one a minute older: a stage would come early."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=SECOND * 40)
        assert unit.effects == ()

        unit.on(decide.Stopping(), at=SECOND * 50)

        assert [decide.Save] == unit.kinds
        assert unit.memory.mark == offline_clock.contact(instant(SECOND * 40))
        restarted = Unit(state.State.from_yaml(unit.memory.to_yaml())).on(decide.Started(), at=SECOND * 50)
        assert A + SECOND * 40 == restarted.on(decide.ContactLost(), at=SECOND * 50).wake_after

    def test_with_short_stages_each_contact_is_written_down(self) -> None:
        """A killed agent counts from what is on the disk, and a minute would be longer than the stages."""
        short = policy.amber_red(10 * SECOND, 20 * SECOND)
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN, decide.PolicyWord(short)))
        assert unit.on(decide.ContactConfirmed(GREEN), at=SECOND).kinds == []
        assert unit.on(decide.ContactConfirmed(GREEN), at=2 * SECOND).kinds == [decide.Save]
        assert unit.memory.mark == offline_clock.contact(instant(2 * SECOND))

    def test_nothing_new_is_not_written(self) -> None:
        """A mark that is the last contact stays, and a unit without any has none."""
        assert told(GREEN).on(decide.Stopping()).effects == ()
        assert cut_off().on(decide.Stopping()).effects == ()


class TestFailure:
    @pytest.mark.parametrize(
        "result",
        [
            outcome.HookResult.FAILED,
            outcome.HookResult.TIMED_OUT,
            outcome.HookResult.TERMINATED,
            outcome.HookResult.NOT_STARTED,
        ],
    )
    def test_what_the_hook_did_not_hear_is_not_recorded(self, result: outcome.HookResult) -> None:
        """The status stays to be told, and is tried again after 5 s (B-06)."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(ended(result))

        assert unit.memory.code == ""
        assert delivery.FIRST_RETRY == unit.wake_after

    def test_the_same_delivery_is_tried_again(self) -> None:
        """A later attempt bears the same id and a higher number."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)
        first = unit.memory.delivering
        again = unit.on(decide.TimePassed(), at=delivery.FIRST_RETRY).memory.delivering

        assert first is not None and again is not None
        assert (first.id, 2) == (again.id, again.attempt)
        assert GREEN == unit.told

    def test_waits_before_trying_again(self) -> None:
        """Neither time nor the same word again hastens the next attempt."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)

        for event in (decide.TimePassed(), decide.ContactConfirmed(GREEN)):
            assert unit.on(event, at=SECOND).told is None
            assert delivery.FIRST_RETRY == unit.wake_after

    @pytest.mark.parametrize(
        ("result", "longest"),
        [
            (outcome.HookResult.FAILED, delivery.LAST_RETRY),
            (outcome.HookResult.TERMINATED, delivery.LAST_RETRY_UNTRIED),
        ],
    )
    def test_waits_longer_each_time(self, result: outcome.HookResult, longest: datetime.timedelta) -> None:
        """The wait doubles from 5 s to its longest and stays there."""
        unit, at = Unit().on(decide.ContactConfirmed(GREEN)), datetime.timedelta()
        waits: list[datetime.timedelta] = []
        for _ in range(12):
            after = unit.on(ended(result), at=at).wake_after
            assert after is not None
            waits.append(after - at)
            at = after
            assert GREEN == unit.on(decide.TimePassed(), at=at).told

        assert waits[:3] == [SECOND * 5, SECOND * 10, SECOND * 20]
        assert longest == waits[-1] == max(waits)

    def test_a_newer_word_supersedes_the_wait(self) -> None:
        """News is told at once, under a new id, whatever waited."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)
        old = unit.memory.delivering
        unit.on(decide.ContactConfirmed(RED), at=SECOND)

        assert RED == unit.told
        assert old is not None and unit.memory.delivering is not None
        assert old.id != unit.memory.delivering.id

    def test_what_may_have_been_heard_is_corrected(self) -> None:
        """A failed hook may have acted: the old status is told again, though it is the recorded one."""
        unit = told(GREEN).on(decide.ContactConfirmed(RED)).on(FAILED)

        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=SECOND).told

    def test_what_a_superseded_hook_may_have_said_is_corrected(self) -> None:
        """AMBER failed, RED was not started, GREEN is back: the charm may know AMBER, and is told GREEN."""
        amber = status.MeterStatus("AMBER", "near")
        unit = told(GREEN).on(decide.ContactConfirmed(amber)).on(FAILED)
        unit.on(decide.ContactConfirmed(RED), at=SECOND).on(ended(outcome.HookResult.NOT_STARTED), at=SECOND)
        restarted = Unit(state.State.from_yaml(unit.memory.to_yaml())).on(decide.Started())

        assert GREEN == restarted.on(decide.ContactConfirmed(GREEN), at=SECOND).told
        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=SECOND).told
        assert unit.memory.delivering is not None
        assert unit.memory.delivering.doubted == amber
        assert unit.on(RAN, at=SECOND).memory.delivering is None

    def test_what_was_never_heard_needs_no_correction(self) -> None:
        """A hook that was not started cannot have acted: nothing is told, nothing is left."""
        unit = told(GREEN).on(decide.ContactConfirmed(RED)).on(ended(outcome.HookResult.NOT_STARTED))
        unit.on(decide.ContactConfirmed(GREEN), at=SECOND)

        assert unit.told is None
        assert unit.memory.delivering is None

    def test_a_clock_set_back_does_not_put_the_next_attempt_off(self) -> None:
        """The wait goes by the boot clock, whatever the wall clock says."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)
        back = dataclasses.replace(instant(delivery.FIRST_RETRY), wall=T0 - datetime.timedelta(days=1))
        _, effects = decide.decide(unit.memory, decide.TimePassed(), back)

        assert effects[-1] == decide.TakeLock()

    def test_an_end_without_a_delivery_is_a_defect(self) -> None:
        """A shell that reports a hook nobody asked for is told so."""
        with pytest.raises(errors.LocalProtocolError):
            Unit().on(RAN)


class TestRestart:
    def test_an_unfinished_delivery_is_told_again(self) -> None:
        """After a crash in the hook the status is told once more, under the same id (B-18)."""
        before = Unit().on(decide.ContactConfirmed(GREEN)).memory
        stored = state.State.from_yaml(before.to_yaml())
        unit = Unit(stored).on(decide.Started())
        assert unit.effects == ()

        unit.on(decide.ContactConfirmed(GREEN))

        assert GREEN == unit.told
        assert before.delivering is not None and unit.memory.delivering is not None
        assert (before.delivering.id, 2) == (
            unit.memory.delivering.id,
            unit.memory.delivering.attempt,
        )

    def test_an_unfinished_delivery_is_corrected(self) -> None:
        """After a crash in the hook a different word is told, though it equals the recorded one."""
        stored = told(GREEN).on(decide.ContactConfirmed(RED)).memory
        unit = Unit(state.State.from_yaml(stored.to_yaml())).on(decide.Started())

        assert GREEN == unit.on(decide.ContactConfirmed(GREEN)).told

    def test_offline_time_goes_on_counting(self) -> None:
        """A restart does not start the grace period anew (B-02)."""
        unit = Unit(state.State.from_yaml(cut_off().memory.to_yaml()))
        unit.on(decide.Started(), at=A - SECOND).on(decide.ContactLost(), at=A - SECOND)

        assert A == unit.wake_after
        assert AMBER_STAGE == unit.on(decide.TimePassed(), at=A).told

    @pytest.mark.parametrize(
        "record",
        [state.Disconnected(), state.Disconnected(0, 2), state.Disconnected(-7, 1)],
    )
    def test_a_record_without_a_time_counts_from_now(self, record: state.Disconnected) -> None:
        """Nonsense is neither believed nor forgotten (B-15)."""
        unit = Unit(state.State("GREEN", "", record)).on(decide.Started()).on(decide.ContactLost())

        assert T0 == unit.memory.cut_off_at
        assert unit.told is None

    @pytest.mark.parametrize("number", [0, 7, -2])
    def test_an_unknown_stage_is_the_first(self, number: int) -> None:
        """A stage that is none escalates like a fresh disconnection (B-15)."""
        record = state.Disconnected(int(T0.timestamp()), number)
        unit = Unit(state.State("GREEN", "", record)).on(decide.Started())

        assert unit.memory.disconnected == state.Disconnected(
            int(T0.timestamp()), state.WorkerState.WAITING_AMBER
        )
        assert AMBER_STAGE == unit.on(decide.ContactLost(), at=A).told

    def test_a_known_stage_stays(self) -> None:
        """Juju's own record is taken as it is, to the second."""
        record = state.Disconnected(int(T0.timestamp()), state.WorkerState.WAITING_RED)
        unit = Unit(state.State("AMBER", "", record)).on(decide.Started())

        assert (record, T0) == (unit.memory.disconnected, unit.memory.cut_off_at)

    def test_the_controllers_policy_holds_until_it_says_another(self) -> None:
        """Silence takes back nothing, "none" gives it back to the agent, and each word is written down."""
        short = policy.amber_red(SECOND, SECOND * 2)
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN, decide.PolicyWord(short)))
        assert (unit.memory.ruling_policy, unit.kinds) == (short, [decide.Save])
        unit.on(decide.ContactConfirmed(GREEN))
        assert (unit.memory.ruling_policy, unit.kinds) == (short, [])
        unit.on(decide.ContactConfirmed(GREEN, decide.PolicyWord(None)))
        assert (unit.memory.ruling_policy, unit.kinds) == (policy.JUJU_POLICY, [decide.Save])

    def test_a_stored_policy_holds_without_contact(self) -> None:
        """What the controller said rules an agent that was restarted without it, whatever its options say."""
        stored = state.State(code="GREEN", info=GREEN.info, policy=policy.amber_red(SECOND, None))
        unit = Unit(stored).on(decide.Started(policy.amber_red(A, R))).on(decide.ContactLost())
        assert unit.on(decide.TimePassed(), SECOND).told == AMBER_STAGE
        assert unit.on(RAN, SECOND).wake_after is None

    def test_the_agents_own_policy_holds_where_the_controller_has_none(self) -> None:
        """A start may bring other periods, which are never written down as the controller's."""
        short = policy.amber_red(SECOND, SECOND * 2)
        unit = cut_off().on(decide.Started(short))

        assert unit.memory.policy is None
        assert AMBER_STAGE == unit.on(decide.TimePassed(), at=SECOND).told


class TestCutOff:
    def test_the_record_is_saved_before_anything_waits(self) -> None:
        """Losing contact is written down at once, and the first stage is awaited (B-02)."""
        unit = cut_off()

        assert [decide.Save, decide.WakeIn] == unit.kinds
        assert A == unit.wake_after
        assert unit.memory.disconnected == state.Disconnected(
            int(T0.timestamp()), state.WorkerState.WAITING_AMBER
        )

    def test_amber_comes_at_its_time_and_not_before(self) -> None:
        """A microsecond early is early."""
        unit = cut_off()

        assert unit.on(decide.TimePassed(), at=A - datetime.timedelta(microseconds=1)).told is None
        assert AMBER_STAGE == unit.on(decide.TimePassed(), at=A).told

    def test_a_fraction_of_a_second_counts(self) -> None:
        """Juju's whole seconds would let AMBER come early (B-16e)."""
        late = datetime.timedelta(milliseconds=900)
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=late).on(decide.ContactLost(), at=late * 2)
        unit = Unit(state.State.from_yaml(unit.memory.to_yaml())).on(decide.Started(), at=late * 2)

        assert unit.on(decide.TimePassed(), at=A + late - SECOND / 2).told is None
        assert AMBER_STAGE == unit.on(decide.TimePassed(), at=A + late).told

    def test_escalates_to_red_and_is_done(self) -> None:
        """After AMBER RED is awaited; after RED nothing is."""
        unit = cut_off().on(decide.TimePassed(), at=A).on(RAN, at=A)
        assert R == unit.wake_after
        assert unit.memory.disconnected is not None
        assert unit.memory.disconnected.state == state.WorkerState.WAITING_RED

        unit.on(decide.TimePassed(), at=R)
        assert RED_STAGE == unit.told

        unit.on(RAN, at=R)
        assert unit.wake_after is None
        assert unit.memory.disconnected.state == state.WorkerState.DONE
        assert unit.on(decide.TimePassed(), at=R * 2).effects == ()

    def test_a_missed_amber_is_passed_over(self) -> None:
        """Woken after both are due, only RED is told, and nothing afterwards lowers it (B-17)."""
        unit = cut_off().on(decide.TimePassed(), at=R)
        assert RED_STAGE == unit.told

        assert unit.on(RAN, at=R).told is None
        assert unit.on(decide.TimePassed(), at=R + SECOND).told is None

    def test_red_is_never_stepped_down(self) -> None:
        """A unit that the controller made RED hears nothing of AMBER (B-04), nor of RED again (B-27)."""
        unit = cut_off(RED)
        assert unit.wake_after is None

        for at in (A, R):
            assert unit.on(decide.TimePassed(), at=at).told is None
        assert RED == unit.memory.delivered
        assert unit.memory.disconnected is not None
        assert unit.memory.disconnected.state == state.WorkerState.DONE

    def test_the_controllers_word_still_pending_is_told(self) -> None:
        """What the controller said last and the hook has not heard is still told offline."""
        unit = told(GREEN).on(decide.ContactConfirmed(RED)).on(ended(outcome.HookResult.NOT_STARTED))
        unit.on(decide.ContactLost(), at=SECOND)
        assert unit.told is None

        assert RED == unit.on(decide.TimePassed(), at=delivery.FIRST_RETRY).told

    def test_a_lower_word_still_pending_waits_for_contact(self) -> None:
        """Offline, the severity the hook knows never falls, whatever the controller last said."""
        unit = told(RED).on(decide.ContactConfirmed(GREEN)).on(ended(outcome.HookResult.NOT_STARTED))
        unit.on(decide.ContactLost(), at=SECOND).on(decide.TimePassed(), at=R)
        assert unit.told is None

        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=R).told

    def test_what_may_have_been_heard_holds_offline(self) -> None:
        """A crash in the AMBER hook and a clock set back: AMBER is told again, not GREEN."""
        stored = cut_off().on(decide.TimePassed(), at=A).memory
        unit = Unit(state.State.from_yaml(stored.to_yaml())).on(decide.Started())

        assert AMBER_STAGE == unit.on(decide.ContactLost(), at=-A).told

    def test_the_stage_supersedes_a_failing_one(self) -> None:
        """RED does not wait for AMBER's next attempt."""
        unit = cut_off().on(decide.TimePassed(), at=A)
        for attempt in range(4):
            unit.on(FAILED, at=A + SECOND * attempt * 60)
            unit.on(decide.TimePassed(), at=A + SECOND * (attempt + 1) * 60)

        assert RED_STAGE == unit.on(FAILED, at=R).told

    def test_wakes_for_whichever_comes_first(self) -> None:
        """The next attempt and the next stage are both waited for."""
        unit = cut_off().on(decide.TimePassed(), at=A).on(FAILED, at=A)
        assert A + delivery.FIRST_RETRY == unit.wake_after

        late = R - SECOND
        unit = cut_off().on(decide.TimePassed(), at=late).on(FAILED, at=late)
        assert R == unit.wake_after

    def test_a_unit_that_never_heard_anything_escalates_too(self) -> None:
        """Without a word of the controller the stages are told all the same, and are not its word."""
        unit = Unit().on(decide.ContactLost()).on(decide.TimePassed(), at=A)
        assert AMBER_STAGE == unit.told

        unit.on(RAN, at=A)
        assert delivery.controllers_word(unit.memory) is None

    def test_the_controllers_word_is_remembered_below_the_stage(self) -> None:
        """What the controller last said survives what the agent tells by itself."""
        unit = cut_off().on(decide.TimePassed(), at=A).on(RAN, at=A)

        assert GREEN == delivery.controllers_word(unit.memory)

    def test_contact_lowers_it_again(self) -> None:
        """When contact returns the controller's word rules."""
        unit = cut_off().on(decide.TimePassed(), at=R).on(RAN, at=R)

        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=R).told
        mark = offline_clock.contact(instant(R))
        assert unit.on(RAN, at=R).memory == dataclasses.replace(told(GREEN).memory, mark=mark)

    def test_a_record_without_our_mark_counts_by_jujus_seconds(self) -> None:
        """Juju's own record is counted on by the wall clock, once, and by the boot clock from then on."""
        memory = state.State("GREEN", "", state.Disconnected(int(T0.timestamp()), 1))
        unit = Unit(memory).on(decide.Started(), at=A).on(decide.ContactLost(), at=A)

        assert AMBER_STAGE == unit.told
        assert escalation.stage(state.State(), instant(A)) is None


class TestClocks:
    def test_what_was_counted_is_written_down(self) -> None:
        """Each second while a stage is to come, so that a boot with a wrong clock loses no more than that."""
        unit = cut_off().on(decide.TimePassed(), at=SECOND / 2)
        assert decide.Save not in unit.kinds

        unit.on(decide.TimePassed(), at=SECOND)

        assert decide.Save in unit.kinds
        assert unit.memory.mark == offline_clock.Mark(SECOND, instant(SECOND), T0 + SECOND)

    def test_what_passes_between_the_start_and_the_first_look_counts(self) -> None:
        """Also after a boot with a clock in the past, when the wall clock counts nothing.

        Found by the simulation: the seconds for which an agent tried its controller first were left out.
        """
        memory = cut_off().memory
        back = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        started = offline_clock.Instant(back, 20 * SECOND, "another boot")
        looked = offline_clock.Instant(back + 30 * SECOND, 50 * SECOND, "another boot")
        before = escalation.elapsed(memory, started)
        memory, _ = decide.decide(memory, decide.Started(), started)
        memory, _ = decide.decide(memory, decide.ContactLost(), looked)
        assert escalation.elapsed(memory, looked) == before + 30 * SECOND

    def test_a_start_in_another_boot_writes_the_mark_down(self) -> None:
        """Else the next start would count what came before this one by the wall clock once more."""
        memory = cut_off().memory
        for boot_id, expected in (("boot-1", ()), ("boot-2", (decide.Save(),))):
            _, effects = decide.decide(memory, decide.Started(), instant(SECOND, boot_id))
            assert effects == expected

    def test_a_boot_moves_the_mark(self) -> None:
        """Else the next boot would count what came before this one by the wall clock."""
        rebooted = instant(SECOND, boot_id="boot-2")
        memory, effects = decide.decide(cut_off().memory, decide.TimePassed(), rebooted)

        assert effects[0] == decide.Save()
        assert memory.mark == offline_clock.Mark(SECOND, rebooted, T0 + SECOND)

    @pytest.mark.parametrize(
        ("set_by", "words"),
        [
            (datetime.timedelta(hours=1), "forward by 3600 s"),
            (datetime.timedelta(hours=-1), "back by 3600 s"),
        ],
    )
    def test_a_wall_clock_that_was_set_is_noted(self, set_by: datetime.timedelta, words: str) -> None:
        """The mark takes the step in, so that no later boot counts it, and a person is told."""
        now = dataclasses.replace(instant(SECOND / 2), wall=T0 + SECOND / 2 + set_by)
        memory, effects = decide.decide(cut_off().memory, decide.TimePassed(), now)

        said = f"the wall clock was set {words}; the time without contact does not follow it"
        assert effects[:2] == (decide.Notice(said), decide.Save())
        assert memory.mark == offline_clock.Mark(SECOND / 2, now, max(T0, now.wall))

    def test_contact_is_written_down_once_a_minute(self) -> None:
        """Not more often, and the mark is then the contact itself."""
        minute = contact.MARK_PERIOD
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=minute - SECOND)
        assert unit.effects == ()

        unit.on(decide.ContactConfirmed(GREEN), at=minute)

        assert [decide.Save] == unit.kinds
        assert unit.memory.mark == offline_clock.contact(instant(minute))

    def test_what_is_written_anyway_has_the_last_contact(self) -> None:
        """A save for another reason costs nothing more, and an agent killed after it knows more."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=SECOND * 40)
        failing = unit.on(decide.ContactConfirmed(RED), at=SECOND * 50)

        assert failing.memory.mark == offline_clock.contact(instant(SECOND * 50))
        lost = cut_off().on(decide.TimePassed(), at=SECOND * 50)
        assert lost.memory.mark is not None
        assert lost.memory.mark.counted == SECOND * 50

    def test_contact_forgets_what_was_counted(self) -> None:
        """A step of the wall clock in contact counts the time up to it; the next contact is a fresh start."""
        counted = offline_clock.Mark(SECOND, instant(SECOND), T0 + SECOND)
        memory = dataclasses.replace(told(GREEN).memory, mark=counted)
        unit = Unit(memory).on(decide.ContactConfirmed(GREEN), at=SECOND * 2)

        assert [decide.Save] == unit.kinds
        assert unit.memory.mark == offline_clock.contact(instant(SECOND * 2))

    def test_the_record_bears_the_time_of_the_last_contact(self) -> None:
        """Not that of the mark, which may have counted; and the mark is the only one from then on."""
        counted = offline_clock.Mark(SECOND * 60, instant(SECOND * 60), T0 + SECOND * 60)
        memory = dataclasses.replace(told(GREEN).memory, mark=counted, latest_contact=None)
        unit = Unit(memory).on(decide.ContactLost(), at=SECOND * 70)
        assert unit.memory.disconnected is not None
        assert unit.memory.disconnected.disconnected_at == int(T0.timestamp())

        unit = told(GREEN).on(decide.ContactConfirmed(GREEN), at=SECOND).on(decide.ContactLost(), at=SECOND)
        assert unit.memory.latest_contact is None

    def test_a_loss_during_a_delivery_is_the_first_stage(self) -> None:
        """Juju's readers find a stage that is one, also while something else is still to be told."""
        unit = told(GREEN).on(decide.ContactConfirmed(RED)).on(FAILED).on(decide.ContactLost(), at=SECOND)

        assert unit.memory.disconnected is not None
        assert unit.memory.disconnected.state is state.WorkerState.WAITING_AMBER


class TestStarting:
    @pytest.mark.parametrize(
        ("seconds", "is_believed"), [(0, False), (1, True), (2**37 - 1, True), (2**37, False)]
    )
    def test_which_times_are_believed(self, seconds: int, is_believed: bool) -> None:
        """From 1970 until the year 6325; another time is now, and the stage stays (B-15)."""
        record = state.Disconnected(seconds, state.WorkerState.WAITING_RED)
        unit = Unit(state.State("GREEN", "", record)).on(decide.Started())

        now = int(T0.timestamp())
        assert unit.memory.disconnected == dataclasses.replace(
            record, disconnected_at=seconds if is_believed else now
        )

    def test_a_time_that_is_none_is_that_of_the_mark(self) -> None:
        """Where the mark knows when contact was, the record need not."""
        mark = offline_clock.contact(instant(-SECOND * 30))
        unit = Unit(state.State("GREEN", "", state.Disconnected(0, 1), mark=mark)).on(decide.Started())

        assert unit.memory.disconnected == state.Disconnected(int(T0.timestamp()) - 30, 1)
        assert unit.memory.mark == mark

    def test_another_workers_contact_is_not_taken_over(self) -> None:
        """A contact that was not written down belongs to the worker that had it."""
        memory = told(GREEN).on(decide.ContactConfirmed(GREEN), at=SECOND).memory
        assert memory.latest_contact is not None

        assert Unit(memory).on(decide.Started()).memory.latest_contact is None


class TestPolicy:
    SHORT = policy.amber_red(SECOND * 20, SECOND * 40)

    def test_the_controllers_word_rules(self) -> None:
        """It is written down, holds offline and over a restart, and goes before the agent's own."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN, decide.PolicyWord(self.SHORT)))
        assert [decide.Save] == unit.kinds

        restarted = Unit(state.State.from_yaml(unit.memory.to_yaml())).on(decide.Started(policy.Policy()))
        restarted.on(decide.ContactLost(), at=SECOND)

        assert restarted.memory.policy == self.SHORT
        assert restarted.wake_after == SECOND * 20

    def test_where_it_was_not_asked_the_former_holds(self) -> None:
        """A controller that could not be asked takes nothing away."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN, decide.PolicyWord(self.SHORT)))

        assert unit.on(decide.ContactConfirmed(GREEN), at=SECOND).memory.policy == self.SHORT

    def test_where_it_has_none_the_agents_own_holds(self) -> None:
        """A policy that was unset at the controller is gone here too."""
        unit = told(GREEN).on(decide.ContactConfirmed(GREEN, decide.PolicyWord(self.SHORT)))

        assert unit.on(decide.ContactConfirmed(GREEN, decide.PolicyWord(None))).memory.policy is None


class TestLock:
    def test_asking_is_written_down_only_where_something_changed(self) -> None:
        """News are kept with their delivery, not begun yet; another attempt changes nothing."""
        memory, effects = decide.decide(state.State(), decide.ContactConfirmed(GREEN), instant(SECOND))
        assert effects == (decide.Save(), decide.TakeLock())
        assert memory.delivering is not None
        assert (memory.delivering.status, memory.delivering.attempt) == (GREEN, 0)

        failed = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED).memory
        _, effects = decide.decide(failed, decide.TimePassed(), instant(delivery.FIRST_RETRY))
        assert effects == (decide.TakeLock(),)

    def test_one_that_was_not_had_puts_the_delivery_off(self) -> None:
        """It stays to be told, not begun, and the lock is asked for again after 5 s."""
        memory, _ = decide.decide(state.State(), decide.ContactConfirmed(GREEN), instant(SECOND))
        memory, effects = decide.decide(memory, decide.LockRefused(), instant(SECOND))

        assert effects == (decide.WakeIn(delivery.FIRST_RETRY),)
        pending = memory.delivering
        assert pending is not None
        assert (pending.status, pending.attempt, pending.failures) == (GREEN, 0, 1)
        assert pending.retry_at == instant(SECOND).boot + delivery.FIRST_RETRY

    def test_a_charm_that_is_awaited_puts_it_off_without_a_write(self) -> None:
        """However often, the next look comes as soon; what is asked for then is what is true by then."""
        memory, _ = decide.decide(state.State(), decide.ContactConfirmed(GREEN), instant(SECOND))
        for _ in range(3):
            memory, effects = decide.decide(memory, decide.CharmAwaited(), instant(SECOND))
            assert effects == (decide.WakeIn(delivery.CHARM_LOOK),)
        assert memory.delivering is not None
        assert (memory.delivering.attempt, memory.delivering.failures) == (0, 0)
        memory, effects = decide.decide(memory, decide.ContactConfirmed(RED), instant(SECOND * 2))
        assert effects == (decide.Save(), decide.TakeLock())

    def test_a_hook_that_was_found_is_told(self) -> None:
        """The lock is asked for, and the status of the moment is told as a delivery of its own."""
        missing = dataclasses.replace(told(GREEN).memory, missing=True)
        memory, effects = decide.decide(missing, decide.HookFound(), instant(SECOND))
        assert effects == (decide.Save(), decide.TakeLock())
        memory, effects = decide.decide(memory, decide.LockHeld(), instant(SECOND))
        assert isinstance(effects[-1], decide.RunHook)
        assert (effects[-1].telling.status, effects[-1].telling.previous) == (GREEN, None)

    def test_what_is_true_by_then_is_told(self) -> None:
        """The status that was asked for has been replaced while the lock was waited for (B-20)."""
        memory, _ = decide.decide(told(GREEN).memory, decide.ContactConfirmed(RED), instant(SECOND))
        amber = status.MeterStatus("AMBER", "near")
        memory, _ = decide.decide(memory, decide.ContactConfirmed(amber), instant(SECOND * 2))
        memory = dataclasses.replace(memory, delivering=state.Delivery("old", RED, 0))
        memory, effects = decide.decide(memory, decide.LockHeld(), instant(SECOND * 2))

        assert isinstance(effects[-1], decide.RunHook)
        assert effects[-1].telling.status == amber

    def test_attempts_are_one_delivery(self) -> None:
        """Only the first of them counts."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)
        unit.on(decide.TimePassed(), at=delivery.FIRST_RETRY)

        assert unit.memory.delivering is not None
        assert (unit.memory.delivering.attempt, unit.memory.deliveries) == (2, 1)

    def test_contact_that_returns_hurries_what_the_charm_is_not_to_blame_for(self) -> None:
        """A hook that was not started is tried at once when the controller is back."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(ended(outcome.HookResult.NOT_STARTED))
        unit.on(decide.ContactLost())

        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=SECOND).told

    def test_the_same_word_again_hurries_nothing(self) -> None:
        """A hook that cannot be started is tried when it was said that it would be, and not at each fetch."""
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(ended(outcome.HookResult.NOT_STARTED))
        attempts = [
            unit.on(decide.ContactConfirmed(GREEN), at=SECOND * number).told for number in range(1, 5)
        ]

        assert attempts == [None] * 4
        assert GREEN == unit.on(decide.ContactConfirmed(GREEN), at=delivery.FIRST_RETRY).told
        unit.on(ended(outcome.HookResult.NOT_STARTED))
        assert RED == unit.on(decide.ContactConfirmed(RED), at=delivery.FIRST_RETRY + SECOND).told

    def test_an_event_hurries_what_the_charm_is_not_to_blame_for(self) -> None:
        """The controller speaks by itself: what was not started is tried at once, a failed hook is not."""
        spoken = decide.ContactConfirmed(GREEN, by_event=True)
        unit = Unit().on(decide.ContactConfirmed(GREEN)).on(ended(outcome.HookResult.NOT_STARTED))
        failed = Unit().on(decide.ContactConfirmed(GREEN)).on(FAILED)

        assert GREEN == unit.on(spoken, at=SECOND).told
        assert failed.on(spoken, at=SECOND).told is None

    def test_an_end_that_nobody_waits_for_is_named(self) -> None:
        """The sentence says what the shell did wrong."""
        with pytest.raises(errors.LocalProtocolError, match=r"^a hook ended while no delivery was under way"):
            Unit().on(RAN)


class TestWarning:
    """A warning of a stage, as far as it is decided beside deliveries."""

    CHOSEN = policy.amber_red(warning=SECOND * 60)
    DUE = A - SECOND * 60

    def cut_off(self, unit_status: status.MeterStatus = GREEN) -> Unit:
        return Unit(cut_off(unit_status).memory).on(decide.Started(self.CHOSEN))

    def test_nobody_is_warned_of_what_is_no_worse(self) -> None:
        """A unit that is RED hears nothing of the stages, and is not woken for them."""
        unit = self.cut_off(RED).on(decide.TimePassed(), at=SECOND)
        assert unit.wake_after is None

        for at in (self.DUE, A, R - SECOND * 60):
            assert unit.on(decide.TimePassed(), at=at).told is None

    def test_only_the_lock_is_asked_for(self) -> None:
        """Nothing has changed by then that had to be written."""
        memory = self.cut_off().on(decide.TimePassed(), at=self.DUE - SECOND / 2).memory

        assert decide.decide(memory, decide.TimePassed(), instant(self.DUE))[1] == (decide.TakeLock(),)

    def test_a_delivery_that_rests_is_not_forgotten(self) -> None:
        """The warning is given between two of its attempts, which go on."""
        amber = status.MeterStatus("AMBER", "near")
        unit = told(GREEN).on(decide.ContactConfirmed(amber)).on(FAILED).on(decide.ContactLost())
        pending = dataclasses.replace(state.Delivery("x", amber, 3), retry_at=instant(R).boot)
        memory = dataclasses.replace(unit.memory, delivering=pending, own_policy=self.CHOSEN)

        memory, effects = decide.decide(memory, decide.TimePassed(), instant(R - SECOND * 60))

        assert effects[-1] == decide.TakeLock()
        assert memory.delivering == pending

    @pytest.mark.parametrize("result", [outcome.HookResult.FAILED, outcome.HookResult.NOT_STARTED])
    def test_its_end_is_taken_in(self, result: outcome.HookResult) -> None:
        """None is under way any more; one that never was is not counted as given, and put off."""
        unit = self.cut_off().on(decide.TimePassed(), at=self.DUE)
        assert unit.memory.warning == "AMBER"
        unit.on(ended(result), at=self.DUE)

        was_given = result is outcome.HookResult.FAILED
        assert (unit.memory.warning, unit.memory.warned) == ("", "AMBER" if was_given else "")
        assert (unit.memory.warn_again_at is None) == was_given
        again = self.DUE + escalation.AGAIN
        unit.on(decide.TimePassed(), at=again)
        assert isinstance(unit.effects[-1], decide.RunHook) == (not was_given)
        assert unit.memory.warn_again_at is None

    def test_contact_begins_anew(self) -> None:
        """After it the charm is warned of the same stage again, and what was put off is not any more."""
        unit = self.cut_off().on(decide.TimePassed(), at=self.DUE).on(RAN, at=self.DUE)
        unit.on(decide.ContactConfirmed(GREEN), at=self.DUE + SECOND)
        assert unit.memory.warned == ""

        memory = dataclasses.replace(unit.memory, warn_again_at=SECOND)
        unit = Unit(memory).on(decide.ContactConfirmed(GREEN), at=self.DUE + SECOND)
        assert unit.memory.warn_again_at is None


def test_a_controller_without_meter_status_is_nothing_to_be_cut_off_from() -> None:
    """It tells nothing, and neither its loss nor any time without it is a stage, until a word comes."""
    unit = Unit(state.State("GREEN", "ok")).on(decide.ContactConfirmed(GREEN)).on(RAN)
    unit.on(decide.Unmetered(), SECOND)
    assert unit.effects == (decide.Save(),)
    for event, at in ((decide.ContactLost(), 2 * SECOND), (decide.TimePassed(), 1000 * R)):
        unit.on(event, at)
        assert (unit.effects, unit.memory.disconnected) == ((), None)
    started = Unit(state.State.from_yaml(unit.memory.to_yaml()))
    started.on(decide.Started(), 1001 * R).on(decide.ContactLost(), 1001 * R).on(
        decide.TimePassed(), 2000 * R
    )
    assert started.effects == ()

    unit.on(decide.ContactConfirmed(GREEN), 2000 * R)
    assert not unit.memory.unmetered
    unit.on(decide.ContactLost(), 2000 * R + SECOND).on(decide.TimePassed(), 2001 * R)
    assert unit.kinds[-1:] == [decide.RunHook]
    assert unit.memory.delivering is not None
    assert unit.memory.delivering.status == RED_STAGE


def test_a_controller_without_meter_status_takes_nothing_back() -> None:
    """A unit that went RED by itself stays RED, and what its hook may not have heard waits for a word."""
    unit = Unit(state.State("GREEN", "ok")).on(decide.ContactLost()).on(decide.TimePassed(), R)
    unit.on(decide.Unmetered(), R + SECOND)
    assert unit.memory.disconnected is None
    assert unit.memory.delivering is not None
    assert [kind for kind in unit.kinds if kind is decide.RunHook] == []
    unit.on(decide.ContactConfirmed(GREEN), R + 2 * SECOND)
    assert unit.kinds[-1:] == [decide.RunHook]


class TestEpochs:
    """What becomes of a word that is older than what the unit has heard; ``test_epoch`` has every case."""

    HOUR = datetime.timedelta(hours=1)

    def word(
        self,
        revision: int,
        number: int = 5,
        *,
        policy: policy.Policy | None = None,
        maintenance: datetime.timedelta = offline_clock.NOTHING,
        is_silent: bool = False,
        lacks: epoch.Place | None = None,
    ) -> decide.PolicyWord:
        place = epoch.Place(number, revision, 400)
        return decide.PolicyWord(
            policy, is_silent=is_silent, place=place, maintenance=maintenance, lacks=lacks
        )

    def told_red(self) -> Unit:
        unit = Unit().on(decide.ContactConfirmed(GREEN, self.word(511))).on(RAN)
        return unit.on(decide.ContactConfirmed(RED, self.word(512))).on(RAN)

    def test_one_that_is_behind_lowers_nothing_and_is_contact(self) -> None:
        """It stays RED, a person is told once, and no stage comes of it."""
        unit = self.told_red().on(decide.ContactConfirmed(GREEN, self.word(498)), SECOND)
        assert unit.told is None
        (notice,) = [effect.text for effect in unit.effects if isinstance(effect, decide.Notice)]
        assert "is at revision 498 of epoch 5, and this unit has heard revision 512 of epoch 5" in notice
        assert unit.memory.disconnected is None
        assert unit.memory.latest_contact == offline_clock.contact(instant(SECOND))
        again = unit.on(decide.ContactConfirmed(GREEN, self.word(498)), 2 * SECOND)
        assert not any(isinstance(effect, decide.Notice) for effect in again.effects)
        assert again.memory.delivered == RED

    def test_one_that_lacks_what_was_heard_does_not_catch_up(self) -> None:
        """It says so itself: what it changes from then on is another history, however high its revision."""
        lacks = epoch.Place(5, 512, 400)
        unit = self.told_red().on(decide.ContactConfirmed(GREEN, self.word(600, lacks=lacks)), SECOND)
        assert unit.told is None
        assert unit.memory.delivered == RED

    def test_one_that_is_behind_brings_neither_policy_nor_maintenance(self) -> None:
        """Both may lengthen a wait that the newer one shortened."""
        short = policy.amber_red(10 * SECOND, 20 * SECOND)
        unit = self.told_red().on(decide.ContactConfirmed(RED, self.word(513, policy=short)))
        unit.on(decide.ContactConfirmed(RED, self.word(498, maintenance=self.HOUR)), SECOND)
        assert unit.memory.policy == short
        assert escalation.longer(unit.memory) == offline_clock.NOTHING

    def test_one_that_says_nothing_of_it_keeps_the_policy_and_no_maintenance(self) -> None:
        """Neither wait gets longer by silence: what was announced may have been taken back since."""
        short = policy.amber_red(10 * SECOND, 20 * SECOND)
        unit = Unit().on(decide.ContactConfirmed(GREEN, self.word(511, policy=short, maintenance=self.HOUR)))
        unit.on(RAN)
        assert escalation.longer(unit.memory) == self.HOUR
        unit.on(decide.ContactConfirmed(GREEN), SECOND)
        assert unit.memory.policy == short
        assert escalation.longer(unit.memory) == offline_clock.NOTHING

    def test_one_that_is_behind_may_raise(self) -> None:
        """The worse of both holds, and what it made worse it may make better again."""
        unit = Unit().on(decide.ContactConfirmed(GREEN, self.word(512))).on(RAN)
        assert unit.on(decide.ContactConfirmed(RED, self.word(498))).told == RED
        unit.on(RAN)
        assert unit.on(decide.ContactConfirmed(GREEN, self.word(499)), SECOND).told == GREEN

    def test_a_new_epoch_rules(self) -> None:
        """Whatever was heard; a person is told that it was led back."""
        unit = self.told_red().on(decide.ContactConfirmed(GREEN, self.word(401, 6)), SECOND)
        assert unit.told == GREEN
        (notice,) = [effect.text for effect in unit.effects if isinstance(effect, decide.Notice)]
        assert "it was led back by a restore" in notice

    def test_one_that_was_superseded_is_no_contact(self) -> None:
        """A forgotten controller holds no unit back: the time since the last contact goes on."""
        unit = self.told_red().on(decide.ContactLost(), SECOND)
        unit.on(decide.ContactConfirmed(GREEN, self.word(900, 4)), A)
        assert unit.told is None
        assert unit.memory.disconnected is not None
        assert unit.memory.delivered == RED
        assert escalation.elapsed(unit.memory, instant(A)) == A
        green = Unit().on(decide.ContactConfirmed(GREEN, self.word(512))).on(RAN).on(decide.ContactLost())
        assert green.on(decide.ContactConfirmed(GREEN, self.word(900, 4)), A).told == AMBER_STAGE

    def test_a_controller_without_epochs_rules(self) -> None:
        """Juju's says nothing of them, with a word of policies or without."""
        for word in (None, decide.PolicyWord(None)):
            assert self.told_red().on(decide.ContactConfirmed(GREEN, word), SECOND).told == GREEN

    def test_one_that_does_not_say_where_it_is_lowers_nothing(self) -> None:
        """Nor does it take a policy back."""
        short = policy.amber_red(10 * SECOND, 20 * SECOND)
        unit = self.told_red().on(decide.ContactConfirmed(RED, self.word(513, policy=short)))
        unit.on(
            decide.ContactConfirmed(GREEN, decide.PolicyWord(None, is_silent=True, place=epoch.UNSAID)),
            SECOND,
        )
        assert (unit.told, unit.memory.policy) == (None, short)

    def test_a_word_whose_policy_cannot_be_followed_says_where_it_is(self) -> None:
        """What it said of policies before holds."""
        short = policy.amber_red(10 * SECOND, 20 * SECOND)
        unit = self.told_red().on(decide.ContactConfirmed(RED, self.word(513, policy=short)))
        unit.on(decide.ContactConfirmed(GREEN, self.word(514, is_silent=True)), SECOND)
        assert (unit.told, unit.memory.policy) == (GREEN, short)
        assert unit.memory.standing == epoch.Standing(epoch.Place(5, 514))
