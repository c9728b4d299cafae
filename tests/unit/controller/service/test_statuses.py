"""Setting and undoing the statuses of many units."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Collection, Sequence

import pytest

from harness import controller_bench, repository
from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.fleet import dry_run
from meterstatus.domain import names, policy, status
from meterstatus.domain.fleet import blast_radius, records, time_limit
from meterstatus.ports import repository as repositories
from meterstatus.testing import manual_clock, virtual_time

ADMIN = records.User("admin", "", "", records.Access.ADMIN)
WRITER = records.User("writer", "", "", records.Access.WRITE)
READER = records.User("reader", "", "", records.Access.READ)
MODEL = names.Tag(names.Kind.MODEL, repository.IDENTITY.model_uuid)
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
WEB = names.Tag(names.Kind.APPLICATION, "web")
GREEN, AMBER, RED = (status.MeterStatus(code) for code in ("GREEN", "AMBER", "RED"))
OVER = status.MeterStatus("RED", "over budget")
ALL = blast_radius.BlastRadius(100)
SHORT = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=20))


def unit(name: str) -> names.Tag:
    """Return a unit's tag."""
    return names.Tag(names.Kind.UNIT, name)


def sets(wanted: status.MeterStatus, *targets: names.Tag) -> dry_run.Wish:
    """Wish for statuses of units."""
    return dry_run.Wish(targets, False, wanted)


def level(scope: names.Tag, wanted: status.MeterStatus | None) -> dry_run.Wish:
    """Wish for a level."""
    return dry_run.Wish((scope,), True, wanted)


async def make(database: repository.MemoryDatabase, units: int = 0) -> controller_bench.Started:
    """Start a service on a database, and add GREEN units of ``shop`` and one of ``web``."""
    made = await controller_bench.start(repository.MemoryRepository(database))
    for number in range(units):
        await made.add_unit(f"shop/{number}", GREEN)
    if units:
        await made.add_unit("web/0", GREEN)
    return made


def database() -> repository.MemoryDatabase:
    """Make an empty one."""
    return repository.MemoryDatabase(users=[ADMIN, WRITER, READER])


def told(made: controller_bench.Started) -> dict[str, str]:
    """Return the code that each unit is told."""
    return {name: each.effective.code for name, each in made.fleet.units.items()}


async def woken(made: controller_bench.Started, change: Callable[[], Awaitable[object]]) -> list[str]:
    """Make a change, and return the units whose watchers have an event then."""
    watching = {name: made.fleet.watchers.watch(name) for name in made.fleet.units}
    await change()
    found = [name for name, watcher in watching.items() if not isinstance(watcher.next(), asyncio.Future)]
    for watcher in watching.values():
        watcher.stop()
    return found


@pytest.mark.parametrize(
    "wish",
    [
        sets(AMBER, SHOP),
        sets(RED, unit("shop/0"), unit("web/0")),
        level(SHOP, RED),
        level(MODEL, AMBER),
    ],
)
async def test_what_was_shown_is_what_happens(wish: dry_run.Wish) -> None:
    """The preview changes nothing, and says of how many units which code takes the place of which."""
    made = await make(database(), 3)
    await made.set_status("unit-shop-1", RED)
    before, changes = told(made), made.service.statuses
    shown = await changes.preview(WRITER, wish)
    assert told(made) == before
    assert await changes.set(WRITER, wish, seen=shown.revision) == shown
    after = told(made)
    moved = [(before[name], after[name]) for name in before if before[name] != after[name]]
    assert sorted(shown.told.elements()) == sorted(moved)


async def test_wakes_exactly_whom_it_tells_something_else() -> None:
    """A unit that is as bad already sleeps on, and so does any other application's."""
    made = await make(database(), 3)
    await made.set_status("unit-shop-1", RED)
    changes = made.service.statuses
    shop = ["shop/0", "shop/2"]
    assert await woken(made, lambda: changes.set(ADMIN, level(SHOP, RED))) == shop
    assert await woken(made, lambda: changes.set(ADMIN, level(SHOP, RED))) == []
    assert await woken(made, lambda: changes.set(ADMIN, level(MODEL, AMBER))) == ["web/0"]
    assert await woken(made, lambda: changes.set(ADMIN, level(SHOP, None))) == shop
    assert await woken(made, lambda: changes.undo(ADMIN, made.fleet.revision)) == shop


