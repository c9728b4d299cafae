"""Where things are kept."""

import os

from meterstatus.programs.cli import paths


def test_places_are_absolute_and_hang_together() -> None:
    """The controller's directory lies in the agent's, and holds the login file."""
    assert paths.agent_data_dir().is_absolute()
    assert paths.controller_data_dir().parent == paths.agent_data_dir()
    assert paths.login_file() == paths.controller_data_dir() / "login.yaml"


def test_only_root_uses_the_systems_place() -> None:
    """Root's things are in the system's place, and nobody else's are."""
    assert (paths.agent_data_dir() == paths.SYSTEM) == (os.geteuid() == 0)
