"""What a unit's workers tell each other of its attempts at a connection."""

import asyncio
import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import policy
from meterstatus.domain.unit import escalation, state
from meterstatus.testing import virtual_time
from meterstatus.workers import attempts, clocks

SECOND = datetime.timedelta(seconds=1)
SHORT = policy.amber_red(10 * SECOND, 20 * SECOND)
FAILURE = errors.ConnectFailedError("refused")


class Setting:
    """Attempts, and the word that ends whoever waits for one."""

    def __init__(self) -> None:
        self.clock = virtual_time.VirtualClock()
        self.attempts = attempts.Attempts(self.clock, SHORT)
        self.interrupt = asyncio.Event()

    def ask(self, limit: datetime.timedelta = 30 * SECOND) -> asyncio.Task[None]:
        return asyncio.create_task(self.attempts.once_more(limit, self.interrupt))


@virtual_time.virtual
async def test_the_policy_that_rules_bounds_each_wait() -> None:
    """The agent's own until a status worker knows another."""
    its = Setting().attempts
    assert its.longest_delay() == 3 * SECOND
    assert its.answer_limit() == 3 * SECOND
    assert its.contact_period() == 2 * SECOND
    its.learn(state.State(policy=policy.amber_red(60 * SECOND, 120 * SECOND), own_policy=SHORT))
    assert its.longest_delay() == 18 * SECOND
    assert its.answer_limit() == 18 * SECOND
    assert its.contact_period() == 12 * SECOND


@virtual_time.virtual
async def test_what_was_overdue_at_the_start_waits_for_so_long() -> None:
    """And nothing that fell due later, nor anything where nothing was."""
    setting = Setting()
    assert setting.attempts.left_of_first_try(0 * SECOND) == escalation.LONGEST_ANSWER
    now = clocks.instants(setting.clock).instant_now().boot
    setting.attempts.first_try_ends = now + 30 * SECOND
    await setting.clock.advance(20 * SECOND)
    assert setting.attempts.left_of_first_try(now) == 10 * SECOND
    assert setting.attempts.left_of_first_try(now + 31 * SECOND) == escalation.LONGEST_ANSWER
    await setting.clock.advance(20 * SECOND)
    assert setting.attempts.left_of_first_try(now) == 0 * SECOND


@virtual_time.virtual
async def test_what_an_attempt_took_counts_with_the_delay_after_it() -> None:
    """After a connection that was lost nothing was spent."""
    setting = Setting()
    setting.attempts.begin()
    await setting.clock.advance(2 * SECOND)
    setting.attempts.note(FAILURE)
    assert setting.attempts.longest_delay() == SECOND
    assert setting.attempts.failure == "refused"
    assert setting.attempts.tried.is_set()
    setting.attempts.begin()
    setting.attempts.note(None)
    assert setting.attempts.longest_delay() == 3 * SECOND
    assert setting.attempts.failure == ""


@virtual_time.virtual
async def test_an_error_without_words_is_told_by_its_kind() -> None:
    """An empty reason would say that there is none."""
    its = Setting().attempts
    its.note(TimeoutError())
    assert its.failure == "TimeoutError"


@virtual_time.virtual
async def test_once_more_begins_one_and_waits_for_its_failure() -> None:
    """The word is said, and taken back as the attempt begins."""
    setting = Setting()
    asked = setting.ask()
    await virtual_time.settle()
    assert setting.attempts.urgent.is_set()
    setting.attempts.begin()
    assert not setting.attempts.urgent.is_set()
    await setting.clock.advance(SECOND)
    assert not asked.done()
    setting.attempts.note(FAILURE)
    await virtual_time.settle()
    assert asked.done()


@virtual_time.virtual
async def test_once_more_waits_for_one_that_is_under_way() -> None:
    """It is not begun anew: it may be in the middle of its login."""
    setting = Setting()
    setting.attempts.begin()
    asked = setting.ask()
    await virtual_time.settle()
    assert not setting.attempts.urgent.is_set()
    setting.attempts.note(FAILURE)
    await virtual_time.settle()
    assert asked.done()


@pytest.mark.parametrize("ends", ["limit", "interrupt"])
@virtual_time.virtual
async def test_once_more_ends_with_its_limit_or_its_caller(ends: str) -> None:
    """A silent controller holds no stage up; one that is reached ends the worker."""
    setting = Setting()
    asked = setting.ask(SECOND)
    await virtual_time.settle()
    if ends == "limit":
        await setting.clock.advance(SECOND)
    else:
        setting.attempts.begin()
        setting.attempts.note(None)
        await virtual_time.settle()
        assert not asked.done()
        setting.interrupt.set()
    await virtual_time.settle()
    assert asked.done()


@virtual_time.virtual
async def test_once_more_waits_for_nothing_where_none_will_be_made() -> None:
    """A unit that is refused for good is not tried again; nor is there a wait without any time for it."""
    setting = Setting()
    setting.attempts.note(errors.DependencyMissingError("refused for good"))
    await asyncio.wait_for(setting.ask(), 1)
    assert not setting.attempts.urgent.is_set()
    setting.attempts.begin()
    await asyncio.wait_for(setting.ask(datetime.timedelta()), 1)


@virtual_time.virtual
async def test_a_hurry_is_said_until_the_next_begins() -> None:
    """Whoever waits or is under way begins anew."""
    its = Setting().attempts
    its.begin()
    its.hurry()
    assert its.urgent.is_set()
    its.begin()
    assert not its.urgent.is_set()
