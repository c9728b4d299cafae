"""Plays a plan with real processes, and has each episode judged at its end."""

import concurrent.futures
import contextlib
import pathlib
import signal
import time
from collections.abc import Callable

from harness import real_fleet
from harness.chaos import court, damage, headquarters, judge, machine, plan, story

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
        self._rebooted: set[int] = set()
        namespaces = machine.has_namespaces(folder)
        self.machines = [
            machine.Machine(number, folder, namespaces=namespaces) for number in range(plan.MACHINES)
        ]
        self._court = court.Court(log, hq, self.machines)
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
        self._court.open()
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
        self._court.judge_rest(self.logs())
        self._rebooted.clear()

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
            self._court.judge_files(one)
            self._between(one, life)
            self._say(one, "started")
            one.start()

    def _say(self, one: machine.Machine, text: str) -> float:
        return self.log.say(f"machine {one.number}: {text}")

    def _live(self, one: machine.Machine, life: plan.Life) -> None:
        for unit, behaviour in life.behaviours:
            at = self._say(one, f"the hook of {unit} {behaviour.value}")
            if behaviour is plan.Behaviour.MISSING:
                self._court.ail(one, judge.Ill.MISSING, at, unit)
            one.set_behaviour(unit, behaviour)
        if life.disk is not None:
            at = self._say(one, f"disk {life.disk.value}")
            one.set_disk(life.disk)
            self._court.ail_without_reserve(one, at)
        if life.until_ready:
            one.wait_ready()
        if life.wall is not None:
            at = self._say(one, f"wall clock wrong by {life.wall:g} s")
            one.set_wall(life.wall)
            if one.number in self._rebooted:
                # The agent may not have looked at the clocks of the new boot before.
                self._court.ail(one, judge.Ill.CLOCK, at)
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
                self._court.ail(one, judge.Ill.CLOCK, at)

    def _damage(self, one: machine.Machine, unit: str, kind: plan.Damage, *, draw: int) -> None:
        path, was_full = one.state_path(unit), one.is_full
        if was_full and not one.is_mounted:  # the agent could not log that it noticed
            return
        other = next(each for each in plan.units_of(one.number) if each != unit)
        if was_full:  # damaging takes room too
            one.set_disk(plan.Disk.FREE)
        if damage.inflict(path, kind, one.state_path(other), draw):
            self._court.damaged(one, unit, self._say(one, f"state of {unit} {kind.value}"))
        if was_full:
            one.set_disk(plan.Disk.FULL)

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
        self._wait(lambda: not any(self._court.not_red()))
        self._court.accuse_all("2 RED in time", self._court.not_red())
        self.log.say("all are RED")

    def _come_to_rest(self, episode: plan.Episode) -> None:
        if not self._hq.is_running:
            self._hq.start()
        unheard = {unit for unit in plan.UNITS if self._court.lacks_a_word(unit)}
        wanted = {change.unit: change.code for change in episode.last_changes}
        for unit in sorted(unheard | wanted.keys()):
            if not self._hq.change(unit, wanted.get(unit, "GREEN")):
                self.log.accuse("9 acknowledged", f"a controller at rest did not take a status of {unit}")
        words = self._hq.words()
        self._wait(lambda: not any(self._court.not_at_rest(words)))
        self._court.accuse_all("3, 5 and 9 agreement at rest", self._court.not_at_rest(words))
