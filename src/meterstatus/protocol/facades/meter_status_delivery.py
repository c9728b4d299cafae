"""MeterStatusDelivery, our own facade: an agent reports what reached its hook, or why not. Shapes only.

Nothing of Juju's exists for this.
"""

from meterstatus.protocol import wire


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


class Trouble(wire.Wire, frozen=True):
    """What keeps an agent from telling its hook what is asserted, or from remembering that it did."""

    reason: str
    """``charm``, ``lock``, ``hook-running``, ``hook-failed``, ``hook-not-started``, ``state``, ``agent``."""

    detail: str = ""
    """One line for a person."""

    retry_at: wire.Instant | None = None
    """When it is tried again, by the clock of the agent's machine; absent where that is no matter of time."""


class TroubleReport(wire.Wire, frozen=True):
    """What troubles a unit now."""

    tag: str
    """The unit's."""

    trouble: Trouble | None = None
    """Absent where nothing does any more."""


class ReportTrouble(wire.Wire, frozen=True):
    """MeterStatusDelivery.ReportTrouble's params; the result is ``ErrorResults``."""

    reports: tuple[TroubleReport, ...]


FACADE = wire.Facade("MeterStatusDelivery", 1)
REPORT_DELIVERIES = wire.Method(FACADE, "ReportDeliveries", ReportDeliveries, wire.ErrorResults)
REPORT_TROUBLE = wire.Method(FACADE, "ReportTrouble", ReportTrouble, wire.ErrorResults)
