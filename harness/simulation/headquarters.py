"""The simulated controllers, one or two on one database, and what they acknowledged to have been told."""

import asyncio
import contextlib
import random as randoms
from collections.abc import Awaitable, Callable, Collection, Generator, Iterator, Sequence
from typing import NamedTuple

from harness import repository
from harness.invariants import memory as memories
from harness.simulation import chronicle, network, process, seat, services, store, story
from meterstatus import errors
from meterstatus.adapters.sql import deliveries, engine, units
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import records, unit_state
from meterstatus.ports import repository as repositories

ADMIN = records.User("admin", "", "", records.Access.ADMIN)

Work = Callable[[seat.Serving], Awaitable[object]]
"""What a controller is asked to do."""


class _Stored(NamedTuple):
    """What is stored of a unit beside its status."""

    copy: str
    """Of its agent's state."""

    reported: tuple[tuple[str, int], ...]
    """Its last three reports, newest first."""


async def _read_stored(within: engine.Transaction, unit: str) -> _Stored:
    fields = await units.read_state(within, unit)
    received = await deliveries.read(within, unit, "", 3)
    reported = tuple((each.report.delivery_id, each.report.attempt) for each in received)
    return _Stored(fields.get(unit_state.METER_STATUS, ""), reported)


class Headquarters:
    """All controllers.

    Attributes:
        seats: each of them that has joined, running or not.
        chronicle: what each unit has by the last change.
        refuses_copies: whether they refuse to store anything of a unit's state.
        is_led_back: whether they serve an old copy that somebody put back; then no operator changes anything.
        joined_at: when the last one joined.
    """

    def __init__(
        self,
        net: network.Network,
        log: story.Story,
        random: randoms.Random,
        joining: Sequence[str] = (),
    ) -> None:
        """Plan the controllers at the network's addresses, and those that join them later at others."""
        self._net, self._log, self._random = net, log, random
        self._addresses = (*net.addresses, *joining)
        is_alone = len(self._addresses) == 1
        self._database = store.SharedDatabase(random if is_alone else story.fork(random))
        self._backup: repository.MemoryDatabase | None = None
        self._read: dict[str, memories.Memory] = {}
        self._stored_of: dict[str, _Stored] = {}
        self._stored_at: object = None
        self._mended_at = [0.0 for _ in self._addresses]
        self._ways = [store.Way() for _ in self._addresses]
        seats = [seat.Seat(self._plan(number), net, log) for number in range(len(self._addresses))]
        self.seats, self._joining = seats[: len(net.addresses)], seats[len(net.addresses) :]
        self.joined_at = 0.0
        self.refuses_copies = False
        self.is_led_back = False
        self.chronicle = chronicle.Chronicle(log, self._well_since, self._database.held)

    def _plan(self, number: int) -> seat.Plan:
        is_alone, way, own = len(self._addresses) == 1, self._ways[number], self._addresses[number]

        def open_store(owner: process.Process) -> repositories.Repository:
            if not is_alone:
                return store.open_repository(self._database, way, owner)
            self._database.held.end_all()  # whoever followed is dead, and closed nothing
            self.chronicle.follow(self._database.held)
            return repository.MemoryRepository(self._database.held)

        return seat.Plan(
            name="controller" if is_alone else f"controller {number + 1}",
            address=own,
            is_one_of_several=not is_alone,
            others=lambda: tuple(other for other in self._net.addresses if other != own),
            is_to_be_joined=lambda: bool(self._joining),
            open_store=open_store,
            random_bytes=self._random.randbytes,
            refuses=lambda: self.refuses_copies,
        )

    async def start(self, number: int) -> None:
        """Start a controller on what is stored, as soon as that can be reached."""
        made = await self.seats[number].start()
        for unit, wanted in self.chronicle.said.items():
            is_new = len(self.seats) > 1 and self.chronicle.unchanged_for(unit) < store.PATIENCE
            is_kept = services.is_kept(unit, made.fleet.units[unit].effective, wanted, is_new=is_new)
            self._log.judge("9 acknowledged is kept", is_kept)
        self._log.say(f"{self.seats[number].name}: started")

    async def join(self) -> None:
        """Let the next one join the others; they and the agents hear of it."""
        number = len(self.seats)
        self.seats.append(self._joining.pop(0))
        self._net.addresses += (self.seats[number].plan.address,)
        self.joined_at = story.now()
        await self.start(number)

    async def crash_all(self) -> None:
        """End every controller at once."""
        for one in self.seats:
            await one.crash(is_silent=False)

    @contextlib.contextmanager
    def cut(self, number: int | None) -> Generator[None]:
        """Let a controller not reach the database for a while; None is all of them, by its own fault."""
        cut = self._database if number is None else self._ways[number]
        cut.troubles += 1
        yield
        cut.troubles -= 1
        for each in range(len(self.seats)) if number is None else (number,):
            self._mended_at[each] = story.now()

    def well_for(self, number: int) -> float:
        """Return for how many seconds a controller has run and reached its database; below 0 where not."""
        return story.now() - self._well_since()[number]

    def _well_since(self) -> list[float]:
        return [
            float("inf") if self._database.troubles or way.troubles else max(mended_at, one.well_since)
            for one, way, mended_at in zip(self.seats, self._ways, self._mended_at, strict=False)
        ]

    @property
    def newest(self) -> int:
        """The revision of the newest change that is stored."""
        return self._database.held.newest

    def served(self) -> Iterator[services.Served]:
        """Give what each controller serves that runs and is not frozen."""
        for number, one in enumerate(self.seats):
            if one.serving is not None and one.process is not None and not one.process.is_held:
                yield services.Served(
                    name=one.name,
                    says={unit: held.effective for unit, held in one.serving.fleet.units.items()},
                    well_for=self.well_for(number),
                    unconfirmed_for=one.serving.fleet.unconfirmed_for().total_seconds(),
                    served=self._net.served_by(one.process),
                )

    def old_words(self, age: float) -> dict[str, status.MeterStatus]:
        """Return what each unit was last acknowledged to have, where that is so for some seconds."""
        of = self.chronicle
        return {unit: word for unit, word in of.said.items() if of.unchanged_for(unit) > age}

    def _asked(self) -> list[tuple[seat.Seat, seat.Serving]]:
        """Return whom an operator asks, in order, until one does it."""
        there = [
            (one, one.serving)
            for one in self.seats
            if one.serving is not None
            and (len(self.seats) == 1 or (one.process is not None and not one.process.is_held))
        ]
        if len(there) > 1:
            self._random.shuffle(there)
        return there

    async def add_unit(self, unit: str) -> str:
        """Add a unit and return its password."""
        first = status.MeterStatus("GREEN")
        _, made = self._asked()[0]
        return await made.service.units.add(ADMIN, unit, first)

    async def set_status(self, unit: str, wanted: status.MeterStatus) -> None:
        """Set a status, where a controller does; it is acknowledged when this returns."""
        if self.is_led_back:
            return
        for one, made in self._asked():
            before = self._database.held.units[unit].status
            try:
                await made.service.statuses.set_as_juju(ADMIN, names.Tag(names.Kind.UNIT, unit), wanted)
            except errors.StoreError as error:
                self._log.say(f"{one.name}: {unit} is not set: {error}")
            else:
                if before != wanted:
                    self._log.say(f"{one.name}: {unit} is {wanted.code} {wanted.info!r}")
                return

    async def act(self, what: str, work: Work) -> int:
        """Have something done to the whole fleet where a controller does it; tell the revision after it.

        0 where it was not done.
        """
        return 0 if self.is_led_back else await self._act(what, work)

    async def _act(self, what: str, work: Work) -> int:
        for one, made in self._asked():
            try:
                await work(made)
            except errors.MeterStatusError as error:
                self._log.say(f"{one.name}: {what}: {error}")
                if isinstance(error, errors.StoreError):
                    continue
                return 0
            self._log.say(f"{one.name}: {what}")
            return self.newest
        return 0

    async def keep(self, what: str, scopes: Collection[str], work: Work) -> None:
        """Have something set without a time where a controller does it, so that it stays."""
        before = self.newest
        if await self.act(what, work):
            self.chronicle.stays(scopes, before)

    async def set_policy(self, scope: str, wanted: policy.Policy | None) -> None:
        """Set the policy of a unit, an application or the model, where a controller does."""
        if self.is_led_back:
            return
        words = "none" if wanted is None else wanted.in_words()
        for one, made in self._asked():
            try:
                await made.service.policies.set(ADMIN, names.parse_tag(scope), wanted)
            except errors.StoreError as error:
                self._log.say(f"{one.name}: the policy of {scope} is not set: {error}")
                continue
            except errors.NotFoundError:
                return
            self._log.say(f"{one.name}: the policy of {scope} is {words}")
            return

    def held(self) -> dict[str, services.Held]:
        """Return what is stored of each unit, after a look at what must have ended."""
        self.chronicle.look()
        running = next((one.serving for one in self.seats if one.serving is not None), None)
        return {unit: self._held(unit, running) for unit in self.chronicle.said}

    def _held(self, unit: str, running: seat.Serving | None) -> services.Held:
        said, changed_at = self.chronicle.said[unit], self.chronicle.changed_at[unit]
        if running is None:
            return services.Held(said=said, changed_at=changed_at)
        stored = self._stored(unit)
        if stored.copy not in self._read:
            self._read[stored.copy] = memories.of_copy(stored.copy)
        ruling = running.fleet.policies.of(unit)
        return services.Held(
            said=said,
            changed_at=changed_at,
            copy=self._read[stored.copy],
            rules=memories.rules_of(ruling.policy if ruling else None),
            reported=stored.reported,
        )

    def _stored(self, unit: str) -> _Stored:
        """Return what is stored of a unit now."""
        held = self._database.held
        if self._stored_at != held.version:
            self._stored_at = held.version
            self._stored_of.clear()
        if unit not in self._stored_of:
            self._stored_of[unit] = held.run(lambda within: _read_stored(within, unit))
        return self._stored_of[unit]

    def back_up(self) -> None:
        """Keep a copy of the store."""
        self._backup = self._database.held.copy()
        self._log.say("controller: backed up")

    async def restore(self, *, under_way: bool = False) -> None:
        """Have a copy of the store in its place, in an epoch of its own, as ``controller restore`` does.

        The controllers crash and start again from it; or they run meanwhile, on a database of several.
        """
        if self._backup is None:
            return
        if not under_way:
            await self.crash_all()
        author = records.Author(ADMIN.tag, seat.wall_time(), "restored from the backup")
        await repository.MemoryRepository(self._backup).begin_epoch(author)
        self._take_back("restored from the backup")
        if not under_way:
            await self._start_all()

    async def put_back(self) -> int:
        """Crash, and start again from the copy as it is, as by hand; return the revision that it is at."""
        await self.crash_all()
        self._take_back("an old copy was put back")
        await self._start_all()
        self.is_led_back = True
        return self.newest

    def _take_back(self, words: str) -> None:
        assert self._backup is not None
        self._database.lead_back(self._backup)
        self.chronicle.begin_anew(self._backup)
        self._backup = None
        self._log.say(f"controller: {words}")

    async def _start_all(self) -> None:
        for number in range(len(self.seats)):
            await self.start(number)

    async def begin_epoch(self) -> None:
        """Have the old copy hold, as an operator does who was told of it, and tries until it is done."""
        while self.is_led_back:
            revision = await self._act(
                "the old copy is to hold",
                lambda made: made.service.administration.begin_epoch(ADMIN, "the old copy is to hold"),
            )
            self.is_led_back = not revision
            if self.is_led_back:
                await asyncio.sleep(10)
