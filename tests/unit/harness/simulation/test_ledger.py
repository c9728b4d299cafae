"""The simulation's rule for statuses that are set for a time accuses what breaks it, and nothing else."""

from typing import Any

from harness.invariants import verdict
from harness.simulation import ledger, services
from meterstatus.domain import status

GREEN, AMBER, RED = (status.MeterStatus(code, "shop/0") for code in ("GREEN", "AMBER", "RED"))
HOUR = ledger.reason(3600)


def line(
    revision: int, to: status.MeterStatus | None, at: float = 0.0, why: str = "", **others: Any
) -> ledger.Line:
    given: dict[str, Any] = {"scope": "shop/0", **others}
    return ledger.Line(revision=revision, status=to, at=at, why=why, **given)


def is_wrong(found: verdict.Verdict) -> bool:
    return isinstance(found, verdict.Violated)


def read(*lines: ledger.Line) -> list[bool]:
    """Tell of each line whether it is wrong, read in order."""
    book = ledger.Ledger()
    return [is_wrong(book.read(each)) for each in lines]


SET = line(1, GREEN), line(2, RED, 100, HOUR)


def test_what_comes_back() -> None:
    """After its time a status gives place to the last that was set without one, and to no other."""
    assert not any(read(*SET, line(3, GREEN, 3700, ended=2)))
    assert read(*SET, line(3, AMBER, 3700, ended=2))[-1]
    assert read(*SET, line(3, RED, 3700, ended=2))[-1]
    assert not any(read(line(2, RED, 100, HOUR), line(3, None, 3700, ended=2)))


def test_an_end_before_its_time() -> None:
    """A second before it is over nothing may end."""
    assert read(*SET, line(3, GREEN, 3699, ended=2))[-1]


def test_a_time_over_a_time() -> None:
    """What is set for a time takes the place of the former that was, and not of what lies under both."""
    over = line(3, AMBER, 200, ledger.reason(60))
    assert not any(read(*SET, over, line(4, GREEN, 260, ended=3)))
    assert read(*SET, over, line(4, RED, 260, ended=3))[-1]
    assert read(*SET, over, line(4, GREEN, 3700, ended=2))[-1], "the first is no more"


def test_an_end_where_something_else_was_set() -> None:
    """A status that was set without a time stays, also where it is the same again."""
    for again in (AMBER, RED):
        assert read(*SET, line(3, again, 200), line(4, GREEN, 3700, ended=2))[-1]
        assert read(*SET, line(3, again, 200), line(4, GREEN, 3700, ended=3))[-1]


def test_an_end_of_another_scope() -> None:
    """What is set for an application is not what is set for its unit."""
    other = line(3, AMBER, 200, ledger.reason(600), scope="application-shop")
    assert not any(read(*SET, other, line(4, None, 800, scope="application-shop", ended=3)))
    assert read(*SET, other, line(4, GREEN, 3700, scope="application-shop", ended=2))[-1]


def test_what_an_undo_puts_back() -> None:
    """What was there, with its end; and where that has passed, what lay under it."""
    over = line(3, AMBER, 200, batch=3)
    assert not any(read(*SET, over, line(4, RED, 300, "undo of 3"), line(5, GREEN, 3700, ended=4)))
    assert read(*SET, over, line(4, RED, 3800, "undo of 3"))[-1]
    assert not any(read(*SET, over, line(4, GREEN, 3800, "undo of 3")))
    of_batch = line(4, AMBER, 200, batch=3, scope="shop/1")
    undone = line(6, None, 300, "undo of 3", scope="shop/1")
    assert not any(read(*SET, over, of_batch, line(5, RED, 300, "undo of 3"), undone))


def test_the_end_that_is_late() -> None:
    """A second is allowed; more where no controller could do it, or had only just heard of it."""
    hour = ledger.Passing(RED, 3700.0, 2, 100.0)
    assert not is_wrong(services.ends_in_time("shop/0", hour, 3701.0, able_since=0.0))
    assert is_wrong(services.ends_in_time("shop/0", hour, 3702.0, able_since=0.0))
    assert not is_wrong(services.ends_in_time("shop/0", hour, 9000.0, able_since=float("inf")))
    assert not is_wrong(services.ends_in_time("shop/0", hour, 9020.0, able_since=9000.0))
    assert is_wrong(services.ends_in_time("shop/0", hour, 9022.0, able_since=9000.0))
    put_back = ledger.Passing(RED, 3700.0, 4, 3699.0)
    assert not is_wrong(services.ends_in_time("shop/0", put_back, 3705.0, able_since=0.0))
