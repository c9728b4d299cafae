"""How an agent's way back to its controller is tied to the next stage (spec worker, C.8).

Pure. An agent that sat a wait out until after a stage would tell it although the controller is there. The
usual graces, of minutes, shorten none of these waits; short ones are small fleets', whose agents may come
back closer together.
"""

import datetime

from meterstatus.domain import policy as policies
from meterstatus.domain.unit import offline_clock

LONGEST_DELAY = datetime.timedelta(seconds=30)
"""Before an attempt, before jitter. Juju waits up to two minutes; a unit without contact may be RED by then
although its controller is back."""

LONGEST_LEAD = datetime.timedelta(seconds=5)
"""How long before a stage the last attempt begins, at most."""

LAST_TRY = datetime.timedelta(milliseconds=800)
"""How long a stage that is due waits for the last attempt: within the second that every stage has."""


def longest_delay(policy: policies.Policy, spent: datetime.timedelta) -> datetime.timedelta:
    """Return the longest delay before the next attempt, before jitter.

    From the beginning of one attempt to that of the next it is three tenths of the first grace at most, where
    the attempt itself is not longer.

    Args:
        policy: whose stages rule.
        spent: what the attempt before took; zero where a connection was lost.
    """
    first = policy.first_grace
    if first is None:
        return LONGEST_DELAY
    return max(min(LONGEST_DELAY, first * 3 / 10 - spent), offline_clock.NOTHING)


def lead(policy: policies.Policy) -> datetime.timedelta:
    """Return how long before a stage the last attempt begins: a tenth of the first grace.

    A cut of seven tenths has ended by then, for contact is confirmed five times in a grace.
    """
    first = policy.first_grace
    return LONGEST_LEAD if first is None else min(LONGEST_LEAD, first / 10)
