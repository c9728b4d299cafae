"""The faults of machines: their agents, clocks, disks and hooks, and the way to the controllers."""

import asyncio
import datetime
import errno
import random as randoms
from collections.abc import Mapping

from harness.simulation import (
    charm,
    damage,
    disk,
    faults,
    headquarters,
    machine,
    network,
    observer,
    store,
    story,
)
from meterstatus.domain import status
from meterstatus.testing import virtual_time

_LINKS = {
    faults.Kind.REFUSED: network.Link.REFUSED,
    faults.Kind.SILENT: network.Link.SILENT,
    faults.Kind.HALF_OPEN: network.Link.HALF_OPEN,
    faults.Kind.SLOW: network.Link.SLOW,
}
_DISKS = {
    faults.Kind.DISK_FULL: errno.ENOSPC,
    faults.Kind.DISK_BROKEN: errno.EIO,
    faults.Kind.DISK_READ_ONLY: errno.EROFS,
}
_HOOKS = {
    faults.Kind.HOOK_FAILS: charm.Behaviour.FAILS,
    faults.Kind.HOOK_HANGS: charm.Behaviour.HANGS,
    faults.Kind.HOOK_SLOW: charm.Behaviour.SLOW,
    faults.Kind.HOOK_MISSING: charm.Behaviour.MISSING,
    faults.Kind.HOOK_UNSTARTABLE: charm.Behaviour.UNSTARTABLE,
}

PASSING = frozenset((*_LINKS, *_DISKS, *_HOOKS))
"""What is bad for a while and needs no turn of its machine."""


