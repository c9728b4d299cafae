"""The controller of the chaos run, and the operator who changes statuses, each with a note of what it did."""

import dataclasses
import signal
import threading

from harness import real_fleet
from harness.chaos import judge, plan, story
from meterstatus import errors
from meterstatus.domain import names, status
from meterstatus.programs.cli import session
from meterstatus.protocol.facades import meter_status_admin

HISTORY_LIMIT = 10**6


class Headquarters:
    """A controller that is made and not started.

    Attributes:
        fleet: its files and its process.
        changes: every status that was sent to it, in order, acknowledged or not.
        outages: when it was surely not there.
    """

    def __init__(self, fleet: real_fleet.RealFleet, log: story.Story) -> None:
        self.fleet = fleet
        self.changes: list[judge.Change] = []
        self.outages: list[judge.Outage] = []
        self._log = log
        self._turn = threading.Lock()

    def start(self) -> None:
        """Run it, and return when it is ready."""
        self._log.say("controller: started")
        if self.outages and self.outages[-1].ended is None:
            self.outages[-1] = dataclasses.replace(
                self.outages[-1], ended=self._log.say("controller: may answer")
            )
        self.fleet.start_controller()

    @property
    def is_running(self) -> bool:
        """Whether its process was started and not ended."""
        return self.fleet.controller is not None

    def end(self, blow: plan.Blow, *, isolated: bool = False) -> None:
        """End it, one way or the other.

        Args:
            blow: the way.
            isolated: whether no controller may be left; here none ever is.
        """
        del isolated
        if blow is plan.Blow.KILLED:
            self.fleet.kill_controller()
        elif self.fleet.stop_controller() != 0:
            self._log.accuse("orderly stop", "the controller's exit status is not 0")
        self.outages.append(judge.Outage(self._log.say(f"controller: {blow.value}")))

    def freeze(self, *, on: bool) -> None:
        """Stop its process, or let it go on."""
        assert self.fleet.controller is not None
        self._log.say(f"controller: {'frozen' if on else 'goes on'}")
        self.fleet.controller.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def thaw(self) -> None:
        """Let go on whatever is stopped, so that it can be ended."""
        if self.fleet.controller is not None:
            self.fleet.controller.send_signal(signal.SIGCONT)

    def logs(self) -> dict[str, str]:
        """Return what each controller has logged."""
        return {"controller": self.fleet.log("controller")}

    def change(self, unit: str, code: str) -> bool:
        """Set a status as an operator does; tell whether the controller acknowledged it."""
        with self._turn:
            told = status.MeterStatus(code, f"{unit} change {len(self.changes)}")
            self.changes.append(
                judge.Change(unit, told, self._log.say(f"operator: sets {unit} {code} {told.info!r}"))
            )
            at, tag = len(self.changes) - 1, names.unit_tag(unit)

            async def ask(opened: session.Session) -> None:
                await opened.metrics.set_meter_status(tag, code, told.info)

            try:
                session.ask(self.fleet.login, session.websocket_dialer, ask)
            except (OSError, errors.MeterStatusError) as error:
                self._log.say(f"operator: no answer for {told.info!r}: {error}"[:160])
                return False
            acked = self._log.say(f"operator: {told.info!r} is acknowledged")
            self.changes[at] = dataclasses.replace(self.changes[at], acked=acked)
            return True

    def words(self) -> dict[str, status.MeterStatus]:
        """Ask what every unit is told."""

        async def ask(opened: session.Session) -> meter_status_admin.StatusResult:
            return await opened.admin.status()

        answer = session.ask(self.fleet.login, session.websocket_dialer, ask)
        return {unit.unit: status.MeterStatus(unit.told_code, unit.told_info) for unit in answer.units}
