"""What a unit's workers tell each other of its attempts at a connection, so that none leads past a stage.

The connection worker says what becomes of each attempt, the status workers which policy rules and when an
attempt is wanted at once. One per unit, for as long as its agent runs.
"""

import asyncio
import datetime

from meterstatus import errors
from meterstatus.domain import policy as policies
from meterstatus.domain.unit import escalation, offline_clock, reconnection, state
from meterstatus.ports import time
from meterstatus.runtime import waiting
from meterstatus.workers import clocks, contact_log


class Attempts:
    """One unit's attempts at a connection.

    Args:
        clock: measures them.
        own_policy: rules until a status worker has read the unit's memory.

    Attributes:
        tried: said once the first has ended; one that succeeds ends whoever waits for it.
        urgent: said while an attempt is wanted at once, on fresh connections; taken back as it begins.
        contact: what the log says of the contact.
        first_try_ends: until when what was overdue at the agent's start waits for its controller, by the boot
            clock; None where nothing was, and after the first contact.
        failure: why the last one failed; "" where it did not. The engine forgets that when it waits.
    """

    def __init__(self, clock: time.Clock, own_policy: policies.Policy = policies.JUJU_POLICY) -> None:
        self._clock = clocks.instants(clock)
        self._policy = own_policy
        self._latest_wall: datetime.datetime | None = None
        self._began = offline_clock.NOTHING
        self._spent = offline_clock.NOTHING
        self._is_under_way = self._is_hopeless = False
        self._failed = asyncio.Event()
        self.tried = asyncio.Event()
        self.urgent = asyncio.Event()
        self.first_try_ends: datetime.timedelta | None = None
        self.failure = ""
        self.contact = contact_log.ContactLog()

    def learn(self, memory: state.State) -> None:
        """Take in which policy rules, and how late it is at least."""
        self._policy = memory.ruling_policy
        mark = memory.latest_contact or memory.mark
        self._latest_wall = None if mark is None else mark.highest_wall

    # What the connection worker asks and says.

    def latest_wall(self) -> datetime.datetime | None:
        """Return the latest wall time that the unit knows to have been; None where it knows none."""
        return self._latest_wall

    def longest_delay(self) -> datetime.timedelta:
        """Return the longest delay before the next attempt, before jitter."""
        return reconnection.longest_delay(self._policy, self._spent)

    def answer_limit(self) -> datetime.timedelta:
        """Return how long the controller may take to answer; see ``escalation.answer_limit``."""
        return escalation.answer_limit(self._policy)

    def contact_period(self) -> datetime.timedelta:
        """Return how often contact has to be confirmed; see ``escalation.contact_period``."""
        return escalation.contact_period(self._policy)

    def begin(self) -> None:
        """Take note that one begins."""
        self.urgent.clear()
        self._began = self._clock.instant_now().boot
        self._is_under_way, self._is_hopeless = True, False

    def note(self, error: BaseException | None) -> None:
        """Take note of what became of one: why it failed, or None where there is a connection.

        One that only asks for the next at once is no failure, and is not noted.
        """
        self._is_under_way = False
        if error is None:
            self.failure, self._spent = "", offline_clock.NOTHING
            self.tried.set()
            return
        self._spent = self._clock.instant_now().boot - self._began
        self._is_hopeless = errors.chain_has(error, errors.DependencyMissingError)
        self.failure = str(error) or type(error).__name__
        self.tried.set()
        self._failed.set()

    # What the status workers ask for.

    def hurry(self) -> None:
        """Have one begin at once, in place of one that is under way: what it waits for may be lost."""
        self.urgent.set()

    def left_of_first_try(self, due: datetime.timedelta) -> datetime.timedelta:
        """Return how long what fell due at a time may wait still; where it is none of it as long as a call.

        Args:
            due: by the boot clock.
        """
        if self.first_try_ends is None or due > self.first_try_ends:
            return escalation.LONGEST_ANSWER
        return max(offline_clock.NOTHING, self.first_try_ends - self._clock.instant_now().boot)

    async def once_more(self, limit: datetime.timedelta, interrupt: time.Interrupt) -> None:
        """Return once the attempt under way has failed, or else one that begins at once.

        One that succeeds ends its caller, who is told by ``interrupt``. The limit ends the wait as well, and
        there is none where no attempt will be made.
        """
        if self._is_hopeless or limit <= offline_clock.NOTHING:
            return
        self._failed.clear()
        if not self._is_under_way:
            self.urgent.set()
        timer = self._clock.after(limit)
        try:
            await waiting.wait_any(interrupt.wait(), self._failed.wait(), timer)
        finally:
            timer.cancel()
