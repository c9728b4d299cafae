"""Knows what befell each unit of the chaos run, and has what became of it judged.

Notes each fault as the ill that it may cost, asks the pure checks of ``judge`` with the evidence of the
moment, and accuses in the story.
"""

import dataclasses
import json
import time
from collections.abc import Iterator, Mapping, Sequence

from harness.chaos import headquarters, judge, machine, plan, story
from meterstatus import errors
from meterstatus.domain import status


class Court:
    """What is known of the machines' units.

    Args:
        log: what is accused is put down there.
        hq: the controller or controllers.
        machines: the machines.
    """

    def __init__(
        self, log: story.Story, hq: headquarters.Headquarters, machines: Sequence[machine.Machine]
    ) -> None:
        self._log = log
        self._hq = hq
        self._machines = machines
        self._troubles: dict[str, list[judge.Trouble]] = {unit: [] for unit in plan.UNITS}
        self._damaged: set[str] = set()
        self._logs_from: dict[int, int] = {}

    # Noting.

    def open(self) -> None:
        """Begin an episode; all is well."""
        self._logs_from = {one.number: one.log_size() for one in self._machines}

    def ail(self, one: machine.Machine, ill: judge.Ill, at: float, unit: str = "") -> None:
        """Note what a fault may cost one unit of a machine, or both."""
        for each in (unit,) if unit else plan.units_of(one.number):
            self._troubles[each].append(judge.Trouble(ill, at))

    def ail_without_reserve(self, one: machine.Machine, at: float) -> None:
        """Note whose agent cannot remember while the disk is full.

        Looked at when the disk is full already: an agent that has written nothing yet takes its room with its
        first version, and before the disk is full it may still do so.
        """
        for unit in plan.units_of(one.number) if one.is_full else ():
            if not one.has_reserve(unit):
                self.ail(one, judge.Ill.MEMORY, at, unit)

    def damaged(self, one: machine.Machine, unit: str, at: float) -> None:
        """Note that a unit's state file was damaged."""
        self.ail(one, judge.Ill.DAMAGE, at, unit)
        self._damaged.add(str(one.state_path(unit)))

    # Judging.

    def _evidence(self, one: machine.Machine) -> Iterator[judge.Evidence]:
        runs = one.runs()
        for unit in plan.units_of(one.number):
            yield judge.Evidence(
                unit=unit,
                runs=[run for run in runs if run.unit == unit],
                changes=[change for change in list(self._hq.changes) if change.unit == unit],
                outages=list(self._hq.outages),
                troubles=list(self._troubles[unit]),
                amber_grace=machine.AMBER_GRACE,
                red_grace=machine.RED_GRACE,
            )

    def accuse_all(self, invariant: str, found: Iterator[str]) -> None:
        """Put down each violation that was found."""
        for text in found:
            self._log.accuse(invariant, text)

    def judge_files(self, one: machine.Machine) -> None:
        """Judge what a dead agent has left on its disk."""
        at, boot_now = time.monotonic(), one.boot_now()
        for of in self._evidence(one):
            try:
                held = one.read_state(of.unit)
            except errors.StateCorruptError as error:
                if not of.troubled(at, at, judge.Ill.DAMAGE):
                    self._log.accuse("7 a whole file", f"{one.state_path(of.unit)}: {error}")
                continue
            if held is None or of.troubled(at, at, judge.Ill.DAMAGE):
                continue
            if held[0] != of.unit:
                self._log.accuse("8 its own state", f"the file of {of.unit} says it is of {held[0]!r}")
            self.accuse_all("4 and 5 truly recorded", judge.truly_recorded(of, at, held[1]))
            counted = judge.counts_on(of, at, boot_now, one.boot_id, held[1])
            self.accuse_all("2 nothing is forgotten", counted)

    def not_red(self) -> Iterator[str]:
        """Say of which units the last thing told is not RED."""
        for one in self._machines:
            for of in self._evidence(one):
                yield from judge.in_time(of, time.monotonic())

    def not_at_rest(self, words: Mapping[str, status.MeterStatus]) -> Iterator[str]:
        """Say which units' hooks or files do not agree with what the controller says."""
        for one in self._machines:
            for of in self._evidence(one):
                yield from judge.agrees(of, words[of.unit])
                try:
                    held = one.read_state(of.unit)
                except errors.StateCorruptError as error:  # until its agent writes the next
                    yield f"{of.unit}: {error}"
                    continue
                if held is not None:
                    yield from judge.at_rest(of, held[1], words[of.unit])

    def lacks_a_word(self, unit: str) -> bool:
        """Tell whether a unit's agent may rightly believe that the hook knows what it does not know.

        It was told when it had no hook; or another status since, which was not written, and the agent died.
        """
        ills = (judge.Ill.MISSING, judge.Ill.MEMORY)
        return any(trouble.ill in ills and trouble.ended is None for trouble in self._troubles[unit])

    def judge_rest(self, logs: Mapping[str, str]) -> None:
        """Judge the whole record, at rest, and take all faults for over.

        Args:
            logs: what every process has logged.
        """
        for one in self._machines:
            self._judge_files_at_rest(one)
            for of in self._evidence(one):
                for invariant, check in judge.FROM_THE_RECORD.items():
                    self.accuse_all(invariant, check(of))
            for pid in one.leftovers():
                self._log.accuse("nothing is left behind", f"machine {one.number}: process {pid} of a hook")
        for name, text in logs.items():
            self.accuse_all(f"no defect in the log of {name}", judge.calm(text))
        self.accuse_all("9 kept", judge.kept(self._hq.changes, self._history()))
        now = self._log.say("judged")
        for unit, troubles in self._troubles.items():
            self._troubles[unit] = [
                dataclasses.replace(each, ended=now) if each.ended is None else each for each in troubles
            ]
        self._damaged.clear()

    def _judge_files_at_rest(self, one: machine.Machine) -> None:
        paths = [str(one.state_path(unit)) for unit in plan.units_of(one.number)]
        log = one.log(self._logs_from.get(one.number, 0))
        found = judge.complains(log, {path: path in self._damaged for path in paths})
        self.accuse_all("7 what is damaged is reported", found)

    def _history(self) -> list[tuple[str, status.MeterStatus]]:
        limit = str(headquarters.HISTORY_LIMIT)
        document = json.loads(self._hq.fleet.meterstatus("history", "--limit", limit, "--format", "json"))
        return [
            (change["unit"], status.MeterStatus(change["new"]["status"], change["new"]["info"]))
            for change in document["changes"]
            if change["action"] == "set"
        ]