async def test_a_level_holds_for_a_unit_added_later() -> None:
    """With the level's own word, although it has none; and a restarted controller has it too."""
    stored = database()
    made = await make(stored, 1)
    await made.service.statuses.set(ADMIN, level(SHOP, RED))
    await made.add_unit("shop/9")
    assert told(made) == {"shop/0": "RED", "web/0": "GREEN", "shop/9": "RED"}
    assert told(await make(stored)) == told(made)


async def test_a_level_is_set_before_the_first_unit() -> None:
    """It holds for the unit that comes; what is not there cannot be taken away, nor its units be set."""
    made = await make(database())
    changes = made.service.statuses
    for wish in (level(SHOP, None), sets(RED, SHOP)):
        with pytest.raises(errors.NotFoundError, match="shop"):
            await changes.set(ADMIN, wish)
    assert (await changes.set(ADMIN, level(SHOP, RED))).told == {}
    await made.add_unit("shop/9")
    assert told(made)["shop/9"] == "RED"


@pytest.mark.parametrize("wish", [sets(RED, SHOP), level(SHOP, RED), level(MODEL, RED)])
async def test_too_many_are_refused(wish: dry_run.Wish) -> None:
    """By whatever level, nothing is changed; who says that it is meant is let through."""
    made = await make(database(), 6)
    changes, before = made.service.statuses, made.fleet.revision
    with pytest.raises(errors.BlastRadiusError, match="units would become RED at once"):
        await changes.set(ADMIN, wish)
    assert made.fleet.revision == before
    await changes.set(ADMIN, wish, radius=ALL)
    assert told(made)["shop/5"] == "RED"


async def test_undo_is_guarded_too() -> None:
    """What was RED before does not come back unguarded."""
    made = await make(database(), 6)
    changes = made.service.statuses
    await changes.set(ADMIN, level(SHOP, RED), radius=ALL)
    await changes.set(ADMIN, level(SHOP, None))
    with pytest.raises(errors.BlastRadiusError):
        await changes.undo(ADMIN, made.fleet.revision)
    await changes.undo(ADMIN, made.fleet.revision, radius=ALL)
    assert told(made)["shop/0"] == "RED"


async def test_jujus_call_is_of_units_and_applications() -> None:
    """A model is not set by it, and a reader sets nothing."""
    made = await make(database(), 1)
    with pytest.raises(refusals.Refusal, match="expected application or unit tag, got model tag"):
        await made.service.statuses.set_as_juju(ADMIN, MODEL, RED)
    with pytest.raises(errors.UnauthorizedError):
        await made.service.statuses.set_as_juju(READER, unit("shop/0"), RED)


async def test_jujus_call_is_guarded_too() -> None:
    """It cannot say that it is meant; a controller that was started so lets it through."""
    stored = database()
    made = await make(stored, 6)
    with pytest.raises(errors.BlastRadiusError):
        await made.set_status("application-shop", RED)
    assert "RED" not in told(made).values()
    wide = await controller_bench.start(repository.MemoryRepository(stored), radius=ALL)
    await wide.set_status("application-shop", RED)
    assert told(made)["shop/0"] == "RED"


async def test_a_unit_changed_after_what_was_seen_refuses() -> None:
    """Whoever agreed to something else is asked anew; a change elsewhere in the fleet is none of theirs."""
    made = await make(database(), 2)
    changes = made.service.statuses
    seen = (await changes.preview(ADMIN, sets(RED, SHOP))).revision
    await made.set_status("unit-web-0", AMBER)
    await changes.set(ADMIN, sets(RED, SHOP), seen=seen)
    await made.set_status("unit-shop-1", GREEN)
    with pytest.raises(errors.ChangedSinceError, match=rf"shop/\d was changed after revision {seen}"):
        await changes.set(ADMIN, sets(AMBER, SHOP), seen=seen)
    assert told(made) == {"shop/0": "RED", "shop/1": "GREEN", "web/0": "AMBER"}


async def test_undo_puts_back_all_of_one_call() -> None:
    """Each unit has what it had; with why in the history, and it can itself be undone."""
    made = await make(database(), 2)
    await made.set_status("unit-shop-1", AMBER)
    before, changes = told(made), made.service.statuses
    await changes.set(ADMIN, sets(RED, SHOP, WEB))
    done = await changes.undo(ADMIN, made.fleet.revision - 1, "a mistake")
    assert told(made) == before
    assert dict(done.told) == {("RED", "GREEN"): 2, ("RED", "AMBER"): 1}
    (newest,) = await made.store.history(limit=1)
    assert newest.author.why == "undo of 6: a mistake"
    await changes.undo(ADMIN, made.fleet.revision)
    assert set(told(made).values()) == {"RED"}


