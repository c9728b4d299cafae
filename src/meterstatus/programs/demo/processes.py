"""The processes of a demonstration: started with a log each, and all ended, whatever happens."""

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from meterstatus.programs.demo import story

STOP_LIMIT = 15.0
"""Seconds for a process to end after SIGTERM."""

COMMAND_LIMIT = 30.0
"""Seconds for a command to answer."""


class Processes:
    """Runs ``meterstatus`` and its like in one directory."""

    def __init__(self, directory: pathlib.Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("METERSTATUS_")}
        self._environment = {**inherited, **environment}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def log_of(self, name: str) -> pathlib.Path:
        """Return the file that a process's output goes to."""
        return self._directory / f"{name}.log"

    @property
    def logs(self) -> list[str]:
        """The logs there are."""
        return [str(path) for path in sorted(self._directory.glob("*.log"))]

    def meterstatus(self, *words: str) -> str:
        """Run a ``meterstatus`` command to its end and return its standard output.

        Raises:
            StepFailed: it took too long, or its exit status is not 0.
        """
        shown = f"'{shlex.join(('meterstatus', *words))}' to succeed"
        try:
            done = subprocess.run(
                meterstatus_command(*words),
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise story.StepFailed(shown, f"no end within {COMMAND_LIMIT:g} s") from None
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise story.StepFailed(shown, f"exit status {done.returncode}: {said or 'nothing said'}")
        return done.stdout.decode(errors="replace")

    def start(self, name: str, command: Sequence[str]) -> int:
        """Start a process that runs until it is ended, and return its id; its output goes to its log."""
        with self.log_of(name).open("ab") as log:
            # A session of its own, so that Ctrl-C reaches only the demonstration, which ends the others.
            process = subprocess.Popen(
                command,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = process
        return process.pid

    def check(self, name: str) -> None:
        """Make sure that a process still runs.

        Raises:
            StepFailed: it ended by itself.
        """
        status = self._running[name].poll()
        if status is not None:
            raise story.StepFailed(
                f"the {name} to run", f"it ended with status {status}; last words: {self._last_line(name)}"
            )

    def _last_line(self, name: str) -> str:
        lines = self.log_of(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    def stop(self, name: str) -> int:
        """End a process with SIGTERM and return its exit status, negative for a signal.

        Raises:
            StepFailed: it did not end in time; it still runs.
        """
        process = self._running[name]
        process.terminate()
        try:
            status = process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            raise story.StepFailed(
                f"the {name} to end after SIGTERM", f"it still ran {STOP_LIMIT:g} s later"
            ) from None
        del self._running[name]
        return status

    def kill(self, name: str) -> None:
        """End a process with SIGKILL, which it cannot prepare for."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def end_all(self) -> None:
        """End whatever still runs, last started first; never raises."""
        for name, process in reversed(list(self._running.items())):
            try:
                self.stop(name)
            except story.StepFailed:
                # The whole session, with whatever the process itself has started.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()


def meterstatus_command(*words: str) -> list[str]:
    """Return the command line of this very ``meterstatus``, wherever it is installed."""
    return [sys.executable, "-P", "-m", "meterstatus", *words]
