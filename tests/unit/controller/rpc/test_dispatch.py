"""Which method a request means; what answers a wrong one is in test_connection."""

import importlib
import pkgutil
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.rpc import dispatch, interface
from meterstatus.domain.fleet import records
from meterstatus.protocol import connection_kind, facades, messages, wire
from meterstatus.protocol.facades import admin

OURS = ("MeterStatusAdmin", "MeterStatusDelivery", "MeterStatusPolicy")
USER = records.User("bob", "", "", records.Access.ADMIN)
AGENT = records.Agent("shop/0", 1)
MODEL = connection_kind.ConnectionKind.MODEL
CONTROLLER = connection_kind.ConnectionKind.CONTROLLER


def request(facade: str, version: int, method: str) -> messages.Request:
    """Make a request."""
    return messages.Request(request_id=1, facade=facade, version=version, method=method)


def written() -> set[str]:
    """Name every method that a module of ``protocol.facades`` has a constant for."""
    packages = pkgutil.walk_packages(facades.__path__, f"{facades.__name__}.")
    modules = [importlib.import_module(package.name) for package in packages]
    values: list[Any] = [value for module in modules for value in vars(module).values()]
    return {f"{value.facade.name}.{value.name}" for value in values if isinstance(value, wire.Method)}


def test_every_method_has_its_handler() -> None:
    """What the protocol has a constant for is answered here, but for the login; and nothing else is."""
    handled = {f"{each.facade.name}.{name}" for each in dispatch.IMPLEMENTATIONS for name in each.handlers}
    assert handled | {"Admin.Login", "Admin.RedirectInfo"} == written()


@pytest.mark.parametrize("implementation", dispatch.IMPLEMENTATIONS, ids=lambda each: each.facade.name)
def test_a_facade_has_its_own_methods(implementation: interface.Implementation) -> None:
    """Each handler is of a method of the facade that it is listed for."""
    assert {handler.method.facade for handler in implementation.handlers.values()} == {implementation.facade}


def test_facades_are_listed_by_name() -> None:
    """They stand in the order in which a login lists them, each once."""
    names = [each.facade.name for each in dispatch.IMPLEMENTATIONS]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            connection_kind.ConnectionKind.MODEL,
            [
                ("Agent", (3,)),
                ("AllWatcher", (3,)),
                ("Client", (5, 6, 7)),
                ("LeadershipService", (2,)),
                ("Logger", (1,)),
                ("MeterStatus", (2,)),
                ("MeterStatusAdmin", (1,)),
                ("MeterStatusDelivery", (1,)),
                ("MeterStatusPolicy", (1,)),
                ("MetricsAdder", (2,)),
                ("MetricsDebug", (2,)),
                ("MigrationFlag", (1,)),
                ("MigrationMinion", (1,)),
                ("MigrationStatusWatcher", (1,)),
                ("ModelConfig", (2, 3)),
                ("NotifyWatcher", (1,)),
                ("Pinger", (1,)),
                ("RetryStrategy", (1,)),
                ("Storage", (6,)),
                ("Upgrader", (1,)),
            ],
        ),
        (
            connection_kind.ConnectionKind.CONTROLLER,
            [
                ("Controller", (11,)),
                ("ModelConfig", (2, 3)),
                ("ModelManager", (9, 10)),
                ("NotifyWatcher", (1,)),
                ("Pinger", (1,)),
                ("UserManager", (2, 3)),
            ],
        ),
        (
            connection_kind.ConnectionKind.CONTROLLER_MODEL,
            [
                ("AllWatcher", (3,)),
                ("Client", (5, 6, 7)),
                ("ModelConfig", (2, 3)),
                ("NotifyWatcher", (1,)),
                ("Pinger", (1,)),
                ("Storage", (6,)),
            ],
        ),
    ],
)
def test_a_login_lists_the_facades_of_its_connection(
    kind: connection_kind.ConnectionKind, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    """Admin never, to users only what Juju has, on a controller connection its own and the common (2.3)."""
    assert dispatch.offered(kind, to_user=False) == tuple(admin.FacadeVersions(*each) for each in expected)
    known = [each for each in expected if each[0] not in OURS]
    assert dispatch.offered(kind, to_user=True) == tuple(admin.FacadeVersions(*each) for each in known)


@pytest.mark.parametrize("kind", list(connection_kind.ConnectionKind))
def test_what_a_login_lists_is_found(kind: connection_kind.ConnectionKind) -> None:
    """Every method of every facade and version that a login names on a kind of connection is found there."""
    for each in dispatch.offered(kind, to_user=False):
        for implementation in dispatch.IMPLEMENTATIONS:
            if implementation.facade.name == each.name:
                for method in implementation.handlers:
                    for version in each.versions:
                        asked = request(each.name, version, method)
                        assert dispatch.find(asked, kind) is implementation


def test_the_kind_of_connection_comes_first() -> None:
    """A facade that is not of this kind of connection is refused as such, whatever else is wrong (1.8)."""
    with pytest.raises(refusals.Refusal, match="not supported for controller API connection"):
        dispatch.find(request("MeterStatus", 0, "Nothing"), CONTROLLER)
    with pytest.raises(refusals.Refusal, match="not supported for model API connection"):
        dispatch.find(request("UserManager", 0, "Nothing"), MODEL)
    with pytest.raises(refusals.Refusal, match="not supported for controller model API connection"):
        dispatch.find(request("MetricsDebug", 0, "Nothing"), connection_kind.ConnectionKind.CONTROLLER_MODEL)


def test_agents_and_users_have_their_own_facades() -> None:
    """Each facade admits agents, users, or both."""
    admitted = {
        implementation.facade.name: (implementation.admits(AGENT), implementation.admits(USER))
        for implementation in dispatch.IMPLEMENTATIONS
    }
    agents, users, both = (True, False), (False, True), (True, True)
    assert admitted == {
        "Agent": agents,
        "AllWatcher": users,
        "Client": users,
        "Controller": users,
        "LeadershipService": agents,
        "Logger": agents,
        "MeterStatus": agents,
        "MeterStatusAdmin": users,
        "MeterStatusDelivery": agents,
        "MeterStatusPolicy": agents,
        "MetricsAdder": agents,
        "MetricsDebug": users,
        "MigrationFlag": agents,
        "MigrationMinion": agents,
        "MigrationStatusWatcher": agents,
        "ModelConfig": users,
        "ModelManager": users,
        "NotifyWatcher": both,
        "Pinger": both,
        "RetryStrategy": agents,
        "Storage": users,
        "Upgrader": agents,
        "UserManager": users,
    }
    meter_status = dispatch.find(request("MeterStatus", 2, "State"), MODEL)
    with pytest.raises(errors.UnauthorizedError, match="permission denied"):
        dispatch.check_admitted(meter_status, USER)
