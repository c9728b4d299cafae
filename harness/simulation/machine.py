"""A simulated machine: its clocks, its disk, its lock, and the agent's process for all its units."""

import asyncio
import datetime
import functools
import logging
import pathlib
import random as randoms
from collections.abc import Callable

from harness import repository
from harness.invariants import memory
from harness.simulation import charm, disk, network, observer, process, story
from meterstatus import errors
from meterstatus.adapters import hook_runner
from meterstatus.adapters.files import state
from meterstatus.domain import agent_config, names, policy
from meterstatus.domain.unit import offline_clock
from meterstatus.domain.unit import state as states
from meterstatus.engine import engine
from meterstatus.ports import agent as agents
from meterstatus.programs.agent import unit_agent
from meterstatus.runtime import clock
from meterstatus.testing import fakes, virtual_time

DEAD_RTC = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LIMIT = datetime.timedelta(seconds=60)
"""How long a hook may run."""

LOOK_PERIOD = datetime.timedelta(seconds=30)
"""How often a unit without contact writes down what it counted. The product does it each second, which is
most of what a simulated hour would cost; a boot with a false clock forgets no more than this."""


class MachineClock(clock.SystemClock):
    """The product's clock, with the machine's wall and boot time in place of the system's.

    Its steps are never taken: one finds something due only after a suspension, and then the machine takes it.
    """

    def __init__(self, machine: "Machine") -> None:
        super().__init__(lambda: round(machine.boot_seconds * 1e9), step_seconds=float("inf"))
        self._machine = machine

    def now(self) -> datetime.datetime:
        """Return the machine's wall time."""
        return self._machine.wall

    def instant_now(self) -> offline_clock.Instant:
        """Return all clocks of the machine."""
        return self._machine.instant()


