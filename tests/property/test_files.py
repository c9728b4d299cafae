"""Whatever bytes stand in a file that a program reads, it is read, or the documented error raised."""

import asyncio
import functools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

import hypothesis
import hypothesis.strategies as st
import pytest

from meterstatus import errors
from meterstatus.adapters.files import agent_conf, backup_file, database_file, juju_data, login_file, state
from meterstatus.domain import agent_config
from meterstatus.domain.unit import state as states
from meterstatus.domain.unit import state_file
from meterstatus.runtime import durable_file

UUID = "deadbeef-0bad-400d-8000-4b1d0d06f00d"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
CONFIG = agent_config.AgentConfig(
    tag="unit-shop-0",
    controller=f"controller-{UUID}",
    model=f"model-{UUID}",
    upgraded_to_version="3.1.0",
    api_addresses=("10.0.0.1:17070",),
    ca_certificate=CERTIFICATE,
)
LOGIN = login_file.LoginFile(UUID, UUID, "default", CERTIFICATE, ("10.0.0.1:17070",), "admin", "secret")
DATABASE = database_file.DatabaseFile(UUID, "postgresql://localhost/of", ("ctl",), 17070)


class Kind(NamedTuple):
    """A file that a program reads."""

    write: Callable[[pathlib.Path], None]
    """Makes a good one."""

    read: Callable[[pathlib.Path], object]
    documented: tuple[type[Exception], ...]


def _write_state(path: pathlib.Path) -> None:
    asyncio.run(state.DiskBackedState(path, "shop/0").write(states.State("RED", "over")))


def _read_state(path: pathlib.Path) -> object:
    return asyncio.run(state.DiskBackedState(path, "shop/0").read())


def _rewrite_conf(path: pathlib.Path) -> None:
    """Read the former file as a text whose form is to survive, whatever it is."""
    agent_conf.write(path, CONFIG)
    assert agent_conf.read(path) == CONFIG


KINDS = {
    "state file": Kind(_write_state, _read_state, (errors.NotFoundError, errors.StateCorruptError)),
    "agent.conf": Kind(
        functools.partial(agent_conf.write, config=CONFIG), agent_conf.read, (errors.ConfigError,)
    ),
    "former agent.conf": Kind(functools.partial(agent_conf.write, config=CONFIG), _rewrite_conf, ()),
    "login file": Kind(LOGIN.write, login_file.read, (errors.ConfigError,)),
    "database file": Kind(DATABASE.write, database_file.read, (errors.ConfigError,)),
    "invitation": Kind(
        database_file.JoinFile(DATABASE, CERTIFICATE, "key").write,
        database_file.read_invitation,
        (errors.ConfigError,),
    ),
}
NINES = "9" * 5000
HOSTILE = [
    b"",
    b"\0",
    b"\xff\xfe",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"[" * 20_000,
    b"{a: " * 10_000,
    b"- " * 10_000,
    b"? " * 10_000,
    b'"\\UFFFFFFFF"',
    b'a: "\\uD800"',
    f"version: {NINES}\n".encode(),
    f"port: {NINES}\n".encode(),
    f"upgradedToVersion: {NINES}\ndisconnected:\n  disconnected-at: {NINES}\n".encode(),
    f"%YAML 1.{NINES}\n---\na: b\n".encode(),
    b"a: &a [*a]\n",
    b"<<: *x\n",
    b"? [a, b]\n: c\n",
    b"!!binary code: x\n",
    b"--- a\n--- b\n",
    b"code: RED\nobserved:\n  at: 2024-01-01T00:00:00+99:99\n",
    b"code: RED\nobserved:\n  at: 0001-01-01T00:00:00+23:59\n",
    b"disconnected:\n  disconnected-at: .inf\n",
    b"disconnected:\n  disconnected-at: 9223372036854775807\n  disconnected-state: 1\n",
    b"disconnected:\n  disconnected-at: 1:" + b":".join([b"59"] * 2000) + b"\n",
]


@pytest.fixture(scope="module")
def folder() -> Iterator[pathlib.Path]:
    made = pathlib.Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


def refusal_of(kind: Kind, path: pathlib.Path) -> str | None:
    """Return what the documented error says; None where the file is read."""
    try:
        kind.read(path)
    except kind.documented as error:
        return str(error)
    return None


