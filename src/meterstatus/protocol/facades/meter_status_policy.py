"""MeterStatusPolicy, our own facade: an agent asks when its unit escalates without the controller.

Shapes only. Nothing of Juju's exists for this. An agent that has heard of a newer epoch or revision than the
controller is at says so. What rules a unit is told with each event of its watch too
(``notify_watcher.NextResult``), so that an agent asks once for each connection.
"""

from meterstatus.protocol import wire


class PolicyResults(wire.Wire, frozen=True):
    """MeterStatusPolicy.GetPolicy's result."""

    results: tuple[wire.PolicyResult, ...]


class Heard(wire.Wire, frozen=True):
    """What a unit has heard, and its controller may not have."""

    tag: str
    epoch: int
    revision: int


class ReportHeard(wire.Wire, frozen=True):
    """MeterStatusPolicy.ReportHeard's params."""

    reports: tuple[Heard, ...]


class HeardResult(wire.Wire, frozen=True):
    """Whether the controller has it."""

    known: bool
    error: wire.Error | None = None


class HeardResults(wire.Wire, frozen=True):
    """MeterStatusPolicy.ReportHeard's result."""

    results: tuple[HeardResult, ...]


FACADE = wire.Facade("MeterStatusPolicy", 1)
GET_POLICY = wire.Method(FACADE, "GetPolicy", wire.Entities, PolicyResults)
REPORT_HEARD = wire.Method(FACADE, "ReportHeard", ReportHeard, HeardResults)
