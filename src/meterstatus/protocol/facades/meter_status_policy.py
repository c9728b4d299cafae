"""MeterStatusPolicy, our own facade: an agent asks when its unit escalates without the controller.

Shapes only. Nothing of Juju's exists for this. What rules a unit is told with each event of its watch too
(``wire.NextResult``), so that an agent asks once for each connection.
"""

from meterstatus.protocol.facades import wire


class PolicyResults(wire.Wire, frozen=True):
    """MeterStatusPolicy.GetPolicy's result."""

    results: tuple[wire.PolicyResult, ...]


METER_STATUS_POLICY = wire.Facade(
    "MeterStatusPolicy", 1, {"GetPolicy": wire.Method(wire.Entities, PolicyResults)}
)