async def test_what_was_changed_since_is_not_undone() -> None:
    """All or nothing."""
    made = await make(database(), 2)
    changes = made.service.statuses
    await changes.set(ADMIN, sets(RED, SHOP))
    undone = made.fleet.revision
    await made.set_status("unit-shop-0", AMBER)
    with pytest.raises(errors.ChangedSinceError, match="shop/0"):
        await changes.undo(ADMIN, undone)
    assert told(made) == {"shop/0": "AMBER", "shop/1": "RED", "web/0": "GREEN"}


async def test_what_an_undo_would_do_is_what_it_does() -> None:
    """The preview changes nothing, and says the same."""
    made = await make(database(), 2)
    changes = made.service.statuses
    await changes.set(ADMIN, level(SHOP, RED))
    before, undone = told(made), made.fleet.revision
    shown = await changes.preview_undo(WRITER, undone)
    assert (told(made), dict(shown.told)) == (before, {("RED", "GREEN"): 2})
    assert await changes.undo(WRITER, undone, seen=shown.revision) == shown


async def test_a_preview_says_what_cannot_be_undone() -> None:
    """As the undo would: who agrees to something is not told afterwards that it cannot be."""
    made = await make(database(), 2)
    changes = made.service.statuses
    await changes.set(ADMIN, sets(RED, SHOP))
    undone = made.fleet.revision
    await made.set_status("unit-shop-1", AMBER)
    for revision, error, said in (
        (undone, errors.ChangedSinceError, "shop/1 changed since; undo that first, or set anew"),
        (1, errors.NotValidError, "invalid undo of revision 1: it did 'add'"),
        (99, errors.NotFoundError, "change 99"),
    ):
        with pytest.raises(error, match=said):
            await changes.preview_undo(ADMIN, revision)
        with pytest.raises(error, match=said):
            await changes.undo(ADMIN, revision)


async def test_a_preview_knows_what_another_controller_has_changed() -> None:
    """Also what it was not told yet: else what is agreed to is refused, or something else."""
    stored = database()
    await make(stored, 2)
    made = await controller_bench.start(Untold(stored))
    other = repository.MemoryRepository(stored)
    changes, bob = made.service.statuses, records.Author("user-bob", Interfering.at)
    await other.set_unit_status("shop/0", AMBER, bob)
    assert dict((await changes.preview_undo(ADMIN, 4)).told) == {("AMBER", "GREEN"): 1}
    await other.set_unit_status("shop/1", AMBER, bob)
    shown = await changes.preview(ADMIN, sets(RED, SHOP))
    assert (shown.revision, dict(shown.told)) == (5, {("AMBER", "RED"): 2})


@pytest.mark.parametrize("scope", [SHOP, MODEL])
async def test_an_undo_of_a_level_that_shows_something_else_by_now_is_refused(scope: names.Tag) -> None:
    """Where one of its units was set after what was seen; another application's are none of it."""
    made = await make(database(), 2)
    changes = made.service.statuses
    await changes.set(ADMIN, level(scope, AMBER))
    undone = made.fleet.revision
    seen = (await changes.preview_undo(ADMIN, undone)).revision
    await made.set_status("unit-shop-0", RED)
    with pytest.raises(errors.ChangedSinceError, match=f"shop/0 was changed after revision {seen}"):
        await changes.undo(ADMIN, undone, seen=seen)
    seen = made.fleet.revision
    if scope == SHOP:
        await made.set_status("unit-web-0", RED)
    await changes.undo(ADMIN, undone, seen=seen)
    assert told(made)["shop/1"] == "GREEN"


async def test_only_an_admin_undoes_a_policy() -> None:
    """As only an admin sets one."""
    made = await make(database(), 1)
    await made.set_policy("application-shop", SHORT)
    changes = made.service.statuses
    with pytest.raises(errors.UnauthorizedError):
        await changes.undo(WRITER, made.fleet.revision)
    with pytest.raises(errors.UnauthorizedError):
        await changes.preview_undo(WRITER, made.fleet.revision)
    await changes.undo(ADMIN, made.fleet.revision)
    assert made.service.policies.everything(ADMIN)[1] == []


