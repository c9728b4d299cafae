"""protocol.connection_kind: what may be called where."""

import pytest

from meterstatus.protocol import connection_kind


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
    assert connection_kind.is_callable(name, connection_kind.ConnectionKind.MODEL) is model
    assert connection_kind.is_callable(name, connection_kind.ConnectionKind.CONTROLLER) is controller
