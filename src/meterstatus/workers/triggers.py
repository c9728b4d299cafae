"""Timers for an isolated unit's stages (spec worker, A.7).

What is decided when one fires is ``domain.unit.decide``'s business; a trigger only makes somebody look.
"""

import datetime
from typing import NamedTuple, Protocol

from meterstatus.domain.unit import juju_triggers
from meterstatus.ports import time


class Triggers(NamedTuple):
    """The armed timers, exactly as the clock returned them; None where a stage is not armed.

    A tuple, so that it can be taken apart like the two results of the Go function.
    """

    amber: time.Timer | None = None
    red: time.Timer | None = None


class TriggerCreator(Protocol):
    """The type of ``get_triggers``."""

    def __call__(  # the six inputs of the reference's decision table
        self,
        worker_state: int,
        status: str,
        disconnected_at: datetime.datetime,
        clock: time.Clock,
        amber_grace_period: datetime.timedelta,
        red_grace_period: datetime.timedelta,
        /,
    ) -> Triggers:
        """Arm the timers."""
        ...


def get_triggers(
    worker_state: int,
    status: str,
    disconnected_at: datetime.datetime,
    clock: time.Clock,
    amber_grace_period: datetime.timedelta,
    red_grace_period: datetime.timedelta,
) -> Triggers:
    """Arm a timer for each stage still to come: Juju's ``GetTriggers`` (spec worker, A.7).

    Reads the clock once and arms amber before red. The caller cancels what it drops.

    Args:
        worker_state: a ``WorkerState``, or any integer: a number that is none arms what the table says.
        status: the code the unit was last told; only "RED", exactly, matters.
        disconnected_at: since when the unit is cut off, aware; it may lie in the future.
        clock: where the timers come from.
        amber_grace_period: from ``disconnected_at`` to AMBER.
        red_grace_period: from ``disconnected_at`` to RED; need not be the longer.
    """
    delays = juju_triggers.delays(
        worker_state, status, clock.now() - disconnected_at, amber_grace_period, red_grace_period
    )
    return Triggers(
        amber=None if delays.amber is None else clock.after(delays.amber),
        red=None if delays.red is None else clock.after(delays.red),
    )
