"""adapters.files.state: what is special about the file; what both stores share is in tests/contract."""

import asyncio
import datetime
import errno
import os
import pathlib
import re
import stat
from collections.abc import Callable
from typing import NamedTuple

import pytest

from meterstatus import errors
from meterstatus.adapters.files import state
from meterstatus.domain.unit import offline_clock, state_file
from meterstatus.domain.unit import state as states
from meterstatus.runtime import durable_file
from meterstatus.testing import fakes


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n\n"])
async def test_an_empty_file_is_no_state(tmp_path: pathlib.Path, content: bytes) -> None:
    """A file cut to nothing is absent, and no blank state (B-14)."""
    (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(errors.NotFoundError, match=r"^state file not found$"):
        await state.DiskBackedState(tmp_path / "s.yaml").read()


async def test_an_absent_file_is_not_found(tmp_path: pathlib.Path) -> None:
    """The subject is Juju's, "state file"."""
    with pytest.raises(errors.NotFoundError, match=r"^state file not found$"):
        await state.DiskBackedState(tmp_path / "s.yaml").read()


async def test_an_unreadable_file_raises_the_systems_error(tmp_path: pathlib.Path) -> None:
    """A directory in its place is not mistaken for absence, and is left where it is (A.9)."""
    (tmp_path / "s.yaml").mkdir()
    with pytest.raises(IsADirectoryError):
        await state.DiskBackedState(tmp_path / "s.yaml").read()
    assert (tmp_path / "s.yaml").is_dir()


async def test_a_directory_in_the_way_is_moved_aside(tmp_path: pathlib.Path) -> None:
    """On request it is kept under another name, said once, and no longer in the way (B-13)."""
    path = tmp_path / "s.yaml"
    path.mkdir()
    (path / "kept").touch()
    store = state.DiskBackedState(path)
    (said,) = store.clear_the_way()
    moved = re.fullmatch(rf"{path}: Is a directory; moved to ({path}\.damaged-[0-9]{{8}}T[0-9]{{6}}Z)", said)
    assert moved is not None
    await store.write(states.State("RED", "late"))
    assert await store.read() == states.State("RED", "late")
    assert (pathlib.Path(moved[1]) / "kept").exists()


async def test_a_link_to_itself_is_moved_aside(tmp_path: pathlib.Path) -> None:
    """What reading again can only meet again does not stay in the way (B-13)."""
    path = tmp_path / "s.yaml"
    path.symlink_to(path)
    (said,) = state.DiskBackedState(path).clear_the_way()
    assert "symbolic link" in said
    with pytest.raises(errors.NotFoundError):
        await state.DiskBackedState(path).read()


async def test_what_can_be_read_or_is_absent_is_not_in_the_way(tmp_path: pathlib.Path) -> None:
    """A file, however damaged, and nothing at all are left as they are."""
    path = tmp_path / "s.yaml"
    assert state.DiskBackedState(path).clear_the_way() == []
    path.write_text("[")
    assert state.DiskBackedState(path).clear_the_way() == []
    assert path.read_text() == "["


async def test_what_cannot_be_moved_stays(tmp_path: pathlib.Path) -> None:
    """Where even that fails the reading will say why."""
    path = tmp_path / "s.yaml"
    path.mkdir()
    os.utime(path, (0, 0))
    (tmp_path / "s.yaml.damaged-19700101T000000Z").mkdir()
    (tmp_path / "s.yaml.damaged-19700101T000000Z" / "full").touch()
    assert state.DiskBackedState(path).clear_the_way() == []
    assert path.is_dir()


async def test_a_component_that_is_no_directory_raises_the_systems_error(tmp_path: pathlib.Path) -> None:
    """A file where a directory belongs is not mistaken for absence."""
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        await state.DiskBackedState(tmp_path / "file" / "s.yaml").read()


@pytest.mark.parametrize("content", [b"status-code: [", b"- a\n", b"\xff\xfe", b"status-code: {a: b}\n"])
async def test_a_damaged_file_is_reported_until_overwritten_and_then_kept(
    tmp_path: pathlib.Path, content: bytes
) -> None:
    """A damaged state never looks absent before the next write, and is there to be looked at after it."""
    path = tmp_path / "s.yaml"
    path.write_bytes(content)
    store = state.DiskBackedState(path)
    for _ in range(2):
        with pytest.raises(errors.StateCorruptError, match=r"(?s)s\.yaml: .*; kept as .*s\.yaml\.damaged"):
            await store.read()
    await store.write(states.State("RED", "late"))
    assert await store.read() == states.State("RED", "late")
    assert [aside.read_bytes() for aside in tmp_path.glob("s.yaml.damaged-*")] == [content]


async def test_a_file_of_jujus_is_read(tmp_path: pathlib.Path) -> None:
    """What the reference wrote is taken as it is."""
    path = tmp_path / "s.yaml"
    path.write_text(
        "status-code: AMBER\nstatus-info: gone\ndisconnected:\n"
        "  disconnected-at: 1893456000\n  disconnected-state: 2\n"
    )
    assert await state.DiskBackedState(path).read() == states.State(
        "AMBER", "gone", states.Disconnected(1893456000, states.WorkerState.WAITING_RED)
    )


async def test_the_file_is_private(tmp_path: pathlib.Path) -> None:
    """Nobody but the owner reads it (B-35)."""
    path = tmp_path / "s.yaml"
    await state.DiskBackedState(str(path)).write(states.State("RED", "late"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


async def test_a_missing_directory_fails_the_write(tmp_path: pathlib.Path) -> None:
    """The write says so, and chains the system's error."""
    with pytest.raises(errors.StateWriteError, match="No such file or directory") as caught:
        await state.DiskBackedState(tmp_path / "absent" / "s.yaml").write(states.State())
    assert isinstance(caught.value.__cause__, FileNotFoundError)


async def test_what_could_not_be_written_is_what_is_read(tmp_path: pathlib.Path) -> None:
    """The next reader in this process hears no older news, and the disk gets it when it can (B-03)."""
    folder = tmp_path / "unit"
    folder.mkdir()
    store = state.DiskBackedState(folder / "s.yaml")
    await store.write(states.State("GREEN", "ok"))
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(errors.StateWriteError):
        await store.write(states.State("RED", "late"))
    assert await store.read() == states.State("RED", "late")
    (tmp_path / "elsewhere").rename(folder)
    assert await store.read() == states.State("RED", "late")
    assert await state.DiskBackedState(folder / "s.yaml").read() == states.State("RED", "late")


async def test_the_first_write_sweeps_up_after_crashed_ones(tmp_path: pathlib.Path) -> None:
    """Litter of an earlier life is gone after the first write."""
    litter = tmp_path / "juju123456"
    litter.touch()
    os.utime(litter, (durable_file.LITTER_AGE_SECONDS, durable_file.LITTER_AGE_SECONDS))
    await state.DiskBackedState(tmp_path / "s.yaml").write(states.State())
    assert not litter.exists()


async def test_the_last_write_asked_for_is_the_one_that_stays(tmp_path: pathlib.Path) -> None:
    """Writes asked for at once land in their order, although each is done in a thread."""
    store = state.DiskBackedState(tmp_path / "s.yaml")
    await asyncio.gather(*(store.write(states.State("AMBER", str(number))) for number in range(20)))
    assert (await store.read()).info == "19"


async def test_a_cancelled_write_has_ended_when_it_raises(tmp_path: pathlib.Path) -> None:
    """Nothing lands afterwards: the file is there, whole, and so is a write made next."""
    path = tmp_path / "s.yaml"
    store = state.DiskBackedState(path)
    writing = asyncio.ensure_future(store.write(states.State("RED", "first")))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await state.DiskBackedState(path).read() == states.State("RED", "first")


async def test_a_cancelled_write_that_fails_raises_the_cancellation(tmp_path: pathlib.Path) -> None:
    """The canceller's word comes first; the failure is its context."""
    store = state.DiskBackedState(tmp_path / "absent" / "s.yaml")
    writing = asyncio.ensure_future(store.write(states.State()))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_an_empty_meter_field_is_not_found() -> None:
    """The subject is Juju's, "state" (A.10)."""
    with pytest.raises(errors.NotFoundError, match=r"^state not found$"):
        await state.ControllerBackedState(fakes.FakeUnitStateAPI()).read()


async def test_a_malformed_meter_field_is_corrupt() -> None:
    """Text that is no state is told apart from absence."""
    with pytest.raises(errors.StateCorruptError):
        await state.ControllerBackedState(fakes.FakeUnitStateAPI("- a")).read()


async def test_the_apis_errors_pass_through() -> None:
    """What the controller refuses reaches the caller as it is, reading and writing."""
    api = fakes.FakeUnitStateAPI("status-code: RED\n")
    api.failure = errors.RequestError("quota", code="quota limit exceeded")
    store = state.ControllerBackedState(api)
    with pytest.raises(errors.RequestError, match="quota"):
        await store.read()
    with pytest.raises(errors.RequestError, match="quota"):
        await store.write(states.State())


def _unit_store(tmp_path: pathlib.Path) -> state.DiskBackedState:
    return state.DiskBackedState(tmp_path / "s.yaml", "shop/0")


async def _saved_twice(tmp_path: pathlib.Path) -> pathlib.Path:
    store = _unit_store(tmp_path)
    await store.write(states.State("GREEN", "first"))
    await store.write(states.State("AMBER", "second"))
    return tmp_path / "s.yaml"


def _cut(path: pathlib.Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _empty(path: pathlib.Path) -> None:
    path.write_bytes(b"")


def _foreign(path: pathlib.Path) -> None:
    path.write_bytes(state_file.encode(state_file.Contents("status-code: RED\n", "shop/1", 9)))


def _older(path: pathlib.Path) -> None:
    path.write_bytes(state_file.encode(state_file.Contents("status-code: RED\n", "shop/0", 1)))
    former = path.with_name("s.yaml.previous")
    former.write_bytes(state_file.encode(state_file.Contents("status-code: GREEN\n", "shop/0", 2)))


@pytest.mark.parametrize("spoil", [_cut, _empty, _foreign, _older])
async def test_the_version_before_takes_the_place_of_a_damaged_one(
    tmp_path: pathlib.Path, spoil: Callable[[pathlib.Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """It is unsure, said once with where the damaged one is kept, and still there after the next write."""
    path = await _saved_twice(tmp_path)
    spoil(path)
    damaged = path.read_bytes()
    store = _unit_store(tmp_path)
    recovered = await store.read()
    assert (recovered.code, recovered.unsure) == ("GREEN", True)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    (kept,) = tmp_path.glob("s.yaml.damaged-*")
    assert str(kept) in caplog.text
    await store.write(recovered)
    assert kept.read_bytes() == damaged
    assert (await _unit_store(tmp_path).read()) == recovered
    _cut(path)
    assert (await _unit_store(tmp_path).read()).code == "GREEN"


async def test_maintenance_does_not_come_back_with_the_version_before(tmp_path: pathlib.Path) -> None:
    """Taken back, and its file damaged: the unit does not wait for it again."""
    store, path = _unit_store(tmp_path), tmp_path / "s.yaml"
    at = offline_clock.Instant(
        datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC), datetime.timedelta(hours=1), "boot"
    )
    await store.write(states.State("GREEN", mark=offline_clock.contact(at, datetime.timedelta(hours=2))))
    await store.write(states.State("GREEN", mark=offline_clock.contact(at)))
    _cut(path)
    assert (await _unit_store(tmp_path).read()).mark == offline_clock.contact(at)


async def test_a_file_that_is_gone_leaves_the_version_before(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A unit whose file was taken away is not new: it goes on from the version before, unsure."""
    path = await _saved_twice(tmp_path)
    path.unlink()
    recovered = await _unit_store(tmp_path).read()
    assert (recovered.code, recovered.unsure) == ("GREEN", True)
    assert "it is gone" in caplog.text

    _cut(path.with_name("s.yaml.previous"))
    with pytest.raises(errors.StateCorruptError, match="it is gone") as caught:
        await _unit_store(tmp_path).read()
    assert caught.value.last_written is not None, "it would look new"


@pytest.mark.parametrize("spoil", [_cut, _empty])
async def test_two_damaged_versions_say_when_they_were_written(
    tmp_path: pathlib.Path, spoil: Callable[[pathlib.Path], None]
) -> None:
    """Contact was no later than that, and the unit does not look new, not even where its file is empty."""
    path = await _saved_twice(tmp_path)
    _cut(tmp_path / "s.yaml.previous")
    spoil(path)
    os.utime(path, (1893456000, 1893456000))
    with pytest.raises(errors.StateCorruptError) as caught:
        await _unit_store(tmp_path).read()
    assert caught.value.last_written == datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


async def test_the_first_damaged_version_is_that_of_a_new_unit(tmp_path: pathlib.Path) -> None:
    """Where there never was a version before, there is nothing to count from."""
    path = tmp_path / "s.yaml"
    path.write_text("[")
    with pytest.raises(errors.StateCorruptError) as caught:
        await _unit_store(tmp_path).read()
    assert caught.value.last_written is None


async def test_what_stands_in_the_way_leaves_the_version_before(tmp_path: pathlib.Path) -> None:
    """A directory in the file's place does not make the unit look new."""
    path = await _saved_twice(tmp_path)
    path.unlink()
    path.mkdir()
    store = _unit_store(tmp_path)
    assert len(store.clear_the_way()) == 1
    found = await store.read()
    assert (found.code, found.unsure) == ("GREEN", True)


async def test_writing_without_having_read_keeps_what_is_there(tmp_path: pathlib.Path) -> None:
    """The version that was never read is kept, and the count goes on."""
    path = await _saved_twice(tmp_path)
    await _unit_store(tmp_path).write(states.State("RED", "third"))
    assert state_file.decode(path.read_bytes()).generation == 3
    assert "second" in (tmp_path / "s.yaml.previous").read_text()


class Full(durable_file.SystemFiles):
    """A disk that may be full: no new file, and what there is may be written over."""

    number = 0

    def create(self, path: pathlib.Path) -> int:
        """Make a new file, if there is room."""
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return super().create(path)


RED, AMBER = states.State("RED", "over"), states.State("AMBER", "near")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_what_a_full_disk_does_not_take_survives_the_agent(tmp_path: pathlib.Path, number: int) -> None:
    """The next agent reads what the last one could not write, and is sure of it."""
    files, path = Full(), tmp_path / "s.yaml"
    store = state.DiskBackedState(path, "shop/0", files=files)
    await store.write(RED)
    files.number = number
    with pytest.raises(
        errors.StateWriteError, match=r"until there is room it is in s\.yaml\.reserve"
    ) as caught:
        await store.write(AMBER)
    assert caught.value.is_kept

    later = state.DiskBackedState(path, "shop/0", files=files)
    assert await later.read() == AMBER
    files.number = 0
    await later.write(RED)
    assert durable_file.Reserve(tmp_path / "s.yaml.reserve").content() == b""
    assert await state.DiskBackedState(path, "shop/0").read() == RED


async def test_other_trouble_keeps_nothing_in_reserve(tmp_path: pathlib.Path) -> None:
    """A disk that fails may fail there too: nothing is said to survive."""
    files = Full()
    store = state.DiskBackedState(tmp_path / "s.yaml", "shop/0", files=files)
    await store.write(RED)
    files.number = errno.EIO
    with pytest.raises(errors.StateWriteError) as caught:
        await store.write(AMBER)
    assert not caught.value.is_kept
    assert await state.DiskBackedState(tmp_path / "s.yaml", "shop/0").read() == RED


async def test_what_was_in_reserve_before_is_passed_over(tmp_path: pathlib.Path) -> None:
    """A reserve that could not be blanked is older than the file."""
    path, reserve = tmp_path / "s.yaml", durable_file.Reserve(tmp_path / "s.yaml.reserve")
    store = state.DiskBackedState(path, "shop/0")
    for value in (RED, AMBER):
        await store.write(value)
    reserve.put(state_file.encode(state_file.Contents(RED.to_yaml(), "shop/0", 2)))
    assert await state.DiskBackedState(path, "shop/0").read() == AMBER


@pytest.mark.parametrize("torn", [b"version: 1\nchecksum", b"\xff"])
async def test_a_torn_reserve_makes_the_unit_unsure(
    tmp_path: pathlib.Path, torn: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The power went while something newer was put there: the hook may have been told anything."""
    path, reserve = tmp_path / "s.yaml", durable_file.Reserve(tmp_path / "s.yaml.reserve")
    store = state.DiskBackedState(path, "shop/0")
    await store.write(RED)
    reserve.put(torn)
    found = await state.DiskBackedState(path, "shop/0").read()
    assert (found.delivered, found.unsure) == (RED.delivered, True)
    assert "s.yaml.reserve: " in caplog.text


async def test_the_reserve_stands_in_for_a_damaged_file(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is newer than the version before, and than a file that is gone; torn as well, nothing is left."""
    path, reserve = tmp_path / "s.yaml", durable_file.Reserve(tmp_path / "s.yaml.reserve")
    store = state.DiskBackedState(path, "shop/0")
    await store.write(RED)
    await store.write(RED)
    reserve.put(state_file.encode(state_file.Contents(AMBER.to_yaml(), "shop/0", 3)))
    _cut(path)
    assert await state.DiskBackedState(path, "shop/0").read() == AMBER
    _cut(tmp_path / "s.yaml.previous")
    caplog.clear()
    assert await state.DiskBackedState(path, "shop/0").read() == AMBER
    assert any(record.levelname == "ERROR" and "s.yaml: " in record.message for record in caplog.records)
    for name in ("s.yaml", "s.yaml.previous"):
        (tmp_path / name).unlink()
    assert await state.DiskBackedState(path, "shop/0").read() == AMBER
    reserve.put(b"torn: [")
    with pytest.raises(errors.NotFoundError):
        await state.DiskBackedState(path, "shop/0").read()


async def test_the_references_store_reserves_nothing(tmp_path: pathlib.Path) -> None:
    """A file that is nobody's is one file."""
    await state.DiskBackedState(tmp_path / "s.yaml").write(RED)
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


class Odd(NamedTuple):
    """What somebody may put in a file's place."""

    put: Callable[[pathlib.Path], None]
    said: str


def _put_large(path: pathlib.Path) -> None:
    path.touch()
    os.truncate(path, durable_file.MOST_BYTES + 1)


def _put_link_to_a_device(path: pathlib.Path) -> None:
    path.symlink_to("/dev/zero")


ODD = [
    Odd(os.mkfifo, "it is a FIFO"),
    Odd(_put_link_to_a_device, "it is a symbolic link"),
    Odd(_put_large, "it is larger than"),
    Odd(pathlib.Path.mkdir, "Is a directory"),
]


@pytest.mark.parametrize("odd", ODD)
async def test_what_is_no_file_of_ours_hangs_nobody_and_is_set_aside(
    odd: Odd, tmp_path: pathlib.Path
) -> None:
    """It is refused at once where a caller may have named the wrong path; on request it is moved and said."""
    path = await _saved_twice(tmp_path)
    path.unlink()
    odd.put(path)
    with pytest.raises(OSError, match=re.escape(odd.said)):
        await _unit_store(tmp_path).read()
    store = _unit_store(tmp_path)
    (said,) = store.clear_the_way()
    assert f"s.yaml: {odd.said}" in said
    assert (await store.read()).unsure
    await store.write(RED)
    assert await _unit_store(tmp_path).read() == RED


@pytest.mark.parametrize("odd", ODD)
async def test_nor_does_it_where_a_file_beside_belongs(odd: Odd, tmp_path: pathlib.Path) -> None:
    """The version before, and the room for a full disk, are opened too."""
    await _saved_twice(tmp_path)
    for name in ("s.yaml.previous", "s.yaml.reserve"):
        (tmp_path / name).unlink()
        odd.put(tmp_path / name)
    store = _unit_store(tmp_path)
    assert (await store.read()).info == "second"
    assert len(store.clear_the_way()) == 2
    await store.write(RED)
    await store.write(AMBER)
    assert durable_file.Reserve(tmp_path / "s.yaml.reserve").put(b"room")


async def test_a_unit_whose_state_was_not_readable_and_has_no_version_before_is_no_new_one(
    tmp_path: pathlib.Path,
) -> None:
    """It may have been told anything."""
    os.mkfifo(tmp_path / "s.yaml")
    store = _unit_store(tmp_path)
    store.clear_the_way()
    with pytest.raises(errors.StateCorruptError, match="set aside"):
        await store.read()


class Unlinking(durable_file.SystemFiles):
    """A file system without second names, as vfat and SMB."""

    def link(self, source: pathlib.Path, target: pathlib.Path) -> None:
        """Fail."""
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


async def test_without_hard_links_all_is_as_with_them(tmp_path: pathlib.Path) -> None:
    """Every write is taken, the version before is a copy, and a damaged file is kept and stood in for."""
    path, files = tmp_path / "s.yaml", Unlinking()
    store = state.DiskBackedState(path, "shop/0", files=files)
    for value in (RED, AMBER, RED, AMBER):
        await store.write(value)
    assert await state.DiskBackedState(path, "shop/0", files=files).read() == AMBER
    _cut(path)
    found = await state.DiskBackedState(path, "shop/0", files=files).read()
    assert (found.code, found.unsure) == ("RED", True)
    assert len(list(tmp_path.glob("s.yaml.damaged-*"))) == 1


async def test_a_reserve_that_cannot_be_read_makes_the_unit_unsure(tmp_path: pathlib.Path) -> None:
    """It may hold something newer."""

    class Failing(durable_file.SystemFiles):
        def read(self, path: pathlib.Path) -> bytes:
            """Fail where the reserve is."""
            if path.name.endswith(".reserve"):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().read(path)

    await _saved_twice(tmp_path)
    found = await state.DiskBackedState(tmp_path / "s.yaml", "shop/0", files=Failing()).read()
    assert (found.info, found.unsure) == ("second", True)
