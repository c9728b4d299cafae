"""What agents reported of hooks, in memory."""

import datetime
import itertools
from collections.abc import Callable, Sequence

from meterstatus.domain import names
from meterstatus.domain.hook import delivery_report, hook_call
from meterstatus.ports import repository


class Reports:
    """Reports, oldest first, each with a number that no other ever had.

    Attributes:
        up_to: the newest one's.
    """

    def __init__(self) -> None:
        self._kept: list[delivery_report.ReceivedReport] = []
        self.up_to = 0
        self._numbers: dict[tuple[str, str, str, int], int] = {}
        self._former: set[tuple[str, str, str, int]] = set()

    def copy(self) -> "Reports":
        """Return what a backup holds."""
        made = Reports()
        made._kept, made.up_to = list(self._kept), self.up_to
        made._numbers, made._former = dict(self._numbers), set(self._former)
        return made

    def record(self, received: delivery_report.ReceivedReport) -> None:
        """Keep a report, and no more than ``DELIVERIES_KEPT`` of its unit."""
        key = _attempt(received)
        others = [kept for kept in self._kept if _attempt(kept) != key]
        of_unit = [kept for kept in others if kept.unit == received.unit]
        surplus = of_unit[: max(0, len(of_unit) + 1 - repository.DELIVERIES_KEPT)]
        shown = _shown([*others, received])
        gone = [kept for kept in surplus if kept not in shown]
        self._kept = [*(kept for kept in others if kept not in gone), received]
        self.up_to += 1
        self._numbers[key] = self.up_to
        self._former.discard(key)

    def unit_removed(self, name: str) -> None:
        """Keep a unit's reports as those of one that is gone."""
        self._former |= {_attempt(kept) for kept in self._kept if kept.unit == name}

    def of(self, unit: str, application: str, limit: int) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first."""
        chosen = (
            kept
            for kept in reversed(self._kept)
            if (kept.unit == unit if unit else application in ("", names.application_of(kept.unit)))
        )
        return list(itertools.islice(chosen, limit))

    def newest(self) -> delivery_report.Reported:
        """Return the newest report of each unit's status hook, and the newest that is a delivery."""
        shown = sorted(_shown(self._of_present()), key=lambda kept: kept.unit)
        return delivery_report.Reported(shown, self.up_to)

    def after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a number."""
        numbers = self._numbers
        found = [kept for kept in self._of_present() if numbers[_attempt(kept)] > number][:limit]
        return delivery_report.Reported(found, numbers[_attempt(found[-1])] if found else self.up_to)

    def _of_present(self) -> list[delivery_report.ReceivedReport]:
        return [kept for kept in self._kept if _attempt(kept) not in self._former]

    def prune(self, drops: Callable[[datetime.datetime], bool], limit: int) -> int:
        """Remove reports that came when they may be dropped by now, but none that is shown or newer."""
        shown = _shown(self._kept)
        newest = {kept.unit: number for number, kept in enumerate(self._kept) if kept in shown}
        gone = [
            kept
            for number, kept in enumerate(self._kept)
            if drops(kept.received_at) and number < newest.get(kept.unit, 0) and kept not in shown
        ][:limit]
        self._kept = [kept for kept in self._kept if kept not in gone]
        return len(gone)


def _shown(reports: Sequence[delivery_report.ReceivedReport]) -> list[delivery_report.ReceivedReport]:
    """Return of each unit the newest report of its status hook and the newest that is a delivery."""
    of_status = [kept for kept in reports if kept.report.hook is hook_call.HookKind.CHANGED]
    newest = {kept.unit: kept for kept in of_status}
    told = {kept.unit: kept for kept in of_status if kept.report.outcome.is_delivery}
    return [kept for kept in of_status if kept in (newest[kept.unit], told.get(kept.unit))]


def _attempt(received: delivery_report.ReceivedReport) -> tuple[str, str, str, int]:
    report = received.report
    return received.unit, report.hook, report.delivery_id, report.attempt
