"""Every point at which the power may go while a unit's state is saved, and every state it may leave.

What a restarted agent reads must be an old or the new version, whole, and never be lost, whatever of the
unsynced contents and names survived (invariant 7).
"""

import asyncio
import errno
import pathlib
import re
from collections.abc import Callable, Sequence, Set

import pytest

from harness import disk
from meterstatus import errors
from meterstatus.adapters.files import state as stores
from meterstatus.domain import status
from meterstatus.domain.unit import state
from meterstatus.runtime import durable_file

NAME, UNIT = "meter-status.yaml", "shop/0"
VERSIONS = tuple(state.State(code, "word " * 20) for code in ("GREEN", "AMBER", "RED"))
KNOWN = re.compile(r"meter-status\.yaml(\.previous|\.reserve|\.damaged-[0-9TZ]+)?|juju[0-9]+")
"""All that may lie about."""

Step = Callable[[pathlib.Path], None]


def damage(path: pathlib.Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def damage_former(path: pathlib.Path) -> None:
    damage(path.with_name(f"{NAME}.previous"))


def litter(path: pathlib.Path) -> None:
    path.with_name("juju123").write_bytes(b"version: 1")


CASES: dict[str, tuple[int, Sequence[Step]]] = {
    "first": (0, ()),
    "second": (1, ()),
    "third": (2, ()),
    "third, with a damaged file": (2, (damage,)),
    "third, with a damaged version before": (2, (damage_former,)),
    "second, with a damaged file": (1, (damage,)),
    "third, with litter": (2, (litter,)),
}
"""How many versions were saved before, and what was done to them."""


def save(directory: pathlib.Path, version: state.State, files: durable_file.Files) -> None:
    asyncio.run(stores.DiskBackedState(directory / NAME, UNIT, files=files).write(version))


def read(directory: pathlib.Path) -> state.State | None:
    """Return what a restarted agent reads; None where it finds nothing at all, or nothing that is whole."""
    try:
        return asyncio.run(stores.DiskBackedState(directory / NAME, UNIT).read())
    except (errors.NotFoundError, errors.StateCorruptError):
        return None


def crash_points(
    case: str, directory: pathlib.Path, found_in: pathlib.Path, failing: dict[str, int] | None = None
) -> int:
    """Cut the power at every operation of one save; return how many states were checked."""
    saved, steps = CASES[case]
    for version in VERSIONS[:saved]:
        save(directory, version, durable_file.SYSTEM_FILES)
    for step in steps:
        step(directory / NAME)
    before, new = read(directory), VERSIONS[saved]
    allowed = {new.delivered, before and before.delivered}
    checked = 0
    for operations in range(100):
        simulated = disk.SimulatedDisk(directory, cut_after=operations, failing=failing)
        is_whole = False
        try:
            save(directory, new, simulated)
            is_whole = True
        except disk.PowerCut:
            pass
        for found in simulated.after_power_cut():
            checked += 1
            disk.lay_out(found, found_in)
            check(found_in, {new.delivered} if is_whole else allowed)
        if is_whole:
            return checked
    raise AssertionError("the save never ends")


def check(found_in: pathlib.Path, allowed: Set[status.MeterStatus | None]) -> None:
    """Check what a restarted agent makes of one state, and that it can go on from there."""
    recovered = read(found_in)
    names = sorted(path.name for path in found_in.iterdir())
    assert (recovered and recovered.delivered) in allowed, names
    save(found_in, state.State("RED", "later"), durable_file.SYSTEM_FILES)
    later = read(found_in)
    assert later is not None
    assert (later.delivered.info, later.unsure) == ("later", False)
    assert all(KNOWN.fullmatch(path.name) for path in found_in.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_every_crash_point(case: str, tmp_path: pathlib.Path) -> None:
    """Whatever a power cut leaves of a save, the unit remembers what it knew or what it was to know."""
    directory = tmp_path / "unit"
    directory.mkdir()
    checked = crash_points(case, directory, tmp_path / "found")
    print(f"{case}: {checked} states after a power cut")  # noqa: T201 - pytest -s
    assert checked > 10


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSPC, errno.EIO])
def test_every_crash_point_without_second_names(case: str, number: int, tmp_path: pathlib.Path) -> None:
    """The version before is a copy then, which is as safe; that it cannot be linked fails no save."""
    directory = tmp_path / "unit"
    directory.mkdir()
    assert crash_points(case, directory, tmp_path / "found", {"link": number}) > 10


