"""Backing up and restoring a controller, as typed. What is in a backup is shown by the tests of its file."""

import pathlib
from typing import Any


def test_backs_up_and_restores(operator: Any, tmp_path: pathlib.Path) -> None:
    """What was written is said, and what comes next can be typed as it stands."""
    place, backup, again = tmp_path / "c", tmp_path / "backup", tmp_path / "my again"
    operator("controller", "init", "--data-dir", str(place))
    made = operator("controller", "backup", str(backup), "--data-dir", str(place))
    assert (made.exit_status, made.err) == (0, "")
    assert f"is backed up in {backup}:\n  revision 0 of epoch 1, 0 units\n" in made.out
    assert made.out.endswith("read again and whole\n")
    done = operator("controller", "restore", str(backup), "--data-dir", str(again))
    assert (done.exit_status, done.err) == (0, "")
    assert f"is restored in {again}:" in done.out
    assert f"  meterstatus controller run --data-dir '{again}'" in done.out
    for words in (("backup", str(backup)), ("restore", str(backup))):
        refused = operator("controller", *words, "--data-dir", str(again))
        assert (refused.exit_status, refused.err.count("\n")) == (1, 1)
    replaced = operator("controller", "restore", str(backup), "--data-dir", str(again), "--replace")
    assert replaced.out.startswith(f"What was there is in {again}.before-restore-")
