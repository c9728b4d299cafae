"""harness.invariants.memory: it reads what the product writes, and takes damage as the documents say."""

import asyncio
import dataclasses
import datetime
import pathlib

import pytest

from harness import disk
from harness.invariants import memory
from meterstatus import errors
from meterstatus.adapters.files import state as files
from meterstatus.domain import epoch, policy, status
from meterstatus.domain.unit import offline_clock, state, state_file

WALL = datetime.datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
RED, GREEN = status.MeterStatus("RED", "budget"), status.MeterStatus("GREEN", "")
AT = offline_clock.Instant(WALL, 100.5 * SECOND, "boot")
FULL = state.State(
    code="GREEN",
    disconnected=state.Disconnected(12, 1),
    observed=RED,
    mark=offline_clock.Mark(12 * SECOND, AT, WALL + SECOND, 60 * SECOND),
    delivering=state.Delivery("a-1", RED, 2, status.MeterStatus("AMBER", "x")),
    policy=policy.amber_red(120 * SECOND, None, 30 * SECOND),
    missing=True,
    standing=epoch.Standing(epoch.Place(1, 17), older=epoch.Place(1, 3)),
)


def encoded(value: state.State, generation: int = 3, unit: str = "shop/0") -> bytes:
    return state_file.encode(state_file.Contents(value.to_yaml(), unit, generation))


def test_all_that_is_asked_of_a_version() -> None:
    """Each field as it was written."""
    version = memory.read("shop/0", encoded(FULL))
    assert version is not None
    assert version.generation == 3
    assert version.memory == memory.Memory(
        told=GREEN,
        word=RED,
        is_cut_off=True,
        mark=memory.Mark(12.0, memory.Clocks(WALL, 100.5, "boot"), WALL + SECOND, 60.0),
        pending=memory.Pending("a-1", RED, 2),
        doubted=status.MeterStatus("AMBER", "x"),
        rules=memory.Rules((("AMBER", 120.0),), 30.0),
        is_missing=True,
        revision=17,
        is_behind=True,
    )
    assert version.memory.worst() == RED


def test_a_blank_one_says_nothing() -> None:
    """And without a word observed, what the hook was told is the controller's."""
    version = memory.read("shop/0", encoded(state.State()))
    assert version is not None
    assert version.memory == memory.Memory()
    assert version.memory.worst() is None
    told = memory.read("shop/0", encoded(state.State("RED", "budget")))
    assert told is not None
    assert (told.memory.told, told.memory.word) == (RED, RED)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version: 1\n",
        encoded(FULL)[:-1],
        encoded(FULL).replace(b"RED", b"TED"),
        encoded(FULL, unit="db/0"),
    ],
    ids=["empty", "cut early", "cut late", "changed", "another unit's"],
)
def test_what_is_no_version(content: bytes) -> None:
    """Cut, changed, or of another unit."""
    assert memory.read("shop/0", content) is None


def test_the_copy_of_a_controller() -> None:
    """Juju's keys alone."""
    assert memory.of_copy(state.State("RED", "budget").to_yaml()).told == RED
    assert memory.of_copy("").told is None


def test_policies() -> None:
    """The wire's, and where nobody says anything Juju's."""
    assert memory.rules_of(None) == memory.JUJU_RULES == memory.rules_of(policy.JUJU_POLICY)
    assert memory.rules_of(FULL.policy) == memory.Rules((("AMBER", 120.0),), 30.0)
    assert memory.JUJU_RULES.grace("RED") == 900.0
    assert memory.rules_of(FULL.policy).grace("RED") is None


OLD, NEW = encoded(state.State("GREEN"), 3), encoded(FULL, 4)
BAD = NEW[:-7]
FILES = {
    "nothing": (None, None, None),
    "an empty file that is the first": (b"", None, None),
    "both whole": (NEW, OLD, None),
    "the first": (OLD, None, None),
    "damaged": (BAD, OLD, None),
    "gone": (None, OLD, None),
    "emptied": (b"", OLD, None),
    "another unit's": (encoded(FULL, 4, "db/0"), OLD, None),
    "older than the version before": (OLD, NEW, None),
    "both damaged": (BAD, BAD, None),
    "damaged without a version before": (BAD, None, None),
    "a newer reserve": (OLD, None, NEW.ljust(9000, b"\0")),
    "an older reserve": (NEW, OLD, OLD.ljust(9000, b"\0")),
    "a blank reserve": (NEW, OLD, bytes(9000)),
    "a torn reserve": (NEW, OLD, BAD.ljust(9000, b"\0")),
    "damaged, and a newer reserve": (BAD, OLD, NEW.ljust(9000, b"\0")),
    "both damaged, and a reserve": (BAD, BAD, NEW.ljust(9000, b"\0")),
}


@pytest.mark.parametrize("contents", FILES.values(), ids=FILES)
def test_what_an_agent_finds(contents: tuple[bytes | None, ...], caplog: pytest.LogCaptureFixture) -> None:
    """It is what the product takes for its memory, and damage is what the product complains of."""
    path = pathlib.Path("/d/meter-status.yaml")
    folder = disk.SimulatedDisk()
    for suffix, content in zip(("", ".previous", ".reserve"), contents, strict=True):
        if content is not None:
            folder.put(path.with_name(path.name + suffix), content)
    found = memory.find("shop/0", *contents)
    is_said = False
    try:
        taken = asyncio.run(files.DiskBackedState(path, "shop/0", files=folder).read())
    except errors.NotFoundError:
        taken = None
    except errors.StateCorruptError as error:
        is_said, taken = True, state.State.after_damage(error.last_written)
    is_said = is_said or any("going on" in line for line in caplog.messages)
    assert found.is_damaged is is_said
    if taken is None or taken == state.State():
        assert found.memory is None
        return
    assert found.memory is not None
    again = memory.read("shop/0", encoded(taken))
    assert again is not None
    if found.memory.mark is not None and found.memory.mark.counted == memory.LONGEST:
        assert taken.mark is not None
        assert taken.mark.counted == policy.LONGEST
        assert dataclasses.replace(again.memory, mark=None) == dataclasses.replace(found.memory, mark=None)
        return
    assert again.memory == found.memory