class Machine:
    """One machine.

    Attributes:
        is_on: whether it has power and is not suspended.
        agent: the agent's process; None while none runs.
    """

    def __init__(
        self,
        name: str,
        folder: pathlib.Path,
        net: network.Network,
        charms: dict[str, charm.Charm],
        witness: observer.Observer,
        log: story.Story,
        random: randoms.Random,
    ) -> None:
        self.name, self._folder, self._net, self._charms = name, folder, net, charms
        self._witness, self._log, self._random = witness, log, random
        self.passwords: dict[str, str] = {}
        self._files: dict[str, agent_config.AgentConfig] = {}
        self._boots = 0
        self._booted = 0.0
        self._wall_offset = virtual_time.START
        self._frozen_wall: datetime.datetime | None = None
        self._read_at = -1.0
        self._instant: offline_clock.Instant
        self.boot_id = ""
        self.is_on = False
        self.disk = disk.Disk(self._on_cut, lambda: self.wall)
        self.agent: process.Process | None = None
        self.started = 0.0
        self._engines: list[engine.Engine] = []
        self._clock: MachineClock | None = None
        self.boot()

    # Clocks.

    @property
    def boot_seconds(self) -> float:
        """Return the seconds since boot, suspensions included."""
        return story.now() - self._booted

    @property
    def wall(self) -> datetime.datetime:
        """Return what the wall clock shows."""
        if self._frozen_wall is not None:
            return self._frozen_wall
        return self._wall_offset + datetime.timedelta(seconds=story.now())

    def instant(self) -> offline_clock.Instant:
        """Return all clocks, read together."""
        now = story.now()
        if now != self._read_at:
            wall = self._frozen_wall or self._wall_offset + datetime.timedelta(seconds=now)
            boot = datetime.timedelta(seconds=now - self._booted)
            self._read_at, self._instant = now, offline_clock.Instant(wall, boot, self.boot_id)
        return self._instant

    def set_wall(self, to: datetime.datetime) -> None:
        """Set the wall clock; it runs from there, and never showed less than the time since boot after 1970.

        The kernel refuses to set it lower.
        """
        to = max(to, DEAD_RTC + datetime.timedelta(seconds=self.boot_seconds))
        self._frozen_wall, self._read_at = None, -1.0
        self._wall_offset = to - datetime.timedelta(seconds=story.now())

    def stop_wall(self) -> None:
        """Let the wall clock stand still."""
        self._frozen_wall, self._read_at = self.wall, -1.0

    @property
    def is_wall_right(self) -> bool:
        """Tell whether the wall clock shows what it would had nobody ever set it."""
        return self._frozen_wall is None and self._wall_offset == virtual_time.START

    def boot(self, *, wall: datetime.datetime | None = None) -> None:
        """Begin a boot; the wall clock shows the time given, or goes on."""
        self._boots += 1
        self.boot_id = f"{self.name}-boot-{self._boots}"
        self._booted, self._read_at = story.now(), -1.0
        self.is_on = True
        if wall is not None:
            self.set_wall(wall)

    # The agent.

    async def start_agent(self) -> None:
        """Start the agent's process with an engine for each unit."""
        self.agent = process.Process(f"agent of {self.name} at {story.now():.3f}")
        self.started = story.now()
        self._engines = []
        await self.agent.spawn(self._run(self.agent))
        self._log.say(f"{self.name}: agent started")

    async def _run(self, owner: process.Process) -> None:
        system, lock = MachineClock(self), fakes.FakeMachineLock()
        self._clock = system
        for unit in self._charms:
            self._engines.append(await unit_agent.start(self._config(unit, owner, system, lock)))

    def _config(
        self, unit: str, owner: process.Process, system: MachineClock, lock: fakes.FakeMachineLock
    ) -> unit_agent.UnitAgentConfig:
        its_charm = self._charms[unit]

        def new_runner(config: hook_runner.HookRunnerConfig) -> charm.Runner:
            return charm.Runner(its_charm, config, owner)

        def new_state(path: pathlib.Path, name: str) -> state.DiskBackedState:
            return _WatchedState(
                path,
                name,
                self.disk,
                lambda: self._read(unit),
                lambda name: self._wrote(unit, name),
            )

        settings = self.settings(unit)
        self._witness.knows_addresses(unit, settings.api_addresses)
        return unit_agent.UnitAgentConfig(
            settings=settings,
            policy=policy.JUJU_POLICY,
            machine_lock=lock,
            dialer=network.Dialer(self._net, self.name, unit, self._witness.ear(its_charm)),
            clock=system,
            logger=logging.getLogger(f"meterstatus.simulation.{unit}"),
            hook_time_limit=LIMIT,
            look_period=LOOK_PERIOD,
            change_file=functools.partial(self._change_settings, unit),
            random=story.fork(self._random),
            new_hook_runner=new_runner,
            new_disk_backed_state=new_state,
        )

    def _clocks(self) -> memory.Clocks:
        return memory.Clocks(self.wall, self.boot_seconds, self.boot_id)

    def _read(self, unit: str) -> None:
        """Have it noted what an agent finds on its disk that has started."""
        path = self.state_path(unit)
        files = self.disk.folder(disk.directory_of(path)).files()
        names = (path.name, f"{path.name}.previous", f"{path.name}.reserve")
        found = memory.find(unit, *map(files.get, names))
        self._witness.read(unit, found, self._clocks())

    def _wrote(self, unit: str, name: str) -> None:
        """Have it noted what is on the disk now, in which file; "" is none."""
        if not name:
            self._witness.wrote_nothing(unit)
            return
        content = self.disk.read(self.state_path(unit).with_name(name)).rstrip(b"\0")
        self._witness.wrote(unit, content, self._clocks())

    def settings(self, unit: str) -> agent_config.AgentConfig:
        """Return what the unit's agent.conf says: it fails with the state's disk, and is lost with none."""
        if unit not in self._files:
            self._files[unit] = self._first_settings(unit)
        return self._files[unit]

    def _change_settings(self, unit: str, change: agents.Change) -> None:
        is_written = self.disk.trouble is None
        if is_written:
            self._files[unit] = change(self.settings(unit))
        self._witness.knows_addresses(unit, self._files[unit].api_addresses if is_written else None)
        if not is_written:
            raise errors.ConfigError("agent.conf cannot be written")

    def _first_settings(self, unit: str) -> agent_config.AgentConfig:
        identity = repository.IDENTITY
        return agent_config.AgentConfig(
            tag=names.unit_tag(unit),
            controller=f"controller-{identity.controller_uuid}",
            model=f"model-{identity.model_uuid}",
            upgraded_to_version="3.6.0",
            data_dir=str(self._folder),
            api_addresses=self._net.addresses,
            api_password=self.passwords[unit],
        )

    def state_path(self, unit: str) -> pathlib.Path:
        """Return where a unit's state is."""
        return pathlib.Path(self.settings(unit).agent_dir) / "meter-status.yaml"

    async def stop_agent(self) -> None:
        """End the agent in order."""
        owner = self.agent
        if owner is None:
            return
        for one in self._engines:
            owner.context.copy().run(one.kill)
        await asyncio.gather(*(one.wait() for one in self._engines))
        self._log.say(f"{self.name}: agent stopped in order")
        await self.kill_agent(is_silent=False)

    async def kill_agent(self, *, is_silent: bool) -> None:
        """End the agent as SIGKILL does, or silently as a loss of power does."""
        owner, self.agent = self.agent, None
        if owner is None:
            return
        owner.is_dead = True
        for one in self._charms.values():
            one.die()
        self._net.drop(machine=self.name, is_silent=is_silent)
        await owner.kill()

    def _on_cut(self) -> None:
        self._log.say(f"{self.name}: the power goes in the middle of a save")
        if self.agent is not None:
            self.agent.is_dead = True
            for one in self._charms.values():
                one.die()

    def suspend(self) -> None:
        """Stop everything but the boot clock."""
        self.is_on = False
        if self.agent is not None:
            self.agent.hold()

    def resume(self, seconds: float) -> None:
        """Go on after some seconds of suspension."""
        self.is_on = True
        if self.agent is not None:
            self.agent.suspended += seconds
            self.agent.release()
            if self._clock is not None:
                step = self._random.uniform(0, clock.STEP_SECONDS)
                asyncio.get_running_loop().call_later(step, self._clock.look, context=self.agent.context)


class _WatchedState(state.DiskBackedState):
    """The product's store, which has it noted when it is read first, and what would survive a crash."""

    def __init__(
        self,
        path: pathlib.Path,
        unit: str,
        files: disk.Disk,
        reads: Callable[[], None],
        wrote: Callable[[str], None],
    ) -> None:
        super().__init__(path, unit, files=files)
        self._name, self._reads, self._wrote = path.name, reads, wrote
        self._was_read = False

    async def read(self) -> states.State:
        """Have it noted, and read."""
        if not self._was_read:
            self._was_read = True
            self._reads()
        return await super().read()

    async def write(self, value: states.State) -> None:
        """Write, and have it noted."""
        try:
            await super().write(value)
        except errors.StateWriteError as error:
            self._wrote(f"{self._name}.reserve" if error.is_kept else "")
            raise
        self._wrote(self._name)
