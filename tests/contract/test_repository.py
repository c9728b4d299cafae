"""One suite for every ``Repository``: memory, SQLite and PostgreSQL must agree (ports.repository)."""

import asyncio
import dataclasses
import datetime
import pathlib
from collections.abc import AsyncIterator, Sequence

import pytest

from harness import controller_bench
from harness import repository as fakes
from meterstatus import errors
from meterstatus.adapters.sql import postgres, sqlite
from meterstatus.controller.fleet import dry_run
from meterstatus.domain import epoch, maintenance, names, policy, slicing, status
from meterstatus.domain.fleet import (
    effective_policy,
    level,
    presence,
    records,
    retention,
    time_limit,
    unit_state,
)
from meterstatus.domain.hook import delivery_report, hook_call, outcome, trouble
from meterstatus.ports import repository as repositories

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.UTC)
BOB = records.Author("user-bob", AT, "over budget")
RED = status.MeterStatus("RED", "over budget")
GREEN = status.MeterStatus("GREEN")
MODEL = effective_policy.model_scope(fakes.IDENTITY.model_uuid)
SHOP = names.Tag(names.Kind.APPLICATION, "shop")
SHORT = policy.amber_red(
    datetime.timedelta(seconds=10), datetime.timedelta(seconds=20.25), datetime.timedelta(seconds=3)
)
NEVER = policy.amber_red(None, None)