class Careless(disk.SimulatedDisk):
    """A disk on which one of the operations does nothing, as if the code had left it out."""

    left_out = ""

    def sync(self, descriptor: int) -> None:
        """Sync, if that is not what was left out."""
        if self.left_out != "sync":
            super().sync(descriptor)

    def sync_directory(self, directory: pathlib.Path) -> None:
        """Sync the names, if that is not what was left out."""
        if self.left_out != "sync_directory":
            super().sync_directory(directory)


@pytest.mark.parametrize("left_out", ["sync", "sync_directory"])
def test_the_search_finds_what_is_left_out(
    left_out: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save that did not sync the file, or the directory, would not pass."""
    directory = tmp_path / "unit"
    directory.mkdir()
    monkeypatch.setattr(Careless, "left_out", left_out)
    monkeypatch.setattr(disk, "SimulatedDisk", Careless)
    with pytest.raises(AssertionError):
        crash_points("first", directory, tmp_path / "found")


@pytest.mark.parametrize("operation", ["create", "write", "sync", "rename"])
@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS])
def test_a_failing_disk_changes_nothing(operation: str, number: int, tmp_path: pathlib.Path) -> None:
    """A save that fails leaves the version before, and the next one works."""
    for version in VERSIONS[:2]:
        save(tmp_path, version, durable_file.SYSTEM_FILES)
    simulated = disk.SimulatedDisk(tmp_path, failing={operation: number})
    with pytest.raises(errors.StateWriteError):
        save(tmp_path, VERSIONS[2], simulated)
    for found in simulated.after_power_cut():
        disk.lay_out(found, tmp_path / "found")
        check(tmp_path / "found", {VERSIONS[1].delivered})


@pytest.mark.parametrize("operation", ["create", "write", "rename"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_every_crash_point_of_a_full_disk(operation: str, number: int, tmp_path: pathlib.Path) -> None:
    """What a full disk does not take is in reserve: whole, or the unit is unsure, and never silently older.

    The second time what was in reserve is written over, which a power cut may tear.
    """
    directory, found_in = tmp_path / "unit", tmp_path / "found"
    directory.mkdir()
    save(directory, VERSIONS[0], durable_file.SYSTEM_FILES)
    failing = {operation: number}
    for known in (VERSIONS[0], VERSIONS[1]):
        for operations in range(100):
            simulated = disk.SimulatedDisk(directory, cut_after=operations, failing=failing)
            is_kept = save_on_full(directory, VERSIONS[2], simulated)
            for found in simulated.after_power_cut():
                disk.lay_out(found, found_in)
                recovered = read(found_in)
                assert recovered is not None
                is_sure_of = [VERSIONS[2]] if is_kept else [known, VERSIONS[2]]
                assert recovered.unsure or recovered in is_sure_of
                assert not (is_kept and recovered.unsure)
                check(found_in, {version.delivered for version in VERSIONS})
            if is_kept:
                break
        simulated = disk.SimulatedDisk(directory, failing=failing)
        assert save_on_full(directory, VERSIONS[1], simulated)
        disk.lay_out(simulated.files(), directory)


def save_on_full(directory: pathlib.Path, version: state.State, files: disk.SimulatedDisk) -> bool:
    """Save on a full disk; tell whether what it did not take is in reserve, before the power went."""
    try:
        save(directory, version, files)
    except errors.StateWriteError as error:
        return error.is_kept
    except disk.PowerCut:
        return False
    raise AssertionError("the disk was not full")
