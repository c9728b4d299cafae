"""programs.agent.agent_file: only what the file says is news."""

import dataclasses
import os
import pathlib

import pytest

from meterstatus import errors
from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config
from meterstatus.programs.agent import agent_file

CONFIG = agent_config.AgentConfig(
    tag="unit-shop-0",
    controller="controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011",
    model="model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33",
    upgraded_to_version="3.6.0",
)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> agent_file.AgentFile:
    """Give a file as it was found."""
    path = tmp_path / "agent.conf"
    agent_conf.write(path, CONFIG)
    seen = agent_file.signature(path)
    assert seen is not None
    return agent_file.AgentFile.found(path, seen)


def _is_changed(file: agent_file.AgentFile) -> bool:
    return file.is_changed(agent_file.signature(file.path))


def test_a_link_or_another_mode_is_no_change(file: agent_file.AgentFile, tmp_path: pathlib.Path) -> None:
    """A backup by hard links, and who corrects a mode, leave what the file says: no hook ends for that."""
    before = file.signature
    (tmp_path / "backup").hardlink_to(file.path)
    file.path.chmod(0o640)
    assert agent_file.signature(file.path) != before
    assert not _is_changed(file)
    assert file.signature == agent_file.signature(file.path)
    file.change(lambda config: dataclasses.replace(config, api_password="new"))
    assert not _is_changed(file)


def test_the_same_in_another_file_is_no_change(file: agent_file.AgentFile, tmp_path: pathlib.Path) -> None:
    """A restore writes it anew."""
    (tmp_path / "copy").write_bytes(file.path.read_bytes())
    (tmp_path / "copy").replace(file.path)
    assert not _is_changed(file)


def test_other_content_and_its_absence_are_changes(file: agent_file.AgentFile) -> None:
    """Then the unit's agent begins anew, or ends; and nothing is written over it."""
    text = file.path.read_text()
    file.path.write_text(text.replace("3.6.0", "3.6.1"))
    assert _is_changed(file)
    with pytest.raises(errors.ConfigError, match="was changed by somebody else meanwhile"):
        file.change(lambda config: config)
    file.path.unlink()
    assert _is_changed(file)


def test_what_cannot_be_read_at_the_moment_is_looked_at_again(file: agent_file.AgentFile) -> None:
    """A disk's hiccup ends no hook, and hides no change."""
    content = file.path.read_bytes()
    file.path.unlink()
    os.mkfifo(file.path)
    assert not _is_changed(file)
    file.path.unlink()
    file.path.write_bytes(content + b"# more\n")
    assert _is_changed(file)


def test_what_cannot_be_read_for_the_moment_is_no_change_and_said_once(
    file: agent_file.AgentFile, caplog: pytest.LogCaptureFixture
) -> None:
    """A FIFO in its place neither hangs the agent nor ends the unit's; what comes after is a change again."""
    text = file.path.read_text()
    file.path.unlink()
    os.mkfifo(file.path)
    assert not _is_changed(file)
    assert not _is_changed(file)
    assert [record.message for record in caplog.records] == [
        f"{file.path} cannot be read: it is a FIFO, and no regular file; what it said before is served on"
    ]
    file.path.unlink()
    file.path.write_text(text.replace("3.6.0", "3.6.1"))
    assert _is_changed(file)


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: pathlib.Path) -> None:
    """Only what is not there is."""
    assert agent_file.signature(tmp_path / "absent" / "agent.conf") is None
    (tmp_path / "file").touch()
    assert agent_file.signature(tmp_path / "file" / "agent.conf") is None
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="symbolic links"):
        agent_file.signature(tmp_path / "loop" / "agent.conf")