async def test_a_reader_changes_nothing() -> None:
    """Nor does it look at what would be."""
    made = await make(database(), 1)
    changes = made.service.statuses
    with pytest.raises(errors.UnauthorizedError):
        await changes.preview(READER, sets(RED, SHOP))
    with pytest.raises(errors.UnauthorizedError):
        await changes.set(READER, sets(RED, SHOP))
    with pytest.raises(errors.UnauthorizedError):
        await changes.undo(READER, 1)
    with pytest.raises(errors.UnauthorizedError):
        await changes.preview_undo(READER, 1)


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (sets(status.MeterStatus("NOT SET"), SHOP), errors.NotValidError),
        (sets(RED), errors.NotValidError),
        (dry_run.Wish((SHOP,), False, None), errors.NotValidError),
        (dry_run.Wish((SHOP, WEB), True, RED), errors.NotValidError),
        (level(unit("shop/0"), RED), errors.NotValidError),
        (level(names.Tag(names.Kind.MODEL, repository.IDENTITY.controller_uuid), RED), errors.NotFoundError),
        (sets(RED, SHOP, unit("shop/9")), errors.NotFoundError),
    ],
)
async def test_a_wish_that_cannot_be_is_refused(
    wish: dry_run.Wish, error: type[errors.MeterStatusError]
) -> None:
    """In the preview as in earnest."""
    changes = (await make(database(), 1)).service.statuses
    with pytest.raises(error):
        await changes.preview(ADMIN, wish)
    with pytest.raises(error):
        await changes.set(ADMIN, wish)


class Untold(repository.MemoryRepository):
    """A store of which nothing is told before it is asked for."""

    _held: tuple[Sequence[records.Update], ...] = ()

    async def follow(
        self, follower: repositories.Follower, reloaded: repositories.Reloaded = repositories.ignore
    ) -> records.Fleet:
        """Tell later."""

        def hold(updates: Sequence[records.Update]) -> None:
            self._held = (*self._held, updates)

        self._follower = follower
        return await super().follow(hold, reloaded)

    async def catch_up(self) -> None:
        """Tell now."""
        held, self._held = self._held, ()
        for updates in held:
            self._follower(updates)


class Interfering(repository.MemoryRepository):
    """A store in which another controller is quicker, so many times."""

    def __init__(self, database: repository.MemoryDatabase, times: int) -> None:
        super().__init__(database)
        self._other = repository.MemoryRepository(database)
        self.times = times

    async def batch_of(self, revision: int) -> "list[records.Change]":
        """Interfere between the look and the change."""
        found = list(await super().batch_of(revision))
        await self._interfere()
        return found

    async def set_level(
        self,
        scope: names.Tag,
        wanted: status.MeterStatus | None,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repositories.Again | None = None,
    ) -> None:
        """Interfere first."""
        await self._interfere()
        await super().set_level(scope, wanted, author, looked_at, until, again)

    async def _interfere(self) -> None:
        if self.times:
            self.times -= 1
            wanted = status.MeterStatus("AMBER", str(self.times))
            await self._other.set_unit_status("web/0", wanted, records.Author("user-bob", self.at))

    at = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)


async def interfered(times: int) -> controller_bench.Started:
    """Start a service beside which another controller changes ``web/0`` so many times."""
    stored = database()
    await make(stored, 2)
    return await controller_bench.start(Interfering(stored, times))


async def test_another_controller_may_be_quicker() -> None:
    """The change is reckoned anew in its turn, and made; the answer is of that reckoning."""
    made = await interfered(100)
    before = made.fleet.revision
    done = await made.service.statuses.set(ADMIN, level(SHOP, RED))
    assert told(made) == {"shop/0": "RED", "shop/1": "RED", "web/0": "AMBER"}
    assert done.revision == before + 1
    made = await interfered(100)
    await made.set_status("unit-shop-0", RED)
    before = made.fleet.revision
    done = await made.service.statuses.undo(ADMIN, made.fleet.revision)
    assert told(made)["shop/0"] == "GREEN"
    assert done.revision == before + 1


