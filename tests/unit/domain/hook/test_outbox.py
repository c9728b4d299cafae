"""domain.hook.outbox: what waits to be told of a unit, and who is called when something may."""

import dataclasses

from meterstatus.domain.hook import hook_call, outcome, trouble
from meterstatus.domain.hook import outbox as outboxes
from tests.unit.domain.hook import test_delivery_report

REPORT = test_delivery_report.REPORT
RAN = outcome.HookOutcome(outcome.HookResult.RAN)
NOT_STARTED = outcome.HookOutcome(outcome.HookResult.NOT_STARTED)
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


def test_what_an_agent_remembers_of_its_last_delivery_waits_where_nothing_newer_was_said() -> None:
    """After a restart; and where the newest report is of what was given up since, with all that is known."""
    outbox, remembered = outboxes.Outbox(), dataclasses.replace(REPORT, outcome=RAN)
    outbox.stands(None)
    outbox.stands(remembered)
    outbox.stands(remembered)
    assert outbox.waiting == (remembered,)
    outbox.take(outbox.waiting)
    outbox.put_again()
    assert outbox.waiting == (remembered,)
    logged = dataclasses.replace(RAN, log_lines=("done",))
    delivered = dataclasses.replace(REPORT, attempt=3, outcome=logged)
    given_up = dataclasses.replace(REPORT, delivery_id="other", outcome=NOT_STARTED)
    for report in (delivered, given_up):
        outbox.put(report)
    outbox.take(outbox.waiting)
    outbox.stands(dataclasses.replace(delivered, outcome=RAN))
    assert [report.outcome.log_lines for report in outbox.waiting] == [("done",)]


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
