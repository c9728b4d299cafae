"""Two controllers on one PostgreSQL, as real processes, with an agent of theirs."""

import pathlib
import subprocess
import sys

from harness import real_fleet
from meterstatus.adapters.files import login_file
from meterstatus.programs.controller import join_file
from meterstatus.programs.demo import ports


class RealPair(real_fleet.RealFleet):
    """A fleet whose second controller has joined the first; the first is ``RealFleet``'s.

    Attributes:
        database: the database's name.
        second: the second controller's process; None while it does not run.
        second_login: a login file that leads to the second controller only.
    """

    def __init__(self, folder: pathlib.Path, database: str) -> None:
        super().__init__(folder, names=("localhost",), database=database)
        self.database = database.rpartition("/")[2]
        self.second: subprocess.Popen[bytes] | None = None
        self.second_port = ports.free_port()
        place, invitation = folder / "controller", folder / "invitation.yaml"
        # Not by the commands, which have tests of their own: each costs a second.
        join_file.invite(place, ("localhost",), self.second_port, invitation)
        join_file.join(folder / "second", invitation)
        first = login_file.read(self.login)
        self.second_login = folder / "second-login.yaml"
        self._lead(first, self.second_login, self.second_port)

    @staticmethod
    def _lead(of: login_file.LoginFile, to: pathlib.Path, port: int) -> None:
        login_file.LoginFile(
            of.controller,
            of.model,
            of.model_name,
            of.ca_certificate,
            (f"localhost:{port}",),
            of.user,
            of.password,
        ).write(to)

    def start_second(self) -> None:
        """Run the second controller, and return when it is ready."""
        words = ["controller", "run", "--data-dir", str(self.folder / "second")]
        self.second = self._start("second", words, "controller ready", sys.executable)

    def stop_second(self) -> int:
        """End the second controller with SIGTERM and return its exit status."""
        assert self.second is not None
        self.second.terminate()
        status, self.second = self.second.wait(real_fleet.READY_SECONDS), None
        return status

    def kill_second(self) -> None:
        """End the second controller with SIGKILL."""
        assert self.second is not None
        self.second.kill()
        self.second.wait()
        self.second = None

    def stop(self) -> None:
        """End whatever still runs."""
        if self.second is not None and self.second.poll() is None:
            self.second.kill()
            self.second.wait()
        self.second = None
        super().stop()