class MachineFaults:
    """Lets faults befall machines; whoever asks sees to it that one at a time does.

    Args:
        machines: by name.
        units: the machine of each unit.
        controller: all controllers.
        net: the network.
        witness: takes note of what an agent cannot know.
        log: the story.
        random: where the power goes in a disk.
    """

    def __init__(
        self,
        machines: Mapping[str, machine.Machine],
        units: Mapping[str, str],
        controller: headquarters.Headquarters,
        net: network.Network,
        witness: observer.Observer,
        log: story.Story,
        random: randoms.Random,
    ) -> None:
        self._machines, self._units = machines, units
        self._controller, self._net, self._observer = controller, net, witness
        self._log, self._random = log, random

    async def start(self, name: str) -> None:
        """Start a machine's agent."""
        # One whose database is back serves nobody until it has looked at it (seed 47019).
        seats = range(len(self._controller.seats))
        serve = all(self._controller.well_for(number) > store.LOOK_PERIOD + 1 for number in seats)
        self._observer.started(name, has_controller=serve and self._net.is_reachable(name))
        await self._machines[name].start_agent()

    async def _kill(self, name: str, *, is_silent: bool) -> None:
        await self._machines[name].kill_agent(is_silent=is_silent)

    async def spoil(self, fault: faults.Fault) -> None:
        """Let the network, a disk or a hook be bad for a while."""
        if fault.kind in _LINKS:
            self._net.set_link(fault.target, _LINKS[fault.kind])
            await asyncio.sleep(fault.seconds)
            self._net.set_link(fault.target, network.Link.UP)
        elif fault.kind in _DISKS:
            broken = self._machines[fault.target].disk
            broken.trouble = _DISKS[fault.kind]
            self._observer.disk_fails(fault.target)
            await asyncio.sleep(fault.seconds)
            broken.trouble = None
            self._observer.disk_is_well(fault.target)
        else:
            its = self._observer.charms[fault.target]
            its.behaviour = _HOOKS[fault.kind]
            # Else most hooks that fail would never be asked.
            wanted = status.MeterStatus("RED" if fault.draw < 0.5 else "AMBER", f"{fault.target} provoked")
            await self._controller.set_status(fault.target, wanted)
            await self._change_beside(fault)
            await asyncio.sleep(fault.seconds)
            its.behaviour, its.troubled_at = charm.Behaviour.WELL, story.now()
        self._log.say(f"end of {fault.kind}: {fault.target}")

    async def _change_beside(self, fault: faults.Fault) -> None:
        """Change the status of a unit of the same machine, twice, while it may have to wait for the lock."""
        for unit in self._units:
            if unit != fault.target and self._units[unit] == self._units[fault.target]:
                for code, pause in (("AMBER", 1.0), ("RED" if fault.draw < 0.3 else "GREEN", 4.0)):
                    await asyncio.sleep(pause)
                    await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} beside"))

    async def strike(self, fault: faults.Fault) -> None:
        """Let a fault befall an agent, its clock or what is on its disk, from its beginning to its end."""
        hit = self._machines[fault.target]
        match fault.kind:
            case faults.Kind.AGENT_FREEZE | faults.Kind.SUSPEND:
                await self._hold(fault, hit)
            case faults.Kind.CLOCK_STEP:
                hit.set_wall(hit.wall + datetime.timedelta(seconds=(fault.draw - 0.5) * 200_000))
            case faults.Kind.CLOCK_FROZEN:
                hit.stop_wall()
            case faults.Kind.TORN_SAVE:
                hit.disk.cut_after = 1 + int(fault.draw * 8)
                await asyncio.sleep(fault.seconds)
                hit.disk.cut_after = None
                await self._cycle(fault, hit)
            case faults.Kind.OLD:
                backup = hit.disk.copy()
                await asyncio.sleep(fault.seconds)
                await self._replace_disk(hit, backup)
            case faults.Kind.LOST:
                await self._replace_disk(hit, {})
            case _:
                await self._cycle(fault, hit)

    async def _replace_disk(
        self, hit: machine.Machine, content: dict[disk.Directory, dict[str, bytes]]
    ) -> None:
        await self._kill(hit.name, is_silent=False)
        hit.disk.replace(content)
        await self.start(hit.name)

    async def _hold(self, fault: faults.Fault, hit: machine.Machine) -> None:
        assert hit.agent is not None
        is_suspended = fault.kind is faults.Kind.SUSPEND
        hit.suspend()
        self._observer.stopped(hit.name)
        await asyncio.sleep(fault.seconds)
        hit.resume(fault.seconds if is_suspended else 0.0)
        self._observer.started(hit.name, was_stopped=True)
        self._log.say(f"end of {fault.kind}: {hit.name}")

    async def _cycle(self, fault: faults.Fault, hit: machine.Machine) -> None:
        """End the agent in one way or another, and start it again."""
        kinds = faults.Kind
        loses_power = fault.kind in (kinds.POWER, kinds.DEAD_RTC, kinds.TORN_SAVE)
        if fault.kind in (kinds.AGENT_RESTART, kinds.REBOOT):
            await hit.stop_agent()
        else:
            await self._kill(hit.name, is_silent=loses_power)
        if loses_power:
            hit.disk.lose_power(self._random)
        await asyncio.sleep(fault.seconds)
        if loses_power or fault.kind is kinds.REBOOT:
            self._boot(fault, hit)
        if fault.kind in (kinds.CORRUPT, kinds.EMPTY, kinds.FOREIGN, kinds.STALE):
            self._damage(fault, hit)
        await self.start(hit.name)

    def _boot(self, fault: faults.Fault, hit: machine.Machine) -> None:
        """Begin a boot: with a clock that lost the time, one that somebody has put right, or as it was."""
        is_dead = fault.kind is faults.Kind.DEAD_RTC
        is_repaired = not is_dead and not hit.is_wall_right and fault.draw < 0.5
        true = virtual_time.START + datetime.timedelta(seconds=story.now())
        hit.boot(wall=machine.DEAD_RTC if is_dead else true if is_repaired else None)

    def _damage(self, fault: faults.Fault, hit: machine.Machine) -> None:
        for unit in (unit for unit, where in self._units.items() if where == hit.name):
            path = hit.state_path(unit)
            damage.damage(hit.disk.folder(disk.directory_of(path)), path, fault, unit)
