"""Where things are kept."""

import os

from meterstatus.programs.cli import places


def test_places_are_absolute_and_hang_together() -> None:
    """The controller's directory lies in the agent's, and holds the login file."""
    assert places.agent_data_dir().is_absolute()
    assert places.controller_data_dir().parent == places.agent_data_dir()
    assert places.login_file() == places.controller_data_dir() / "login.yaml"


def test_only_root_uses_the_systems_place() -> None:
    """Root's things are in the system's place, and nobody else's are."""
    assert (places.agent_data_dir() == places.SYSTEM) == (os.geteuid() == 0)
