"""domain.hook.outbox: what waits to be told of a unit, and who is called when something may."""

import dataclasses

from meterstatus.domain.hook import hook_call, trouble
from meterstatus.domain.hook import outbox as outboxes
from tests.unit.domain.hook import test_delivery_report

REPORT = test_delivery_report.REPORT
LOCK = trouble.Trouble(trouble.Reason.LOCK)


def test_what_was_sent_waits_no_more() -> None:
    """What comes while others are sent stays, in its order."""
    outbox = outboxes.Outbox()
    outbox.put(REPORT)
    sent = outbox.waiting
    later = dataclasses.replace(REPORT, attempt=3)
    outbox.put(later)
    outbox.take(sent)
    assert outbox.waiting == (later,)


def test_the_oldest_goes_where_there_are_too_many() -> None:
    """Fifty reports wait at most."""
    outbox = outboxes.Outbox()
    for attempt in range(1, 53):
        outbox.put(dataclasses.replace(REPORT, attempt=attempt))
    assert [report.attempt for report in outbox.waiting] == list(range(3, 53))


def test_the_worker_that_took_the_unit_over_last_is_asked_for_its_trouble() -> None:
    """Nobody asked knows of none."""
    outbox = outboxes.Outbox()
    assert outbox.trouble() is None
    outbox.ask(lambda: LOCK)
    assert outbox.trouble() == LOCK
    outbox.ask(lambda: None)
    assert outbox.trouble() is None


def test_a_sender_is_called_whenever_there_may_be_news() -> None:
    """A report, another worker, another trouble; and not once it has left."""
    outbox = outboxes.Outbox()
    seen: list[tuple[int, trouble.Trouble | None]] = []
    outbox.follow(lambda: seen.append((len(outbox.waiting), outbox.trouble())))
    outbox.put(REPORT)
    outbox.ask(lambda: LOCK)
    outbox.trouble_may_differ()
    assert seen == [(1, None), (1, LOCK), (1, LOCK)]
    outbox.follow(None)
    outbox.put(REPORT)
    assert len(seen) == 3


def test_what_was_taken_can_be_put_again() -> None:
    """The newest of the status hook, before what waits and only once; a warning's tells no status."""
    outbox = outboxes.Outbox()
    outbox.put_again()
    assert outbox.waiting == ()
    outbox.put(REPORT)
    warning = dataclasses.replace(REPORT, hook=hook_call.HookKind.WILL_CHANGE)
    outbox.put(warning)
    outbox.take((REPORT,))
    outbox.put_again()
    outbox.put_again()
    assert outbox.waiting == (REPORT, warning)
