"""What an operator is told of a unit, from its memory and what its worker knows."""

import dataclasses
import datetime
from typing import Any

import pytest

from meterstatus.domain import epoch, instants, policy, status
from meterstatus.domain.hook import outcome, trouble
from meterstatus.domain.unit import delivery, offline_clock, state, unit_report

SECOND = datetime.timedelta(seconds=1)
WALL = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
CONTACT = offline_clock.Instant(WALL, 1000 * SECOND, "boot-1")
KNOWN = state.State(
    code="GREEN", info="ok", mark=offline_clock.contact(CONTACT), own_policy=policy.JUJU_POLICY
)
CUT_OFF = dataclasses.replace(
    KNOWN, disconnected=state.Disconnected(int(WALL.timestamp()), state.WorkerState.WAITING_AMBER)
)
CONNECTED = unit_report.Running(mode=unit_report.Mode.CONNECTED)
ISOLATED = unit_report.Running(mode=unit_report.Mode.ISOLATED)


def later(seconds: float) -> offline_clock.Instant:
    return offline_clock.Instant(WALL + seconds * SECOND, (1000 + seconds) * SECOND, "boot-1")


def test_a_unit_that_is_well_says_no_more_than_it_knows() -> None:
    """In contact there are the status, the last contact and the policy; no stage, and no trouble."""
    assert unit_report.describe(KNOWN, CONNECTED, later(12.5)) == {
        "mode": "connected",
        "status": "GREEN",
        "info": "ok",
        "last-contact": "2031-05-06T07:08:09Z",
        "seconds-since-contact": 12,
        "policy": {
            "words": "AMBER after 5m, RED after 15m",
            "origin": "agent",
            "amber-grace-seconds": 300.0,
            "red-grace-seconds": 900.0,
            "warning-seconds": None,
        },
    }


def test_a_new_unit_has_no_contact_to_tell() -> None:
    """Where there never was contact there is neither an instant of it nor a time since."""
    report = unit_report.describe(state.State(), CONNECTED, later(0))
    assert list(report) == ["mode", "status", "info", "policy"]


def test_cut_off_it_tells_since_when_and_what_comes() -> None:
    """The loss, the time counted, and the next stage with its instant and how soon."""
    report = unit_report.describe(CUT_OFF, ISOLATED, later(60))
    assert report["disconnected-since"] == "2031-05-06T07:08:09Z"
    assert report["seconds-since-contact"] == 60
    assert report["next-stage"] == {
        "status": "AMBER",
        "at": "2031-05-06T07:13:09Z",
        "in-seconds": 240,
    }
    mark = offline_clock.advanced(offline_clock.contact(CONTACT), later(30))
    moved = dataclasses.replace(CUT_OFF, mark=mark)
    assert unit_report.describe(moved, ISOLATED, later(60)) == report, "wherever the mark was moved on to"


def test_a_stage_is_told_before_the_loss_is_recorded() -> None:
    """A worker that still lets the controller be tried says already which stage comes without contact."""
    assert "next-stage" in unit_report.describe(KNOWN, ISOLATED, later(60))


@pytest.mark.parametrize("memory", [KNOWN, CUT_OFF])
def test_in_contact_no_stage_comes(memory: state.State) -> None:
    """A connected worker tells no stage, whatever its memory says."""
    assert "next-stage" not in unit_report.describe(memory, CONNECTED, later(60))


def test_after_the_last_stage_none_is_told() -> None:
    """A unit that knows the worst has no next stage."""
    told_red = dataclasses.replace(CUT_OFF, code="RED")
    assert "next-stage" not in unit_report.describe(told_red, ISOLATED, later(60))


def test_a_later_contact_than_the_one_written_down_counts() -> None:
    """What a worker knows beside its disk is the contact that is told."""
    heard = dataclasses.replace(KNOWN, latest_contact=offline_clock.contact(later(40)))
    report = unit_report.describe(heard, CONNECTED, later(45))
    assert (report["last-contact"], report["seconds-since-contact"]) == ("2031-05-06T07:08:49Z", 5)


def test_a_set_clock_does_not_change_what_was_counted() -> None:
    """The time without contact is the one counted, not a difference of wall times (B-16)."""
    set_back = dataclasses.replace(later(60), wall=WALL - datetime.timedelta(days=1))
    report: dict[str, Any] = unit_report.describe(CUT_OFF, ISOLATED, set_back)
    assert report["seconds-since-contact"] == 60
    assert report["next-stage"]["in-seconds"] == 240
    assert report["next-stage"]["at"] == "2031-05-05T07:12:09Z"


