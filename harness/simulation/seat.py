"""One simulated controller process: the real service and front, on a store that outlives it."""

import asyncio
import contextlib
import dataclasses
import datetime
from collections.abc import Callable, Mapping

from harness.simulation import network, process, story
from meterstatus import errors
from meterstatus.controller import front as fronts
from meterstatus.controller import refusals, settings
from meterstatus.controller.fleet import fleet
from meterstatus.controller.jobs import expiry, reports_tail
from meterstatus.controller.service import agents, service
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.ports import repository
from meterstatus.testing import virtual_time

PORT = 17070
ANNOUNCE_SECONDS = 10.0
"""Between two times that a controller hears where the others are."""


class _Agents(agents.Agents):
    """The real calls, which may refuse copies of a state as one does whose quota is used up."""

    def __init__(
        self,
        of: fleet.Fleet,
        store: repository.Repository,
        clock: virtual_time.VirtualClock,
        refuses: Callable[[], bool],
    ) -> None:
        super().__init__(of, store, clock)
        self._refuses = refuses

    async def change_state(self, agent: records.Agent, tag: names.Tag, changes: Mapping[str, str]) -> None:
        """Store, or refuse."""
        if self._refuses():
            raise refusals.Refusal("state is too large", "quota limit exceeded")
        await super().change_state(agent, tag, changes)


@dataclasses.dataclass(frozen=True, slots=True)
class Serving:
    """What a controller that runs is made of."""

    clock: virtual_time.VirtualClock
    fleet: fleet.Fleet
    service: service.Service


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a controller is given at each start."""

    name: str
    """As the story calls it."""

    address: str
    others: Callable[[], tuple[str, ...]]
    """The addresses of the others that are on its database by now."""

    is_one_of_several: bool
    """Whether others are, or come to be, on its database."""

    is_to_be_joined: Callable[[], bool]
    """Whether somebody else is still to come."""

    open_store: Callable[[process.Process], repository.Repository]
    random_bytes: Callable[[int], bytes]
    refuses: Callable[[], bool]
    """Whether copies of a state are refused."""


class Seat:
    """A controller, running or not.

    Attributes:
        process: it; None while it does not run.
        serving: what it is made of, likewise.
        well_since: since when nothing has kept it from its work.
    """

    def __init__(self, plan: Plan, net: network.Network, log: story.Story) -> None:
        self.plan, self._net, self._log = plan, net, log
        self._stopping = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self.process: process.Process | None = None
        self.serving: Serving | None = None
        self.well_since = float("inf")

    @property
    def name(self) -> str:
        """As the story calls it."""
        return self.plan.name

    async def start(self) -> Serving:
        """Start it on what is stored; returns once it serves."""
        owner = process.Process(f"{self.name} at {story.now():.3f}")
        self.process, self._stopping = owner, asyncio.Event()
        ready: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
        self._serving = owner.spawn(self._serve(owner, self._stopping, ready))
        self.serving = await ready
        self.well_since = story.now()
        return self.serving

    async def _serve(
        self, owner: process.Process, stopping: asyncio.Event, ready: asyncio.Future[Serving]
    ) -> None:
        clock = virtual_time.VirtualClock(wall_time())
        store = self.plan.open_store(owner)
        of = fleet.Fleet(store, clock)
        while True:
            try:
                await of.start()
                break
            except errors.StoreUnavailableError:
                await asyncio.sleep(2)  # whoever keeps it running starts it again
        cases = service.Service(of, store, clock, self.plan.random_bytes)
        cases.agents = _Agents(of, store, clock, self.plan.refuses)
        front = fronts.Front(of, cases, clock, settings.Settings())
        front.reached_at(PORT, [_host(self.plan.address)])
        meeting = asyncio.ensure_future(self._meet(front))
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(expiry.Expiry(store, of.next_expiry, clock).running())
            await stack.enter_async_context(front.running())
            if self.plan.is_one_of_several:
                await stack.enter_async_context(reports_tail.ReportsTail(of, store, clock).running())
            self._net.doors[self.plan.address] = network.LockFile(owner, front.accept)
            ready.set_result(Serving(clock, of, cases))
            await stopping.wait()
        meeting.cancel()
        await store.close()

    async def _meet(self, front: fronts.Front) -> None:
        """Let its front know where the others are, now and then, until all have come."""
        while True:
            is_over = not self.plan.is_to_be_joined()
            front.others_at([([_host(other)], PORT) for other in self.plan.others()])
            if is_over:
                return
            await asyncio.sleep(ANNOUNCE_SECONDS)

    async def stop(self) -> None:
        """Stop in order."""
        if self._serving is not None:
            self._net.doors.pop(self.plan.address, None)
            self._stopping.set()
            await self._serving
            await self._end(is_silent=False)
            self._log.say(f"{self.name}: stopped in order")

    async def crash(self, *, is_silent: bool) -> None:
        """End with no effect from now on; silently where its machine is gone too."""
        if self.process is not None:
            self._log.say(f"{self.name}: {'lost its power' if is_silent else 'crashed'}")
            await self._end(is_silent=is_silent)

    async def _end(self, *, is_silent: bool) -> None:
        owner, self.process, self.serving, self._serving = self.process, None, None, None
        assert owner is not None
        owner.is_dead = True
        self.well_since = float("inf")
        self._net.doors.pop(self.plan.address, None)
        self._net.drop(server=owner, is_silent=is_silent)
        await owner.kill()

    def hold(self) -> None:
        """Freeze it."""
        assert self.process is not None
        self.process.hold()
        self.well_since = float("inf")

    def release(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.release()
        self.well_since = story.now()


def wall_time() -> datetime.datetime:
    """Return what the controllers' wall clocks show; nobody sets them, and they outlive a restart."""
    return virtual_time.START + datetime.timedelta(seconds=story.now())


def _host(address: str) -> str:
    return address.rpartition(":")[0]
