"""protocol.connection_kind: what may be called where."""

import pytest

from meterstatus.protocol import connection_kind


@pytest.mark.parametrize(
    ("name", "model", "controller", "empty"),
    [
        ("MeterStatus", True, False, False),
        ("Pinger", True, True, True),
        ("AllWatcher", True, False, True),
        ("ModelManager", False, True, False),
        ("Nonsense", True, False, False),
    ],
)
def test_a_facade_is_callable_where_juju_lets_it(
    name: str, model: bool, controller: bool, empty: bool
) -> None:
    """Controller facades are not for model connections, nor the other way about; common ones are for both.

    The controller's own model has no units, and what would work with them is not there.
    """
    assert connection_kind.is_callable(name, connection_kind.ConnectionKind.MODEL) is model
    assert connection_kind.is_callable(name, connection_kind.ConnectionKind.CONTROLLER) is controller
    assert connection_kind.is_callable(name, connection_kind.ConnectionKind.CONTROLLER_MODEL) is empty