def test_a_clock_that_is_behind_is_told() -> None:
    """By how much it shows less than it has shown, if it is more than a clock that is slewed."""
    for behind, told in ((datetime.timedelta(days=1), 86400), (datetime.timedelta(seconds=1), None)):
        assert CUT_OFF.mark is not None
        read = dataclasses.replace(later(60), wall=CUT_OFF.mark.highest_wall - behind)
        assert unit_report.describe(CUT_OFF, ISOLATED, read).get("clock-behind-seconds") == told


def test_the_controllers_policy_is_told_as_its_word() -> None:
    """The controller's policy is told apart from the agent's options; a stage that is off is null."""
    ruled = dataclasses.replace(KNOWN, policy=policy.amber_red(None, 60 * SECOND, 10 * SECOND))
    assert unit_report.describe(ruled, CONNECTED, later(0))["policy"] == {
        "words": "AMBER off, RED after 1m, warned 10s before",
        "origin": "controller",
        "amber-grace-seconds": None,
        "red-grace-seconds": 60.0,
        "warning-seconds": 10.0,
    }


def test_more_stages_than_two_are_told_one_by_one() -> None:
    """Each with its name, what a hook is told, and after how long; two need no list."""
    stages = tuple(
        policy.Stage(code, seconds * SECOND, info)
        for code, seconds, info in (
            (status.StatusCode.AMBER, 10, "a"),
            (status.StatusCode.AMBER, 20, "b"),
            (status.StatusCode.RED, 30, "c"),
        )
    )
    ruled = dataclasses.replace(KNOWN, policy=policy.Policy(stages))
    told = unit_report.describe(ruled, CONNECTED, later(0))["policy"]
    assert isinstance(told, dict)
    assert told["stages"] == [
        {"name": "AMBER", "status": "AMBER", "info": "a", "grace-seconds": 10.0},
        {"name": "AMBER2", "status": "AMBER", "info": "b", "grace-seconds": 20.0},
        {"name": "RED", "status": "RED", "info": "c", "grace-seconds": 30.0},
    ]


def test_a_word_that_the_hook_does_not_know_is_told() -> None:
    """What the controller said is there only where the hook was told something else."""
    heard = dataclasses.replace(KNOWN, observed=status.MeterStatus("RED", "gone"))
    report = unit_report.describe(heard, CONNECTED, later(0))
    assert report["controllers-word"] == {"status": "RED", "info": "gone"}
    assert "controllers-word" not in unit_report.describe(KNOWN, CONNECTED, later(0))


def test_a_delivery_that_rests_tells_when_it_is_tried_again() -> None:
    """After a failure the attempt, what became of it, and when the next is."""
    pending = state.Delivery("made-up", status.MeterStatus("RED", "gone"), attempt=3, retry_at=1030 * SECOND)
    failed = outcome.HookOutcome(outcome.HookResult.FAILED, 7, "dispatch failed")
    running = dataclasses.replace(CONNECTED, last_outcome=failed, next_action=1030 * SECOND)
    report = unit_report.describe(dataclasses.replace(KNOWN, delivering=pending), running, later(10))
    expected = {
        "delivering": "RED",
        "delivering-info": "gone",
        "delivery-id": "made-up",
        "attempt": 3,
        "retry-at": "2031-05-06T07:08:39Z",
        "retry-in-seconds": 20,
        "last-outcome": "failed",
        "last-exit-status": 7,
        "last-outcome-detail": "dispatch failed",
        "next-action": "2031-05-06T07:08:39Z",
    }
    assert {key: report[key] for key in expected} == expected


@pytest.mark.parametrize("retry_at", [None, 1010 * SECOND])
def test_a_delivery_under_way_does_not_wait(retry_at: datetime.timedelta | None) -> None:
    """One that never failed, or whose next attempt has come, has no time to be tried again."""
    pending = state.Delivery("made-up", status.MeterStatus("RED"), retry_at=retry_at)
    report = unit_report.describe(dataclasses.replace(KNOWN, delivering=pending), CONNECTED, later(10))
    assert report["delivering"] == "RED"
    assert "retry-at" not in report


def test_an_outcome_has_no_more_than_it_had() -> None:
    """A hook that never exited has no exit status, and one without a word to say no detail."""
    last = outcome.HookOutcome(outcome.HookResult.TIMED_OUT)
    report = unit_report.describe(KNOWN, dataclasses.replace(CONNECTED, last_outcome=last), later(0))
    assert report["last-outcome"] == "timed out"
    assert not {"last-exit-status", "last-outcome-detail"} & report.keys()


