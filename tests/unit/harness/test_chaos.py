"""The chaos run's own parts: the judge can fail, the plan repeats, the hook's record is read as written."""

import dataclasses
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Sequence

import pytest

from harness.chaos import agent, damage, hook, judge, machine, plan, record, run, story
from meterstatus.domain import policy
from meterstatus.domain import status as statuses
from meterstatus.domain.unit import offline_clock, state, state_file
from meterstatus.runtime import clock, durable_file

UNIT = "chaos/0"
OFFLINE = policy.DISCONNECTED_INFO
GREEN, RED = statuses.MeterStatus("GREEN", f"{UNIT} change 1"), statuses.MeterStatus("RED", OFFLINE)
OUTAGE = judge.Outage(20.0)


def told(
    code: str, info: str = OFFLINE, began: float = 30.0, *, succeeds: bool = True, **changed: object
) -> record.Run:
    made = record.Run(
        machine=0,
        unit=UNIT,
        pid=1,
        began=began,
        status=statuses.MeterStatus(code, info),
        delivery_id="a",
        attempt=1,
        origin="agent" if info == OFFLINE else "controller",
        previous=None,
        since_contact=10,
        behaviour="well",
        alone=True,
        ended=began + 0.1 if succeeds else None,
        exit_status=0 if succeeds else None,
    )
    return dataclasses.replace(made, **changed)


def evidence(*runs: record.Run, troubles: Sequence[judge.Trouble] = (), **changed: object) -> judge.Evidence:
    known = judge.Evidence(
        unit=UNIT,
        runs=runs,
        changes=(judge.Change(UNIT, GREEN, sent=10.0, acked=10.1),),
        outages=(OUTAGE,),
        troubles=troubles,
    )
    return dataclasses.replace(known, **changed)


def trouble(ill: judge.Ill) -> tuple[judge.Trouble, ...]:
    return (judge.Trouble(ill, 5.0),)


def test_severity_that_falls_without_contact() -> None:
    """What falls by the agent's own word, or in an outage, is accused; not what was forgotten, nor a rise."""
    fall = told("RED", began=21.0), told("AMBER", began=25.0)
    assert [*judge.never_falls(evidence(*fall))]
    in_the_outage = told("RED", began=21.0), told(*dataclasses.astuple(GREEN), began=25.0)
    assert [*judge.never_falls(evidence(*in_the_outage))]
    assert not [*judge.never_falls(evidence(*in_the_outage, outages=()))]
    assert not [*judge.never_falls(evidence(*reversed(fall)))]
    assert not [*judge.never_falls(evidence(*fall, troubles=trouble(judge.Ill.MEMORY)))]


def test_a_stage_that_is_early() -> None:
    """A stage sooner than its grace after the last change that was fetched is accused, to the millisecond."""
    heard = told(*dataclasses.astuple(GREEN), began=11.0)
    assert [*judge.never_early(evidence(heard, told("RED", began=15.999)))]
    assert not [*judge.never_early(evidence(heard, told("RED", began=16.0)))]
    assert [*judge.never_early(evidence(heard, told("AMBER", began=12.999)))]
    early = heard, told("AMBER", began=12.0)
    assert not [*judge.never_early(evidence(*early, troubles=trouble(judge.Ill.CLOCK)))]


def test_time_that_was_forgotten() -> None:
    """An agent that tells, or leaves on its disk, less time than there was no controller is accused."""
    assert [*judge.forgets_nothing(evidence(told("RED", began=40.0, since_contact=6)))]
    assert not [*judge.forgets_nothing(evidence(told("RED", began=40.0, since_contact=20)))]
    assert not [*judge.forgets_nothing(evidence(told("RED", began=40.0, since_contact=6), outages=()))]

    def left(counted: float) -> list[str]:
        at = offline_clock.Instant(state.UTC_EPOCH, datetime.timedelta(seconds=100), "boot")
        mark = offline_clock.Mark(datetime.timedelta(seconds=counted), at, at.wall)
        return [*judge.counts_on(evidence(), 40.0, 102.0, "boot", state.State(mark=mark))]

    assert left(5.0)
    assert not left(20.0)


def test_a_unit_that_is_not_red() -> None:
    """Where RED is overdue, one that was told less, or RED without success, is accused."""
    assert [*judge.in_time(evidence(), 99.0)]
    assert [*judge.in_time(evidence(told("AMBER")), 99.0)]
    assert [*judge.in_time(evidence(told("AMBER"), told("RED", succeeds=False)), 99.0)]
    assert not [*judge.in_time(evidence(told("RED")), 99.0)]
    assert not [*judge.in_time(evidence(troubles=trouble(judge.Ill.MISSING)), 99.0)]


