"""Where a controller's database is, and invitations, as files."""

import pathlib
import stat

import pytest

from meterstatus import errors
from meterstatus.adapters.files import database_file

FILE = database_file.DatabaseFile("uuid", "postgresql://u:secret@a/d", ("ctl.example", "::1"), 17071)


def test_files_are_read_as_written(tmp_path: pathlib.Path) -> None:
    """Both files come back whole, are for their owner only, and show no secret in a log."""
    invitation = database_file.JoinFile(FILE, "chain\n", "key\n")
    FILE.write(tmp_path / "database.yaml")
    invitation.write(tmp_path / "invitation")
    assert database_file.read(tmp_path / "database.yaml") == FILE
    assert database_file.read_invitation(tmp_path / "invitation") == invitation
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert "secret" not in repr(invitation)
    assert "key\\n" not in repr(invitation)


@pytest.mark.parametrize("text", ["", "- a list", "controller: c\nurl: u\nhosts: [h]", "port: x", "hosts: x"])
def test_what_is_none_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    """A file that lacks something, or is something else, is refused in one line with its name."""
    path = tmp_path / "database.yaml"
    path.write_text(text)
    for read in (database_file.read, database_file.read_invitation):
        with pytest.raises(errors.ConfigError, match=r"database\.yaml") as raised:
            read(path)
        assert "\n" not in str(raised.value)


def test_a_database_file_is_no_invitation(tmp_path: pathlib.Path) -> None:
    """Without a certificate nobody can join."""
    FILE.write(tmp_path / "database.yaml")
    with pytest.raises(errors.ConfigError, match="no invitation"):
        database_file.read_invitation(tmp_path / "database.yaml")
