"""The state and its YAML form (spec worker, A.8)."""

import dataclasses
import datetime

import pytest
import yaml

from meterstatus import errors
from meterstatus.domain import epoch, policy, status
from meterstatus.domain.unit import offline_clock, state

INSTANT = datetime.datetime(2031, 5, 6, 7, 8, 9, 250000, tzinfo=datetime.UTC)

MARK = offline_clock.Mark(
    datetime.timedelta(seconds=1.5),
    offline_clock.Instant(INSTANT, datetime.timedelta(days=3, microseconds=7), "boot-1"),
    INSTANT + datetime.timedelta(hours=1),
    datetime.timedelta(seconds=90.5),
)

FULL = state.State(
    code="AMBER",
    info="unit agent has been disconnected",
    disconnected=state.Disconnected(1893456000, state.WorkerState.WAITING_RED),
    observed=status.MeterStatus("GREEN", "ok"),
    mark=MARK,
    delivering=state.Delivery(
        "18c-3", status.MeterStatus("RED", "gone"), attempt=2, doubted=status.MeterStatus("AMBER", "near")
    ),
    deliveries=3,
    ended=state.Ended("18b-2", 1, INSTANT),
    policy=policy.amber_red(datetime.timedelta(seconds=1.5), None, datetime.timedelta(seconds=1)),
    warned="AMBER",
    unsure=True,
    unmetered=True,
    missing=True,
    standing=epoch.Standing(
        epoch.Place(1795655000, 499, 498),
        restored_from=epoch.Place(1, 512),
        older=epoch.Place(1, 498),
        kept=status.MeterStatus("RED", "over"),
        is_lost=True,
    ),
)


def test_writes_jujus_keys_in_jujus_order_and_no_others() -> None:
    """A state with nothing of ours reads as Juju's own file."""
    value = state.State("AMBER", "cut off", state.Disconnected(1893456000, 2))

    assert [
        ("status-code", "AMBER"),
        ("status-info", "cut off"),
        ("disconnected", {"disconnected-at": 1893456000, "disconnected-state": 2}),
    ] == list(yaml.safe_load(value.to_yaml()).items())


def test_writes_a_blank_state_as_two_empty_texts() -> None:
    """Code and info are never left out."""
    assert yaml.safe_load(state.State().to_yaml()) == {"status-code": "", "status-info": ""}


def test_writes_an_empty_record_as_an_empty_mapping() -> None:
    """A record whose fields are both zero is there, and empty."""
    text = state.State("GREEN", "", state.Disconnected()).to_yaml()

    assert yaml.safe_load(text)["disconnected"] == {}
    assert state.State.from_yaml(text).disconnected == state.Disconnected()


def test_a_policy_without_stages_is_one() -> None:
    """That no stage comes is a word of the controller's too, and survives although nothing stands in it."""
    never = policy.amber_red(None, None)
    assert state.State.from_yaml(state.State(policy=never).to_yaml()).policy == never
    assert state.State.from_yaml(state.State().to_yaml()).policy is None


def test_reads_back_what_it_wrote() -> None:
    """Every field survives, ours as well as Juju's."""
    read = state.State.from_yaml(FULL.to_yaml())
    assert FULL == read
    assert read.deliveries == 3  # which equality does not ask for
    assert read.disconnected is not None
    assert read.disconnected.state is state.WorkerState.WAITING_RED


def test_writes_its_own_keys() -> None:
    """By the names that the reference manual lists."""
    chosen = policy.amber_red(None, datetime.timedelta(seconds=9))
    document = yaml.safe_load(state.State(deliveries=3, policy=chosen).to_yaml())
    assert (document["deliveries"], document["policy"]) == (3, {"red-grace-seconds": 9})


def test_the_policy_that_rules() -> None:
    """The controller's where it has one, else the agent's own."""
    own, controllers = policy.amber_red(red=None), policy.amber_red(amber=None)
    assert state.State(own_policy=own).ruling_policy is own
    assert state.State(own_policy=own, policy=controllers).ruling_policy is controllers


@pytest.mark.parametrize("info", ["", "yes", "1.50", "~", "a: b", "# no", "ü\n\ttab", "'\"", "x" * 5000])
def test_any_information_survives(info: str) -> None:
    """Text that looks like something else in YAML is still that text."""
    assert info == state.State.from_yaml(state.State("GREEN", info).to_yaml()).info


