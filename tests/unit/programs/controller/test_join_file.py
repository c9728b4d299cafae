"""A further controller of the same fleet: what is in an invitation, and what becomes of it."""

import pathlib
import ssl
import stat

import pytest

from harness import postgres
from meterstatus import errors
from meterstatus.adapters.files import database_file
from meterstatus.programs.controller import controller_files, join_file


def make(place: pathlib.Path, database: str = "") -> None:
    """Make a controller."""
    controller_files.init(controller_files.InitOptions(place, ("ctl1.example",), database=database))


def test_a_second_controller_is_invited_and_joins(
    tmp_path: pathlib.Path, postgres_server: postgres.Server
) -> None:
    """The joined directory has a certificate of the fleet's authority, and not the authority's key."""
    url = postgres_server.url(postgres_server.database())
    make(tmp_path / "one", url)
    join_file.invite(tmp_path / "one", ("ctl2.example",), 17071, tmp_path / "invitation")
    of = join_file.join(tmp_path / "two", tmp_path / "invitation")
    assert of == database_file.read(tmp_path / "two" / "database.yaml")
    assert (of.url, of.hosts, of.port) == (url, ("ctl2.example",), 17071)
    assert of.controller == database_file.read(tmp_path / "one" / "database.yaml").controller
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "two").iterdir()}
    assert modes == dict.fromkeys(("server.pem", "server-key.pem", "database.yaml"), 0o600)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "two" / "server.pem", tmp_path / "two" / "server-key.pem")
    chain = (tmp_path / "two" / "server.pem").read_text()
    assert chain.endswith((tmp_path / "one" / "ca.pem").read_text())


def test_a_database_has_one_controller(tmp_path: pathlib.Path, postgres_server: postgres.Server) -> None:
    """A second one is not made in it, and leaves nothing behind; who was invited to another is not let in."""
    url = postgres_server.url(postgres_server.database())
    make(tmp_path / "one", url)
    with pytest.raises(errors.ConflictError, match="has a controller already"):
        make(tmp_path / "two", url)
    join_file.invite(tmp_path / "one", ("b",), 1, tmp_path / "invitation")
    text = (tmp_path / "invitation").read_text()
    mine = database_file.read(tmp_path / "one" / "database.yaml").controller
    (tmp_path / "other").write_text(text.replace(mine, "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"))
    with pytest.raises(errors.StoreUnavailableError, match="of another controller"):
        join_file.join(tmp_path / "two", tmp_path / "other")
    assert not (tmp_path / "two").exists()


def test_an_invitation_needs_postgresql_and_the_authority(
    tmp_path: pathlib.Path, postgres_server: postgres.Server
) -> None:
    """A file cannot be shared, a joined controller has no key to sign with, and nothing is written over."""
    make(tmp_path / "one")
    with pytest.raises(errors.ConfigError, match="its database is a file"):
        join_file.invite(tmp_path / "one", ("b",), 1, tmp_path / "invitation")
    with pytest.raises(errors.ConfigError, match="there is no controller"):
        join_file.invite(tmp_path / "nothing", ("b",), 1, tmp_path / "invitation")
    make(tmp_path / "two", postgres_server.url(postgres_server.database()))
    (tmp_path / "invitation").touch()
    with pytest.raises(errors.ConfigError, match="is there already"):
        join_file.invite(tmp_path / "two", ("b",), 1, tmp_path / "invitation")
    (tmp_path / "two" / "ca-key.pem").unlink()
    with pytest.raises(errors.ConfigError, match="where the controller was made"):
        join_file.invite(tmp_path / "two", ("b",), 1, tmp_path / "another")