def test_disagreement_at_rest() -> None:
    """At rest the last run, its success and the file must all be the controller's word."""
    heard = told(*dataclasses.astuple(GREEN))
    assert [*judge.agrees(evidence(), GREEN)]
    assert [*judge.agrees(evidence(told("RED")), GREEN)]
    assert [*judge.agrees(evidence(dataclasses.replace(heard, exit_status=1)), GREEN)]
    assert not [*judge.agrees(evidence(heard), GREEN)]
    held = state.State(GREEN.code, GREEN.info)
    assert not [*judge.at_rest(evidence(), held, GREEN)]
    assert [*judge.at_rest(evidence(), held, RED)]
    assert [*judge.at_rest(evidence(), dataclasses.replace(held, disconnected=state.Disconnected(1)), GREEN)]


def test_a_record_of_what_was_not_told() -> None:
    """A file that says delivered without a run's end, or forgets that one is owed, is accused."""
    begun = told("RED", began=30.0, succeeds=False)
    recorded = state.State(RED.code, RED.info)
    assert [*judge.truly_recorded(evidence(begun), 31.0, recorded)]
    assert not [*judge.truly_recorded(evidence(told("RED")), 31.0, recorded)]
    assert [*judge.truly_recorded(evidence(told("RED"), told("AMBER", began=30.5)), 31.0, recorded)]
    written_ahead = state.State(delivering=state.Delivery("a", RED))
    assert not [*judge.truly_recorded(evidence(begun), 31.0, written_ahead)]
    assert [*judge.truly_recorded(evidence(begun), 31.0, state.State())]
    missing = evidence(begun, troubles=trouble(judge.Ill.MISSING))
    assert not [*judge.truly_recorded(missing, 31.0, recorded)]


def test_a_previous_status_that_was_not_told() -> None:
    """A hook that hears of a status before, for which no run came to its end, is accused."""
    after = told("RED", began=30.0, previous=GREEN)
    heard = told(*dataclasses.astuple(GREEN), began=11.0)
    assert [*judge.truly_previous(evidence(after))]
    assert [*judge.truly_previous(evidence(dataclasses.replace(heard, ended=None, exit_status=None), after))]
    assert not [*judge.truly_previous(evidence(heard, after))]


def test_a_repeat_under_another_id() -> None:
    """What did not end and is told again under another id is accused, where it is the same matter."""
    cut, again = told("RED", began=30.0, succeeds=False), told("RED", began=32.0, delivery_id="b")
    assert [*judge.same_id(evidence(cut, again))]
    assert not [*judge.same_id(evidence(cut, dataclasses.replace(again, delivery_id="a")))]
    assert not [*judge.same_id(evidence(cut, again, outages=()))]
    word = told(*dataclasses.astuple(GREEN), began=11.0, succeeds=False, since_contact=0)
    soon = told(*dataclasses.astuple(GREEN), began=11.9, delivery_id="b")
    assert [*judge.same_id(evidence(word, soon))]
    assert not [*judge.same_id(evidence(word, dataclasses.replace(soon, began=15.0)))]


def test_two_hooks_at_once() -> None:
    """A run that found the lock of the machine's hooks taken is accused."""
    assert [*judge.alone(evidence(told("RED", alone=False)))]
    assert not [*judge.alone(evidence(told("RED")))]


def test_the_word_for_another_unit() -> None:
    """A unit that is told of another one is accused."""
    assert [*judge.own(evidence(told("RED", "chaos/1 change 1")))]
    assert not [*judge.own(evidence(told("RED", f"{UNIT} change 1"), told("RED"), told("AMBER", "not set")))]


def test_a_history_that_lost_or_made_up_something() -> None:
    """What was acknowledged must be there, in order; what was not may be; nothing else."""
    first = judge.Change(UNIT, GREEN, sent=1.0, acked=1.1)
    second = judge.Change(UNIT, statuses.MeterStatus("RED", f"{UNIT} change 2"), sent=2.0)
    one, two = (UNIT, first.status), (UNIT, second.status)
    assert not [*judge.kept([first, second], [one])]
    assert not [*judge.kept([first, second], [one, two])]
    assert [*judge.kept([first, second], [two])]
    assert [*judge.kept([first, second], [two, one])]
    assert [*judge.kept([first], [one, one])]
    assert [*judge.kept([first], [one, two])]


