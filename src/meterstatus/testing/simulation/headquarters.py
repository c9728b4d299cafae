"""The simulated controller: the real service and front on a repository that outlives a crash."""

import asyncio
import random as randoms
from collections.abc import Callable, Mapping

from meterstatus import errors
from meterstatus.controller import controller, refusals, service, settings
from meterstatus.domain import fleet, policy, state, status, unit_state
from meterstatus.testing import repository, virtual_time
from meterstatus.testing.simulation import facts, network, process, story

ADMIN = fleet.User("admin", "", "", fleet.Access.ADMIN)


class _Service(service.Service):
    """The real one, which may refuse copies of a state as one does whose quota is used up."""

    def __init__(
        self,
        store: repository.MemoryRepository,
        clock: virtual_time.VirtualClock,
        random_bytes: Callable[[int], bytes],
        refuses: Callable[[], bool],
    ) -> None:
        super().__init__(store, clock, random_bytes)
        self._refuses = refuses

    async def change_unit_state(self, agent: fleet.Agent, changes: Mapping[str, str]) -> None:
        """Store, or refuse."""
        if self._refuses():
            raise refusals.Refusal("state is too large", "quota limit exceeded")
        await super().change_unit_state(agent, changes)


class Headquarters:
    """The controller, running or not.

    Attributes:
        said: what each unit was last acknowledged to have, by unit.
        changed_at: when that was last changed.
        refuses_copies: whether it refuses to store anything of a unit's state.
        is_led_back: whether it serves an old copy that somebody put back; then no operator changes anything.
    """

    def __init__(self, net: network.Network, log: story.Story, random: randoms.Random) -> None:
        self._net, self._log, self._random = net, log, random
        self._database = repository.MemoryDatabase()
        self._store = repository.MemoryRepository(self._database)
        self._backup: tuple[repository.MemoryDatabase, dict[str, status.MeterStatus]] | None = None
        self._read: dict[str, state.State] = {}
        self._stopping = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self.process: process.Process | None = None
        self.service: service.Service | None = None
        self.said: dict[str, status.MeterStatus] = {}
        self.changed_at: dict[str, float] = {}
        self.refuses_copies = False
        self.is_led_back = False

    async def start(self) -> None:
        """Start the controller on what is stored."""
        owner = process.Process(f"controller at {story.now():.3f}")
        self.process, self._stopping, ready = owner, asyncio.Event(), asyncio.Event()
        self._serving = owner.spawn(self._serve(owner, self._stopping, ready))
        await ready.wait()
        assert self.service is not None
        for unit, wanted in self.said.items():
            if self.service.units[unit].status != wanted:
                self._log.accuse("9 acknowledged is kept", f"{unit} was {wanted} before a restart")
        self._log.say("controller: started")

    async def _serve(self, owner: process.Process, stopping: asyncio.Event, ready: asyncio.Event) -> None:
        clock = virtual_time.VirtualClock()
        self._database.followers.clear()  # whoever followed is dead, and closed nothing
        self._store = repository.MemoryRepository(self._database)
        made = _Service(self._store, clock, self._random.randbytes, lambda: self.refuses_copies)
        await made.start()
        front = controller.Controller(made, clock, settings.Settings())
        front.reached_at(17070)
        self.service = made
        async with front.running():
            self._net.server, self._net.accept = owner, front.accept
            ready.set()
            await stopping.wait()

    async def stop(self) -> None:
        """Stop in order."""
        if self._serving is not None:
            self._net.accept = None
            self._stopping.set()
            await self._serving
            await self._end(is_silent=False)
            self._log.say("controller: stopped in order")

    async def crash(self, *, is_silent: bool) -> None:
        """End with no effect from now on; silently where its machine is gone too."""
        if self.process is not None:
            self._log.say(f"controller: {'lost its power' if is_silent else 'crashed'}")
            await self._end(is_silent=is_silent)

    async def _end(self, *, is_silent: bool) -> None:
        owner, self.process, self.service, self._serving = self.process, None, None, None
        assert owner is not None
        owner.is_dead = True
        self._net.accept = None
        self._net.drop(server=owner, is_silent=is_silent)
        await owner.kill()

    async def add_unit(self, unit: str) -> str:
        """Add a unit and return its password."""
        assert self.service is not None
        first = status.MeterStatus("GREEN")
        self.said[unit], self.changed_at[unit] = first, story.now()
        return await self.service.add_unit(ADMIN, unit, first)

    async def set_status(self, unit: str, wanted: status.MeterStatus) -> None:
        """Set a status, where the controller runs; it is acknowledged when this returns."""
        if self.service is None or self.is_led_back:
            return
        before = self.said[unit]
        await self.service.set_status(ADMIN, f"unit-{unit.replace('/', '-')}", wanted)
        if before != wanted:
            self.said[unit], self.changed_at[unit] = wanted, story.now()
            self._log.say(f"controller: {unit} is {wanted.code} {wanted.info!r}")

    async def set_policy(self, scope: str, wanted: policy.Policy | None) -> None:
        """Set the policy of a unit, an application or the model, where the controller runs."""
        if self.service is None or self.is_led_back:
            return
        words = "none" if wanted is None else wanted.in_words()
        try:
            await self.service.set_policy(ADMIN, scope, wanted)
        except errors.NotFoundError:
            return
        self._log.say(f"controller: the policy of {scope} is {words}")

    async def held(self) -> dict[str, facts.Held]:
        """Return what it holds of each unit."""
        return {unit: await self._held(unit) for unit in self.said}

    async def _held(self, unit: str) -> facts.Held:
        said, changed_at = self.said[unit], self.changed_at[unit]
        if self.service is None:
            return facts.Held(said=said, changed_at=changed_at)
        text = (await self._store.unit_state(unit)).get(unit_state.METER_STATUS, "")
        if text not in self._read:
            self._read[text] = state.State.from_yaml(text)
        ruling = self.service.rulings.of(unit)
        reports = [each.report for each in await self._store.deliveries(unit, limit=3)]
        return facts.Held(
            said=said,
            changed_at=changed_at,
            copy=self._read[text],
            ruling=ruling.policy if ruling else policy.JUJU_POLICY,
            reported=tuple((report.delivery_id, report.attempt) for report in reports),
        )

    def back_up(self) -> None:
        """Keep a copy of the store."""
        self._backup = (self._database.copy(), dict(self.said))
        self._log.say("controller: backed up")

    async def restore(self) -> None:
        """Crash, and start again from the copy in an epoch of its own, as ``controller restore`` does."""
        if self._backup is not None:
            await self._take_back("restored from the backup", begins_epoch=True)

    async def put_back(self) -> int:
        """Crash, and start again from the copy as it is, as by hand; return the revision that it is at."""
        await self._take_back("an old copy was put back", begins_epoch=False)
        assert self.service is not None
        self.is_led_back = True
        return self.service.revision

    async def begin_epoch(self) -> None:
        """Have the old copy hold, as an operator does who was told of it."""
        assert self.service is not None
        await self.service.begin_epoch(ADMIN, "the old copy is to hold")
        self.is_led_back = False
        self._log.say("controller: the old copy is to hold")

    async def _take_back(self, words: str, *, begins_epoch: bool) -> None:
        assert self._backup is not None
        await self.crash(is_silent=False)
        self._database, said = self._backup
        if begins_epoch:
            author = fleet.Author(ADMIN.tag, virtual_time.VirtualClock().now(), words)
            await repository.MemoryRepository(self._database).begin_epoch(author)
        for unit in said:
            if said[unit] != self.said[unit]:
                self.changed_at[unit] = story.now()
        self.said = dict(said)
        self._backup = None
        self._log.say(f"controller: {words}")
        await self.start()