class Overtaking(repository.MemoryRepository):
    """A store in which another controller makes a change just before a set."""

    def __init__(
        self,
        database: repository.MemoryDatabase,
        change: Callable[[repository.MemoryRepository], Awaitable[None]],
    ) -> None:
        super().__init__(database)
        self._change, self._other = change, repository.MemoryRepository(database)

    async def set_statuses(
        self,
        units: Collection[str],
        wanted: status.MeterStatus,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: repositories.Again | None = None,
    ) -> None:
        """Interfere first."""
        await self._change(self._other)
        await super().set_statuses(units, wanted, author, looked_at, until, again)


async def overtaken(
    change: Callable[[repository.MemoryRepository], Awaitable[None]], units: int = 2
) -> controller_bench.Started:
    """Start a service beside which another controller makes a change just before each set."""
    stored = database()
    await make(stored, units)
    return await controller_bench.start(Overtaking(stored, change))


BOB = records.Author("user-bob", datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC))


async def test_who_is_meant_is_who_is_there_when_it_is_made() -> None:
    """A unit that was added in the last moment is set too, and counted; one that was removed is neither."""

    async def change(other: repository.MemoryRepository) -> None:
        await other.remove_unit("shop/0", BOB)
        await other.add_unit("shop/9", "", GREEN, BOB)

    made = await overtaken(change)
    done = await made.service.statuses.set(ADMIN, sets(AMBER, SHOP))
    assert told(made) == {"shop/1": "AMBER", "shop/9": "AMBER", "web/0": "GREEN"}
    assert (done.told, done.units) == ({("GREEN", "AMBER"): 2}, 3)


async def test_the_guard_looks_again_too() -> None:
    """What others do in the last moment lets nobody turn more units RED than may be; levels count."""

    async def take_away(other: repository.MemoryRepository) -> None:
        await other.set_level(SHOP, None, BOB, (await other.history())[0].revision)

    made = await overtaken(take_away, 9)
    await made.service.statuses.set(ADMIN, level(SHOP, RED), radius=ALL)
    with pytest.raises(errors.BlastRadiusError):
        await made.service.statuses.set(ADMIN, sets(RED, SHOP))
    assert set(told(made).values()) == {"GREEN"}


async def test_what_was_agreed_to_is_looked_at_again_too() -> None:
    """A unit that was changed after the preview, be it in the last moment, refuses the set."""

    async def change(other: repository.MemoryRepository) -> None:
        await other.set_unit_status("shop/0", AMBER, BOB)

    made = await overtaken(change)
    changes = made.service.statuses
    shown = await changes.preview(ADMIN, sets(AMBER, SHOP))
    with pytest.raises(errors.ChangedSinceError, match="shop/0 was changed after"):
        await changes.set(ADMIN, sets(AMBER, SHOP), seen=shown.revision)
    assert told(made)["shop/1"] == "GREEN"


async def test_a_status_is_set_for_a_time_from_now_on() -> None:
    """Of units and levels alike, its end is the clock's instant and the span, which the answer says."""
    made = await make(database(), 2)
    changes, span = made.service.statuses, datetime.timedelta(hours=2)
    until = made.clock.now() + span
    for wish in (
        dry_run.Wish((SHOP,), False, AMBER, span),
        dry_run.Wish((MODEL,), True, AMBER, span),
    ):
        assert (await changes.preview(WRITER, wish)).until == until
        assert (await changes.set(WRITER, wish)).until == until
    over_green = time_limit.TimeLimit(until, GREEN)
    assert [made.fleet.units[name].limit for name in ("shop/0", "web/0")] == [over_green, None]
    held = made.fleet.levels.get(MODEL)
    assert held is not None
    assert held.limit == time_limit.TimeLimit(until, None)
    assert made.fleet.next_expiry.at == until


@pytest.mark.parametrize(
    ("status_", "span", "words"),
    [
        (RED, datetime.timedelta(seconds=9), "invalid status for 9s: it may be 10s to 400d"),
        (RED, datetime.timedelta(days=401), "invalid status for 401d: it may be 10s to 400d"),
        (None, datetime.timedelta(hours=1), "invalid target: name units or applications, or one level"),
    ],
)
async def test_what_cannot_have_such_an_end_is_refused(
    status_: status.MeterStatus | None, span: datetime.timedelta, words: str
) -> None:
    """Too short, too long, or the taking away of a level; by the preview as by the change."""
    made = await make(database(), 1)
    changes, wish = made.service.statuses, dry_run.Wish((SHOP,), True, status_, span)
    with pytest.raises(errors.NotValidError, match=words):
        await changes.preview(ADMIN, wish)
    with pytest.raises(errors.NotValidError, match=words):
        await changes.set(ADMIN, wish)
    assert made.fleet.levels.everything() == []