def test_damage_that_is_not_reported_and_reports_of_none() -> None:
    """A damaged file must be complained of, and only a damaged one."""
    complaint = (
        "12:00 ERROR meterstatus.unit-chaos-0: /a/s.yaml: it is empty; going on from /a/s.yaml.previous"
    )
    assert [*judge.complains("", {"/a/s.yaml": True})]
    assert [*judge.complains(complaint, {"/a/s.yaml": False})]
    assert not [*judge.complains(complaint, {"/a/s.yaml": True, "/b/s.yaml": False})]


def test_a_defect_in_a_log() -> None:
    """A traceback is accused."""
    assert [*judge.calm("ready\nTraceback (most recent call last):\n")]
    assert not [*judge.calm("ready\n")]


def test_the_same_seed_makes_the_same_plan() -> None:
    """A plan has at least the cycles asked for, every kind of fault, and depends on the seed alone."""
    drawn = plan.episodes(7, 1000)
    assert drawn == plan.episodes(7, 1000)
    assert drawn != plan.episodes(8, 1000)
    assert sum(episode.cycles for episode in drawn) >= 1000
    lives = [life for episode in drawn for machine in episode.lives for life in machine]
    assert {life.end for life in lives} == set(plan.End)
    assert {life.damage[1] for life in lives if life.damage} == set(plan.Damage)
    assert {each for life in lives for _, each in life.behaviours} == set(plan.Behaviour)
    assert {life.disk for life in lives} == {None, *plan.Disk}
    assert {fault.blow for episode in drawn for fault in episode.controller} == set(plan.Blow)
    assert any(life.reboot for life in lives) and any(life.wall is not None for life in lives)


def test_the_machine_that_runs_the_shipped_agent_keeps_its_wall_clock() -> None:
    """No fault of the wall clock is planned where it could have no effect."""
    first = [life for episode in plan.episodes(0, 500) for life in episode.lives[0]]
    assert all(life.wall is None and (life.reboot is None or life.reboot.wall is None) for life in first)


@pytest.mark.parametrize("kind", list(plan.Damage))
@pytest.mark.parametrize("draw", [0, 12345, 999_999])
def test_damage_is_damage(tmp_path: pathlib.Path, kind: plan.Damage, draw: int) -> None:
    """Whatever is done to a file, it is no state of its unit any more, and where both are hit, neither is."""
    path, other = tmp_path / "s.yaml", tmp_path / "other.yaml"
    former = tmp_path / "s.yaml.previous"
    for each, unit in ((path, UNIT), (other, "chaos/1")):
        each.write_bytes(state_file.encode(state_file.Contents("status-code: RED\n", unit, 2)))
    former.hardlink_to(path)
    good = path.read_bytes()
    assert damage.inflict(path, kind, other, draw)
    assert path.read_bytes() != good
    assert (former.read_bytes() == good) == (kind is not plan.Damage.BOTH)
    assert not damage.inflict(tmp_path / "absent", kind, other, draw)


def test_only_an_agent_that_took_room_before_can_write_on_a_full_disk(tmp_path: pathlib.Path) -> None:
    """A disk that is full before an agent's first write leaves it no memory, and one that is full later does.

    Found by two hundred cycles on a slow machine: the disk was full between an agent's start and its first
    write, and that nothing of its hook's run was on the disk was taken for a defect.
    """
    one = machine.Machine(2, tmp_path, namespaces=False)
    try:
        early, late = plan.units_of(one.number)
        path = one.state_path(early)
        path.parent.mkdir(parents=True)
        durable_file.Reserve(path.with_name(f"{path.name}.reserve")).make()
        assert [one.has_reserve(early), one.has_reserve(late)] == [one.is_mounted, False]
    finally:
        one.close()


def test_a_reboot_ends_a_hook_that_has_written_nothing_yet(tmp_path: pathlib.Path) -> None:
    """What was started a moment before the power went is gone too, and another machine's process is not.

    Found by two hundred cycles beside a load: a hook began 14 ms after its machine's reboot, ran on beside
    the next one, and was taken for a defect.
    """
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    one = machine.Machine(1, tmp_path, namespaces=False)
    other = tmp_path / "machine-10"
    hooks = [
        subprocess.Popen(words, env={"CHARM_DIR": os.fspath(folder / "charm")})
        for folder in (one.folder, other)
    ]
    try:
        one.reboot(30.0)
        assert hooks[0].wait(10) == -signal.SIGKILL
        assert hooks[1].poll() is None
    finally:
        for hook_process in hooks:
            hook_process.kill()
            hook_process.wait()
        one.close()