def test_what_is_not_stored_starts_anew() -> None:
    """The retries of a delivery belong to a running agent: a restarted one tries at once."""
    pending = state.Delivery("1-1", status.MeterStatus("RED"), 1, failures=4, retry_at=datetime.timedelta(1))

    read = state.State.from_yaml(state.State(delivering=pending).to_yaml()).delivering

    assert read is not None
    assert (0, None) == (read.failures, read.retry_at)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", state.State()),
        ("# nothing\n", state.State()),
        ("null", state.State()),
        ("unknown: 1\nstatus-code: RED\n", state.State("RED")),
        ("status-code: ~\nstatus-info: null\ndisconnected:\n", state.State()),
        ("status-code: yes\nstatus-info: 1.50\n", state.State("yes", "1.50")),
        ("disconnected: {disconnected-state: 7}", state.State(disconnected=state.Disconnected(0, 7))),
        ("disconnected: {disconnected-at: 1.9e+1}", state.State(disconnected=state.Disconnected(19))),
        ("disconnected: {disconnected-at: -5}", state.State(disconnected=state.Disconnected(-5))),
        (
            "delivering: {id: a, attempt: -2}",
            state.State(delivering=state.Delivery("a", status.MeterStatus(""), 0)),
        ),
    ],
)
def test_reads_leniently(text: str, expected: state.State) -> None:
    """What Juju forgives is forgiven (spec worker, A.8)."""
    assert expected == state.State.from_yaml(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "no YAML"),
        ("\x00", "no YAML"),
        ("- a", "the meter status state is not a mapping"),
        ("text", "the meter status state is not a mapping"),
        ("status-code: [a]", "status-code is not a scalar"),
        ("status-info: {a: b}", "status-info is not a scalar"),
        ("status-info: !!binary aGk", "status-info is no text in base64"),
        ("status-info: !!binary /w==", "status-info is no text in base64"),
        ("? [1, 2]\n: x\nstatus-code: RED\n", "a key of the meter status state is not a scalar"),
        ("disconnected: 5", "disconnected is not a mapping"),
        ("disconnected: {disconnected-at: soon}", "disconnected-at is not a number"),
        ("disconnected: {disconnected-at: .inf}", "disconnected-at is not a number"),
        ("clock: {wall: yesterday}", "wall is no instant"),
        ("clock: {wall: 2031-05-06T07:08:09}", "wall has no time zone"),
        (
            "policy: {amber-grace-seconds: 6, red-grace-seconds: 5, warning-seconds: 1}",
            "the policy has AMBER after 0:00:06 and RED after 0:00:05$",
        ),
        ("policy: {amber-grace-seconds: 5, red-grace-seconds: 5}", "the policy has AMBER after"),
        ("policy: {warning-seconds: -1}", "the policy has AMBER after"),
        ("clock: {counted-seconds: 5}", "the clock has counted"),
        ("clock: {counted-seconds: -5, wall: 2031-05-06T07:08:09Z}", "the clock has counted"),
        ("policy: {amber-grace-seconds: 1.0e+300, red-grace-seconds: 5}", "too large"),
    ],
)
def test_says_what_is_corrupt(text: str, fault: str) -> None:
    """What cannot be understood is refused, and the error names the key."""
    with pytest.raises(errors.StateCorruptError, match=fault):
        state.State.from_yaml(text)


def test_the_record_says_when() -> None:
    """Unix seconds become an aware UTC instant; none is 1970."""
    assert datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC) == state.Disconnected(1893456000, 1).when()
    assert state.Disconnected().when() == state.UTC_EPOCH


def test_worker_states_bear_jujus_numbers() -> None:
    """The numbers are what Juju stores."""
    assert [0, 1, 2, 3] == [
        state.WorkerState.UNINITIALIZED,
        state.WorkerState.WAITING_AMBER,
        state.WorkerState.WAITING_RED,
        state.WorkerState.DONE,
    ]


def test_since_when_contact_is_lost() -> None:
    """By the mark, which is exact, or by Juju's record where there is none; in contact it is not."""
    record = state.Disconnected(int(INSTANT.timestamp()), 1)
    assert state.State(mark=MARK).cut_off_at is None
    assert state.State(disconnected=record).cut_off_at == INSTANT.replace(microsecond=0)
    assert state.State(disconnected=record, mark=MARK).cut_off_at == INSTANT - MARK.counted


def test_after_damage_nothing_is_sure() -> None:
    """Since when there was no contact went with it, so every stage is due; a unit that had none is new."""
    memory = state.State.after_damage(INSTANT)
    assert memory.unsure
    assert memory.mark is not None
    nobodys = offline_clock.Instant(INSTANT, datetime.timedelta(), "")
    assert memory.mark == offline_clock.Mark(policy.LONGEST, nobodys, INSTANT)
    assert state.State.after_damage(None) == state.State()


def test_an_older_version_is_unsure_and_waits_for_no_maintenance() -> None:
    """Maintenance may have been taken back since it was written; all else is kept."""
    mark = offline_clock.Mark(MARK.counted, MARK.at, MARK.highest_wall)
    older = dataclasses.replace(FULL, unsure=False)
    assert older.recovered() == dataclasses.replace(FULL, unsure=True, mark=mark)
    assert state.State("RED").recovered() == state.State("RED", unsure=True)


def test_an_epoch_says_no_more_than_it_has() -> None:
    """In order, with the controller's first epoch, two numbers are all."""
    text = state.State("GREEN", standing=epoch.Standing(epoch.Place(1, 7))).to_yaml()
    assert yaml.safe_load(text)["epoch"] == {"number": 1, "revision": 7}
    read = state.State.from_yaml(state.State("GREEN", standing=FULL.standing).to_yaml()).standing
    assert read is not None
    assert FULL.standing is not None
    assert (read, read.heard.base) == (FULL.standing, 498)


def test_maintenance_on_the_disk_is_no_longer_than_it_may_be() -> None:
    """A file that somebody wrote puts no stage off for ever."""
    text = state.State("GREEN", mark=MARK).to_yaml()
    assert yaml.safe_load(text)["clock"]["maintenance-seconds"] == 90.5
    none = state.State("GREEN", mark=dataclasses.replace(MARK, longer=datetime.timedelta())).to_yaml()
    assert "maintenance-seconds" not in yaml.safe_load(none)["clock"]
    for written, read in (("999999999.0", datetime.timedelta(days=1)), ("-5.0", datetime.timedelta(0))):
        mark = state.State.from_yaml(text.replace("90.5", written)).mark
        assert mark is not None
        assert mark.longer == read
