"""programs.agent.agent_places: what the agent makes sure of before it serves anything."""

import fcntl
import logging
import os
import pathlib
import stat

import pytest

from meterstatus import errors
from meterstatus.programs.agent import agent_places, agent_settings
from meterstatus.runtime import regular_file


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> agent_settings.AgentSettings:
    """Give the settings of an agent of a directory with one unit."""
    (tmp_path / "agents" / "unit-shop-0" / "charm" / "hooks").mkdir(parents=True)
    (tmp_path / "agents" / "unit-shop-0" / "agent.conf").touch(0o600)
    return agent_settings.AgentSettings(data_dir=tmp_path)


def test_two_agents_of_one_directory_do_not_run(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would tell every hook: the second one says who is there already."""
    monkeypatch.setattr(agent_places, "TAKE_SECONDS", 0.0)
    with agent_places.held(tmp_path):
        words = rf"another agent serves {tmp_path}: process {os.getpid()} \(.*\) of user .* holds agent\.lock"
        with pytest.raises(errors.ConfigError, match=words), agent_places.held(tmp_path):
            pytest.fail("two at once")
    with agent_places.held(tmp_path):
        pass


def test_a_directory_that_cannot_be_locked_is_served(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some network file systems lock no directory: that is said, and no more."""

    def fail(*_: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", fail)
    with agent_places.held(tmp_path):
        assert "cannot be locked: Bad file descriptor" in caplog.text


def test_nobody_else_can_hold_a_directory(tmp_path: pathlib.Path) -> None:
    """Whoever may open the directory may lock it, and would keep the agent from starting."""
    tmp_path.chmod(0o755)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with agent_places.held(tmp_path):
            assert stat.S_IMODE((tmp_path / "agent.lock").stat().st_mode) == 0o600
    finally:
        os.close(descriptor)


def test_what_is_no_data_directory_is_refused(tmp_path: pathlib.Path) -> None:
    """It went since the command looked; or somebody has put something where the lock belongs."""
    with (
        pytest.raises(errors.ConfigError, match=r"no data directory .*absent"),
        agent_places.held(tmp_path / "absent"),
    ):
        pytest.fail("served")
    (tmp_path / "agent.lock").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(errors.ConfigError, match=r"agent\.lock cannot be taken: it is a symbolic link"),
        agent_places.held(tmp_path),
    ):
        pytest.fail("served")
    assert not (tmp_path / "elsewhere").exists()


def test_a_disk_that_takes_no_file_is_served(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full one, or one that is only read: its units are served from memory."""

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(regular_file, "open_descriptor", fail)
    with agent_places.held(tmp_path):
        assert "agent.lock cannot be locked: No space left on device; see that no other" in caplog.text


@pytest.mark.parametrize("which", ["none", "each", "one"])
def test_an_agent_that_can_read_nothing_says_so(
    settings: agent_settings.AgentSettings, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """One unit that cannot be read is that unit's matter; all of them are the agent's."""
    second = settings.data_dir / "agents" / "unit-shop-1"
    second.mkdir()
    (second / "agent.conf").touch(0o600)
    readable = {"none": set[str](), "each": {"unit-shop-0", "unit-shop-1"}, "one": {"unit-shop-1"}}[which]

    def may_read(path: pathlib.Path, *_: object, **__: object) -> bool:
        return path.parent.name in readable

    monkeypatch.setattr(os, "access", may_read)
    if which == "none":
        with pytest.raises(errors.ConfigError, match=r"none of 2 agent\.conf in .* can be read; run the"):
            agent_places.check_readable(settings.data_dir)
    else:
        agent_places.check_readable(settings.data_dir)


def test_a_directory_of_units_that_cannot_be_listed_is_refused(
    settings: agent_settings.AgentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's, for one; one that is not there yet is waited for."""

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    agent_places.check_readable(settings.data_dir / "nothing")
    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(
        errors.ConfigError, match="agents cannot be read: Permission denied; run the agent as"
    ):
        agent_places.check_readable(settings.data_dir)


def test_what_others_may_write_is_refused_as_root_and_said_to_others(
    settings: agent_settings.AgentSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever may write a charm has the rights of who runs it."""
    directory = settings.data_dir / "agents" / "unit-shop-0"
    assert agent_places.unit_faults(directory) == []
    (directory / "charm" / "hooks").chmod(0o777)
    (fault,) = agent_places.unit_faults(directory)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(agent_places.WritableByOthersError, match=r"hooks may be written by everybody"):
        agent_places.refuse_or_warn([fault], settings)
    allowing = agent_settings.AgentSettings(data_dir=settings.data_dir, allows_writable=True)
    agent_places.refuse_or_warn([fault], allowing)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    agent_places.refuse_or_warn([fault], settings)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    agent_places.refuse_or_warn([], settings)


def test_a_data_directory_that_others_may_write_is_refused(
    settings: agent_settings.AgentSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could put a unit there."""
    agent_places.check_data_dir(settings)
    (settings.data_dir / "agents").chmod(0o777)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(agent_places.WritableByOthersError):
        agent_places.check_data_dir(settings)


@pytest.mark.parametrize(
    ("is_root", "has_juju", "per_unit", "expected"),
    [
        (True, False, False, "run"),
        (True, True, False, "tmp"),
        (True, True, True, "data/lock"),
        (False, False, False, "data/lock"),
        (False, True, True, "data/lock"),
    ],
)
def test_the_locks_directory(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    expected: str,
    *,
    is_root: bool,
    has_juju: bool,
    per_unit: bool,
) -> None:
    """Juju's place only where it is shared; the log says where, and what is given up."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if is_root else 1000)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(agent_places, "RUN_DIR", tmp_path / "run")
    monkeypatch.setattr(agent_places, "JUJU_DATA_DIR", tmp_path / "juju")
    if has_juju:
        (tmp_path / "juju" / "agents" / "machine-0").mkdir(parents=True)
        (tmp_path / "juju" / "agents" / "machine-0" / "agent.conf").touch()
    settings = agent_settings.AgentSettings(data_dir=tmp_path / "data", is_lock_per_unit=per_unit)
    assert agent_places.lock_directory(settings) == tmp_path / expected
    warned = [record for record in caplog.records if record.levelname == "WARNING"]
    assert bool(warned) == (is_root and has_juju and per_unit)
    told = agent_settings.AgentSettings(data_dir=tmp_path, lock_dir=tmp_path / "told")
    assert agent_places.lock_directory(told) == tmp_path / "told"


def test_where_no_directory_can_be_made_for_all_agents_there_is_the_agents_own(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox may have nothing to write but the data directory: hooks run all the same."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(agent_places, "RUN_DIR", tmp_path / "file" / "run")
    monkeypatch.setattr(agent_places, "JUJU_DATA_DIR", tmp_path / "juju")
    settings = agent_settings.AgentSettings(data_dir=tmp_path / "data")
    assert agent_places.lock_directory(settings) == tmp_path / "data" / "lock"


@pytest.mark.parametrize(("per_unit", "said"), [(False, 1), (True, 0)])
def test_a_juju_agent_that_comes_later_is_said_once(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    said: int,
    *,
    per_unit: bool,
) -> None:
    """Its hooks take another lock than ours until a restart; who gave that up is told nothing."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(agent_places, "JUJU_DATA_DIR", tmp_path / "juju")
    settings = agent_settings.AgentSettings(data_dir=tmp_path / "data", is_lock_per_unit=per_unit)
    look = agent_places.JujuLook(settings)
    look.look()
    assert caplog.records == []
    (tmp_path / "juju" / "agents" / "machine-0").mkdir(parents=True)
    (tmp_path / "juju" / "agents" / "machine-0" / "agent.conf").touch()
    look.look()
    look.look()
    agent_places.JujuLook(settings).look()
    assert [record.levelname for record in caplog.records] == ["WARNING"] * said
