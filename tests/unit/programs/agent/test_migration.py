"""The guard of a unit whose model is being migrated (spec juju-api, 9.1)."""

import asyncio
import logging

import pytest

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.engine import notify
from meterstatus.ports import hooks
from meterstatus.programs.agent import migration
from meterstatus.testing import connection, fakes, virtual_time

MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
LOGGER = logging.getLogger("test.migration")
TELLING = hook_call.HookCall(status.MeterStatus("RED", "over"))


def gate(phase: str = "") -> migration.MigrationGate:
    made = migration.MigrationGate(LOGGER)
    made.learn(phase)
    return made


async def prepare() -> hook_call.HookCall:
    return TELLING


@virtual_time.virtual
async def test_no_hook_begins_while_the_model_is_being_migrated() -> None:
    """It is not started, and so is tried again; nothing is prepared for it, and no lock is taken."""
    runner = fakes.FakeDeliveryRunner()
    held = gate("QUIESCE")
    gated: hooks.DeliveryRunner = migration.GatedRunner(runner, held)
    for ended in (
        await gated.deliver(prepare, asyncio.Event()),
        await gated.run_hook("RED", "over", asyncio.Event()),
    ):
        assert ended is not None
        assert ended.result is outcome.HookResult.NOT_STARTED
        assert ended.detail == "the model is being migrated, phase QUIESCE"
    assert runner.told == []

    held.learn("NONE")
    await gated.deliver(prepare, asyncio.Event())
    await gated.run_hook("AMBER", "", asyncio.Event())
    assert runner.told == [("RED", "over"), ("AMBER", "")]


def test_a_charm_is_looked_at_through_the_guard() -> None:
    """What it is awaited for is waited for with it as without; a runner that cannot look sees nothing."""
    runner = fakes.FakeDeliveryRunner()
    gated: hooks.CharmLooker = migration.GatedRunner(runner, gate())
    assert (gated.awaited(), gated.has_hook()) == ("", True)
    runner.waits_for, runner.finds_hook = "the charm is being unpacked", False
    assert (gated.awaited(), gated.has_hook()) == ("the charm is being unpacked", False)

    class Blind:
        """A caller's own."""

        run_hook, deliver = runner.run_hook, runner.deliver

    blind = migration.GatedRunner(Blind(), gate())
    assert (blind.awaited(), blind.has_hook(), blind.lock_holder()) == ("", False, "")


def test_who_holds_the_lock_is_told_through_the_guard() -> None:
    """Its runner knows."""

    class Looker(fakes.FakeDeliveryRunner):
        """Knows the lock."""

        def lock_holder(self) -> str:
            return "process 7"

    assert migration.GatedRunner(Looker(), gate()).lock_holder() == "process 7"


@virtual_time.virtual
async def test_nothing_is_written_to_a_controller_that_hands_the_model_over() -> None:
    """What it would keep of it is nobody's; reading goes on, and the write is tried again."""
    api, held = fakes.FakeUnitStateAPI("text"), gate("IMPORT")
    gated = migration.GatedUnitState(api, held)
    with pytest.raises(errors.MeterStatusError, match="being migrated, phase IMPORT"):
        await gated.set_state("new")
    assert await gated.state() == "text"
    held.learn("DONE")
    await gated.set_state("new")
    assert api.text == "new"


class Context:
    """A start context with a connection."""

    def __init__(self, api: connection.FakeAPIConnection) -> None:
        self._api = api
        self.abort = asyncio.Event()

    def get(self, name: str) -> connection.FakeAPIConnection:
        assert name == "api"
        return self._api


@virtual_time.virtual
async def test_a_gate_follows_the_phase_while_there_is_a_controller() -> None:
    """It is closed and opened by the watch, and open where nobody can be asked (B-01)."""
    api = connection.FakeAPIConnection(
        {
            "MigrationFlag.Phase": {"results": [{"phase": "NONE"}]},
            "MigrationFlag.Watch": {"results": [{"NotifyWatcherId": "1"}]},
        }
    )
    api.add_watcher("1")
    kept = gate()
    kept.is_asked = True
    made = migration.manifold(kept, MODEL, "api", virtual_time.VirtualClock(), LOGGER)
    worker = await made.start(Context(api))  # type: ignore[arg-type]
    assert isinstance(worker, notify.NotifyWorker)
    await virtual_time.settle()
    assert kept.obstacle == ""
    api.answers["MigrationFlag.Phase"] = {"results": [{"phase": "QUIESCE"}]}
    api.fire("1")
    await virtual_time.settle()
    assert kept.obstacle == "the model is being migrated, phase QUIESCE"
    worker.kill()
    await worker.wait()
    assert kept.obstacle == ""
    assert (made.inputs, made.output) == (("api",), None)


@virtual_time.virtual
async def test_a_controller_that_migrates_nothing_is_not_watched() -> None:
    """The manifold waits for another connection."""
    api = connection.FakeAPIConnection()
    made = migration.manifold(gate(), MODEL, "api", virtual_time.VirtualClock(), LOGGER)
    with pytest.raises(errors.DependencyMissingError):
        await made.start(Context(api))  # type: ignore[arg-type]
    assert api.calls == []
