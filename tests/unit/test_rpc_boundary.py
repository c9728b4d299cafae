"""A facade translates and no more: which use case each method of the RPC calls, and that it grants nothing.

Every method is called by somebody without any right to it, a reader or the agent of another unit, while the
use cases are told that it was an admin or that unit's own agent. Whatever is denied all the same was denied
by the facade.
"""

import ast
import functools
import inspect
import pathlib
import types
from collections.abc import AsyncIterator
from typing import Any, NamedTuple, cast

import pytest

from harness import controller_bench, repository, rpc
from meterstatus.controller.rpc import dispatch, facades
from meterstatus.domain import epoch, names
from meterstatus.domain.fleet import records

FOREIGN = rpc.entities("unit-shop-1")
MODEL = rpc.entities(f"model-{repository.IDENTITY.model_uuid}")
BOB = rpc.entities("user-reader")
POLICY = {"amber-grace-seconds": 60, "red-grace-seconds": 120, "warning-seconds": 0}
CONTROLLER_PATHS: dict[str, str] = dict.fromkeys(("Controller", "ModelManager", "UserManager"), "/api")
"""Of facades that a model's connection does not have."""

DELIVERY = {
    "id": "1a-1",
    "attempt": 1,
    "hook": "meter-status-changed",
    "code": "RED",
    "info": "",
    "origin": "controller",
    "result": "ran",
    "ended": "2031-05-06T08:00:00Z",
}


@pytest.fixture
async def bench() -> AsyncIterator[controller_bench.Bench]:
    """Give a running controller with the default limits."""
    async with controller_bench.running() as made:
        yield made


class Row(NamedTuple):
    """How a method is called, and which use cases that calls, in order."""

    params: dict[str, Any]
    cases: tuple[str, ...]


USER_CALLS = {
    "Client.FullStatus": Row({"patterns": []}, ("models.workload", "models.units", "models.now")),
    "Client.WatchAll": Row({}, ("models.workload", "models.watch")),
    "Controller.AllModels": Row({}, ("models.everything",)),
    "Controller.ControllerAPIInfoForModels": Row(MODEL, ("models.check_is_served",)),
    "Controller.ControllerConfig": Row({}, ("models.workload",)),
    "Controller.GetControllerAccess": Row(BOB, ("users.find",)),
    "Controller.ModelStatus": Row(MODEL, ("models.find",)),
    "MeterStatusAdmin.AddUnits": Row({"units": [{"unit": "till/0"}]}, ("units.add",)),
    "MeterStatusAdmin.RemoveUnits": Row({"units": [{"unit": "shop/1"}]}, ("units.remove",)),
    "MeterStatusAdmin.Status": Row({"patterns": []}, ("fleet_status.look",)),
    "MeterStatusAdmin.History": Row(
        {"entity": ""}, ("history.changes", "history.removed_up_to", "history.deliveries")
    ),
    "MeterStatusAdmin.SetStatuses": Row({"tags": ["unit-shop-0"], "code": "GREEN"}, ("statuses.set",)),
    "MeterStatusAdmin.Undo": Row({"revision": 3, "blast-radius-percent": 100}, ("statuses.undo",)),
    "MeterStatusAdmin.PreviewUndo": Row({"revision": 3}, ("statuses.preview_undo",)),
    "MeterStatusAdmin.SetPolicy": Row(
        {"policies": [{"tag": "unit-shop-0", "policy": POLICY}]}, ("policies.set",)
    ),
    "MeterStatusAdmin.RemovePolicy": Row({"policies": [{"tag": "unit-shop-0"}]}, ("policies.set",)),
    "MeterStatusAdmin.Policies": Row({}, ("policies.everything",)),
    "MeterStatusAdmin.NewEpoch": Row({"reason": "restored"}, ("administration.begin_epoch",)),
    "MeterStatusAdmin.DismissHeard": Row(
        {"units": ["shop/0"], "reason": "broken"}, ("administration.dismiss_claim",)
    ),
    "MeterStatusAdmin.AnnounceMaintenance": Row(
        {"seconds": 60, "reason": ""}, ("administration.announce_maintenance",)
    ),
    "MetricsDebug.SetMeterStatus": Row(
        {"statues": [{"tag": "unit-shop-0", "code": "RED"}]}, ("statuses.set_as_juju",)
    ),
    "MetricsDebug.GetMetrics": Row(
        rpc.entities("unit-shop-0"), ("units.check_may_look", "units.check_exists")
    ),
    "ModelConfig.ModelGet": Row({}, ("models.workload", "models.look")),
    "ModelManager.ListModels": Row({"tag": "user-admin"}, ("models.visible",)),
    "ModelManager.ListModelSummaries": Row(
        {"user-tag": "user-reader", "all": True}, ("models.visible", "models.everything")
    ),
    "ModelManager.ModelInfo": Row(MODEL, ("models.find", "models.users")),
    "ModelManager.ModelStatus": Row(MODEL, ("models.find",)),
    "UserManager.UserInfo": Row({"entities": []}, ("users.known",)),
}

