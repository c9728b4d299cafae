"""protocol.facades.table: what is offered where."""

import pytest

from meterstatus.protocol.facades import admin, table

OURS = ("MeterStatusAdmin", "MeterStatusDelivery", "MeterStatusPolicy")


def test_facades_are_sorted_and_offered_once() -> None:
    """The table is in the order in which a login lists it."""
    names = [facade.name for facade in table.FACADES]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            table.ConnectionKind.MODEL,
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
            table.ConnectionKind.CONTROLLER,
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
            table.ConnectionKind.CONTROLLER_MODEL,
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
    kind: table.ConnectionKind, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    """Admin never, to users only what Juju has, on a controller connection its own and the common (2.3)."""
    assert table.listed(kind, to_user=False) == tuple(admin.FacadeVersions(*each) for each in expected)
    known = [each for each in expected if each[0] not in OURS]
    assert table.listed(kind, to_user=True) == tuple(admin.FacadeVersions(*each) for each in known)


@pytest.mark.parametrize(
    ("name", "model", "controller"),
    [
        ("MeterStatus", True, False),
        ("Pinger", True, True),
        ("ModelManager", False, True),
        ("Nonsense", True, False),
    ],
)
def test_a_facade_is_callable_where_juju_lets_it(name: str, model: bool, controller: bool) -> None:
    """Controller facades are not for model connections, nor the other way about; common ones are for both."""
    assert table.is_callable(name, table.ConnectionKind.MODEL) is model
    assert table.is_callable(name, table.ConnectionKind.CONTROLLER) is controller
