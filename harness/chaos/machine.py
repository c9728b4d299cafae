"""One machine of the chaos run: an agent process, its disk, its clocks, its hooks.

Does what it is told and judges nothing. Starts the agent's own process, which is what ``meterstatus agent
run`` becomes; that command itself is run for every fifth life, because it doubles the time of a start.
"""

import contextlib
import datetime
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time
import uuid

from harness import real_fleet
from harness.chaos import hook, leftovers, plan, record
from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain.unit import state, state_file
from meterstatus.programs.agent import agent_settings, status_manifold
from meterstatus.runtime import durable_file

AMBER_GRACE, RED_GRACE = 3.0, 6.0
DISK_SIZE = "1m"
STOP_SECONDS = 60.0
"""For an agent to end after SIGTERM: it may have a hook to end, which may take ten seconds."""

HOOK_SOURCE = pathlib.Path(hook.__file__).resolve()
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_INTO_BOOT = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
_COMMAND_EVERY = 5


def has_namespaces(folder: pathlib.Path) -> bool:
    """Tell whether a process can be given another boot clock and another boot id here."""
    probe = folder / "boot-id-probe"
    probe.write_text("probe\n")
    words = [*_boot_words(10**6, probe), "cat", "/proc/uptime", _BOOT_ID]
    try:
        done = subprocess.run(words, check=False, capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and float(done.stdout.split()[0]) > 10**6 and "probe" in done.stdout


def _boot_words(offset_seconds: int, boot_id: pathlib.Path) -> list[str]:
    unshare = ["unshare", "--mount", "--time", "--boottime", str(offset_seconds)]
    return [*unshare, "sh", "-c", _INTO_BOOT, "sh", os.fspath(boot_id), _BOOT_ID]


class Machine:
    """One machine; nothing runs at first.

    Attributes:
        number: which one.
        data_dir: the agent's.
        is_mounted: whether its disk is a small one; else a full one is a limit.
        is_full: whether its disk is full.
        is_agent_shipped: whether its agent is run as it is shipped, with the system's own wall clock.
    """

    def __init__(self, number: int, folder: pathlib.Path, *, namespaces: bool) -> None:
        self.number = number
        self.folder = folder / f"machine-{number}"
        self.data_dir = self.folder / "agent"
        self.data_dir.mkdir(parents=True)
        self.is_agent_shipped = number == 0
        self._namespaces = namespaces
        self._process: subprocess.Popen[bytes] | None = None
        self._lives = 0
        self._life_began = 0
        self.is_full = False
        self._boot_offset = 0
        self._boot_id = ""
        self._offset = self.folder / "wall-offset"
        self.set_wall(0.0)
        self.is_mounted = self._mount()

    # The disk.

    def _mount(self) -> bool:
        words = [
            "mount",
            "-t",
            "tmpfs",
            "-o",
            f"size={DISK_SIZE},mode=755",
            "tmpfs",
            os.fspath(self.data_dir),
        ]
        if shutil.which("mount") is None:
            return False
        return subprocess.run(words, check=False, capture_output=True).returncode == 0

    def set_disk(self, disk: plan.Disk) -> None:
        """Fill the disk, or free what filled it."""
        self.is_full = disk is plan.Disk.FULL
        if not self.is_mounted:
            self._limit()
            return
        filler = self.data_dir / "filler"
        if not self.is_full:
            filler.unlink(missing_ok=True)
            return
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def _limit(self) -> None:
        if self._process is not None and not self.is_mounted:
            with contextlib.suppress(ProcessLookupError):
                _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
                soft = 0 if self.is_full else hard
                resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (soft, hard))

    # The clocks.

    def set_wall(self, wrong_by: float) -> None:
        """Set the wall clock, while the agent runs or not; it has no effect on an agent as it is shipped."""
        fresh = self.folder / "wall-offset.new"
        fresh.write_text(f"{wrong_by}")
        fresh.replace(self._offset)

    def reboot(self, uptime: float) -> None:
        """Take everything that runs down, and begin another boot."""
        leftovers.kill_all(self.folder)
        self._boot_offset = int(uptime - time.clock_gettime(time.CLOCK_BOOTTIME))
        self._boot_id = str(uuid.uuid4())
        (self.folder / "boot-id").write_text(f"{self._boot_id}\n")

    @property
    def _is_injected(self) -> bool:
        return not self.is_agent_shipped or (bool(self._boot_id) and not self._namespaces)

    def _command(self) -> list[str]:
        settings = agent_settings.AgentSettings(
            data_dir=self.data_dir,
            amber_grace_period=datetime.timedelta(seconds=AMBER_GRACE),
            red_grace_period=datetime.timedelta(seconds=RED_GRACE),
            hook_time_limit=datetime.timedelta(seconds=plan.HOOK_TIMEOUT),
            lock_dir=self.folder / "lock",
        )
        words = agent_settings.command(settings)
        boot: list[str] = []
        if self._boot_id and self._namespaces:
            boot = _boot_words(self._boot_offset, self.folder / "boot-id")
        if self._is_injected:
            moved = (str(self._boot_offset), self._boot_id) if not self._namespaces else ("0", "")
            module = ["-m", "harness.chaos.agent"]
            return [
                *boot,
                sys.executable,
                *module,
                os.fspath(self._offset),
                *moved,
                *agent_settings.arguments(settings),
            ]
        if self._lives % _COMMAND_EVERY == 0:
            words = self._typed(settings)
        return [*boot, *words]

    @staticmethod
    def _typed(settings: agent_settings.AgentSettings) -> list[str]:
        graces = ["--amber-grace", f"{AMBER_GRACE:g}s", "--red-grace", f"{RED_GRACE:g}s"]
        hooks = ["--hook-timeout", f"{plan.HOOK_TIMEOUT:g}s", "--lock-dir", str(settings.lock_dir)]
        places = ["--data-dir", os.fspath(settings.data_dir)]
        return [sys.executable, "-m", "meterstatus", "agent", "run", *places, *graces, *hooks]

    # The agent.

    @property
    def log_path(self) -> pathlib.Path:
        """Where the agent logs, in all its lives."""
        return self.folder / "agent.log"

    def log(self, since: int = 0) -> str:
        """Return what the agent has logged, from a byte on."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def log_size(self) -> int:
        """Return how many bytes the agent has logged."""
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    def start(self) -> None:
        """Begin a life; does not wait for anything."""
        self._lives += 1
        self._life_began = self.log_size()
        words = self._command()
        with self.log_path.open("ab") as output:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self._limit()

    def wait_ready(self, seconds: float = real_fleet.READY_SECONDS) -> None:
        """Wait until the agent serves its units; returns as well where it has ended.

        Raises:
            AssertionError: it took too long.
        """
        process, last = self._running(), names.unit_tag(plan.units_of(self.number)[-1])
        if self.is_full and not self.is_mounted:  # then it cannot log either
            time.sleep(1.0)
            return
        real_fleet.wait_until(
            lambda: process.poll() is not None or f"{last} is served" in self.log(self._life_began),
            f"machine {self.number} serves {last}",
            seconds,
        )

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"machine {self.number} runs no agent"
        return self._process

    def check(self) -> str:
        """Return what is wrong with an agent that should run; "" where it runs."""
        status = self._running().poll()
        return "" if status is None else f"machine {self.number}: the agent ended by itself, status {status}"

    def send(self, number: signal.Signals) -> None:
        """Send the agent a signal."""
        self._running().send_signal(number)

    def kill(self) -> None:
        """End the agent with SIGKILL, and it alone."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def stop(self) -> int | None:
        """End the agent with SIGTERM and return its exit status; None where it had to be killed."""
        process = self._running()
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
        finally:
            self._process = None

    # The units.

    def unit_dir(self, unit: str) -> pathlib.Path:
        """Return a unit's own directory."""
        return self.data_dir / "agents" / names.unit_tag(unit)

    def state_path(self, unit: str) -> pathlib.Path:
        """Return a unit's state file."""
        return self.unit_dir(unit) / status_manifold.STATE_FILE

    def _reserve(self, unit: str) -> durable_file.Reserve:
        path = self.state_path(unit)
        return durable_file.Reserve(path.with_name(f"{path.name}.reserve"))

    def has_reserve(self, unit: str) -> bool:
        """Tell whether a unit's agent could write on a full disk, having taken the room for it before.

        Nothing can be written over where a full disk is a limit of a file's size.
        """
        return self.is_mounted and self._reserve(unit).path.exists()

    def read_state(self, unit: str) -> tuple[str, state.State] | None:
        """Read a unit's state file as a person would: whose it says it is, and the state; None where absent.

        What a full disk did not take is in reserve; where the agent died while it was put there, there is
        nothing to go by.

        Raises:
            StateCorruptError: the file is none.
        """
        path = self.state_path(unit)
        try:
            contents = state_file.decode(path.read_bytes())
        except FileNotFoundError:
            return None
        reserved = self._reserve(unit).content()
        if reserved:
            try:
                kept = state_file.decode(reserved)
            except errors.StateCorruptError:
                return None
            contents = max(contents, kept, key=lambda one: one.generation)
        return contents.unit, state.State.from_yaml(contents.body)

    @property
    def boot_id(self) -> str:
        """The name of the machine's boot."""
        return self._boot_id or pathlib.Path(_BOOT_ID).read_text().strip()

    def boot_now(self) -> float:
        """Return what the machine's boot clock shows."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) + self._boot_offset

    def set_behaviour(self, unit: str, behaviour: plan.Behaviour) -> None:
        """Have a unit's hook behave so from its next run on."""
        script = self.unit_dir(unit) / "charm" / "hooks" / "meter-status-changed"
        kept = script.with_name("kept-away")
        if behaviour is plan.Behaviour.MISSING:
            if script.exists():
                script.rename(kept)
            return
        fresh = self.folder / f"behaviour-{unit.replace('/', '-')}"
        fresh.with_suffix(".new").write_text(behaviour.value)
        fresh.with_suffix(".new").replace(fresh)
        if kept.exists():
            kept.rename(script)

    def runs(self) -> list[record.Run]:
        """Read what the hooks wrote down."""
        return record.read(self.folder / "record", self.number)

    def leftovers(self) -> list[int]:
        """Return the living processes that hooks were or have started and that must be gone at rest."""
        return leftovers.of_runs(self.runs(), daemons=False)

    def close(self) -> None:
        """End everything of this machine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        leftovers.kill_all(self.folder)
        if self.is_mounted:
            words = ["umount", "--lazy", os.fspath(self.data_dir)]
            subprocess.run(words, check=False, capture_output=True)
