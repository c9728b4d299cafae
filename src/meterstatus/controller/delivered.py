"""The newest report of each unit's status hook, in memory, so that a status needs no store."""

from collections.abc import Container, Iterable

from meterstatus.domain import delivery_report, telling


class Delivered:
    """What each unit's hook was last reported to be told."""

    def __init__(self) -> None:
        self._newest: dict[str, delivery_report.ReceivedReport] = {}

    def load(self, reports: Iterable[delivery_report.ReceivedReport], units: Container[str]) -> None:
        """Take what is stored of units that are there: reports outlive their unit."""
        self._newest = {received.unit: received for received in reports if received.unit in units}

    def note(self, received: delivery_report.ReceivedReport) -> None:
        """Take a report that was just stored; a warning's tells no status."""
        if received.report.hook is telling.HookKind.CHANGED:
            self._newest[received.unit] = received

    def forget(self, unit: str) -> None:
        """Drop what is known of a unit that is gone."""
        self._newest.pop(unit, None)

    def of(self, unit: str) -> delivery_report.ReceivedReport | None:
        """Return a unit's newest report; None where there was none."""
        return self._newest.get(unit)
