"""MeterStatusDelivery, our own facade: an agent reports which status reached its hook. Shapes only.

Nothing of Juju's exists for this.
"""

from meterstatus.protocol.facades import wire


class Delivery(wire.Wire, frozen=True):
    """One attempt to run a hook, and its end."""

    id: str
    """The same for every attempt at a status."""

    attempt: int
    hook: str
    """``meter-status-changed`` or ``meter-status-will-change``."""

    code: str
    info: str
    origin: str
    """``controller``, or ``agent`` for a stage that it reached without contact."""

    result: str
    """``ran``, ``missing``, ``failed``, ``terminated``, ``timed out`` or ``not started``."""

    ended: wire.Instant
    """By the clock of the agent's machine."""

    exit_status: int | None = None
    """Absent where the hook did not exit."""

    detail: str = ""
    """One line for a person."""

    log: tuple[str, ...] = ()
    """The last lines that the hook logged with ``juju-log``, oldest first."""


class ReportDelivery(wire.Wire, frozen=True):
    """A delivery to report."""

    tag: str
    """The unit's."""

    delivery: Delivery


class ReportDeliveries(wire.Wire, frozen=True):
    """MeterStatusDelivery.ReportDeliveries's params; the result is ``ErrorResults``."""

    reports: tuple[ReportDelivery, ...]


METER_STATUS_DELIVERY = wire.Facade(
    "MeterStatusDelivery", 1, {"ReportDeliveries": wire.Method(ReportDeliveries, wire.ErrorResults)}
)
