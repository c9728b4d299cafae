"""Which method a request means; what answers a wrong one is in test_connection."""

import pytest

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.rpc import dispatch, interface
from meterstatus.domain.fleet import records
from meterstatus.protocol import messages
from meterstatus.protocol.facades import table

USER = records.User("bob", "", "", records.Access.ADMIN)
AGENT = records.Agent("shop/0", 1)
MODEL = table.ConnectionKind.MODEL
CONTROLLER = table.ConnectionKind.CONTROLLER


def request(facade: str, version: int, method: str) -> messages.Request:
    """Make a request."""
    return messages.Request(request_id=1, facade=facade, version=version, method=method)


@pytest.mark.parametrize("implementation", dispatch.IMPLEMENTATIONS, ids=lambda each: each.facade.name)
def test_every_method_is_there(implementation: interface.Implementation) -> None:
    """Each facade that logins list has a handler for each of its methods, and no other."""
    assert implementation.handlers.keys() == implementation.facade.methods.keys()


def test_every_facade_is_there() -> None:
    """All that logins list is implemented."""
    listed = {facade.name for facade in table.FACADES} - {"Admin"}
    assert {each.facade.name for each in dispatch.IMPLEMENTATIONS} == listed


@pytest.mark.parametrize("kind", list(table.ConnectionKind))
def test_what_a_login_lists_is_found(kind: table.ConnectionKind) -> None:
    """Every method of every facade and version that a login names on a kind of connection is found there."""
    for each in table.listed(kind, to_user=False):
        for implementation in dispatch.IMPLEMENTATIONS:
            if implementation.facade.name == each.name:
                for method in implementation.facade.methods:
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
        dispatch.find(request("MetricsDebug", 0, "Nothing"), table.ConnectionKind.CONTROLLER_MODEL)


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
