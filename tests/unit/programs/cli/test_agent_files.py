"""The files of one unit's agent; the commands that make and remove them are tested in ``test_unit``."""

import os
import pathlib
import stat

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config
from meterstatus.programs.cli import agent_files

CONFIG = agent_config.AgentConfig(
    tag="unit-my-shop-3",
    controller="controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011",
    model="model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33",
    upgraded_to_version="3.6.0",
)


@pytest.fixture
def files(tmp_path: pathlib.Path) -> agent_files.AgentFiles:
    """Give the files of a unit in a new directory."""
    return agent_files.AgentFiles(tmp_path, "my-shop/3")


def test_places_are_jujus(files: agent_files.AgentFiles, tmp_path: pathlib.Path) -> None:
    """The files lie where an agent looks for them."""
    assert files.configuration == tmp_path / "agents" / "unit-my-shop-3" / "agent.conf"
    assert files.charm == tmp_path / "agents" / "unit-my-shop-3" / "charm"


def test_removes_every_form_of_the_state(files: agent_files.AgentFiles) -> None:
    """The state, and what was set aside as damaged, go with the configuration; a log stays."""
    files.write(CONFIG, None)
    for name in ("meter-status.yaml", "meter-status.yaml.damaged", "notes"):
        (files.directory / name).write_text("x")
    assert files.remove()
    assert [path.name for path in files.directory.iterdir()] == ["notes"]
    assert not files.remove()


def test_the_configuration_is_written_last(files: agent_files.AgentFiles, tmp_path: pathlib.Path) -> None:
    """Where the configuration cannot be written, the charm copied before it is gone again."""
    charm = tmp_path / "source"
    charm.mkdir()
    (charm / "metadata.yaml").write_text("name: shop\n")
    files.configuration.mkdir(parents=True)
    with pytest.raises(errors.MeterStatusError):
        files.write(CONFIG, charm)
    assert not files.charm.exists()


def test_a_source_without_metadata_is_no_charm(files: agent_files.AgentFiles, tmp_path: pathlib.Path) -> None:
    """A directory that no hook would ever run in is refused."""
    with pytest.raises(errors.ConfigError, match=r"no metadata\.yaml"):
        files.check_free(tmp_path)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_are_set_whatever_the_umask(
    files: agent_files.AgentFiles, tmp_path: pathlib.Path, umask: int
) -> None:
    """Nobody else may write what root runs; and no set-user-id comes with a charm."""
    charm = tmp_path / "source"
    (charm / "hooks").mkdir(parents=True)
    (charm / "hooks").chmod(0o777)
    (charm / "metadata.yaml").write_text("name: shop\n")
    (charm / "hooks" / "meter-status-changed").touch()
    (charm / "hooks" / "meter-status-changed").chmod(0o6777)
    former = os.umask(umask)
    try:
        files.write(CONFIG, charm)
    finally:
        os.umask(former)
    modes = {
        path.relative_to(tmp_path).as_posix(): f"{stat.S_IMODE(path.stat().st_mode):04o}"
        for path in (files.directory.parent, files.directory, *files.charm.rglob("*"), files.configuration)
    }
    unit = "agents/unit-my-shop-3"
    assert modes == {
        "agents": "0755",
        unit: "0755",
        f"{unit}/charm/hooks": "0755",
        f"{unit}/charm/hooks/meter-status-changed": "0755",
        f"{unit}/charm/metadata.yaml": modes[f"{unit}/charm/metadata.yaml"],
        f"{unit}/agent.conf": "0600",
    }
