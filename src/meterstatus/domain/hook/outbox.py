"""What a unit's agent has to tell its controllers: what became of its hooks, and what troubles it now.

Pure. One for all the workers of a unit, so that what one of them leaves is told whatever becomes of it. In
memory: what an agent that ends has not sent is lost, for none of it decides anything.
"""

from collections.abc import Callable

from meterstatus.domain.hook import delivery_report, hook_call, trouble

KEPT = 50
"""Reports of one unit that an agent keeps in memory for its controller; then the oldest goes."""

Look = Callable[[], trouble.Trouble | None]
"""Returns what troubles the unit now; None where nothing does."""


def _nothing() -> None:
    """Know of nothing, or do nothing about it."""


class Outbox:
    """What is to be told of a unit; whoever sends it is called when there may be news.

    Attributes:
        has_told_trouble: a controller was told of a trouble, and may still show it; so it may at first, from
            an agent before this one whose connection is not known yet to have ended.
    """

    def __init__(self) -> None:
        self._waiting: list[delivery_report.DeliveryReport] = []
        self._newest: delivery_report.DeliveryReport | None = None
        self._delivered: delivery_report.DeliveryReport | None = None
        self._look: Look = _nothing
        self._on_news: Callable[[], None] = _nothing
        self.has_told_trouble = True

    def follow(self, on_news: Callable[[], None] | None) -> None:
        """Have a sender called whenever there may be news, in place of the one before; None leaves it.

        It is called in the middle of other work: it must not wait, and must not raise.
        """
        self._on_news = on_news or _nothing

    def put(self, report: delivery_report.DeliveryReport) -> None:
        """Keep a report until it is taken; the oldest goes where there are too many."""
        self._waiting = [*self._waiting, report][-KEPT:]
        if report.hook is hook_call.HookKind.CHANGED:
            self._newest = report
            self._delivered = report if report.outcome.is_delivery else self._delivered
        self._on_news()

    def stands(self, report: delivery_report.DeliveryReport | None) -> None:
        """Have the newest report be that of what the hook was last told, where it is another or was lost.

        An agent that was started anew has not reported yet what it remembers; and the newest report may be
        of a status that was given up since, so that a controller shows it as not told.

        Args:
            report: as the unit remembers it; None where something newer is under way, or nothing is known.
        """
        if report is None or (self._newest is not None and self._newest.is_of(report)):
            return
        known = self._delivered
        report = known if known is not None and known.is_of(report) else report
        self._waiting = [each for each in self._waiting if each != report]
        self.put(report)

    def put_again(self) -> None:
        """Have the newest report of the status hook wait again: what was taken may have been lost since."""
        if self._newest is not None and self._newest not in self._waiting:
            self._waiting = [self._newest, *self._waiting]
            self._on_news()

    @property
    def waiting(self) -> tuple[delivery_report.DeliveryReport, ...]:
        """What waits, oldest first."""
        return tuple(self._waiting)

    def take(self, sent: tuple[delivery_report.DeliveryReport, ...]) -> None:
        """Forget what was sent; what came meanwhile stays."""
        self._waiting = [report for report in self._waiting if report not in sent]

    def ask(self, look: Look) -> None:
        """Ask another one from now on what troubles the unit: the worker that has taken it over."""
        self._look = look
        self._on_news()

    def trouble(self) -> trouble.Trouble | None:
        """Return what troubles the unit now, as the worker says that took it over last."""
        return self._look()

    def trouble_may_differ(self) -> None:
        """Say that the trouble may be another one than it was."""
        self._on_news()