class Follower:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.updates: list[records.Update] = []

    def __call__(self, updates: Sequence[records.Update]) -> None:
        """Take updates."""
        self.updates.extend(updates)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def repository(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> AsyncIterator[repositories.Repository]:
    """Give a new store of each kind."""
    if request.param == "memory":
        store: repositories.Repository = fakes.MemoryRepository(
            fakes.MemoryDatabase(fakes.IDENTITY, fakes.USERS)
        )
    elif request.param == "postgres":
        store = await postgres.open_repository(postgres.parse(request.getfixturevalue("postgres_url")))
    else:
        sqlite.create(tmp_path / "controller.db", fakes.IDENTITY, fakes.USERS)
        store = sqlite.open_repository(tmp_path / "controller.db")
    yield store
    await store.close()


async def add(store: repositories.Repository, *units: str) -> None:
    """Add units, each with its own password hash."""
    for name in units:
        await store.add_unit(name, f"hash of {name}", records.NOT_SET, BOB)


async def test_a_new_store_has_its_identity_and_users(repository: repositories.Repository) -> None:
    """Following a new store returns what it was made with, and revision 0."""
    assert await repository.follow(Follower()) == records.Fleet(fakes.IDENTITY, fakes.USERS, (), (), 0)


async def test_an_added_unit_is_told_and_kept(repository: repositories.Repository) -> None:
    """A unit added reaches the follower whole, and is there for the next one."""
    follower = Follower()
    await repository.follow(follower)
    await repository.add_unit("shop/0", "hash", RED, BOB)
    unit = records.Unit("shop/0", "hash", RED, 1, AT, 1)
    change = records.Change(1, records.ChangeKind.ADD, "shop/0", BOB, None, RED)
    assert follower.updates == [records.Update(change, unit)]
    assert (await repository.follow(follower)).units == (unit,)


async def test_a_unit_is_added_once(repository: repositories.Repository) -> None:
    """A second unit of the same name is a conflict, and no change."""
    await add(repository, "shop/0")
    with pytest.raises(errors.ConflictError, match='unit "shop/0" already exists'):
        await add(repository, "shop/0")
    assert len(await repository.history()) == 1


async def test_a_status_is_set_with_its_history(repository: repositories.Repository) -> None:
    """Setting a status gives it a revision, its time, and a change with old, new, who and why."""
    await add(repository, "shop/0")
    follower = Follower()
    await repository.follow(follower)
    later = dataclasses.replace(BOB, at=AT + datetime.timedelta(hours=1))
    await repository.set_unit_status("shop/0", RED, later)
    (update,) = follower.updates
    assert update.change == records.Change(2, records.ChangeKind.SET, "shop/0", later, records.NOT_SET, RED)
    assert update.unit == records.Unit("shop/0", "hash of shop/0", RED, 2, later.at, 1)
    assert (await repository.history(limit=1))[0] == update.change


async def test_the_same_status_again_is_no_change(repository: repositories.Repository) -> None:
    """The same code and info give no revision, no event and no history."""
    await add(repository, "shop/0")
    await repository.set_unit_status("shop/0", RED, BOB)
    follower = Follower()
    await repository.follow(follower)
    await repository.set_unit_status("shop/0", RED, BOB)
    assert follower.updates == []
    assert len(await repository.history()) == 2


async def test_another_info_is_a_change(repository: repositories.Repository) -> None:
    """The same code with another info is a change."""
    await add(repository, "shop/0")
    await repository.set_unit_status("shop/0", RED, BOB)
    await repository.set_unit_status("shop/0", status.MeterStatus("RED", "worse"), BOB)
    assert len(await repository.history()) == 3


async def test_an_application_is_all_its_units(repository: repositories.Repository) -> None:
    """Setting an application changes each of its units that differ, and no other application's."""
    await add(repository, "shop/0", "shop/1", "shop/2", "shopping/0")
    await repository.set_unit_status("shop/1", RED, BOB)
    follower = Follower()
    await repository.follow(follower)
    await repository.set_application_status("shop", RED, BOB)
    assert [update.change.unit for update in follower.updates] == ["shop/0", "shop/2"]
    assert [update.change.revision for update in follower.updates] == [6, 7]
    units = {unit.name: unit for unit in (await repository.follow(follower)).units}
    assert {name: unit.status.code for name, unit in units.items()} == {
        "shop/0": "RED",
        "shop/1": "RED",
        "shop/2": "RED",
        "shopping/0": "NOT SET",
    }
    assert [units[name].revision for name in ("shop/0", "shop/1", "shop/2")] == [6, 5, 7]


async def test_what_is_not_there_is_not_found(repository: repositories.Repository) -> None:
    """Every call on an absent unit or application says which one is not found."""
    unit = 'unit "shop/9" not found'
    with pytest.raises(errors.NotFoundError, match=unit):
        await repository.set_unit_status("shop/9", RED, BOB)
    with pytest.raises(errors.NotFoundError, match=unit):
        await repository.remove_unit("shop/9", BOB)
    with pytest.raises(errors.NotFoundError, match=unit):
        await repository.set_password_hash("shop/9", "hash", BOB)
    with pytest.raises(errors.NotFoundError, match=unit):
        await repository.unit_state("shop/9")
    with pytest.raises(errors.NotFoundError, match=unit):
        await repository.change_unit_state("shop/9", {unit_state.METER_STATUS: "text"})
    with pytest.raises(errors.NotFoundError, match='application "shop" not found'):
        await repository.set_application_status("shop", RED, BOB)
    assert await repository.history() == []


async def test_a_removed_unit_takes_its_state_and_leaves_its_history(
    repository: repositories.Repository,
) -> None:
    """Removal is told, the state goes, the history stays, and a unit added again is a new one."""
    await add(repository, "shop/0")
    await repository.change_unit_state("shop/0", {unit_state.METER_STATUS: "text"})
    follower = Follower()
    await repository.follow(follower)
    await repository.remove_unit("shop/0", BOB)
    change = records.Change(2, records.ChangeKind.REMOVE, "shop/0", BOB, records.NOT_SET, None)
    assert follower.updates == [records.Update(change, None)]
    await add(repository, "shop/0")
    assert await repository.unit_state("shop/0") == {}
    assert follower.updates[-1].unit is not None
    assert follower.updates[-1].unit.added == 3
    assert [entry.revision for entry in await repository.history("shop/0")] == [3, 2, 1]


async def test_a_policy_is_set_with_its_history(repository: repositories.Repository) -> None:
    """A policy of a unit, an application and the model is kept exactly, told, and in the history."""
    await add(repository, "shop/0")
    follower = Follower()
    await repository.follow(follower)
    unit = effective_policy.unit_scope("shop/0")
    await repository.set_policy(unit, SHORT, BOB)
    await repository.set_policy(SHOP, NEVER, BOB)
    await repository.set_policy(MODEL, policy.JUJU_POLICY, BOB)
    await repository.set_policy(unit, NEVER, BOB)

    kind = records.ChangeKind.POLICY
    held = (await repository.follow(Follower())).units[0]
    assert follower.updates == [
        records.Update(
            records.Change(2, kind, "shop/0", BOB, policy=effective_policy.PolicyChange(unit, None, SHORT)),
            held,
        ),
        records.Update(
            records.Change(3, kind, "", BOB, policy=effective_policy.PolicyChange(SHOP, None, NEVER)), None
        ),
        records.Update(
            records.Change(
                4, kind, "", BOB, policy=effective_policy.PolicyChange(MODEL, None, policy.JUJU_POLICY)
            ),
            None,
        ),
        records.Update(
            records.Change(5, kind, "shop/0", BOB, policy=effective_policy.PolicyChange(unit, SHORT, NEVER)),
            held,
        ),
    ]
    assert held.revision == 1
    assert [update.change for update in follower.updates] == list(reversed(await repository.history(limit=4)))
    assert [change.revision for change in await repository.history("shop/0")] == [5, 2, 1]
    assert [change.revision for change in await repository.history(application="shop")] == [5, 3, 2, 1]
    assert set((await repository.follow(Follower())).rulings) == {
        effective_policy.Ruling(unit, NEVER, 5),
        effective_policy.Ruling(SHOP, NEVER, 3),
        effective_policy.Ruling(MODEL, policy.JUJU_POLICY, 4),
    }


async def test_the_same_policy_again_is_no_change(repository: repositories.Repository) -> None:
    """Setting what is set, and taking away what is not, give no revision and tell nobody."""
    await add(repository, "shop/0")
    await repository.set_policy(SHOP, SHORT, BOB)
    follower = Follower()
    await repository.follow(follower)
    await repository.set_policy(SHOP, SHORT, BOB)
    await repository.set_policy(MODEL, None, BOB)
    await repository.set_policy(effective_policy.unit_scope("shop/0"), None, BOB)
    assert (follower.updates, len(await repository.history())) == ([], 2)


async def test_a_policy_is_taken_away(repository: repositories.Repository) -> None:
    """One that is taken away is gone, and what it was stands in the history."""
    await repository.set_policy(MODEL, SHORT, BOB)
    await repository.set_policy(MODEL, None, BOB)
    assert (await repository.follow(Follower())).rulings == ()
    (newest, _) = await repository.history()
    assert newest.policy == effective_policy.PolicyChange(MODEL, SHORT, None)


async def test_a_units_policy_goes_with_it(repository: repositories.Repository) -> None:
    """A unit's own policy is gone with it, in its one change; its application's stays and can be changed."""
    await add(repository, "shop/0")
    await repository.set_policy(effective_policy.unit_scope("shop/0"), SHORT, BOB)
    await repository.set_policy(SHOP, NEVER, BOB)
    await repository.remove_unit("shop/0", BOB)
    assert [held.scope for held in (await repository.follow(Follower())).rulings] == [SHOP]
    await repository.set_policy(SHOP, SHORT, BOB)
    await repository.set_policy(SHOP, None, BOB)
    await add(repository, "shop/0")
    assert (await repository.follow(Follower())).rulings == ()
    assert [change.kind.value for change in await repository.history("shop/0")] == [
        "add",
        "remove",
        "policy",
        "add",
    ]


@pytest.mark.parametrize("wanted", [SHORT, None])
async def test_a_policy_needs_what_it_is_for(
    repository: repositories.Repository, wanted: policy.Policy | None
) -> None:
    """No unit and no other model has a policy set or taken away; of no application is one taken away."""
    await add(repository, "shopping/0")
    other = effective_policy.model_scope("0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33")
    for scope, text in {
        effective_policy.unit_scope("shop/0"): 'unit "shop/0" not found',
        other: f'model "{other.name}" not found',
        **({SHOP: 'application "shop" not found'} if wanted is None else {}),
    }.items():
        with pytest.raises(errors.NotFoundError, match=text):
            await repository.set_policy(scope, wanted, BOB)
    assert len(await repository.history()) == 1


async def test_a_policy_comes_before_the_first_unit(repository: repositories.Repository) -> None:
    """An application's is set, undone, put back and taken away without units, and rules those to come."""
    await repository.set_policy(SHOP, SHORT, BOB)
    held = (await repository.follow(Follower())).rulings
    assert held == (effective_policy.Ruling(SHOP, SHORT, 1),)
    await repository.undo(1, BOB, 1)
    assert (await repository.follow(Follower())).rulings == ()
    await repository.undo(2, BOB, 2)
    await add(repository, "shop/0")
    assert (await repository.follow(Follower())).rulings == (effective_policy.Ruling(SHOP, SHORT, 3),)
    await repository.remove_unit("shop/0", BOB)
    await repository.set_policy(SHOP, None, BOB)
    assert (await repository.follow(Follower())).rulings == ()


async def test_a_password_is_changed_once(repository: repositories.Repository) -> None:
    """A new password hash is a change that leaves the status' revision; the same again is none."""
    await add(repository, "shop/0")
    follower = Follower()
    await repository.follow(follower)
    for _ in range(2):
        await repository.set_password_hash("shop/0", "other", BOB)
    (update,) = follower.updates
    assert update.change == records.Change(2, records.ChangeKind.PASSWORD, "shop/0", BOB)
    assert update.unit == records.Unit("shop/0", "other", records.NOT_SET, 1, AT, 1)


async def test_state_is_kept_by_field(repository: repositories.Repository) -> None:
    """Only the fields named are touched, and an empty one goes away."""
    await add(repository, "shop/0", "shop/1")
    assert await repository.unit_state("shop/0") == {}
    await repository.change_unit_state("shop/0", {"meter-status-state": "a\0b\n", "uniter-state": "u"})
    await repository.change_unit_state("shop/0", {"meter-status-state": "c", "charm-state": "{}"})
    await repository.change_unit_state("shop/0", {"uniter-state": ""})
    assert await repository.unit_state("shop/0") == {"meter-status-state": "c", "charm-state": "{}"}
    assert await repository.unit_state("shop/1") == {}


async def test_state_is_no_change(repository: repositories.Repository) -> None:
    """Writing state tells no follower and enters no history."""
    await add(repository, "shop/0")
    follower = Follower()
    await repository.follow(follower)
    await repository.change_unit_state("shop/0", {unit_state.METER_STATUS: "text"})
    assert follower.updates == []
    assert len(await repository.history()) == 1


async def test_what_is_written_for_a_unit_is_not_written_for_a_later_one(
    repository: repositories.Repository,
) -> None:
    """An agent whose unit was removed may still be writing when one of its name is added."""
    await add(repository, "shop/0")
    await repository.remove_unit("shop/0", BOB)
    await add(repository, "shop/0")
    follower = Follower()
    (unit,) = (await repository.follow(follower)).units
    with pytest.raises(errors.NotFoundError, match="shop/0"):
        await repository.set_password_hash("shop/0", "other", BOB, added=1)
    with pytest.raises(errors.NotFoundError, match="shop/0"):
        await repository.change_unit_state("shop/0", {unit_state.METER_STATUS: "text"}, added=1)
    with pytest.raises(errors.NotFoundError, match="shop/0"):
        await repository.record_delivery(received("shop/0"), added=1)
    assert follower.updates == []
    assert await repository.unit_state("shop/0") == {}
    assert await repository.deliveries() == []
    assert unit.added == 3
    await repository.set_password_hash("shop/0", "other", BOB, added=3)
    await repository.change_unit_state("shop/0", {unit_state.METER_STATUS: "text"}, added=3)
    await repository.record_delivery(received("shop/0"), added=3)
    assert [update.change.kind for update in follower.updates] == [records.ChangeKind.PASSWORD]
    assert await repository.unit_state("shop/0") == {unit_state.METER_STATUS: "text"}
    assert list(await repository.deliveries()) == [received("shop/0")]


async def test_state_has_a_quota(repository: repositories.Repository) -> None:
    """Too much state is refused and the former stays."""
    await add(repository, "shop/0")
    await repository.change_unit_state("shop/0", {"uniter-state": "small"})
    with pytest.raises(unit_state.QuotaError):
        await repository.change_unit_state("shop/0", {"uniter-state": "x" * (512 * 1024 + 1)})
    assert await repository.unit_state("shop/0") == {"uniter-state": "small"}


async def test_history_is_chosen_and_limited(repository: repositories.Repository) -> None:
    """History is newest first, of all, an application or a unit, up to a limit, before a revision."""
    await add(repository, "shop/0", "till/0", "shop/1")
    await repository.set_application_status("shop", RED, BOB)

    async def revisions(
        unit: str = "", application: str = "", before: int | None = None, limit: int = 100
    ) -> list[int]:
        found = await repository.history(unit, application, before, limit)
        return [change.revision for change in found]

    assert await revisions() == [5, 4, 3, 2, 1]
    assert await revisions(limit=2) == [5, 4]
    assert await revisions(before=3) == [2, 1]
    assert await revisions(before=1) == []
    assert await revisions(before=2**63) == await revisions()
    assert await revisions("shop/1") == [5, 3]
    assert await revisions(application="shop") == [5, 4, 3, 1]
    assert await revisions(application="shop", before=4, limit=1) == [3]


async def test_changes_at_once_keep_one_sequence(repository: repositories.Repository) -> None:
    """Calls made together are told in the order of their revisions, and one failure fails no other."""
    follower = Follower()
    await repository.follow(follower)
    names = [f"shop/{number}" for number in range(50)]
    additions = [repository.add_unit(name, "hash", GREEN, BOB) for name in [*names, "shop/7"]]
    results = await asyncio.gather(*additions, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 50 + [errors.ConflictError]
    assert [update.change.revision for update in follower.updates] == list(range(1, 51))
    assert [update.change.unit for update in follower.updates] == names


async def test_a_change_is_told_before_its_call_returns(repository: repositories.Repository) -> None:
    """When a call returns, the follower already knows; so what was acknowledged is what is served."""
    follower = Follower()
    await repository.follow(follower)
    for number in range(20):
        await repository.add_unit(f"shop/{number}", "hash", GREEN, BOB)
        assert len(follower.updates) == number + 1


async def test_a_cancelled_change_is_not_hidden(repository: repositories.Repository) -> None:
    """What a cancelled call did is told like any other change."""
    follower = Follower()
    await repository.follow(follower)
    task = asyncio.ensure_future(repository.add_unit("shop/0", "hash", GREEN, BOB))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await repository.add_unit("shop/1", "hash", GREEN, BOB)
    told = [update.change.unit for update in follower.updates]
    stored = [change.unit for change in reversed(await repository.history())]
    assert told == stored


async def test_a_closed_store_refuses(repository: repositories.Repository) -> None:
    """After close, which may be repeated, every call fails as unavailable."""
    await repository.close()
    await repository.close()
    with pytest.raises(errors.StoreUnavailableError):
        await repository.set_unit_status("shop/0", RED, BOB)
    with pytest.raises(errors.StoreUnavailableError):
        await repository.follow(Follower())


def received(
    unit: str, attempt: int = 1, *, result: outcome.HookResult = outcome.HookResult.RAN, minute: int = 0
) -> delivery_report.ReceivedReport:
    """Return a report of a unit's hook."""
    at = AT + datetime.timedelta(minutes=minute)
    report = delivery_report.DeliveryReport(
        delivery_id="a-1",
        attempt=attempt,
        hook=hook_call.HookKind.CHANGED,
        status=RED,
        origin=hook_call.Origin.AGENT,
        outcome=outcome.HookOutcome(result, 3, "a detail", ("one", "two")),
        ended_at=AT,
    )
    return delivery_report.ReceivedReport(unit, at, report)


async def test_deliveries_are_kept_newest_first(repository: repositories.Repository) -> None:
    """Whole, by unit, by application and for all, and no more than are asked for."""
    await add(repository, "shop/0", "shop/1", "db/0")
    reports = [received("shop/0"), received("shop/1"), received("db/0"), received("shop/0", 2)]
    for each in reports:
        await repository.record_delivery(each)
    assert list(await repository.deliveries()) == reports[::-1]
    assert list(await repository.deliveries(unit="shop/0")) == [reports[3], reports[0]]
    assert list(await repository.deliveries(application="shop", limit=2)) == [reports[3], reports[1]]


async def test_a_delivery_reported_again_is_one(repository: repositories.Repository) -> None:
    """The same attempt of the same delivery takes the former's place, and is the newest."""
    await add(repository, "shop/0")
    first, other = received("shop/0"), received("shop/0", 2)
    again = received("shop/0", result=outcome.HookResult.FAILED, minute=1)
    for each in (first, other, again):
        await repository.record_delivery(each)
    assert list(await repository.deliveries()) == [again, other]


async def test_a_units_oldest_deliveries_go(repository: repositories.Repository) -> None:
    """Only so many of each unit are kept; another unit's stay."""
    await add(repository, "shop/0", "shop/1")
    await repository.record_delivery(received("shop/1"))
    for attempt in range(1, repositories.DELIVERIES_KEPT + 3):
        await repository.record_delivery(received("shop/0", attempt))
    kept = await repository.deliveries(unit="shop/0", limit=1000)
    assert [each.report.attempt for each in kept][-1] == 3
    assert len(kept) == repositories.DELIVERIES_KEPT
    assert len(await repository.deliveries(unit="shop/1")) == 1


async def test_deliveries_outlive_their_unit(repository: repositories.Repository) -> None:
    """They are history; of a unit that is not there none is taken, and they are no change."""
    await add(repository, "shop/0")
    await repository.record_delivery(received("shop/0"))
    await repository.remove_unit("shop/0", BOB)
    assert len(await repository.deliveries(unit="shop/0")) == 1
    assert len(await repository.history()) == 2
    with pytest.raises(errors.NotFoundError):
        await repository.record_delivery(received("shop/0", 2))


async def test_a_unit_of_a_former_name_has_no_deliveries(repository: repositories.Repository) -> None:
    """What its predecessor reported stays in the history, and is nothing that this one was told."""
    await add(repository, "shop/0", "shop/1")
    for each in (received("shop/0"), received("shop/1"), failed("shop/0", 2)):
        await repository.record_delivery(each)
    await repository.remove_unit("shop/0", BOB)
    await add(repository, "shop/0")
    assert list((await repository.newest_deliveries()).reports) == [received("shop/1")]
    assert list((await repository.reports_after(0, 10)).reports) == [received("shop/1")]
    await repository.record_delivery(received("shop/0", 3))
    assert list((await repository.newest_deliveries()).reports) == [received("shop/0", 3), received("shop/1")]
    kept = await repository.deliveries(unit="shop/0")
    assert [each.report.attempt for each in kept] == [3, 2, 1]


DAY = datetime.timedelta(days=1)


async def old_history(store: repositories.Repository) -> None:
    """Two units with changes of three days and a policy that was changed; the newest is of AT."""
    for days, name in ((9, "shop/0"), (8, "shop/1")):
        await store.add_unit(name, "", records.NOT_SET, bob(days))
    for days in (7, 6, 5):
        await store.set_unit_status("shop/0", status.MeterStatus("RED", f"{days} days ago"), bob(days))
    for days, wanted in ((4, SHORT), (3, NEVER)):
        await store.set_policy(SHOP, wanted, bob(days))
    await store.set_unit_status("shop/1", GREEN, bob(2))
    await store.set_unit_status("shop/1", RED, bob(0))


def bob(days_ago: int) -> records.Author:
    return dataclasses.replace(BOB, at=AT - days_ago * DAY)


def revisions(changes: Sequence[records.Change]) -> list[int]:
    return [change.revision for change in changes]


async def test_old_changes_are_removed(repository: repositories.Repository) -> None:
    """What is older than the rule says goes, but for what a unit or a policy stands on."""
    await old_history(repository)
    before = await repository.follow(Follower())
    pruned = await repository.prune(retention.Retention(history=DAY), AT, 100)
    assert pruned == retention.Pruned(4)
    assert revisions(await repository.history()) == [9, 7, 5, 2, 1]
    assert await repository.removed_up_to() == 8
    assert await repository.follow(Follower()) == before


async def test_surplus_changes_are_removed(repository: repositories.Repository) -> None:
    """Of changes that are young enough the newest are kept, as many as the rule says."""
    await old_history(repository)
    assert await repository.prune(retention.Retention(most_changes=4), AT, 100) == retention.Pruned(2)
    assert revisions(await repository.history()) == [9, 8, 7, 6, 5, 2, 1]


async def test_what_is_not_settled_stays(repository: repositories.Repository) -> None:
    """Within an hour nothing goes, however many there are: another controller may not have read it yet."""
    await old_history(repository)
    for number in range(5):
        await repository.set_unit_status("shop/1", status.MeterStatus("RED", f"{number}"), BOB)
    almost = AT + datetime.timedelta(minutes=59)
    await repository.prune(retention.Retention(most_changes=1), almost, 100)
    assert revisions(await repository.history())[:6] == [14, 13, 12, 11, 10, 9]


async def own_passwords(store: repositories.Repository, unit: str, days: int, count: int) -> None:
    """Let a unit's agent take a new password, again and again."""
    author = records.Author(names.unit_tag(unit), AT - days * DAY)
    for number in range(count):
        await store.set_password_hash(unit, f"hash {days} {number}", author)


async def test_units_push_out_no_other_change(repository: repositories.Repository) -> None:
    """What agents change of their own units is not counted beside what others do, and is kept apart."""
    await old_history(repository)
    await own_passwords(repository, "shop/0", 2, 2 * retention.OWN_CHANGES)
    await own_passwords(repository, "shop/1", 2, 3)
    rule = retention.Retention(most_changes=9)
    assert (await repository.prune(rule, AT, 100)).changes == retention.OWN_CHANGES
    kept = revisions(await repository.history())
    assert kept == [*range(32 + retention.OWN_CHANGES, 9 + retention.OWN_CHANGES, -1), *range(9, 0, -1)]
    assert await repository.removed_up_to() == 0
    assert (await repository.prune(rule, AT, 100)).changes == 0


async def test_what_an_agent_changes_is_left_out_of_the_history(repository: repositories.Repository) -> None:
    """Where it is asked for without, a limit counts what others did, an operator's new password too."""
    await old_history(repository)
    await own_passwords(repository, "shop/0", 0, 12)
    await repository.set_password_hash("shop/0", "of bob", BOB)
    for unit, application in (("", ""), ("shop/0", ""), ("", "shop")):
        changes = await repository.history(unit, application, limit=2, is_without_own=True)
        assert changes[0].revision == 22
        assert changes[1].revision in (9, 7, 5)
    assert revisions(await repository.history(limit=2)) == [22, 21]


async def test_what_an_agent_changed_goes_by_age_and_settles(repository: repositories.Repository) -> None:
    """As every change: none within an hour, and all after as long as the rule says."""
    await old_history(repository)
    await own_passwords(repository, "shop/0", 0, retention.OWN_CHANGES + 1)
    almost = AT + datetime.timedelta(minutes=59)
    assert not await repository.prune(retention.Retention(), almost, 100)
    await repository.set_unit_status("shop/1", GREEN, bob(-3))
    later = await repository.prune(retention.Retention(history=DAY), AT + 3 * DAY, 100)
    assert later.changes == 4 + 1 + retention.OWN_CHANGES + 1


async def test_a_batch_is_no_larger_than_asked_for(repository: repositories.Repository) -> None:
    """One call removes so many at most, and the next goes on, until nothing is left to remove."""
    await old_history(repository)
    rule = retention.Retention(history=DAY, most_changes=1)
    removed = [await repository.prune(rule, AT, 3) for _ in range(3)]
    assert [each.changes for each in removed] == [3, 1, 0]
    assert revisions(await repository.history()) == [9, 7, 5, 2, 1]


async def test_nothing_old_is_nothing_removed(repository: repositories.Repository) -> None:
    """A young history stays, and an empty one as well."""
    assert await repository.prune(retention.Retention(), AT, 100) == retention.Pruned()
    await old_history(repository)
    assert await repository.prune(retention.Retention(), AT, 100) == retention.Pruned()
    assert (len(await repository.history()), await repository.removed_up_to()) == (9, 0)


async def test_revisions_go_on_after_pruning(repository: repositories.Repository) -> None:
    """No revision is given twice, and the follower is told of what comes and not of what went."""
    await old_history(repository)
    follower = Follower()
    await repository.follow(follower)
    await repository.prune(retention.Retention(history=DAY), AT, 100)
    await repository.set_unit_status("shop/0", GREEN, BOB)
    assert [update.change.revision for update in follower.updates] == [10]


async def test_old_reports_are_removed(repository: repositories.Repository) -> None:
    """Reports go by when they were received."""
    await add(repository, "shop/0")
    for days in (4, 3, 2):
        report = dataclasses.replace(received("shop/0", days), received_at=AT - days * DAY)
        await repository.record_delivery(report)
    assert await repository.prune(retention.Retention(reports=3 * DAY), AT, 100) == retention.Pruned(0, 1)
    kept = await repository.deliveries()
    assert [each.report.attempt for each in kept] == [2, 3]


async def test_the_newest_report_of_a_unit_is_kept(repository: repositories.Repository) -> None:
    """However old it is: what a quiet unit's hook was last told is still so."""
    await add(repository, "shop/0", "shop/1")
    for unit, days in (("shop/0", 9), ("shop/0", 8), ("shop/1", 7)):
        report = dataclasses.replace(received(unit, days), received_at=AT - days * DAY)
        await repository.record_delivery(report)
    assert await repository.prune(retention.Retention(reports=3 * DAY), AT, 100) == retention.Pruned(0, 1)
    assert [each.report.attempt for each in (await repository.newest_deliveries()).reports] == [8, 7]


def failed(unit: str, attempt: int, at: datetime.datetime = AT) -> delivery_report.ReceivedReport:
    """Return the report of a hook that failed."""
    made = received(unit, attempt)
    ended = outcome.HookOutcome(outcome.HookResult.FAILED, 1)
    report = dataclasses.replace(made.report, outcome=ended)
    return dataclasses.replace(made, report=report, received_at=at)


async def test_what_was_told_is_kept_behind_failures(repository: repositories.Repository) -> None:
    """Neither age nor any number of later failures removes it; the older failures go."""
    await add(repository, "shop/0")
    told = dataclasses.replace(received("shop/0", 2), received_at=AT - 9 * DAY)
    older = dataclasses.replace(received("shop/0", 1), received_at=AT - 10 * DAY)
    for each in (older, told, failed("shop/0", 3, AT - 8 * DAY), failed("shop/0", 4, AT - 7 * DAY)):
        await repository.record_delivery(each)
    assert await repository.prune(retention.Retention(reports=3 * DAY), AT, 100) == retention.Pruned(0, 2)
    assert list((await repository.newest_deliveries()).reports) == [told, failed("shop/0", 4, AT - 7 * DAY)]
    for attempt in range(5, 6 + repositories.DELIVERIES_KEPT):
        await repository.record_delivery(failed("shop/0", attempt))
    assert (await repository.newest_deliveries()).reports[0] == told
    kept = await repository.deliveries(limit=1000)
    assert len(kept) == repositories.DELIVERIES_KEPT + 1


async def test_an_epoch_begins_with_a_change(repository: repositories.Repository) -> None:
    """Its number is above the one before and above those that were heard of; it is told and kept."""
    await add(repository, "shop/0")
    follower = Follower()
    loaded = await repository.follow(follower)
    assert (loaded.epoch, loaded.revision) == (epoch.Epoch(), 1)
    second = int(AT.timestamp())
    await repository.begin_epoch(BOB)
    await repository.begin_epoch(BOB, [second + 60])
    first = epoch.Epoch(second, 1, AT, "user-bob", "over budget")
    then = epoch.Epoch(second + 61, 2, AT, "user-bob", "over budget")
    changes = [
        records.Change(2, records.ChangeKind.EPOCH, "", BOB, epoch=first),
        records.Change(3, records.ChangeKind.EPOCH, "", BOB, epoch=then),
    ]
    assert follower.updates == [records.Update(change, None) for change in changes]
    assert list(await repository.history(limit=2)) == changes[::-1]
    assert await repository.history("shop/0") == await repository.history(application="shop")
    assert (await repository.follow(follower)).epoch == then


async def test_maintenance_is_announced_and_ended(repository: repositories.Repository) -> None:
    """Each is a change that is told and kept; to end what is not announced is none."""
    follower = Follower()
    await repository.follow(follower)
    await repository.set_maintenance(None, BOB)
    assert follower.updates == []
    hour = datetime.timedelta(hours=1)
    announced = maintenance.Maintenance(AT, AT + hour, "user-bob", "over budget")
    longer = maintenance.Maintenance(AT, AT + 2 * hour, "user-bob", "over budget")
    for wanted in (announced, longer):
        await repository.set_maintenance(wanted, BOB)
        assert (await repository.follow(follower)).maintenance == wanted
    await repository.set_maintenance(None, BOB)
    assert (await repository.follow(follower)).maintenance is None
    kind = records.ChangeKind.MAINTENANCE
    assert [update.change for update in follower.updates] == [
        records.Change(1, kind, "", BOB, maintenance=announced),
        records.Change(2, kind, "", BOB, maintenance=longer),
        records.Change(3, kind, "", BOB),
    ]


def contact(unit: str, controller: str, seconds: float, *, is_exact: bool = True) -> presence.Contact:
    """Return a contact that is so since some seconds after ``AT``."""
    at = AT + datetime.timedelta(seconds=seconds)
    return presence.Contact(unit, controller, at, at, is_exact=is_exact)


async def test_a_controller_is_there_from_its_first_report(repository: repositories.Repository) -> None:
    """The first report is told from later ones, which move when and where it was seen, and its clock."""
    later = AT + presence.HEARTBEAT
    assert await repository.report_controller("one", ["a:1", "[::1]:2"], AT)
    ahead = datetime.timedelta(seconds=-1.5)
    assert not await repository.report_controller("one", ["b:3"], later, ahead)
    assert await repository.report_controller("nought", [], later)
    assert await repository.controllers() == [
        presence.ControllerProcess("nought", (), later, later),
        presence.ControllerProcess("one", ("b:3",), AT, later, ahead),
    ]
    await repository.forget_controller("one")
    await repository.forget_controller("one")
    assert [process.name for process in await repository.controllers()] == ["nought"]


async def test_presence_is_kept_for_units_that_are_there(repository: repositories.Repository) -> None:
    """Contacts are kept exactly, without those of no unit; a removed unit's goes; none is a change."""
    await add(repository, "shop/0", "shop/1")
    follower = Follower()
    await repository.follow(follower)
    said = trouble.Trouble(trouble.Reason.LOCK, "process 7", AT)
    there = dataclasses.replace(contact("shop/0", "one", 0.5), trouble=said)
    known = [there, contact("shop/1", "", 2, is_exact=False)]
    await repository.record_presence("one", [*known, contact("shop/9", "one", 1)])
    assert (await repository.presence(), follower.updates) == (known, [])
    await repository.remove_unit("shop/0", BOB)
    assert await repository.presence() == known[1:]


@pytest.mark.parametrize(
    ("held", "said", "is_taken"),
    [
        (contact("shop/0", "one", 5), contact("shop/0", "", 9), True),
        (contact("shop/0", "one", 5), contact("shop/0", "one", 9), True),
        (contact("shop/0", "two", 5), contact("shop/0", "", 9), False),
        (contact("shop/0", "two", 5), contact("shop/0", "one", 4), False),
        (contact("shop/0", "two", 5), contact("shop/0", "one", 5.5), True),
        (contact("shop/0", "", 5), contact("shop/0", "", 4), False),
        (contact("shop/0", "", 5), contact("shop/0", "", 9), True),
    ],
)
async def test_what_another_controller_knows_better_stays(
    repository: repositories.Repository, held: presence.Contact, said: presence.Contact, is_taken: bool
) -> None:
    """A word on one's own unit counts, and on another's only where it came later and is no loss."""
    await add(repository, "shop/0")
    await repository.record_presence(held.controller or "two", [held])
    await repository.record_presence("one", [said])
    assert await repository.presence() == [said if is_taken else held]


async def test_units_of_a_controller_that_died_were_last_in_contact_no_earlier_than_it_was_seen(
    repository: repositories.Repository,
) -> None:
    """Forgetting a controller settles its units, at when it was seen or they came, and no other's."""
    await add(repository, "shop/0", "shop/1", "shop/2")
    seen = AT + datetime.timedelta(seconds=20)
    await repository.report_controller("one", [], seen)
    others = contact("shop/2", "two", 1)
    troubled = dataclasses.replace(contact("shop/0", "one", 1), trouble=trouble.Trouble(trouble.Reason.CHARM))
    await repository.record_presence("one", [troubled, contact("shop/1", "one", 20.5)])
    await repository.record_presence("two", [others])
    await repository.forget_controller("one")
    assert await repository.presence() == [
        contact("shop/0", "", 20, is_exact=False),
        contact("shop/1", "", 20.5, is_exact=False),
        others,
    ]


async def test_the_newest_delivery_of_each_unit(repository: repositories.Repository) -> None:
    """Of each unit the last report of its status hook, the last that was told, and no warning's."""
    await add(repository, "shop/0", "shop/1")
    assert await repository.newest_deliveries() == delivery_report.Reported([], 0)
    warned = received("shop/0", 4)
    report = dataclasses.replace(warned.report, hook=hook_call.HookKind.WILL_CHANGE)
    for each in (received("shop/0"), received("shop/1"), received("shop/0", 2), failed("shop/1", 3)):
        await repository.record_delivery(each)
    await repository.record_delivery(dataclasses.replace(warned, report=report))
    newest = await repository.newest_deliveries()
    assert list(newest.reports) == [received("shop/0", 2), received("shop/1"), failed("shop/1", 3)]


async def test_what_was_reported_since_is_read(repository: repositories.Repository) -> None:
    """Oldest first, a part at a time, and one that came again last; nothing where nothing came."""
    await add(repository, "shop/0", "shop/1")
    await repository.record_delivery(received("shop/0"))
    begun = (await repository.newest_deliveries()).up_to
    assert await repository.reports_after(begun, 10) == delivery_report.Reported([], begun)
    for each in (received("shop/1"), received("shop/0", 2), received("shop/0", 3), received("shop/1")):
        await repository.record_delivery(each)
    first = await repository.reports_after(begun, 2)
    assert list(first.reports) == [received("shop/0", 2), received("shop/0", 3)]
    then = await repository.reports_after(first.up_to, 2)
    assert list(then.reports) == [received("shop/1")]
    assert await repository.reports_after(then.up_to, 2) == delivery_report.Reported([], then.up_to)
    assert (await repository.reports_after(then.up_to + 5, 2)).up_to == then.up_to


JUST_SHOP = names.Tag(names.Kind.APPLICATION, "shop")


async def newest(store: repositories.Repository) -> int:
    """Return the revision that a caller looks at."""
    changes = await store.history(limit=1)
    return changes[0].revision if changes else 0


async def test_a_level_is_set_told_and_taken_away(repository: repositories.Repository) -> None:
    """A status of an application and of the model is a change of its own, kept until it is taken away."""
    await add(repository, "shop/0")
    follower = Follower()
    await repository.follow(follower)
    await repository.set_level(JUST_SHOP, RED, BOB, 1)
    await repository.set_level(MODEL, GREEN, BOB, 2)
    await repository.set_level(JUST_SHOP, RED, BOB, 3)
    kind = records.ChangeKind.LEVEL
    assert [update.change for update in follower.updates] == [
        records.Change(2, kind, "", BOB, None, RED, level=JUST_SHOP),
        records.Change(3, kind, "", BOB, None, GREEN, level=MODEL),
    ]
    held = (level.Level(JUST_SHOP, RED, 2, AT), level.Level(MODEL, GREEN, 3, AT))
    assert (await repository.follow(follower)).levels == held
    assert revisions(await repository.history(application="shop")) == [2, 1]
    await repository.remove_unit("shop/0", BOB)
    await repository.set_level(JUST_SHOP, None, BOB, 4)
    assert (await repository.follow(follower)).levels == held[1:]
    with pytest.raises(errors.NotFoundError):
        await repository.set_level(JUST_SHOP, None, BOB, 5)
    await repository.set_level(JUST_SHOP, AMBER, BOB, 5)
    assert [each.status for each in (await repository.follow(follower)).levels] == [AMBER, GREEN]


async def test_many_units_are_set_by_one_change(repository: repositories.Repository) -> None:
    """Those named that differ are set, with what they have in common; told at once."""
    await add(repository, "shop/0", "shop/1", "shop/2", "db/0")
    await repository.set_unit_status("shop/1", RED, BOB)
    follower = Follower()
    await repository.follow(follower)
    await repository.set_statuses(["shop/1", "shop/0", "db/0", "gone/0"], RED, BOB, 5)
    told = [update.change for update in follower.updates]
    assert [(change.revision, change.unit, change.batch) for change in told] == [
        (6, "db/0", 6),
        (7, "shop/0", 6),
    ]
    units = (await repository.follow(follower)).units
    assert [(unit.name, unit.status, unit.revision) for unit in units] == [
        ("db/0", RED, 6),
        ("shop/0", RED, 7),
        ("shop/1", RED, 5),
        ("shop/2", records.NOT_SET, 3),
    ]


async def test_nothing_is_set_on_what_has_moved_on(repository: repositories.Repository) -> None:
    """Whoever decided on an older revision is refused, and nothing is changed."""
    await add(repository, "shop/0", "shop/1")
    for call in (
        repository.set_statuses(["shop/0"], RED, BOB, 1),
        repository.set_level(MODEL, RED, BOB, 1),
        repository.undo(1, BOB, 1),
    ):
        with pytest.raises(errors.ChangedSinceError):
            await call
    assert await newest(repository) == 2


async def test_what_has_moved_on_is_reckoned_anew(repository: repositories.Repository) -> None:
    """Whoever can reckon anew is given what came since, in its turn, and says who is meant now."""
    await add(repository, "shop/0", "shop/1")
    given: list[tuple[list[tuple[str, bool]], int]] = []

    def again(updates: Sequence[records.Update], revision: int) -> slicing.Steps[list[str]]:
        given.append(([(each.change.unit, each.unit is not None) for each in updates], revision))
        yield
        return ["shop/1"]

    await repository.set_statuses(["shop/0"], RED, BOB, 1, None, again)
    assert [(change.unit, change.new) for change in await repository.batch_of(3)] == [("shop/1", RED)]
    await repository.remove_unit("shop/0", BOB)
    await repository.set_level(MODEL, RED, BOB, 2, None, again)
    await repository.undo(3, BOB, 5, again)
    await repository.undo(5, BOB, 5, again)
    assert given == [
        ([("shop/1", True)], 2),
        ([("shop/1", True), ("shop/0", False)], 4),
        ([("shop/1", True)], 6),
    ]
    assert (await followed(repository)).levels == ()


async def test_what_reckoning_anew_raises_becomes_of_the_change(repository: repositories.Repository) -> None:
    """Nothing is changed then; nor where the store is not even where the caller saw it."""
    await add(repository, "shop/0", "shop/1")

    def again(updates: Sequence[records.Update], revision: int) -> slicing.Steps[list[str]]:
        yield
        raise errors.BlastRadiusError(f"{len(updates)} more, {revision}")

    for call in (
        repository.set_statuses(["shop/0"], RED, BOB, 1, None, again),
        repository.set_level(MODEL, RED, BOB, 1, None, again),
        repository.undo(1, BOB, 1, again),
    ):
        with pytest.raises(errors.BlastRadiusError, match="1 more, 2"):
            await call
    with pytest.raises(errors.FleetMovedOnError):
        await repository.set_level(MODEL, RED, BOB, 3, None, again)
    assert await newest(repository) == 2


async def test_a_large_change_has_its_turn_amid_others(repository: repositories.Repository) -> None:
    """While others set statuses as fast as the store takes them, a large set is made and undone at once."""
    of = await controller_bench.start(repository)
    admin = records.User("admin", "", "", records.Access.ADMIN)
    await add(repository, *(f"shop/{number}" for number in range(400)), "busy/0")
    made, changes, sets = asyncio.Event(), of.service.statuses, 0

    async def set_others() -> None:
        nonlocal sets
        while not made.is_set():
            sets += 1
            await repository.set_unit_status("busy/0", status.MeterStatus("GREEN", str(sets)), BOB)
            await asyncio.sleep(0)

    others = asyncio.gather(set_others(), set_others())
    wish = dry_run.Wish((SHOP,), False, GREEN)
    for _ in range(3):
        await asyncio.sleep(0)
        done = await changes.set(admin, wish)
        await changes.undo(admin, done.made)
    made.set()
    await others
    assert sets
    assert {str(unit.status.code) for unit in of.fleet.units.values() if unit.application == "shop"} == {
        "NOT SET"
    }


async def test_a_batch_is_undone_together(repository: repositories.Repository) -> None:
    """Any of its revisions names all of it; undone, each has what it had, and undone again what it was."""
    await add(repository, "shop/0", "shop/1", "db/0")
    await repository.set_unit_status("shop/0", GREEN, BOB)
    await repository.set_application_status("shop", RED, BOB)
    assert revisions(await repository.batch_of(6)) == [5, 6]
    follower = Follower()
    await repository.follow(follower)
    await repository.undo(6, BOB, 6)
    back = [(update.change.unit, update.change.old, update.change.new) for update in follower.updates]
    assert back == [("shop/0", RED, GREEN), ("shop/1", RED, records.NOT_SET)]
    await repository.undo(8, BOB, 8)
    units = {unit.name: unit.status for unit in (await repository.follow(follower)).units}
    assert units == {"shop/0": RED, "shop/1": RED, "db/0": records.NOT_SET}


async def test_what_was_changed_since_is_not_undone(repository: repositories.Repository) -> None:
    """If one of a batch has moved on, none is undone, and it is named."""
    await add(repository, "shop/0", "shop/1")
    await repository.set_application_status("shop", RED, BOB)
    await repository.set_unit_status("shop/1", GREEN, BOB)
    with pytest.raises(errors.ChangedSinceError, match="shop/1"):
        await repository.undo(3, BOB, 5)
    assert await newest(repository) == 5


async def test_levels_and_policies_are_undone(repository: repositories.Repository) -> None:
    """Each goes back to what it was before, which may be nothing; unless it has moved on."""
    await add(repository, "shop/0")
    await repository.set_level(JUST_SHOP, GREEN, BOB, 1)
    await repository.set_level(JUST_SHOP, RED, BOB, 2)
    await repository.set_policy(MODEL, SHORT, BOB)
    with pytest.raises(errors.ChangedSinceError, match="application-shop"):
        await repository.undo(2, BOB, 4)
    await repository.undo(3, BOB, 4)
    await repository.undo(4, BOB, 5)
    loaded = await repository.follow(Follower())
    assert [held.status for held in loaded.levels] == [GREEN]
    assert loaded.rulings == ()
    with pytest.raises(errors.ChangedSinceError, match="model"):
        await repository.undo(4, BOB, 6)


async def test_what_cannot_be_undone(repository: repositories.Repository) -> None:
    """An added unit, and a revision that there is not."""
    await add(repository, "shop/0")
    with pytest.raises(errors.NotValidError, match="invalid undo of revision 1"):
        await repository.undo(1, BOB, 1)
    with pytest.raises(errors.NotFoundError, match="change 9"):
        await repository.undo(9, BOB, 1)
    assert await repository.batch_of(9) == []


HOUR = datetime.timedelta(hours=1)
AMBER = status.MeterStatus("AMBER", "we measure")


async def followed(store: repositories.Repository) -> records.Fleet:
    """Return everything."""
    return await store.follow(Follower())


async def set_for(
    store: repositories.Repository, what: str | names.Tag, wanted: status.MeterStatus, hours: int = 0
) -> None:
    """Set a unit or a level, for so many hours from ``AT`` on; 0 is without an end."""
    looked_at = (await followed(store)).revision
    until = AT + hours * HOUR if hours else None
    if isinstance(what, str):
        await store.set_statuses([what], wanted, BOB, looked_at, until)
    else:
        await store.set_level(what, wanted, BOB, looked_at, until)


async def end_all(store: repositories.Repository, hours: int) -> None:
    """End all that is over so many hours after ``AT``."""
    now = AT + hours * HOUR
    while (again := await store.end_due(now)) is not None and again <= now:
        pass


async def test_what_is_set_for_a_time_ends(repository: repositories.Repository) -> None:
    """Units of one call together, each with what it had; the follower is told, and the history says why."""
    await add(repository, "shop/0", "shop/1")
    await repository.set_unit_status("shop/1", GREEN, BOB)
    await repository.set_statuses(["shop/0", "shop/1"], AMBER, BOB, 3, AT + 2 * HOUR)
    held = {unit.name: unit for unit in (await followed(repository)).units}
    limits = [time_limit.TimeLimit(AT + 2 * HOUR, beneath) for beneath in (records.NOT_SET, GREEN)]
    assert [held[name].limit for name in ("shop/0", "shop/1")] == limits
    follower = Follower()
    await repository.follow(follower)
    assert await repository.end_due(AT + 2 * HOUR - datetime.timedelta(microseconds=1)) == AT + 2 * HOUR
    assert follower.updates == []
    late = AT + 3 * HOUR
    assert await repository.end_due(late) is None
    author = records.Author("user-bob", late, "ended: set for 2h by bob at revision 4")
    kind, batch = records.ChangeKind.SET, follower.updates[0].change.batch
    changes = [
        records.Change(
            revision, kind, name, author, AMBER, old, batch=batch, old_limit=limit, ended=revision - 2
        )
        for revision, name, old, limit in zip(
            (6, 7), ("shop/0", "shop/1"), (records.NOT_SET, GREEN), limits, strict=True
        )
    ]
    assert [update.change for update in follower.updates] == changes
    assert list(await repository.batch_of(7)) == changes
    units = {unit.name: unit for unit in (await followed(repository)).units}
    assert [update.unit for update in follower.updates] == [units["shop/0"], units["shop/1"]]
    assert (units["shop/1"].status, units["shop/1"].limit, units["shop/1"].since) == (GREEN, None, late)
    assert (await repository.history(unit="shop/1"))[1].limit == limits[1]
    assert await repository.end_due(late + HOUR) is None
    assert len(follower.updates) == 2


@pytest.mark.parametrize("beneath", [None, GREEN])
async def test_a_level_ends(repository: repositories.Repository, beneath: status.MeterStatus | None) -> None:
    """What was set for it comes back, or nothing; of an application too that has no units any more."""
    await add(repository, "shop/0")
    if beneath is not None:
        await set_for(repository, SHOP, beneath)
    await set_for(repository, SHOP, AMBER, 1)
    (held,) = (await followed(repository)).levels
    assert held.limit == time_limit.TimeLimit(AT + HOUR, beneath)
    await repository.remove_unit("shop/0", BOB)
    follower = Follower()
    await repository.follow(follower)
    assert await repository.end_due(AT + HOUR) is None
    (update,) = follower.updates
    change = update.change
    assert (change.level, change.old, change.new, change.ended) == (SHOP, AMBER, beneath, held.revision)
    assert (change.limit, change.old_limit) == (None, held.limit)
    left = [] if beneath is None else [beneath]
    assert [level.status for level in (await followed(repository)).levels] == left


@pytest.mark.parametrize("what", ["shop/0", SHOP])
async def test_what_was_set_again_does_not_end(
    repository: repositories.Repository, what: str | names.Tag
) -> None:
    """The same without an end stays; another time has its own end, and what had none lies beneath it."""

    async def ends() -> tuple[str, datetime.datetime | None]:
        loaded = await followed(repository)
        (held,) = loaded.units if isinstance(what, str) else loaded.levels
        return held.status.code, held.limit and held.limit.until

    await add(repository, "shop/0")
    await set_for(repository, what, GREEN)
    await set_for(repository, what, AMBER, 1)
    await set_for(repository, what, AMBER)
    assert await ends() == ("AMBER", None)
    await end_all(repository, 1)
    assert await ends() == ("AMBER", None)
    await set_for(repository, what, GREEN)
    await set_for(repository, what, AMBER, 1)
    await set_for(repository, what, RED, 3)
    revision = (await followed(repository)).revision
    await end_all(repository, 1)
    assert (await ends(), (await followed(repository)).revision) == (("RED", AT + 3 * HOUR), revision)
    await end_all(repository, 3)
    assert await ends() == ("GREEN", None)


async def test_jujus_calls_make_it_stay(repository: repositories.Repository) -> None:
    """A unit's and an application's alike, also where the status is the same."""
    await add(repository, "shop/0", "shop/1")
    await repository.set_statuses(["shop/0", "shop/1"], RED, BOB, 2, AT + HOUR)
    await repository.set_unit_status("shop/0", RED, BOB)
    await repository.set_application_status("shop", RED, BOB)
    revision = (await followed(repository)).revision
    assert revision == 6
    assert await repository.end_due(AT + HOUR) is None
    assert [(unit.status, unit.limit) for unit in (await followed(repository)).units] == [(RED, None)] * 2


async def test_a_unit_that_was_added_again_does_not_end(repository: repositories.Repository) -> None:
    """Nor is one that was removed missed."""
    await add(repository, "shop/0", "shop/1")
    await repository.set_statuses(["shop/0", "shop/1"], RED, BOB, 2, AT + HOUR)
    await repository.remove_unit("shop/0", BOB)
    await repository.remove_unit("shop/1", BOB)
    await repository.add_unit("shop/1", "hash", RED, BOB)
    assert await repository.end_due(AT + HOUR) is None
    assert [(unit.name, unit.status) for unit in (await followed(repository)).units] == [("shop/1", RED)]


@pytest.mark.parametrize("what", ["shop/0", SHOP])
async def test_an_undo_puts_an_end_back_too(
    repository: repositories.Repository, what: str | names.Tag
) -> None:
    """While it is to come; past that, what lay beneath. An undo of that is what was set without an end."""
    await add(repository, "shop/0")
    await set_for(repository, what, GREEN)
    await set_for(repository, what, AMBER, 2)

    async def undone(hours: int) -> tuple[str, time_limit.TimeLimit | None]:
        revision = (await followed(repository)).revision
        await repository.undo(revision, dataclasses.replace(BOB, at=AT + hours * HOUR), revision)
        loaded = await followed(repository)
        (held,) = loaded.units if isinstance(what, str) else loaded.levels
        return held.status.code, held.limit

    limit = time_limit.TimeLimit(AT + 2 * HOUR, GREEN)
    await set_for(repository, what, RED)
    assert await undone(1) == ("AMBER", limit)
    assert await undone(1) == ("RED", None)
    assert await undone(2) == ("GREEN", None)
    await set_for(repository, what, AMBER, 3)
    await set_for(repository, what, RED, 9)
    assert await undone(1) == ("AMBER", time_limit.TimeLimit(AT + 3 * HOUR, GREEN))
    await end_all(repository, 3)
    loaded = await followed(repository)
    (held,) = loaded.units if isinstance(what, str) else loaded.levels
    assert (held.status, held.limit) == (GREEN, None)
    with pytest.raises(errors.NotValidError):
        await repository.undo(loaded.revision, BOB, loaded.revision)


async def test_calls_end_one_by_one_the_earliest_first(repository: repositories.Repository) -> None:
    """Each look ends what one call has set, and says when to look again: at once where more is over."""
    await add(repository, "shop/0", "shop/1")
    await set_for(repository, "shop/0", RED, 3)
    await set_for(repository, "shop/1", RED, 1)
    await set_for(repository, MODEL, AMBER, 2)
    late, seen = AT + 9 * HOUR, list[datetime.datetime | None]()
    while not seen or seen[-1] is not None:
        seen.append(await repository.end_due(late))
    assert seen == [AT + 2 * HOUR, AT + 3 * HOUR, None]
    ended = [change.ended for change in await repository.history(limit=3)]
    assert ended == [3, 5, 4]


async def test_at_once_it_ends_once(repository: repositories.Repository) -> None:
    """Whoever looks at the same time finds nothing more to do."""
    await add(repository, "shop/0")
    await set_for(repository, "shop/0", RED, 1)
    assert await asyncio.gather(*(repository.end_due(AT + HOUR) for _ in range(3))) == [None] * 3
    assert len([change for change in await repository.history() if change.ended]) == 1


async def test_pruning_leaves_what_has_still_to_end(repository: repositories.Repository) -> None:
    """What stands has its end and what lies beneath, however old the change; the rest is no bother."""
    await add(repository, "shop/0", "shop/1")
    await repository.set_statuses(["shop/0", "shop/1"], RED, BOB, 2, AT + 300 * 24 * HOUR)
    await repository.set_unit_status("shop/1", GREEN, BOB)
    keep = retention.Retention(datetime.timedelta(days=1))
    await repository.prune(keep, AT + datetime.timedelta(days=100), 1000)
    assert await repository.end_due(AT + HOUR) == AT + 300 * 24 * HOUR
    assert await repository.end_due(AT + 300 * 24 * HOUR) is None
    assert [unit.status for unit in (await followed(repository)).units] == [records.NOT_SET, GREEN]


async def test_the_same_for_the_same_time_is_no_change(repository: repositories.Repository) -> None:
    """Neither of units nor of a level; with another end it is one."""
    await add(repository, "shop/0")
    until = AT + datetime.timedelta(hours=1)
    for looked_at, end, newest in ((1, until, 3), (3, until, 3), (3, until + datetime.timedelta(hours=1), 5)):
        await repository.set_statuses(["shop/0"], RED, BOB, looked_at, end)
        between = (await repository.history(limit=1))[0].revision
        await repository.set_level(SHOP, RED, BOB, between, end)
        assert (await repository.history(limit=1))[0].revision == newest
