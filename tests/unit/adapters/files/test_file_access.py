"""adapters.files.file_access: who else may write what root runs or believes."""

import os
import pathlib

import pytest

from meterstatus.adapters.files import file_access


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (0o755, ""),
        (0o600, ""),
        (0o775, ""),  # by our own group
        (0o757, "may be written by everybody (mode 0757)"),
        (0o1777, "may be written by everybody (mode 1777)"),
    ],
)
def test_modes_that_let_others_write(tmp_path: pathlib.Path, mode: int, words: str) -> None:
    """Everybody's write is a fault, sticky or not; our own group's is none."""
    path = tmp_path / "file"
    path.touch()
    os.chown(path, -1, os.getegid())
    path.chmod(mode)
    assert file_access.faults([path, tmp_path / "absent"]) == ([f"{path} {words}"] if words else [])


def test_what_is_anothers_and_what_another_group_may_write(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner may write whatever the mode says."""
    path = tmp_path / "file"
    path.touch(mode=0o600)
    ours, group = os.geteuid(), os.getegid()
    monkeypatch.setattr(file_access, "_ROOT", 54321)
    monkeypatch.setattr(os, "geteuid", lambda: 54322)
    assert file_access.faults([path]) == [f"{path} belongs to user {ours}"]
    monkeypatch.setattr(os, "geteuid", lambda: ours)
    monkeypatch.setattr(os, "getegid", lambda: 54322)
    os.chown(path, -1, group)
    path.chmod(0o660)
    assert file_access.faults([path]) == [f"{path} may be written by group {group} (mode 0660)"]
