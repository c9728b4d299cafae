"""Plays a plan with real processes, and has each episode judged at its end."""

import concurrent.futures
import contextlib
import dataclasses
import json
import pathlib
import signal
import time
from collections.abc import Callable, Iterator

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.testing import real_fleet
from meterstatus.testing.chaos import damage, headquarters, judge, machine, plan, story

REST_SECONDS = 120.0
"""For all to agree after the last fault; a failed hook waits some seconds, a lost controller up to thirty."""

_REST_LOOK_SECONDS = 0.05
_CHARM_HOOK = '#!/bin/sh\nexec "{python}" -IS "{hook}" "{folder}"\n'


class Campaign:
    """A fleet of three machines with two units each, and what befalls it.

    Args:
        folder: where everything lies.
        log: what was done and found.
        python: runs hooks.
        hq: its controller or controllers, in the same folder.

    Attributes:
        machines: the machines.
        log: what was done and found.
        ways: how what cannot be had everywhere is done here, in words.
    """

    def __init__(
        self, folder: pathlib.Path, log: story.Story, python: str, hq: headquarters.Headquarters
    ) -> None:
        self.log = log
        self._python = python
        self._fleet, self._hq = hq.fleet, hq
        self._troubles: dict[str, list[judge.Trouble]] = {unit: [] for unit in plan.UNITS}
        self._damaged: set[str] = set()
        self._rebooted: set[int] = set()
        self._logs_from: dict[int, int] = {}
        namespaces = machine.has_namespaces(folder)
        self.machines = [
            machine.Machine(number, folder, namespaces=namespaces) for number in range(plan.MACHINES)
        ]
        disk = "small tmpfs" if all(one.is_mounted for one in self.machines) else "limit of a file's size"
        boot = "time and mount namespaces" if namespaces else "injected"
        self.ways = f"full disk: {disk}; boot clock and boot id: {boot}; wall clock: injected"

    # Beginning and end.

    def begin(self) -> None:
        """Add the units, and start everything."""
        self._hq.start()
        for one in self.machines:
            source = self._fleet.folder / f"charm-{one.number}"
            hook = _CHARM_HOOK.format(python=self._python, hook=machine.HOOK_SOURCE, folder=one.folder)
            real_fleet.write_charm(source, hook)
            for unit in plan.units_of(one.number):
                places = ["--data-dir", str(one.data_dir), "--charm", str(source)]
                self._fleet.meterstatus("unit", "add", unit, *places)
            one.start()
        for one in self.machines:
            one.wait_ready()

    def end(self) -> None:
        """End every process and give back every mount, whatever became of them."""
        for one in self.machines:
            one.close()
        self._hq.thaw()
        self._fleet.stop()

    def logs(self) -> dict[str, str]:
        """Return what every process has logged."""
        named = {f"machine {one.number}": one.log() for one in self.machines}
        return {**named, **self._hq.logs()}

    def runs(self) -> list[machine.record.Run]:
        """Return every run of every hook."""
        return [run for one in self.machines for run in one.runs()]

    @property
    def changes(self) -> int:
        """How many statuses were sent."""
        return len(self._hq.changes)

    # An episode.

    def play(self, episode: plan.Episode) -> None:
        """Play one episode, let all come to rest, and judge."""
        self.log.say(f"episode {episode.number}: {'isolated' if episode.isolated else 'in contact'}")
        self._logs_from = {one.number: one.log_size() for one in self.machines}
        with concurrent.futures.ThreadPoolExecutor(plan.MACHINES + 2) as pool:
            parts = [
                pool.submit(self._live_all, one, lives)
                for one, lives in zip(self.machines, episode.lives, strict=True)
            ]
            parts.append(pool.submit(self._strike_all, episode))
            parts.append(pool.submit(self._change_all, episode.changes))
            for part in parts:
                part.result()
        self._heal(episode)
        if episode.isolated:
            self._come_to_red()
            self._hq.start()
        self._come_to_rest(episode)
        self._judge_rest()

    def _change_all(self, changes: tuple[plan.Change, ...]) -> None:
        for change in changes:
            time.sleep(change.pause)
            self._hq.change(change.unit, change.code)

    def _strike_all(self, episode: plan.Episode) -> None:
        for fault in episode.controller:
            time.sleep(fault.pause)
            if fault.blow is plan.Blow.FROZEN:
                self._hq.freeze(on=True)
                time.sleep(fault.lasts)
                self._hq.freeze(on=False)
                continue
            self._hq.end(fault.blow, isolated=episode.isolated)
            if not episode.isolated:
                time.sleep(fault.lasts)
                self._hq.start()

    def _live_all(self, one: machine.Machine, lives: tuple[plan.Life, ...]) -> None:
        for life in lives:
            self._live(one, life)
            self._end(one, life)
            self._judge_files(one)
            self._between(one, life)
            self._say(one, "started")
            one.start()

    def _say(self, one: machine.Machine, text: str) -> float:
        return self.log.say(f"machine {one.number}: {text}")

    def _ail(self, one: machine.Machine, ill: judge.Ill, at: float, unit: str = "") -> None:
        for each in (unit,) if unit else plan.units_of(one.number):
            self._troubles[each].append(judge.Trouble(ill, at))

    def _ail_without_reserve(self, one: machine.Machine, at: float) -> None:
        """Note whose agent cannot remember while the disk is full.

        Looked at when the disk is full already: an agent that has written nothing yet takes its room with its
        first version, and before the disk is full it may still do so.
        """
        for unit in plan.units_of(one.number) if one.is_full else ():
            if not one.has_reserve(unit):
                self._ail(one, judge.Ill.MEMORY, at, unit)

    def _live(self, one: machine.Machine, life: plan.Life) -> None:
        for unit, behaviour in life.behaviours:
            at = self._say(one, f"the hook of {unit} {behaviour.value}")
            if behaviour is plan.Behaviour.MISSING:
                self._ail(one, judge.Ill.MISSING, at, unit)
            one.set_behaviour(unit, behaviour)
        if life.disk is not None:
            at = self._say(one, f"disk {life.disk.value}")
            one.set_disk(life.disk)
            self._ail_without_reserve(one, at)
        if life.until_ready:
            one.wait_ready()
        if life.wall is not None:
            at = self._say(one, f"wall clock wrong by {life.wall:g} s")
            one.set_wall(life.wall)
            if one.number in self._rebooted:
                # The agent may not have looked at the clocks of the new boot before.
                self._ail(one, judge.Ill.CLOCK, at)
        time.sleep(life.pause)
        wrong = one.check()
        if wrong and life.until_ready:
            self.log.accuse("the agent lives", wrong)

    def _end(self, one: machine.Machine, life: plan.Life) -> None:
        if life.frozen:
            self._say(one, f"agent frozen for {life.frozen:.3f} s")
            one.send(signal.SIGSTOP)
            time.sleep(life.frozen)
            if life.end is not plan.End.KILLED_FROZEN:
                one.send(signal.SIGCONT)
        if life.end is not plan.End.STOPPED:
            one.kill()
            self._say(one, f"agent {life.end.value}")
            return
        self._say(one, "agent told to stop")
        exit_status = one.stop()
        self._say(one, f"agent ended with {exit_status}")
        # Before it listens to it, the signal ends it at once.
        allowed = (0,) if life.until_ready else (0, -signal.SIGTERM)
        if exit_status not in allowed:
            self.log.accuse("orderly stop", f"machine {one.number}: the agent ended with {exit_status}")

    def _between(self, one: machine.Machine, life: plan.Life) -> None:
        if life.damage is not None:
            self._damage(one, *life.damage, draw=int(life.pause * 1e6))
        if life.reboot is not None:
            at = self._say(one, f"reboot; {life.reboot}")
            one.reboot(life.reboot.uptime)
            self._rebooted.add(one.number)
            if life.reboot.wall is not None:
                one.set_wall(life.reboot.wall)
            if life.reboot.wall is not None or life.wall is not None:
                # A step shortly before may not have been written down.
                self._ail(one, judge.Ill.CLOCK, at)

    def _damage(self, one: machine.Machine, unit: str, kind: plan.Damage, *, draw: int) -> None:
        path, was_full = one.state_path(unit), one.is_full
        if was_full and not one.is_mounted:  # the agent could not log that it noticed
            return
        other = next(each for each in plan.units_of(one.number) if each != unit)
        if was_full:  # damaging takes room too
            one.set_disk(plan.Disk.FREE)
        if damage.inflict(path, kind, one.state_path(other), draw):
            self._ail(one, judge.Ill.DAMAGE, self._say(one, f"state of {unit} {kind.value}"), unit)
            self._damaged.add(str(path))
        if was_full:
            one.set_disk(plan.Disk.FULL)

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

    def _accuse_all(self, invariant: str, found: Iterator[str]) -> None:
        for text in found:
            self.log.accuse(invariant, text)

    def _judge_files(self, one: machine.Machine) -> None:
        """Judge what a dead agent has left on its disk."""
        at, boot_now = time.monotonic(), one.boot_now()
        for of in self._evidence(one):
            try:
                held = one.read_state(of.unit)
            except errors.StateCorruptError as error:
                if not of.troubled(at, at, judge.Ill.DAMAGE):
                    self.log.accuse("7 a whole file", f"{one.state_path(of.unit)}: {error}")
                continue
            if held is None or of.troubled(at, at, judge.Ill.DAMAGE):
                continue
            if held[0] != of.unit:
                self.log.accuse("8 its own state", f"the file of {of.unit} says it is of {held[0]!r}")
            self._accuse_all("4 and 5 truly recorded", judge.truly_recorded(of, at, held[1]))
            counted = judge.counts_on(of, at, boot_now, one.boot_id, held[1])
            self._accuse_all("2 nothing is forgotten", counted)

    def _heal(self, episode: plan.Episode) -> None:
        self.log.say("all is healed")
        for one, is_restarted in zip(self.machines, episode.restarted, strict=True):
            one.set_disk(plan.Disk.FREE)
            for unit in plan.units_of(one.number):
                one.set_behaviour(unit, plan.Behaviour.WELL)
            if is_restarted:
                one.kill()
                self._say(one, "agent killed and started")
                one.start()

    def _wait(self, condition: Callable[[], bool]) -> None:
        with contextlib.suppress(AssertionError):  # what is not so is accused afterwards, in better words
            real_fleet.wait_until(condition, "rest", REST_SECONDS, _REST_LOOK_SECONDS)

    def _come_to_red(self) -> None:
        def wrong() -> Iterator[str]:
            for one in self.machines:
                for of in self._evidence(one):
                    yield from judge.in_time(of, time.monotonic())

        self._wait(lambda: not any(wrong()))
        self._accuse_all("2 RED in time", wrong())
        self.log.say("all are RED")

    def _come_to_rest(self, episode: plan.Episode) -> None:
        if not self._hq.is_running:
            self._hq.start()
        unheard = {unit for unit in plan.UNITS if self._lacks_a_word(unit)}
        wanted = {change.unit: change.code for change in episode.last_changes}
        for unit in sorted(unheard | wanted.keys()):
            if not self._hq.change(unit, wanted.get(unit, "GREEN")):
                self.log.accuse("9 acknowledged", f"a controller at rest did not take a status of {unit}")
        words = self._hq.words()

        def wrong() -> Iterator[str]:
            for one in self.machines:
                for of in self._evidence(one):
                    yield from judge.agrees(of, words[of.unit])
                    try:
                        held = one.read_state(of.unit)
                    except errors.StateCorruptError as error:  # until its agent writes the next
                        yield f"{of.unit}: {error}"
                        continue
                    if held is not None:
                        yield from judge.at_rest(of, held[1], words[of.unit])

        self._wait(lambda: not any(wrong()))
        self._accuse_all("3, 5 and 9 agreement at rest", wrong())

    def _lacks_a_word(self, unit: str) -> bool:
        """Tell whether a unit's agent may rightly believe that the hook knows what it does not know.

        It was told when it had no hook; or another status since, which was not written, and the agent died.
        """
        ills = (judge.Ill.MISSING, judge.Ill.MEMORY)
        return any(trouble.ill in ills and trouble.ended is None for trouble in self._troubles[unit])

    def _judge_rest(self) -> None:
        for one in self.machines:
            self._judge_files_at_rest(one)
            for of in self._evidence(one):
                for invariant, check in judge.FROM_THE_RECORD.items():
                    self._accuse_all(invariant, check(of))
            for pid in one.leftovers():
                self.log.accuse("nothing is left behind", f"machine {one.number}: process {pid} of a hook")
        for name, text in self.logs().items():
            self._accuse_all(f"no defect in the log of {name}", judge.calm(text))
        self._accuse_all("9 kept", judge.kept(self._hq.changes, self._history()))
        now = self.log.say("judged")
        for unit, troubles in self._troubles.items():
            self._troubles[unit] = [
                dataclasses.replace(each, ended=now) if each.ended is None else each for each in troubles
            ]
        self._damaged.clear()
        self._rebooted.clear()

    def _judge_files_at_rest(self, one: machine.Machine) -> None:
        paths = [str(one.state_path(unit)) for unit in plan.units_of(one.number)]
        log = one.log(self._logs_from.get(one.number, 0))
        found = judge.complains(log, {path: path in self._damaged for path in paths})
        self._accuse_all("7 what is damaged is reported", found)

    def _history(self) -> list[tuple[str, status.MeterStatus]]:
        limit = str(headquarters.HISTORY_LIMIT)
        document = json.loads(self._fleet.meterstatus("history", "--limit", limit, "--format", "json"))
        return [
            (change["unit"], status.MeterStatus(change["new"]["status"], change["new"]["info"]))
            for change in document["changes"]
            if change["action"] == "set"
        ]
