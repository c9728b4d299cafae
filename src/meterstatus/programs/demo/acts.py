"""The acts of the demonstration, in their order; each says what must be and checks that it is."""

import contextlib
import datetime
import http.client
import json
import pathlib
import shlex
import sys
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

from meterstatus.domain import policy, status
from meterstatus.domain.unit import escalation
from meterstatus.programs.demo import ports, processes, scene, story

UP_LIMIT = 20.0
"""Seconds for a program to be ready."""

TOLD_LIMIT = 20.0
"""Seconds from a change at the controller to the end of the hook; usually a tenth of one."""

RETURN_LIMIT = 45.0
"""Seconds for an agent to find a controller that is back: it waits 30 at the most between two tries."""

LATEST = datetime.timedelta(seconds=1)
"""How late a stage may be (invariant 2)."""

MODES = {"GREEN": "full", "AMBER": "degraded", "RED": "stopped"}
NOT_SET = status.MeterStatus("AMBER", "not set")
SAVING = status.MeterStatus("AMBER", "80 % of the budget is spent")
RAISED = status.MeterStatus("GREEN", "the budget was raised")
CUT_OFF_AMBER = status.MeterStatus("AMBER", policy.DISCONNECTED_INFO)
CUT_OFF_RED = status.MeterStatus("RED", policy.DISCONNECTED_INFO)
EXCEEDED = status.MeterStatus("RED", "the budget is exceeded")


