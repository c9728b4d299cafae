"""adapters.machine_lock.place: where the lock lies."""

import os
import pathlib

import pytest

from meterstatus.adapters.machine_lock import place


def test_root_shares_jujus_directory_where_there_is_a_juju_agent(tmp_path: pathlib.Path) -> None:
    """Only root can take part in Juju's lock; the sentence says which and why."""
    shared = place.choose_directory(is_root=True, own_dir=tmp_path)
    assert shared.path == pathlib.Path(os.environ.get("TMPDIR") or "/tmp")
    assert shared.is_jujus
    assert "running as root beside a Juju agent" in shared.reason


def test_root_alone_has_a_directory_of_its_own(tmp_path: pathlib.Path) -> None:
    """Where everybody may write, anybody may hold the lock: that is borne only for Juju's sake."""
    own = place.choose_directory(is_root=True, own_dir=tmp_path, has_juju=False)
    assert (own.path, own.is_jujus) == (tmp_path, False)
    assert own.reason.startswith("no Juju agent is on this machine: ")


def test_others_have_a_directory_of_their_own(tmp_path: pathlib.Path) -> None:
    """They would lock root out of Juju's."""
    own = place.choose_directory(is_root=False, own_dir=tmp_path)
    assert (own.path, own.is_jujus) == (tmp_path, False)
    assert str(tmp_path) in own.reason
    assert "not running as root" in own.reason


@pytest.mark.parametrize(
    ("agent", "is_served", "expected"),
    [
        ("machine-0", False, True),
        ("unit-shop-0", False, True),
        ("machine-0", True, True),
        ("unit-shop-0", True, False),
    ],
)
def test_a_juju_agent_is_known_by_its_configuration(
    tmp_path: pathlib.Path, agent: str, *, is_served: bool, expected: bool
) -> None:
    """In Juju's directory; a unit there is ours where we serve that directory."""
    juju = tmp_path / "juju"
    served = juju if is_served else tmp_path / "ours"
    assert not place.has_juju_agent(juju, served)
    (juju / "agents" / agent).mkdir(parents=True)
    assert not place.has_juju_agent(juju, served)
    (juju / "agents" / agent / "agent.conf").touch()
    assert place.has_juju_agent(juju, served) is expected