AGENT_CALLS = {
    "Agent.GetEntities": Row(FOREIGN, ("agents.check_is_there",)),
    "Agent.SetPasswords": Row(
        {"changes": [{"tag": "unit-shop-1", "password": "a" * 24}]}, ("agents.set_password",)
    ),
    "MigrationFlag.Phase": Row(MODEL, ("models.check_is_workload",)),
    "MigrationFlag.Watch": Row(MODEL, ("models.check_is_workload",)),
    "MeterStatus.GetMeterStatus": Row(FOREIGN, ("agents.word",)),
    "MeterStatus.WatchMeterStatus": Row(FOREIGN, ("agents.check_is_there", "agents.watch")),
    "MeterStatus.State": Row(FOREIGN, ("agents.state",)),
    "MeterStatus.SetState": Row(
        {"args": [{"tag": "unit-shop-1", "meter-status-state": "code: RED"}]}, ("agents.change_state",)
    ),
    "MeterStatusDelivery.ReportDeliveries": Row(
        {"reports": [{"tag": "unit-shop-1", "delivery": DELIVERY}]}, ("agents.record_delivery",)
    ),
    "MeterStatusDelivery.ReportTrouble": Row(
        {"reports": [{"tag": "unit-shop-1"}]}, ("agents.receive_trouble",)
    ),
    "MeterStatusPolicy.GetPolicy": Row(FOREIGN, ("agents.word",)),
    "MeterStatusPolicy.ReportHeard": Row(
        {"reports": [{"tag": "unit-shop-1", "epoch": 1, "revision": 1}]}, ("agents.receive_position",)
    ),
    "Logger.LoggingConfig": Row(FOREIGN, ("agents.check_own",)),
    "Logger.WatchLoggingConfig": Row(FOREIGN, ("agents.check_own",)),
    "MetricsAdder.AddMetricBatches": Row(
        {"batches": [{"tag": "unit-shop-1", "batch": {}}]}, ("agents.check_own",)
    ),
    "RetryStrategy.RetryStrategy": Row(FOREIGN, ("agents.check_own",)),
    "RetryStrategy.WatchRetryStrategy": Row(FOREIGN, ("agents.check_own",)),
    "Upgrader.DesiredVersion": Row(FOREIGN, ("agents.check_own",)),
    "Upgrader.SetTools": Row(
        {"agent-tools": [{"tag": "unit-shop-1", "tools": {"version": "3.6.0"}}]}, ("agents.check_own",)
    ),
    "Upgrader.Tools": Row(FOREIGN, ("agents.check_own",)),
    "Upgrader.WatchAPIVersion": Row(FOREIGN, ("agents.check_own",)),
}

OF_THE_CONNECTION = {
    "AllWatcher.Next": "a watcher of this connection, made by Client.WatchAll",
    "AllWatcher.Stop": "likewise",
    "NotifyWatcher.Next": "a watcher of this connection, made by WatchMeterStatus and its like",
    "NotifyWatcher.Stop": "likewise",
    "MigrationStatusWatcher.Next": "likewise, made by MigrationMinion.Watch",
    "MigrationStatusWatcher.Stop": "likewise",
    "Pinger.Ping": "the connection's lease",
    "Pinger.Stop": "likewise",
    "LeadershipService.BlockUntilLeadershipReleased": "waits for as long as the connection is there",
}
CONSTANT = {
    "Controller.ControllerVersion": "the version of the program",
    "LeadershipService.ClaimLeadership": "nobody leads",
    "MigrationMinion.Report": "no model is migrated",
    "MigrationMinion.Watch": "likewise",
    "Storage.ListFilesystems": "there is no storage",
    "Storage.ListStorageDetails": "likewise",
    "Storage.ListVolumes": "likewise",
}
"""What asks for nothing of the fleet, and why."""