def test_trouble_is_told_in_words() -> None:
    """A memory that is not on the disk, a copy that the controller lacks, a memory that was damaged."""
    running = dataclasses.replace(CONNECTED, unsaved="cannot write x: no space", is_unreported=True)
    damaged = dataclasses.replace(KNOWN, unsure=True, warned="AMBER")
    report = unit_report.describe(damaged, running, later(0))
    assert (report["unsaved"], report["unsaved-error"]) == (True, "cannot write x: no space")
    assert (report["unreported"], report["unsure"], report["warned-of"]) == (True, True, "AMBER")


def test_a_memory_of_jujus_tells_the_loss_it_has() -> None:
    """A disconnect record without a mark gives the instant of the record, and counts nothing."""
    jujus = state.State(
        "GREEN", "", state.Disconnected(int(WALL.timestamp()), state.WorkerState.WAITING_AMBER)
    )
    report = unit_report.describe(jujus, ISOLATED, later(0))
    assert report["disconnected-since"] == "2031-05-06T07:08:09Z"
    assert "last-contact" not in report


def test_the_delays_are_those_of_the_deliveries() -> None:
    """What is told to rest is what the decisions let rest."""
    pending = state.Delivery("made-up", status.MeterStatus("RED"), retry_at=1020 * SECOND)
    assert delivery.rests(pending, later(19.9))
    memory = dataclasses.replace(KNOWN, delivering=pending)
    assert "retry-at" in unit_report.describe(memory, CONNECTED, later(19.9))
    assert "retry-at" not in unit_report.describe(memory, CONNECTED, later(20))


def test_a_unit_whose_controller_has_no_meter_status_has_no_stage_to_come() -> None:
    """That is said, and nothing is counted towards anything."""
    without = dataclasses.replace(KNOWN, unmetered=True)
    report = unit_report.describe(without, ISOLATED, later(10_000))
    assert report["unmetered"] is True
    assert "next-stage" not in report
    assert "disconnected-since" not in report


def test_epochs_and_maintenance_are_shown() -> None:
    """How the controller stands, and how much longer each stage takes."""
    memory = dataclasses.replace(
        KNOWN,
        mark=offline_clock.contact(CONTACT, 90.5 * SECOND),
        standing=epoch.Standing(epoch.Place(1, 512), older=epoch.Place(1, 498)),
    )
    report = unit_report.describe(memory, CONNECTED, later(0))
    assert report["maintenance-seconds"] == 90
    assert report["epoch"] == {
        "number": 1,
        "revision": 512,
        "state": "behind",
        "restored-from": None,
        "controller-at": {"number": 1, "revision": 498},
    }


def test_a_wait_for_the_machine_lock_is_told_with_who_is_in_the_way() -> None:
    """How long, and who holds the lock where that is known; in words for whoever must know the reason."""
    wait = unit_report.LockWait(62.5 * SECOND, "/tmp/lock is held by process 7")
    report = unit_report.describe(KNOWN, dataclasses.replace(CONNECTED, lock_wait=wait), later(0))
    assert (report["lock-wait-seconds"], report["lock-holder"]) == (62, "/tmp/lock is held by process 7")
    assert wait.words == "its hook has waited 62 s for the machine lock: /tmp/lock is held by process 7"

    unnamed = unit_report.LockWait(5 * SECOND, "")
    report = unit_report.describe(KNOWN, dataclasses.replace(CONNECTED, lock_wait=unnamed), later(0))
    assert report["lock-wait-seconds"] == 5
    assert "lock-holder" not in report
    assert unnamed.words == "its hook has waited 5 s for the machine lock"


def test_trouble_is_shown_with_its_reason() -> None:
    """When it is tried again only where that is a matter of time; nothing where nothing troubles the unit."""
    charm = trouble.Trouble(trouble.Reason.CHARM, "there is none")
    report = unit_report.describe(KNOWN, dataclasses.replace(CONNECTED, trouble=charm), later(0))
    assert report["trouble"] == {"reason": "charm", "detail": "there is none"}
    at = later(0).wall
    shown = instants.in_full(at)
    failed = trouble.Trouble(trouble.Reason.HOOK_FAILED, "failed", at)
    report = unit_report.describe(KNOWN, dataclasses.replace(CONNECTED, trouble=failed), later(0))
    assert report["trouble"] == {"reason": "hook-failed", "detail": "failed", "retry-at": shown}
    assert "trouble" not in unit_report.describe(KNOWN, CONNECTED, later(0))
