"""One simulated fleet: five units on four machines, a controller, a network, and what breaks them."""

import asyncio
import contextlib
import datetime
import errno
import logging
import pathlib
import random as randoms
from collections.abc import AsyncGenerator

from meterstatus.domain import status
from meterstatus.testing import virtual_time
from meterstatus.testing.simulation import (
    changes,
    charm,
    damage,
    disk,
    faults,
    headquarters,
    judge,
    machine,
    network,
    story,
)

UNITS = {"shop/0": "m0", "db/0": "m0", "shop/1": "m1", "shop/2": "m2", "db/1": "m3"}
"""The machine of each unit; the first two share one."""

ADDRESSES = {1: ("127.0.0.1:17070",), 2: ("10.0.0.1:17070", "10.0.0.2:17070")}
"""Where the controllers are, by how many there are."""

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


_FIRST_LOOK = 60.0
"""Seconds after a boot by which its agent has looked at the clocks; until then it has only the wall clock to
count by what passed before."""


_HELD = 900.0
"""Seconds until an operator ends it that an old copy was put back: long enough for both stages."""


class World:
    """Everything that a simulation consists of."""

    def __init__(
        self,
        folder: pathlib.Path,
        random: randoms.Random,
        log: story.Story,
        controllers: int = 1,
        joining: int = 0,
    ) -> None:
        self.log, self._random = log, random
        self.judge = judge.Judge(log, UNITS)
        addresses = ADDRESSES[controllers]
        here, later = addresses[: controllers - joining], addresses[controllers - joining :]
        self._net = network.Network(story.fork(random), here)
        self._controller = headquarters.Headquarters(self._net, log, story.fork(random), later)
        self.operators = changes.Operators(self._controller, self.judge, story.fork(random))
        self.judge.replaced_for = self._controller.chronicle.replaced_for
        self.judge.maintenance = self._controller.chronicle.maintenance
        self.judge.newest = lambda: self._controller.newest
        self.judge.addresses = lambda: (self._net.addresses, story.now() - self._controller.joined_at)
        self._controller_turns = [asyncio.Lock() for _ in addresses]
        self._turns = {name: asyncio.Lock() for name in UNITS.values()}
        self.judge.charms = {
            unit: charm.Charm(unit, where, log, story.fork(random), self.judge.began, self.judge.ended)
            for unit, where in UNITS.items()
        }
        self._machines = {name: self._machine(name, folder / name) for name in self._turns}
        self._breaking: dict[str, int] = dict.fromkeys(self._turns, 0)

    def _machine(self, name: str, folder: pathlib.Path) -> machine.Machine:
        charms = {unit: one for unit, one in self.judge.charms.items() if one.machine == name}
        random = story.fork(self._random)
        return machine.Machine(name, folder, self._net, charms, self.judge, self.log, random)

    async def start(self) -> None:
        """Start the controller and every agent."""
        for number in range(len(self._controller.seats)):
            await self._controller.start(number)
        for unit, where in UNITS.items():
            self._machines[where].passwords[unit] = await self._controller.add_unit(unit)
        self.judge.began_to_count()
        for name in self._machines:
            await self._start(name)

    async def join(self, at: float) -> None:
        """Let a controller join the others at a time; no fault hits any of them just then."""
        await asyncio.sleep(at)
        async with contextlib.AsyncExitStack() as turns:
            for turn in self._controller_turns:
                await turns.enter_async_context(turn)
            self.log.say("a controller joins")
            await self._controller.join()

    async def _start(self, name: str) -> None:
        is_well = all(self._controller.well_for(number) >= 0 for number in range(len(self._controller.seats)))
        self.judge.started(name, has_controller=is_well and self._net.is_reachable(name))
        await self._machines[name].start_agent()

    async def _kill(self, name: str, *, is_silent: bool) -> None:
        await self._machines[name].kill_agent(is_silent=is_silent)
        self.judge.killed(name)

    async def watch(self, until: float) -> None:
        """Judge every few seconds what must have happened by now."""
        while story.now() < until:
            await asyncio.sleep(30)
            running = {
                name
                for name, one in self._machines.items()
                if one.agent is not None and not one.agent.is_held and not one.agent.is_dead
            }
            self.judge.look(self._controller.held(), running)
            for served in self._controller.served() if len(self._controller.seats) > 1 else ():
                self.judge.look_at_controller(served, self._controller.old_words(judge.PROMPT))

    async def strike(self, fault: faults.Fault) -> None:
        """Let one fault happen, from its time to its end."""
        await asyncio.sleep(fault.at - story.now())
        hit = self._hit(fault)
        async with self._disturbing(hit):
            if fault.kind.name.startswith("CONTROLLER"):
                await self._strike_controller(fault)
            elif fault.kind in _LINKS or fault.kind in _DISKS or fault.kind in _HOOKS:
                self.log.say(f"FAULT {fault.kind}: {fault.target}, {fault.seconds:.0f} s")
                await self._spoil(fault)
            else:
                async with self._turns[fault.target]:
                    self.log.say(f"FAULT {fault.kind}: {fault.target}, {fault.seconds:.0f} s")
                    await self._strike_machine(fault)

    def _hit(self, fault: faults.Fault) -> list[str]:
        if fault.kind.name.startswith("CONTROLLER"):
            return list(self._turns)
        return [UNITS.get(fault.target, fault.target)]

    @contextlib.asynccontextmanager
    async def _disturbing(self, hit: list[str]) -> AsyncGenerator[None]:
        for name in hit:
            self._breaking[name] += 1
            self.judge.quiet_since[name] = float("inf")
        yield
        for name in hit:
            self._breaking[name] -= 1
            if not self._breaking[name]:
                self.judge.quiet_since[name] = story.now()

    async def _strike_controller(self, fault: faults.Fault) -> None:
        """Strike one controller, chosen by the fault, or what all of them have in common."""
        seats = self._controller.seats
        number = int(fault.draw * 1000) % len(seats)
        which = f": {seats[number].name}" if len(seats) > 1 else ""
        if fault.kind in faults.SHARED:
            is_all = fault.kind is faults.Kind.CONTROLLERS_STORE
            self.log.say(f"FAULT {fault.kind}{'' if is_all else which}, {fault.seconds:.0f} s")
            with self._controller.cut(None if is_all else number):
                await asyncio.sleep(fault.seconds)
            self.log.say(f"end of {fault.kind}{'' if is_all else which}")
            return
        is_of_all = fault.kind in (faults.Kind.CONTROLLER_RESTORE, faults.Kind.CONTROLLER_LED_BACK)
        async with contextlib.AsyncExitStack() as turns:
            for turn in self._controller_turns if is_of_all else (self._controller_turns[number],):
                await turns.enter_async_context(turn)
            self.log.say(f"FAULT {fault.kind}{'' if is_of_all else which}")
            await self._strike_seat(fault, number)

    async def _strike_seat(self, fault: faults.Fault, number: int) -> None:
        hit = self._controller.seats[number]
        match fault.kind:
            case faults.Kind.CONTROLLER_RESTORE:
                self._controller.back_up()
                await asyncio.sleep(fault.seconds)
                under_way = len(self._controller.seats) > 1 and fault.draw < 0.5
                await self._controller.restore(under_way=under_way)
                self.judge.controller_restored()
                return
            case faults.Kind.CONTROLLER_LED_BACK:
                self._controller.back_up()
                await asyncio.sleep(fault.seconds)
                self.judge.led_back(await self._controller.put_back())
                await asyncio.sleep(_HELD)
                self.judge.may_follow()
                await self._controller.begin_epoch()
                self.judge.follows_again()
                self.judge.controller_restored()
                return
            case faults.Kind.CONTROLLER_FREEZE:
                hit.hold()
                await asyncio.sleep(fault.seconds)
                hit.release()
                return
            case faults.Kind.CONTROLLER_REFUSES:
                self._controller.refuses_copies = True
                await asyncio.sleep(fault.seconds)
                self._controller.refuses_copies = False
                return
            case faults.Kind.CONTROLLER_STOP:
                await hit.stop()
            case _:
                await hit.crash(is_silent=fault.kind is faults.Kind.CONTROLLER_POWER)
        await asyncio.sleep(fault.seconds)
        await self._controller.start(number)

    async def _spoil(self, fault: faults.Fault) -> None:
        """Let the network, a disk or a hook be bad for a while."""
        if fault.kind in _LINKS:
            self._net.set_link(fault.target, _LINKS[fault.kind])
            await asyncio.sleep(fault.seconds)
            self._net.set_link(fault.target, network.Link.UP)
        elif fault.kind in _DISKS:
            broken = self._machines[fault.target].disk
            broken.trouble = _DISKS[fault.kind]
            self.judge.disk_fails(fault.target)
            await asyncio.sleep(fault.seconds)
            broken.trouble = None
            self.judge.disk_is_well(fault.target)
        else:
            its = self.judge.charms[fault.target]
            its.behaviour = _HOOKS[fault.kind]
            # Else most hooks that fail would never be asked.
            wanted = status.MeterStatus("RED" if fault.draw < 0.5 else "AMBER", f"{fault.target} provoked")
            await self._controller.set_status(fault.target, wanted)
            await self._change_beside(fault)
            await asyncio.sleep(fault.seconds)
            its.behaviour, its.troubled_at = charm.Behaviour.WELL, story.now()
        self.log.say(f"end of {fault.kind}: {fault.target}")

    async def _change_beside(self, fault: faults.Fault) -> None:
        """Change the status of a unit of the same machine, twice, while it may have to wait for the lock."""
        for unit in UNITS:
            if unit != fault.target and UNITS[unit] == UNITS[fault.target]:
                for code, pause in (("AMBER", 1.0), ("RED" if fault.draw < 0.3 else "GREEN", 4.0)):
                    await asyncio.sleep(pause)
                    await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} beside"))

    async def _strike_machine(self, fault: faults.Fault) -> None:
        hit = self._machines[fault.target]
        match fault.kind:
            case faults.Kind.AGENT_FREEZE | faults.Kind.SUSPEND:
                await self._hold(fault, hit)
            case faults.Kind.CLOCK_STEP:
                hit.set_wall(hit.wall + datetime.timedelta(seconds=(fault.draw - 0.5) * 200_000))
                self._mislead(hit, story.now())
            case faults.Kind.CLOCK_FROZEN:
                hit.stop_wall()
                self._mislead(hit, float("inf"))
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

    def _mislead(self, hit: machine.Machine, at: float) -> None:
        self.judge.clock_set(hit.name, at)
        if hit.boot_seconds < _FIRST_LOOK:
            self.judge.booted(hit.name, is_false=True)

    async def _replace_disk(
        self, hit: machine.Machine, content: dict[disk.Directory, dict[str, bytes]]
    ) -> None:
        await self._kill(hit.name, is_silent=False)
        hit.disk.replace(content)
        self.judge.damaged(hit.name, is_lost=True)
        await self._start(hit.name)

    async def _hold(self, fault: faults.Fault, hit: machine.Machine) -> None:
        assert hit.agent is not None
        is_suspended = fault.kind is faults.Kind.SUSPEND
        hit.suspend()
        self.judge.stopped(hit.name)
        await asyncio.sleep(fault.seconds)
        hit.resume(fault.seconds if is_suspended else 0.0)
        self.judge.started(hit.name, was_stopped=True)
        self.log.say(f"end of {fault.kind}: {hit.name}")

    async def _cycle(self, fault: faults.Fault, hit: machine.Machine) -> None:
        """End the agent in one way or another, and start it again."""
        kinds = faults.Kind
        loses_power = fault.kind in (kinds.POWER, kinds.DEAD_RTC, kinds.TORN_SAVE)
        if fault.kind in (kinds.AGENT_RESTART, kinds.REBOOT):
            await hit.stop_agent()
            self.judge.killed(hit.name)
        else:
            await self._kill(hit.name, is_silent=loses_power)
        if loses_power:
            hit.disk.lose_power(self._random)
        await asyncio.sleep(fault.seconds)
        if loses_power or fault.kind is kinds.REBOOT:
            self._boot(fault, hit)
        if fault.kind in (kinds.CORRUPT, kinds.EMPTY, kinds.FOREIGN, kinds.STALE):
            self._damage(fault, hit)
        await self._start(hit.name)

    def _boot(self, fault: faults.Fault, hit: machine.Machine) -> None:
        """Begin a boot: with a clock that lost the time, one that somebody has put right, or as it was."""
        is_dead = fault.kind is faults.Kind.DEAD_RTC
        is_repaired = not is_dead and not hit.is_wall_right and fault.draw < 0.5
        true = virtual_time.START + datetime.timedelta(seconds=story.now())
        hit.boot(wall=machine.DEAD_RTC if is_dead else true if is_repaired else None)
        if is_repaired:
            # The way from the wrong time to the right one may count as time, or hide what passed.
            self.judge.clock_set(hit.name, story.now())
        self.judge.booted(hit.name, is_false=is_dead)
        if is_dead:
            self.judge.clock_set(hit.name, story.now())

    def _damage(self, fault: faults.Fault, hit: machine.Machine) -> None:
        self.judge.damaged(hit.name)
        for unit in (unit for unit, where in UNITS.items() if where == hit.name):
            path = hit.state_path(unit)
            if damage.damage(hit.disk.folder(disk.directory_of(path)), path, fault, unit):
                self.judge.must_complain(unit)

    async def finish(self) -> None:
        """End everything in order."""
        for one in self._machines.values():
            await one.stop_agent()
        for one in self._controller.seats:
            await one.stop()


class Complaints(logging.Handler):
    """Hands what the product says of damaged files, and every defect that it logs, to the judge."""

    def __init__(self, of: World) -> None:
        super().__init__(logging.WARNING)
        self._world = of

    def emit(self, record: logging.LogRecord) -> None:
        """Judge one line."""
        line = record.getMessage()
        unit = next((unit for unit in UNITS if f"unit-{unit.replace('/', '-')}/" in line), None)
        if unit is not None and ("going on without it" in line or "going on from" in line):
            self._world.judge.complained(unit, "a state file is taken for damaged")
        if record.exc_info is not None and record.exc_info[0] is not None:
            self._world.log.accuse("no defect", f"{line}: {record.exc_info[1]!r}")