def hold(kind: Kind, folder: pathlib.Path, content: bytes) -> None:
    """Read a file with that content; anything but what it gives and what is documented fails the test."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        path = pathlib.Path(directory) / "file"
        path.write_bytes(content)
        said = refusal_of(kind, path)
        # For a person: a line or none, and no password.
        assert said is None or (said and "secret" not in said and "\n" not in said)


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:20]))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("head", [b"", b"# format 2.0\n"])
def test_hostile_bytes(kind: str, head: bytes, content: bytes, folder: pathlib.Path) -> None:
    """Those that a library is known to trip over."""
    hold(KINDS[kind], folder, head + content)


@pytest.mark.parametrize("kind", KINDS)
@hypothesis.given(content=st.one_of(st.binary(), st.text().map(lambda text: text.encode(errors="replace"))))
@hypothesis.settings(max_examples=40, deadline=None)
def test_any_bytes(kind: str, folder: pathlib.Path, content: bytes) -> None:
    """Mostly no YAML."""
    hold(KINDS[kind], folder, content)


@pytest.mark.parametrize("kind", KINDS)
@hypothesis.given(data=st.data())
@hypothesis.settings(max_examples=40, deadline=None)
def test_a_good_file_with_any_part_of_it_changed(
    kind: str, folder: pathlib.Path, data: st.DataObject
) -> None:
    """Mostly YAML, and some of it right."""
    good = folder / f"good {kind}"
    if not good.exists():
        KINDS[kind].write(good)
    content = good.read_bytes()
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    put = data.draw(
        st.one_of(st.binary(max_size=20), st.sampled_from([one for one in HOSTILE if len(one) < 100]))
    )
    hold(KINDS[kind], folder, content[:first] + put + content[last:])


@hypothesis.given(body=st.one_of(st.sampled_from(HOSTILE), st.binary()))
@hypothesis.settings(max_examples=40, deadline=None)
def test_a_state_file_whose_checksum_is_right(folder: pathlib.Path, body: bytes) -> None:
    """Who can write the file can write that too; likewise the version before, and the reserve."""
    text = body.decode(errors="replace")
    content = state_file.encode(state_file.Contents(text, "shop/0", 7))
    hold(KINDS["state file"], folder, content)
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        path = pathlib.Path(directory) / "file"
        path.with_name("file.previous").write_bytes(content)
        path.with_name("file.reserve").write_bytes(content.ljust(durable_file.Reserve.SIZE_BYTES, b"\0"))
        assert refusal_of(KINDS["state file"], path) != ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_fifo_a_device_or_a_file_without_end_is_refused_at_once(kind: str, tmp_path: pathlib.Path) -> None:
    """By the documented error; that of a state's reader is the system's."""
    if kind == "former agent.conf":
        os.mkfifo(tmp_path / "file")
        KINDS[kind].read(tmp_path / "file")  # replaced whole, as what is no format 2.0
        return
    documented = (*KINDS[kind].documented, OSError) if kind == "state file" else KINDS[kind].documented
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 1 << 40)
    for name in ("fifo", "device", "large"):
        with pytest.raises(documented, match=r"FIFO|device|link|larger"):
            KINDS[kind].read(tmp_path / name)


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:20]))
def test_a_backup_of_hostile_bytes_is_none(content: bytes, tmp_path: pathlib.Path) -> None:
    """Nothing of it is believed."""
    (tmp_path / "backup").write_bytes(content)
    with pytest.raises(errors.ConfigError):
        list(backup_file.read(tmp_path / "backup"))


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:20]))
def test_a_clients_file_of_hostile_bytes_is_refused_or_kept(content: bytes, tmp_path: pathlib.Path) -> None:
    """The juju client's own files are the person's; what cannot be read is not overwritten."""
    (tmp_path / juju_data.CONTROLLERS).write_bytes(content)
    account = juju_data.Account(
        controller=UUID,
        addresses=LOGIN.addresses,
        ca_certificate=CERTIFICATE,
        user="admin",
        password="secret",
        access="superuser",
        models={"admin/default": UUID},
        model="admin/default",
    )
    try:
        juju_data.write(tmp_path, account)
    except errors.ConfigError:
        assert (tmp_path / juju_data.CONTROLLERS).read_bytes() == content