class Spy:
    """A group of use cases that notes which are called, and by whom they are told that it was.

    Args:
        name: of the group.
        of: the real one.
        calls: where the calls are noted.
        instead: what a user and a unit's tag are replaced by.
    """

    def __init__(
        self, name: str, of: object, calls: list[str], instead: tuple[records.User, names.Tag]
    ) -> None:
        self._name, self._of, self._calls, self._instead = name, of, calls, instead

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._of, name)
        if not inspect.ismethod(value):
            return value

        @functools.wraps(value)
        def call(*args: object, **kwargs: object) -> object:
            self._calls.append(f"{self._name}.{name}")
            return value(*map(self._replaced, args), **kwargs)

        return call

    def _replaced(self, given: object) -> object:
        admin, own = self._instead
        if isinstance(given, records.User):
            return admin
        is_unit = self._name == "agents" and isinstance(given, names.Tag)
        return own if is_unit else given


def spy_on(bench: controller_bench.Bench) -> list[str]:
    """Put spies before all use cases, and return where calls are noted."""
    calls: list[str] = []
    instead = bench.fleet.users["admin"], names.Tag(names.Kind.UNIT, "shop/0")
    for name, of in vars(bench.service).items():
        setattr(bench.service, name, Spy(name, of, calls, instead))
    return calls


def version_of(method: str) -> int:
    """Return the newest version that a method's facade has."""
    return next(
        each.facade.versions[-1]
        for each in dispatch.IMPLEMENTATIONS
        if each.facade.name == method.split(".")[0]
    )


def denied(answer: object) -> bool:
    """Tell whether an answer, or any part of it, denies a right."""
    if isinstance(answer, dict):
        known = cast("dict[str, object]", answer)
        return (
            known.get("error") == "permission denied"
            or known == rpc.DENIED
            or any(map(denied, known.values()))
        )
    if isinstance(answer, list):
        return any(map(denied, cast("list[object]", answer)))
    return False


def test_every_method_is_here() -> None:
    """One that is added says which use case it calls, or why it calls none."""
    rows = (USER_CALLS, AGENT_CALLS, OF_THE_CONNECTION, CONSTANT)
    listed = [method for each in rows for method in each]
    there = [f"{each.facade.name}.{name}" for each in dispatch.IMPLEMENTATIONS for name in each.handlers]
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("method", USER_CALLS)
async def test_a_users_method_leaves_rights_to_the_use_case(
    bench: controller_bench.Bench, method: str
) -> None:
    """A reader may call all that an admin may, where the use case is told that it is one."""
    await bench.set_status("shop/0", "AMBER")
    agent = records.Agent("shop/0", bench.fleet.units["shop/0"].added)
    bench.fleet.claims.receive(agent.unit, epoch.Place(1, 99), bench.fleet.place)
    path = CONTROLLER_PATHS.get(method.split(".")[0], controller_bench.MODEL_PATH)
    client = await bench.user("reader", path)
    calls = spy_on(bench)
    answer = await client.call(
        method.split(".")[0], version_of(method), method.split(".")[1], USER_CALLS[method].params
    )
    assert not denied(answer), answer
    assert "error" not in answer, answer
    assert tuple(calls) == USER_CALLS[method].cases


@pytest.mark.parametrize("method", AGENT_CALLS)
async def test_an_agents_method_leaves_rights_to_the_use_case(
    bench: controller_bench.Bench, method: str
) -> None:
    """An agent may ask for another unit, where the use case is told that it is its own."""
    client = await bench.agent()
    calls = spy_on(bench)
    answer = await client.call(
        method.split(".")[0], version_of(method), method.split(".")[1], AGENT_CALLS[method].params
    )
    assert not denied(answer), answer
    assert "error" not in answer, answer
    assert tuple(calls) == AGENT_CALLS[method].cases


@pytest.mark.parametrize("method", CONSTANT)
async def test_what_is_constant_asks_for_nothing(bench: controller_bench.Bench, method: str) -> None:
    """It calls no use case, whoever asks."""
    calls = spy_on(bench)
    for client in (await bench.agent(), await bench.user("admin")):
        params: dict[str, list[object]] = (
            {"params": []} if method.endswith("ClaimLeadership") else {"filters": []}
        )
        await client.call(method.split(".")[0], version_of(method), method.split(".")[1], params)
    assert calls == []


def _files() -> list[pathlib.Path]:
    assert isinstance(facades, types.ModuleType)
    return sorted(pathlib.Path(facades.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_no_facade_knows_of_rights(path: pathlib.Path) -> None:
    """It names no level of access, asks for none, and refuses nobody."""
    words = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert words & {"require", "includes", "Access", "UnauthorizedError", "may_see_own"} == set()