async def test_an_end_is_not_asked_how_many_it_turns_red() -> None:
    """What was RED is RED again after a time of GREEN, although no command could do that to so many."""
    made = await make(database(), 9)
    changes = made.service.statuses
    await changes.set(ADMIN, level(MODEL, RED), radius=ALL)
    wish = dry_run.Wish((MODEL,), True, GREEN, datetime.timedelta(hours=2))
    outcome = await changes.set(ADMIN, wish)
    assert (dict(outcome.told), dict(outcome.then)) == ({("RED", "GREEN"): 10}, {("GREEN", "RED"): 10})
    assert await made.store.end_due(made.clock.now() + datetime.timedelta(hours=2)) is None
    assert set(told(made).values()) == {"RED"}


@pytest.mark.parametrize(
    "wish",
    [
        sets(RED, unit("shop/0")),
        sets(RED, SHOP),
        sets(RED, unit("shop/0"), unit("shop/1")),
        level(SHOP, RED),
        level(MODEL, RED),
        dry_run.Wish((unit("shop/1"),), False, RED, datetime.timedelta(hours=1)),
    ],
)
async def test_what_was_made_can_be_undone_by_its_revision(wish: dry_run.Wish) -> None:
    """The revision is of just that change, not of another's that came after it; the undo has one too."""
    made = await make(database(), 2)
    changes = made.service.statuses
    before = told(made)
    done = await changes.set(ADMIN, wish, "mine", radius=ALL)
    later = await changes.set(WRITER, sets(AMBER, unit("web/0")), "another's")
    assert 0 < done.made < later.made == made.fleet.revision
    await changes.undo(ADMIN, later.made, radius=ALL)
    undone = await changes.undo(ADMIN, done.made, radius=ALL)
    assert told(made) == before
    assert (await changes.undo(ADMIN, undone.made, radius=ALL)).made > undone.made


async def test_what_changes_nothing_has_no_revision() -> None:
    """There is nothing to undo then, and a change that its author made before is not taken for it."""
    made = await make(database(), 2)
    changes = made.service.statuses
    assert (await changes.set(ADMIN, sets(RED, unit("shop/0")))).made == made.fleet.revision
    assert (await changes.set(ADMIN, sets(RED, unit("shop/0")))).made == 0


class MovingDatabase(repository.MemoryRepository):
    """A store in which another controller is always quicker where anybody looks at the whole fleet."""

    async def set_statuses(self, *args: object, **named: object) -> None:
        """Refuse."""
        del args, named
        raise errors.FleetMovedOnError("another was quicker")


async def test_one_unit_is_set_whatever_else_changes() -> None:
    """It needs no look at the rest of the fleet, as Juju's call does not."""
    data = database()
    await make(data, 2)
    made = await controller_bench.start(MovingDatabase(data))
    changes = made.service.statuses
    assert (await changes.set(ADMIN, sets(RED, unit("shop/0")))).made == made.fleet.revision
    with pytest.raises(refusals.Refusal, match="too fast"):
        await changes.set(ADMIN, sets(AMBER, SHOP))


async def test_since_is_the_time_of_the_change() -> None:
    """A status' time is the clock's when it was set, and setting the same again does not move it."""
    clock = manual_clock.ManualClock()
    made = await controller_bench.start(
        repository.MemoryRepository(repository.MemoryDatabase(users=[ADMIN])), clock
    )
    await made.add_unit("shop/0")
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status("unit-shop-0", OVER)
    await clock.advance(datetime.timedelta(hours=1))
    await made.set_status("unit-shop-0", OVER)
    assert made.fleet.units["shop/0"].since == virtual_time.START + datetime.timedelta(hours=1)


async def test_jujus_call_is_guarded() -> None:
    """It cannot say that it is meant; only units that are not RED yet count, and milder codes do not."""
    made = await make(database())
    for number in range(6):
        await made.add_unit(f"shop/{number}")
    await made.set_status("application-shop", status.MeterStatus("AMBER"))
    with pytest.raises(errors.BlastRadiusError):
        await made.set_status("application-shop", OVER)
    await made.set_status("unit-shop-0", OVER)
    await made.set_status("application-shop", OVER)
    assert {each.effective for each in made.fleet.units.values()} == {OVER}
