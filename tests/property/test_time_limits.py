"""Statuses that are set for a time, against the rule as it is written (decision 0016).

The rule is a few lines: what is set has at most one status over it, which has an end. Whatever is set, unset,
undone and waited for, in whatever order, the stores hold what the rule says, and agents are told so.
"""

import asyncio
import dataclasses
import datetime
import pathlib
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import sqlite
from meterstatus.controller.fleet import levels
from meterstatus.domain import names, status
from meterstatus.domain.fleet import records
from meterstatus.ports import repository

START = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
UNITS = ("shop/0", "shop/1", "web/0")
LEVELS = (
    names.Tag(names.Kind.APPLICATION, "shop"),
    names.Tag(names.Kind.MODEL, fakes.IDENTITY.model_uuid),
)
SCOPES = (*(names.Tag(names.Kind.UNIT, unit) for unit in UNITS), *LEVELS)
CODES = ("GREEN", "AMBER", "RED")
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["set", "for", "for", "juju", "unset", "undo", "time", "time", "away"]),
        st.integers(0, len(SCOPES) - 1),
        st.sampled_from(CODES),
        st.integers(1, 30),
    ),
    max_size=25,
)
Step = tuple[str, int, str, int]


@dataclasses.dataclass(frozen=True)
class Held:
    """What is set for one unit, application or model."""

    base: status.MeterStatus | None
    over: status.MeterStatus | None = None
    until: datetime.datetime = START

    @property
    def stands(self) -> status.MeterStatus | None:
        """What holds of the two."""
        return self.base if self.over is None else self.over

    def at(self, now: datetime.datetime) -> "Held":
        """What is left of it then."""
        return Held(self.base) if self.over is not None and self.until <= now else self


class Rule:
    """The rule, and what a store makes of it."""

    def __init__(self, store: repository.Repository) -> None:
        self.store = store
        self.now = START
        self.held: dict[names.Tag, Held] = {
            scope: Held(records.NOT_SET if scope.kind is names.Kind.UNIT else None) for scope in SCOPES
        }
        self.before: dict[names.Tag, Held] = {}
        """What an undo puts back; nothing where the newest change of it is an end."""

    async def begin(self) -> None:
        """Add the units."""
        for unit in UNITS:
            await self.store.add_unit(unit, "hash", records.NOT_SET, self.author)

    @property
    def author(self) -> records.Author:
        """Somebody, now."""
        return records.Author("user-bob", self.now)

    async def loaded(self) -> records.Fleet:
        """All that is stored."""
        return await self.store.follow(lambda _: None)

    def put(self, scope: names.Tag, new: Held) -> None:
        """Take note of a change, where it is one."""
        if new != self.held[scope]:
            self.before[scope] = self.held[scope]
            self.held[scope] = new

    async def set(self, scope: names.Tag, wanted: status.MeterStatus | None, minutes: int) -> None:
        """Set it, for so many minutes; 0 is without an end."""
        until = self.now + minutes * MINUTE if minutes else None
        looked_at = (await self.loaded()).revision
        if scope.kind is names.Kind.UNIT:
            assert wanted is not None
            await self.store.set_statuses([scope.name], wanted, self.author, looked_at, until)
        else:
            await self.store.set_level(scope, wanted, self.author, looked_at, until)
        self.put(scope, Held(wanted) if until is None else Held(self.held[scope].base, wanted, until))

    async def undo(self, scope: names.Tag) -> None:
        """Undo the newest change of it."""
        loaded, changes = await self.loaded(), await self.store.history(limit=1000)
        revision = next((one.revision for one in changes if scope in (one.level, _tag(one))), None)
        if revision is None or next(one for one in changes if one.revision == revision).kind == "add":
            return
        back = self.before.get(scope)
        try:
            await self.store.undo(revision, self.author, loaded.revision)
        except errors.NotValidError:
            assert back is None, "only an end is not undone"
            return
        assert back is not None
        here = self.held[scope]
        self.held[scope] = back.at(self.now)
        self.before[scope] = here

    async def pass_time(self, minutes: int, looks: int) -> None:
        """Wait, with a controller that looks every minute, or one that comes at the end."""
        end = self.now + minutes * MINUTE
        for _ in range(looks):
            self.now = end if looks == 1 else self.now + MINUTE
            while (again := await self.store.end_due(self.now)) is not None and again <= self.now:
                pass
        for scope, held in self.held.items():
            left = held.at(self.now)
            if left != held:
                self.held[scope] = left
                self.before.pop(scope, None)

    async def step(self, step: Step) -> None:
        """Do one thing."""
        kind, index, code, minutes = step
        scope, wanted = SCOPES[index], status.MeterStatus(code)
        match kind:
            case "set":
                await self.set(scope, wanted, 0)
            case "for":
                await self.set(scope, wanted, minutes)
            case "unset":
                await self.set(LEVELS[index % len(LEVELS)], None, 0)
            case "juju":
                unit = SCOPES[index % len(UNITS)]
                await self.store.set_unit_status(unit.name, wanted, self.author)
                self.put(unit, Held(wanted))
            case "undo":
                await self.undo(scope)
            case _:
                await self.pass_time(minutes, minutes if kind == "time" else 1)

    async def check(self) -> None:
        """Compare, as stored and as told."""
        loaded = await self.loaded()
        stored = {names.Tag(names.Kind.UNIT, unit.name): (unit.status, unit.limit) for unit in loaded.units}
        stored |= {level.scope: (level.status, level.limit) for level in loaded.levels}
        for scope, held in self.held.items():
            stands, limit = stored.get(scope, (None, None))
            assert stands == held.stands, scope
            assert (limit and limit.until) == (None if held.over is None else held.until), scope
        above = levels.Levels(loaded.identity.model_uuid, loaded.levels)
        for unit in loaded.units:
            of = SCOPES[UNITS.index(unit.name)]
            wider = LEVELS if unit.application == "shop" else LEVELS[1:]
            said = [self.held[scope].stands for scope in (of, *wider)]
            codes = [one.code for one in said if one is not None and one != records.NOT_SET]
            worst = max(codes, key=CODES.index, default="AMBER")
            assert above.under(unit).effective.code == worst


def _tag(change: records.Change) -> names.Tag | None:
    return names.Tag(names.Kind.UNIT, change.unit) if change.unit else None


async def live(store: repository.Repository, steps: list[Step]) -> None:
    """Take the steps, and compare after each."""
    rule = Rule(store)
    await rule.begin()
    for step in steps:
        await rule.step(step)
        await rule.check()
    await store.close()


@given(_STEPS)
def test_what_stands_is_what_the_rule_says(steps: list[Step]) -> None:
    """In the store that tests have, which the contract holds to the real ones."""
    asyncio.run(live(fakes.MemoryRepository(), steps))


@settings(max_examples=20)
@given(_STEPS)
def test_sql_says_the_same(steps: list[Step]) -> None:
    """And so in a real one."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "controller.db"
        sqlite.create(path, fakes.IDENTITY, fakes.USERS)

        async def open_and_live() -> None:
            await live(sqlite.open_repository(path), steps)

        asyncio.run(open_and_live())
