"""The headquarters where two controllers share a PostgreSQL, which has faults of its own.

While an episode is in contact one of the two is always there, so an agent has a controller whatever befalls
the other; in an isolated one both go. Every blow to a controller comes with one to the database.
"""

import concurrent.futures
import dataclasses
import random
import signal
import subprocess
import time

from harness import postgres, real_pair
from harness.chaos import headquarters, judge, plan, story
from meterstatus.adapters.files import login_file

_AWAY_SECONDS = (0.0, 3.0)
AGREE_SECONDS = 30.0


class PairHeadquarters(headquarters.Headquarters):
    """Two controllers, of which an operator's command takes the one that answers.

    Args:
        fleet: two controllers that are made and not started.
        log: what was done and found.
        server: their database's.
        seed: fixes which of the two is struck, and how the database is.
    """

    def __init__(
        self, fleet: real_pair.RealPair, log: story.Story, server: postgres.Server, seed: int
    ) -> None:
        super().__init__(fleet, log)
        self._pair = fleet
        self._server = server
        self._random = random.Random(seed)  # noqa: S311 - a test keeps no secrets
        self._is_second = False
        login = login_file.read(fleet.login)
        second = login_file.read(fleet.second_login)
        dataclasses.replace(login, addresses=(*login.addresses, *second.addresses)).write(fleet.login)

    def start(self) -> None:
        """Run whichever of them does not run, and return when both are ready."""
        self._log.say("controllers: started")
        if self.outages and self.outages[-1].ended is None:
            ended = self._log.say("controllers: may answer")
            self.outages[-1] = dataclasses.replace(self.outages[-1], ended=ended)
        missing = [
            start
            for process, start in (
                (self._pair.controller, self._pair.start_controller),
                (self._pair.second, self._pair.start_second),
            )
            if process is None
        ]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for started in [pool.submit(start) for start in missing]:
                started.result()

    @property
    def is_running(self) -> bool:
        """Whether both were started and not ended."""
        return self._pair.controller is not None and self._pair.second is not None

    def end(self, blow: plan.Blow, *, isolated: bool = False) -> None:
        """End one of them, or both for an isolated episode; the database goes for a moment as well."""
        if isolated:
            self._end(blow, is_second=False)
            self._end(blow, is_second=True)
            self.outages.append(judge.Outage(self._log.say(f"controllers: both {blow.value}")))
            return
        self._strike_database()
        self._end(blow, is_second=self._choose())

    def _choose(self) -> bool:
        self._is_second = self._random.random() < 0.5
        return self._is_second

    def _end(self, blow: plan.Blow, *, is_second: bool) -> None:
        self._log.say(f"controller {1 + is_second}: {blow.value}")
        kill = self._pair.kill_second if is_second else self._pair.kill_controller
        stop = self._pair.stop_second if is_second else self._pair.stop_controller
        if blow is plan.Blow.KILLED:
            kill()
        elif stop() != 0:
            self._log.accuse("orderly stop", f"the exit status of controller {1 + is_second} is not 0")

    def _strike_database(self) -> None:
        match self._random.randrange(4):
            case 0:
                self._log.say("database: every connection ended")
                self._server.disconnect(self._pair.database)
            case 1:
                self._server.kill()
                self._log.say("database: killed")
                time.sleep(self._random.uniform(*_AWAY_SECONDS))
                self._server.start()
                self._log.say("database: started")
            case 2:
                self._server.stop()
                self._log.say("database: told to stop")
                time.sleep(self._random.uniform(*_AWAY_SECONDS))
                self._server.start()
                self._log.say("database: started")
            case _:
                return

    def freeze(self, *, on: bool) -> None:
        """Stop the process of one of them, or let it go on."""
        process = self._chosen(choose=on)
        self._log.say(f"controller {1 + self._is_second}: {'frozen' if on else 'goes on'}")
        process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def _chosen(self, *, choose: bool) -> subprocess.Popen[bytes]:
        is_second = self._choose() if choose else self._is_second
        process = self._pair.second if is_second else self._pair.controller
        assert process is not None, "it is started again after each blow"
        return process

    def thaw(self) -> None:
        """Let go on whatever is stopped, so that it can be ended."""
        super().thaw()
        if self._pair.second is not None:
            self._pair.second.send_signal(signal.SIGCONT)

    def logs(self) -> dict[str, str]:
        """Return what each controller has logged."""
        return {**super().logs(), "second controller": self.fleet.log("second")}
