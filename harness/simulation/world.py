"""One simulated fleet: five units on four machines, a controller, a network, and what breaks them."""

import asyncio
import contextlib
import logging
import pathlib
import random as randoms
from collections.abc import AsyncGenerator

from harness.simulation import (
    changes,
    charm,
    controller_faults,
    faults,
    headquarters,
    hooks_told,
    machine,
    machine_faults,
    network,
    observer,
    story,
)

UNITS = {"shop/0": "m0", "db/0": "m0", "shop/1": "m1", "shop/2": "m2", "db/1": "m3"}
"""The machine of each unit; the first two share one."""

MACHINES = tuple(sorted(set(UNITS.values())))

ADDRESSES = {1: ("127.0.0.1:17070",), 2: ("10.0.0.1:17070", "10.0.0.2:17070")}
"""Where the controllers are, by how many there are."""


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
        self.observer = observer.Observer(log, UNITS)
        addresses = ADDRESSES[controllers]
        here, later = addresses[: controllers - joining], addresses[controllers - joining :]
        self.net = network.Network(story.fork(random), here)
        self.headquarters = headquarters.Headquarters(self.net, log, story.fork(random), later)
        self.operators = changes.Operators(self.headquarters, self.observer, story.fork(random))
        self.observer.replaced_for = self.headquarters.chronicle.replaced_for
        self.observer.maintenance = self.headquarters.chronicle.maintenance
        self.observer.newest = lambda: self.headquarters.newest
        self.observer.addresses = lambda: (self.net.addresses, story.now() - self.headquarters.joined_at)
        self._controllers = controller_faults.ControllerFaults(
            self.headquarters, len(addresses), self.observer, log
        )
        self._turns = {name: asyncio.Lock() for name in UNITS.values()}
        self.observer.charms = {
            unit: charm.Charm(unit, where, log, story.fork(random), self.observer.began, self.observer.ended)
            for unit, where in UNITS.items()
        }
        self._hooks_told = hooks_told.HooksTold(log, self.net, self.headquarters, self.observer)
        self._machines = {name: self._machine(name, folder / name) for name in self._turns}
        self._faults = machine_faults.MachineFaults(
            self._machines, UNITS, self.headquarters, self.net, self.observer, log, random
        )
        self._breaking: dict[str, int] = dict.fromkeys(self._turns, 0)

    def _machine(self, name: str, folder: pathlib.Path) -> machine.Machine:
        charms = {unit: one for unit, one in self.observer.charms.items() if one.machine == name}
        random = story.fork(self._random)
        return machine.Machine(name, folder, self.net, charms, self.observer, self.log, random)

    async def start(self) -> None:
        """Start the controller and every agent."""
        for number in range(len(self.headquarters.seats)):
            await self.headquarters.start(number)
        for unit, where in UNITS.items():
            self._machines[where].passwords[unit] = await self.headquarters.add_unit(unit)
        for name in self._machines:
            await self._faults.start(name)

    async def join(self, at: float) -> None:
        """Let a controller join the others at a time; no fault hits any of them just then."""
        await asyncio.sleep(at)
        async with self._controllers.spared():
            self.log.say("a controller joins")
            await self.headquarters.join()

    async def watch(self, until: float) -> None:
        """Judge every few seconds what must have happened by now."""
        while story.now() < until:
            await asyncio.sleep(30)
            running = {
                name
                for name, one in self._machines.items()
                if one.agent is not None and not one.agent.is_held and not one.agent.is_dead
            }
            self.observer.look(self.headquarters.held(), running)
            self._hooks_told.look()
            for served in self.headquarters.served() if len(self.headquarters.seats) > 1 else ():
                self.observer.look_at_controller(served, self.headquarters.old_words(observer.PROMPT))

    async def strike(self, fault: faults.Fault) -> None:
        """Let one fault happen, from its time to its end."""
        await asyncio.sleep(fault.at - story.now())
        hit = self._hit(fault)
        async with self._disturbing(hit):
            if fault.kind.name.startswith("CONTROLLER"):
                await self._controllers.strike(fault)
            elif fault.kind in machine_faults.PASSING:
                self.log.say(f"FAULT {fault.kind}: {fault.target}, {fault.seconds:.0f} s")
                await self._faults.spoil(fault)
            else:
                async with self._turns[fault.target]:
                    self.log.say(f"FAULT {fault.kind}: {fault.target}, {fault.seconds:.0f} s")
                    await self._faults.strike(fault)

    def _hit(self, fault: faults.Fault) -> list[str]:
        if fault.kind.name.startswith("CONTROLLER"):
            return list(self._turns)
        return [UNITS.get(fault.target, fault.target)]

    @contextlib.asynccontextmanager
    async def _disturbing(self, hit: list[str]) -> AsyncGenerator[None]:
        for name in hit:
            self._breaking[name] += 1
            self.observer.quiet_since[name] = float("inf")
        yield
        for name in hit:
            self._breaking[name] -= 1
            if not self._breaking[name]:
                self.observer.quiet_since[name] = story.now()

    async def finish(self) -> None:
        """End everything in order."""
        for one in self._machines.values():
            await one.stop_agent()
        for one in self.headquarters.seats:
            await one.stop()


class Complaints(logging.Handler):
    """Hands what the product says of damaged files, and every defect that it logs, to the observer."""

    def __init__(self, of: World) -> None:
        super().__init__(logging.WARNING)
        self._world = of

    def emit(self, record: logging.LogRecord) -> None:
        """Judge one line."""
        line = record.getMessage()
        unit = next((unit for unit in UNITS if f"unit-{unit.replace('/', '-')}/" in line), None)
        if unit is not None and ("going on without it" in line or "going on from" in line):
            self._world.observer.complained(unit)
        if record.exc_info is not None and record.exc_info[0] is not None:
            self._world.log.accuse("no defect", f"{line}: {record.exc_info[1]!r}")