class Acts:
    """Plays the story once."""

    def __init__(
        self,
        stage: scene.Scene,
        told: story.Story,
        charm: pathlib.Path,
        amber_grace_period: datetime.timedelta,
        red_grace_period: datetime.timedelta,
    ) -> None:
        self._stage = stage
        self._story = told
        self._running = stage.running
        self._charm = charm
        self._amber_grace_period = amber_grace_period
        self._red_grace_period = red_grace_period
        self._port = ports.free_port()
        self._shop = ""
        self._lost_between = (scene.now(),) * 2
        """The earliest and the latest that the last contact can have been, by the boot clock."""

        self.modes: list[str] = []
        """What the shop served after each call of the hook."""

    def play(self) -> None:
        """Play every act.

        Raises:
            StepFailed: one went wrong; what was started still runs.
        """
        self._set_the_stage()
        self._in_contact()
        self._cut_off()
        self._back_in_contact()
        self._agent_dies()
        self._end()

    # Each act is one to three steps.

    def _set_the_stage(self) -> None:
        with self._story.step("Make a controller and start it"):
            place = ("--data-dir", str(self._stage.controller_dir))
            self._command(
                "controller", "init", *place, "--name", "127.0.0.1", "--port", str(self._port), shown=2
            )
            self._start_controller()
        with self._story.step(f"Add the unit {scene.UNIT} with its charm, and open the shop"):
            charm = self._stage.directory / "charm"
            scene.copy_charm(self._charm, charm)
            place = ("--data-dir", str(self._stage.agent_dir))
            self._command("unit", "add", scene.UNIT, *place, "--charm", str(charm), shown=3)
            self._open_shop()
        with self._story.step("Start the agent: a status that nobody has set means caution"):
            self._start_agent()
            self._expect(NOT_SET, UP_LIMIT)
            self._check_connected()

    def _in_contact(self) -> None:
        with self._story.step("Set GREEN"):
            self._set(scene.UNIT, status.MeterStatus("GREEN"))
        with self._story.step("Set AMBER, with the reason in the information"):
            self._set(scene.UNIT, SAVING)
        with self._story.step("Set GREEN for the whole application"):
            self._set("shop", RAISED)

    def _cut_off(self) -> None:
        with self._story.step("Stop the controller: at first all stays as it is"):
            # Time counts from the last contact that was confirmed, which is now and then.
            graces = policy.amber_red(self._amber_grace_period, self._red_grace_period)
            earliest = scene.now() - escalation.contact_period(graces)
            self._stop("controller")
            self._lost_between = (earliest, scene.now())
            self._check_mode("full")
        with self._story.step("AMBER, exactly at its time"):
            self._expect_stage(CUT_OFF_AMBER, self._amber_grace_period)
        with self._story.step("RED, exactly at its time"):
            self._expect_stage(CUT_OFF_RED, self._red_grace_period)
            self._check_never_fell()

    def _back_in_contact(self) -> None:
        with self._story.step("Start the controller again: its word rules"):
            self._start_controller()
            self._expect(RAISED, RETURN_LIMIT)
        with self._story.step("The controller remembers every change"):
            self._check_history()

    def _agent_dies(self) -> None:
        with self._story.step("Kill the agent with SIGKILL, and set RED meanwhile"):
            self._running.kill("agent")
            self._tell_controller(scene.UNIT, EXCEEDED)
            self._check_mode("full")
        with self._story.step("Start the agent again: it makes up for what it missed"):
            self._start_agent()
            self._expect(EXCEEDED, UP_LIMIT)

    def _end(self) -> None:
        with self._story.step("End everything, in good order"):
            self._stop("agent")
            self._stop("controller")
            self._running.kill("shop")
            late = self._stage.look()
            if late:
                raise story.StepFailed("no further hook", scene.shown(late[-1].status))

    def _command(self, *words: str, shown: int) -> str:
        """Run a command; the first words of it are shown, the paths and ports after them are not."""
        rest = " …" if len(words) > shown else ""
        self._story.note(f"$ meterstatus {shlex.join(words[:shown])}{rest}")
        return self._running.meterstatus(*words)

    def _start_controller(self) -> None:
        self._story.note("$ meterstatus controller run …")
        place = ("--data-dir", str(self._stage.controller_dir))
        words = ("controller", "run", *place, "--listen", "127.0.0.1")
        self._running.start("controller", processes.meterstatus_command(*words))
        self._await_answer("controller", self._controller_answers)

    def _controller_answers(self) -> bool:
        probe = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1.0)
        try:
            probe.connect()
        except OSError:
            return False
        finally:
            probe.close()
        return True

    def _open_shop(self) -> None:
        self._running.start("shop", [sys.executable, str(self._stage.charm / "bin" / "shop"), "0"])
        log = self._running.log_of("shop")
        self._await_answer("shop", lambda: log.read_text().endswith("/\n"))
        self._shop = log.read_text().strip()
        self._story.note(f"the shop is at {urllib.parse.urlsplit(self._shop).netloc}")

    def _await_answer(self, name: str, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + UP_LIMIT
        while not answers():
            self._running.check(name)
            if time.monotonic() > deadline:
                raise story.StepFailed(f"the {name} to be ready", f"it was not within {UP_LIMIT:g} s")
            time.sleep(scene.LOOK_PERIOD)

    def _start_agent(self) -> None:
        graces = tuple(
            word
            for option, span in (
                ("--amber-grace", self._amber_grace_period),
                ("--red-grace", self._red_grace_period),
            )
            for word in (option, f"{int(span.total_seconds() * 1000)}ms")
        )
        words = ("agent", "run", "--data-dir", str(self._stage.agent_dir), *graces)
        lock = ("--lock-dir", str(self._stage.directory / "lock"))
        self._story.note("$ meterstatus agent run …")
        self._running.start("agent", processes.meterstatus_command(*words, *lock))

    def _stop(self, name: str) -> None:
        exit_status = self._running.stop(name)
        if exit_status != 0:
            raise story.StepFailed(f"the {name} to end with exit status 0", str(exit_status))

    def _tell_controller(self, entity: str, told: status.MeterStatus) -> None:
        words = ("set", entity, told.code, *(("--info", told.info) if told.info else ()))
        self._command(*words, shown=len(words))

    def _set(self, entity: str, told: status.MeterStatus) -> None:
        self._tell_controller(entity, told)
        self._expect(told, TOLD_LIMIT)

    def _expect(self, expected: status.MeterStatus, limit: float) -> scene.Told:
        call = self._stage.await_told(expected, limit)
        mode = MODES[expected.code]
        self._check_mode(mode)
        self.modes.append(mode)
        self._story.note(f"hook: {scene.shown(expected)}; shop: {mode}")
        return call

    def _check_mode(self, expected: str) -> None:
        seen = self._stage.shop_mode(self._shop)
        if seen != expected:
            raise story.StepFailed(f"the shop to be {expected}", seen)

    def _expect_stage(self, expected: status.MeterStatus, grace: datetime.timedelta) -> None:
        earliest, latest = (lost + grace for lost in self._lost_between)
        left = (latest + LATEST - scene.now()).total_seconds()
        call = self._expect(expected, max(0.0, left) + TOLD_LIMIT)
        behind = (call.at - earliest).total_seconds()
        allowed = (latest + LATEST - earliest).total_seconds()
        if not 0 <= behind <= allowed:
            raise story.StepFailed(
                f"the hook to run 0 to {allowed:.2f} s after it may", f"it ran after {behind:.2f} s"
            )
        self._story.note(f"{grace.total_seconds():g} s after the last contact, to within {behind:.2f} s")

    def _check_never_fell(self) -> None:
        alone = [call.status for call in self._stage.told if call.at > self._lost_between[1]]
        severities = [status.severity(each.code) for each in (RAISED, *alone)]
        if severities != sorted(severities):
            raise story.StepFailed("severity never to fall", ", then ".join(map(scene.shown, alone)))
        self._story.note(f"told without the controller: {', then '.join(each.code for each in alone)}")

    def _check_connected(self) -> None:
        answer = self._answer("status", "--format", "json")
        unit = answer.get("units", {}).get(scene.UNIT, {})
        if unit.get("connected") is not True:
            raise story.StepFailed("the status to show the unit connected", json.dumps(unit))

    def _check_history(self) -> None:
        words = ("history", scene.UNIT, "--format", "json")
        self._story.note(f"$ meterstatus {' '.join(words)}")
        # The agent's first login is in it too: it makes a password of its own.
        changes = [
            change for change in self._answer(*words).get("changes", []) if "status" in change.get("new", {})
        ]
        seen = [(change["action"], change["new"]["status"]) for change in changes]
        expected = [("add", "NOT SET"), ("set", "GREEN"), ("set", "AMBER"), ("set", "GREEN")]
        if seen != expected:
            raise story.StepFailed(f"the history {expected}", str(seen))
        for change in changes:
            new = status.MeterStatus(change["new"]["status"], change["new"]["info"])
            self._story.note(f"revision {change['revision']}: {change['action']} {scene.shown(new)}")

    def _answer(self, *words: str) -> dict[str, Any]:
        text = self._running.meterstatus(*words)
        with contextlib.suppress(json.JSONDecodeError):
            document: Any = json.loads(text)
            if isinstance(document, dict):
                return document  # pyright: ignore[reportUnknownVariableType] # JSON keys are strings
        raise story.StepFailed(f"'meterstatus {words[0]} --format json' to write an object", text[:200])
