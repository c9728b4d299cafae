"""Every short story of a unit whose state is kept twice, on its disk and at its controller.

Beside the controller's words, isolation to the last stage, hooks that fail and agents that crash: reports
that the controller refuses, a disk or a controller restored from a backup, either copy lost, and a Juju
agent that served the unit in between. One of the latter for a story, and only while the controller's copy
says what the charm was last told: what a unit told while it was cut off is on its disk alone, and goes with
it.
"""

import dataclasses
import functools
from collections.abc import Iterator
from typing import NamedTuple

from meterstatus.domain import status
from meterstatus.domain.hook import outcome
from meterstatus.domain.unit import decide, merge, offline_clock, state
from tests.exhaustive import memories

DEPTH = 4
LATER = dataclasses.replace(
    memories.NOW,
    wall=memories.NOW.wall + 2 * memories.LIMIT,
    boot=memories.NOW.boot + 2 * memories.LIMIT,
)
WORDS = memories.STATUSES[1:4]
RAN, FAILED = outcome.HookResult.RAN, outcome.HookResult.FAILED


class Unit(NamedTuple):
    """All that there is between two starts of the agent."""

    disk: state.State | None = None
    former: state.State | None = None
    """The disk's backup."""

    copy: state.State | None = None
    former_copy: state.State | None = None
    heard: status.MeterStatus | None = None
    """What the charm was last told to the end; None where it was told something since, in part."""

    was_restored: bool = False


def test_what_the_charm_knows_is_found_out() -> None:
    """Whatever became of the two copies, the next word of the controller reaches the charm."""
    seen = {_key(Unit()): Unit()}
    layer = [Unit()]
    for _ in range(DEPTH):
        reached = {_key(unit): unit for before in layer for unit in _next(before)}
        layer = [unit for key, unit in reached.items() if key not in seen]
        seen |= reached
        for unit in layer:
            _check(unit)
    print(f"{len(seen):,} states, each one deeper than {DEPTH - 1} events")  # noqa: T201 - pytest -rP
    assert len(seen) > 1000


def _key(unit: Unit) -> tuple[object, ...]:
    """Return what tells one from another; two states are equal even where they count otherwise."""
    counts = [kept and kept.deliveries for kept in (unit.disk, unit.former, unit.copy, unit.former_copy)]
    return unit, *counts


def _check(unit: Unit) -> None:
    for word in WORDS:
        told = _connected(unit, word, RAN, is_reported=True)
        assert told.heard == word, f"the charm does not know {word} after {unit}"
        assert told.disk is not None
        assert told.copy is not None
        assert told.disk.delivered == word == told.copy.delivered
        assert not told.disk.unsure
        again = _connected(told, word, FAILED, is_reported=True)
        assert again.heard == word, "it is told again, although nothing happened"


def _next(unit: Unit) -> Iterator[Unit]:
    for result in (RAN, FAILED, None):
        for word in WORDS:
            yield _connected(unit, word, result, is_reported=True)
            yield _connected(unit, word, result, is_reported=False)
        yield _isolated(unit, result)
    if unit.was_restored or unit.copy is None or unit.copy.delivered != unit.heard:
        return
    restored = unit._replace(was_restored=True)
    yield restored._replace(disk=unit.former)
    yield restored._replace(disk=None)
    yield restored._replace(copy=unit.former_copy)
    yield restored._replace(copy=None)
    for word in WORDS:
        yield restored._replace(copy=state.State(word.code, word.info), heard=word)


def _connected(
    unit: Unit, word: status.MeterStatus, result: outcome.HookResult | None, *, is_reported: bool
) -> Unit:
    """Let an agent start in contact; without a result it crashes in the hook."""
    merged = merge.merged(unit.disk, unit.copy, has_disk=True)
    unit, memory, reports = _run(unit, merged.memory, decide.ContactConfirmed(word), memories.NOW, result)
    if is_reported and (reports or merged.is_copy_stale) and memory is not None:
        copy = merge.copy_of(memory, has_disk=True)
        unit = unit._replace(copy=copy, former_copy=unit.copy)
    return unit


def _isolated(unit: Unit, result: outcome.HookResult | None) -> Unit:
    """Let an agent start without contact, long after it was lost."""
    known = unit.disk or state.State()
    if known.mark is None:
        known = dataclasses.replace(known, mark=offline_clock.contact(memories.NOW))
    return _run(unit, known, decide.ContactLost(), LATER, result)[0]


def _run(
    unit: Unit,
    memory: state.State,
    event: decide.Event,
    now: offline_clock.Instant,
    result: outcome.HookResult | None,
) -> tuple[Unit, state.State | None, bool]:
    """Run an agent until it rests; return its memory, None after a crash, and whether it reports."""
    memory, _ = decide.decide(memory, decide.Started(), now)
    reports = False
    upcoming: decide.Event | None = event
    while upcoming is not None:
        memory, effects = decide.decide(memory, upcoming, now)
        upcoming = None
        for effect in effects:
            match effect:
                case decide.Save():
                    kept = _timeless(memory)
                    unit = unit._replace(disk=kept, former=unit.disk or kept)
                case decide.TakeLock():
                    upcoming = decide.LockHeld()
                case decide.RunHook():
                    unit = unit._replace(heard=effect.telling.status if result is RAN else None)
                    if result is None:
                        return unit, None, reports
                    upcoming = decide.HookEnded(outcome.HookOutcome(result))
                case decide.Report():
                    reports = True
                case _:
                    pass
    return unit, memory, reports


@functools.cache
def _stored(memory: state.State) -> state.State:
    return state.State.from_yaml(memory.to_yaml())


def _timeless(memory: state.State) -> state.State:
    """Forget what would make each moment another: the clocks, and the ids, which are made of them."""
    pending = memory.delivering
    if pending is not None:
        pending = state.Delivery("id", pending.status, min(pending.attempt, 1), pending.doubted)
    kept = dataclasses.replace(memory, delivering=pending, deliveries=0, mark=None, disconnected=None)
    return dataclasses.replace(_stored(kept), deliveries=memory.deliveries)