def _run_hook(folder: pathlib.Path, **told: str) -> int:
    environment = {"JUJU_UNIT_NAME": UNIT, "JUJU_METER_STATUS": "RED", "JUJU_METER_INFO": OFFLINE}
    ids = {"METER_STATUS_DELIVERY_ID": "a", "METER_STATUS_ATTEMPT": "1", "METER_STATUS_ORIGIN": "agent"}
    script = os.fspath(pathlib.Path(hook.__file__))
    words = [sys.executable, "-IS", script, os.fspath(folder)]
    return subprocess.run(words, check=False, env={**environment, **ids, **told}).returncode


def test_the_hook_writes_down_what_it_was_told(tmp_path: pathlib.Path) -> None:
    """One that runs well, one that fails and one beside another are told apart in the record."""
    assert _run_hook(tmp_path) == 0
    (tmp_path / "behaviour-chaos-0").write_text("fails")
    assert _run_hook(tmp_path, METER_STATUS_PREVIOUS_STATUS="GREEN") == 1
    with (tmp_path / "record").open("a") as file:
        file.write('{"half')
    first, second = record.read(tmp_path / "record", 0)
    assert first.succeeded and first.alone and first.is_stage and first.previous is None
    assert first.ended is not None and first.began <= first.ended <= second.began
    assert (second.exit_status, second.previous) == (1, statuses.MeterStatus("GREEN"))


def test_the_hook_notices_another(tmp_path: pathlib.Path) -> None:
    """A hook that begins while another runs says so, and a daemon that one has left is no other hook."""
    (tmp_path / "behaviour-chaos-0").write_text("hangs")
    script = os.fspath(pathlib.Path(hook.__file__))
    env = {"JUJU_UNIT_NAME": UNIT, "METER_STATUS_ATTEMPT": "1", "JUJU_METER_INFO": "", "PATH": os.defpath}
    hanging = subprocess.Popen(
        [sys.executable, "-IS", script, os.fspath(tmp_path)], env=env, start_new_session=True
    )
    try:
        while not (tmp_path / "record").exists() or b"child" not in (tmp_path / "record").read_bytes():
            assert hanging.poll() is None
        (tmp_path / "behaviour-chaos-0").write_text("forks a daemon")
        assert _run_hook(tmp_path, PATH=os.defpath) == 0
    finally:
        os.killpg(hanging.pid, 9)
        hanging.wait()
    assert _run_hook(tmp_path, PATH=os.defpath) == 0
    began = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines() if "alone" in line]
    assert [facts["alone"] for facts in began] == [True, False, True]


def test_a_file_moves_the_wall_clock_alone(tmp_path: pathlib.Path) -> None:
    """The wall time follows the file at once, the boot clock its own offset, and the id is the one given."""
    offset = tmp_path / "offset"
    offset.write_text("-3600")
    moved, real = agent.MovedClock(offset, 1000.0, "another boot"), clock.SystemClock()
    ahead = moved.instant_now().boot - real.instant_now().boot
    assert abs(ahead - datetime.timedelta(seconds=1000)) < datetime.timedelta(seconds=60)
    assert abs(moved.now() - real.now() + datetime.timedelta(hours=1)) < datetime.timedelta(minutes=1)
    offset.write_text("86400")
    assert abs(moved.now() - real.now() - datetime.timedelta(days=1)) < datetime.timedelta(minutes=1)
    assert moved.instant_now().boot_id == "another boot"
    assert agent.MovedClock(offset, 0.0, "").instant_now().boot_id == real.instant_now().boot_id


def test_the_account_of_a_failure() -> None:
    """It has the story, the hooks' own lines in their places, the logs' ends and the command to repeat it."""
    log = story.Story()
    at = log.say("machine 0: agent killed")
    log.accuse("6 one hook at a time", "two")
    log.accuse("6 one hook at a time", "two")
    report = run.Report(
        store="sqlite",
        seed=7,
        cycles=20,
        episodes=1,
        runs=1,
        changes=0,
        seconds=1.0,
        ways="",
        violations=tuple(log.violations),
        story=tuple(log.told([told("RED", began=at + 1e-9)])),
        logs={"controller": story.tail("first\nlast", 1)},
    )
    assert len(report.violations) == 1
    texts = ["agent killed", "begins: chaos/0 told RED", "ends: 0", "last", "make chaos CYCLES=20 SEED=7"]
    places = [report.account.index(text) for text in texts]
    assert places[0] < places[1] < places[3] < places[4]
    assert "first" not in report.account
    assert dataclasses.replace(report, violations=()).account == ""
