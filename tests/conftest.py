"""What holds for every test."""

import asyncio
import concurrent.futures
import os
import pathlib
import shutil
import signal
import sys
import sysconfig
from collections.abc import Callable, Iterator

import hypothesis
import pytest

from harness import postgres, repository
from meterstatus.adapters.sql import postgres as adapter

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"

# A deadline for one example would only tell how busy the machine is; the rest is as the machine has it,
# which on one that sets CI means the same examples each time.
hypothesis.settings.register_profile("patient", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_configure() -> None:
    """Begin as a shell begins a program, whoever has started the tests: what they start inherits it.

    A job in the background of a script ignores SIGINT, as those of nohup ignore SIGHUP, which is left so;
    a supervisor may ignore SIGCHLD or block signals; and umasks differ.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o022)


@pytest.fixture
def build_charm() -> Callable[[str, pathlib.Path], pathlib.Path]:
    """Build an example charm into a directory, as charmcraft does: with a venv that has its packages."""

    def build(name: str, charm_dir: pathlib.Path) -> pathlib.Path:
        shutil.copytree(EXAMPLES / name, charm_dir, symlinks=True)
        _make_venv(charm_dir / "venv")
        return charm_dir

    return build


def _make_venv(folder: pathlib.Path) -> None:
    """Make a venv that has the packages of PyPI that the tests run with, without installing them again."""
    packages = pathlib.Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    base = pathlib.Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    (folder / "bin" / "python").symlink_to(base)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    installed = sysconfig.get_path("purelib")
    # charmhelpers asks which distribution this is, and ends where it is not one of those Juju knows. Not by a
    # sitecustomize, of which only one is read: Debian's Python has its own.
    (packages / "installed.pth").write_text(
        f"import site; site.addsitedir({installed!r})\n"
        "import platform; platform.linux_distribution = lambda: ('Ubuntu', '22.04', 'jammy')\n"
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One PostgreSQL for all tests of a process; each makes a database of its own in it."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The name of a database with the schema and the identity of some controller, for copies."""
    name = postgres_server.database()
    to = adapter.parse(postgres_server.url(name))
    # On a thread: who asks for this may have a loop that runs.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, adapter.create(to, repository.IDENTITY, repository.USERS)).result()
    return name


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    """The URL of a new database of some controller, which is gone afterwards."""
    name = postgres_server.database(postgres_template)
    yield postgres_server.url(name)
    # Seven megabytes each: what is gone soon is never written to the disk.
    postgres_server.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
