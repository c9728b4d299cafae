"""What each unit's status hook was last reported to be told, in memory, so that a status needs no store.

Two reports at most: the newest, and where that one failed, the newest before it that did not.
"""

from collections.abc import Container

from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, hook_call


class HookReports:
    """What each unit's hook was last reported to be told.

    Attributes:
        up_to: the number of the newest report in the store that is known here (``delivery_report.Reported``).
    """

    def __init__(self) -> None:
        self._newest: dict[str, delivery_report.ReceivedReport] = {}
        self._before: dict[str, delivery_report.ReceivedReport] = {}
        self._doubted: set[str] = set()
        self.up_to = 0

    def load(self, reported: delivery_report.Reported, units: Container[str]) -> None:
        """Take what is stored, in place of all that is known."""
        self._newest, self._before = {}, {}
        self._doubted.clear()
        self.follow(reported, units)

    def follow(self, reported: delivery_report.Reported, units: Container[str]) -> None:
        """Take what was stored since, of units that are there: reports outlive their unit."""
        for received in reported.reports:
            if received.unit in units:
                self.note(received)
        self.up_to = reported.up_to

    def note(self, received: delivery_report.ReceivedReport) -> None:
        """Take a report that was just stored; a warning's tells no status."""
        if received.report.hook is not hook_call.HookKind.CHANGED:
            return
        self._doubted.discard(received.unit)
        held = self._newest.get(received.unit)
        if received.report.outcome.is_delivery:
            self._before.pop(received.unit, None)
        elif held is not None and held.report.outcome.is_delivery:
            self._before[received.unit] = held
        self._newest[received.unit] = received

    def forget(self, unit: str) -> None:
        """Drop what is known of a unit that is gone."""
        self._newest.pop(unit, None)
        self._before.pop(unit, None)
        self._doubted.discard(unit)

    def doubt(self) -> None:
        """Count nothing as stored that is not reported again: the store was led back."""
        self._doubted = set(self._newest)

    def keeps(self, unit: str, report: delivery_report.DeliveryReport) -> bool:
        """Tell whether a report of that attempt and end is stored as the unit's newest."""
        held = self._stored(unit)
        return held is not None and held.report.is_of(report)

    def of(self, unit: str) -> delivery_report.ReceivedReport | None:
        """Return a unit's newest report; None where there was none."""
        return self._newest.get(unit)

    def has(self, unit: str, told: status.MeterStatus) -> bool:
        """Tell whether a unit's newest report is that its hook was told a status, and is stored."""
        held = self._stored(unit)
        return held is not None and held.report.outcome.is_delivery and held.report.status == told

    def _stored(self, unit: str) -> delivery_report.ReceivedReport | None:
        """Return a unit's newest report where it is certain that the store has it."""
        return None if unit in self._doubted else self._newest.get(unit)

    def before(self, unit: str) -> delivery_report.ReceivedReport | None:
        """Return what a unit was last told with success, where its newest report failed; else None."""
        return self._before.get(unit)
