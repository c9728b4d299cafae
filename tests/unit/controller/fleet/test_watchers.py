"""Watchers and who waits for them."""

import asyncio
import functools

import pytest

from meterstatus.controller import refusals
from meterstatus.controller.fleet import watchers
from meterstatus.protocol.facades import notify_watcher

EMPTY = notify_watcher.NextResult()


def future_of(
    next_event: "watchers.Event | asyncio.Future[watchers.Event]",
) -> "asyncio.Future[watchers.Event]":
    """Return what a Next that must wait returned."""
    assert isinstance(next_event, asyncio.Future)
    return next_event


async def test_an_event_releases_the_wait() -> None:
    """A Next that waits is answered by the next change (spec juju-api, 5.2)."""
    all_watchers = watchers.Watchers()
    waiting = future_of(all_watchers.watch("shop/0").next())
    all_watchers.notify(["shop/1"])
    assert not waiting.done()
    all_watchers.notify(["shop/0"])
    assert waiting.result() == EMPTY


async def test_an_event_says_what_holds_when_it_is_taken_to_whoever_asks() -> None:
    """Of two waits one is told; what is told is of the moment, not of the change."""
    said = ["first"]
    watcher = watchers.Watcher(lambda: notify_watcher.NextResult("RED", said[-1]))
    silent, told = future_of(watcher.next()), future_of(watcher.next(tells=True))
    watcher.notify()
    said.append("second")
    watcher.notify()
    watcher.notify()
    said.append("third")

    assert (EMPTY, notify_watcher.NextResult("RED", "second")) == (silent.result(), told.result())
    assert watcher.next(tells=True) == notify_watcher.NextResult("RED", "third")


async def test_changes_nobody_waits_for_are_one() -> None:
    """Any number of changes between two Nexts are one event, kept until it is taken."""
    watcher = watchers.Watcher()
    for _ in range(3):
        watcher.notify()
    assert watcher.next() == EMPTY
    assert not future_of(watcher.next()).done()


async def test_each_event_releases_one_of_several_waits() -> None:
    """Several Nexts in flight are released one by one, the oldest first; an abandoned one is passed over."""
    watcher = watchers.Watcher()
    first, second, third = (future_of(watcher.next()) for _ in range(3))
    first.cancel()
    watcher.notify()
    assert (second.done(), third.done()) == (True, False)


async def test_stopping_fails_who_waits() -> None:
    """A pending Next fails with code "stopped", and a stopped watcher hears nothing any more."""
    all_watchers = watchers.Watchers()
    watcher = all_watchers.watch("shop/0")
    waiting = future_of(watcher.next())
    watcher.stop()
    watcher.stop()
    with pytest.raises(refusals.Refusal, match="watcher has been stopped") as caught:
        waiting.result()
    assert caught.value.code == "stopped"
    assert len(all_watchers) == 0
    all_watchers.notify(["shop/0"])


async def test_ids_are_counted_and_not_used_again() -> None:
    """Ids are "1", "2" and so on; a stopped one is unknown and never comes back."""
    mine = watchers.ConnectionWatchers(limit=2)
    assert [mine.add(watchers.Watcher), mine.add(watchers.Watcher)] == ["1", "2"]
    mine.stop("1", watchers.Watcher)
    for forget in (mine.get, mine.stop):
        with pytest.raises(refusals.Refusal, match="unknown watcher id") as caught:
            forget("1", watchers.Watcher)
        assert caught.value.code == "not found"
    assert mine.add(watchers.Watcher) == "3"


async def test_an_id_is_of_one_kind_of_watcher() -> None:
    """A watcher is not found, nor stopped, as one of another kind (spec juju-api, 5.2)."""

    class Other(watchers.Watcher):
        pass

    mine = watchers.ConnectionWatchers(limit=2)
    watcher = watchers.Watcher()
    mine.add(lambda: watcher)
    for ask in (mine.get, mine.stop):
        with pytest.raises(refusals.Refusal, match="unknown watcher id"):
            ask("1", Other)
    assert mine.get("1", watchers.Watcher) is watcher


async def test_a_connection_has_a_limit_of_watchers() -> None:
    """More watchers than allowed are refused before they are made."""
    mine = watchers.ConnectionWatchers(limit=1)
    all_watchers = watchers.Watchers()
    mine.add(lambda: all_watchers.watch("shop/0"))
    with pytest.raises(refusals.Refusal, match="too many watchers"):
        mine.add(lambda: all_watchers.watch("shop/0"))
    assert len(all_watchers) == 1
    mine.stop_all()
    assert len(all_watchers) == 0


async def test_watchers_are_told_in_the_order_they_began() -> None:
    """Of several watchers of a unit the first is told first: the order is no accident of memory."""
    all_watchers, told = watchers.Watchers(), list[int]()

    def describe(number: int) -> watchers.Event:
        told.append(number)
        return watchers.Event()

    for number in range(40):
        watching = all_watchers.watch("shop/0", functools.partial(describe, number))
        future_of(watching.next(tells=True))
    all_watchers.notify(["shop/0"])
    assert told == list(range(40))
