"""How far an isolated unit has escalated, by Juju's numbers, and when its stages are due (spec worker, A.7).

Juju knows two stages, AMBER and RED. The delays are the reference's decision table; ``workers.triggers`` arms
timers for them. What is *done* when one fires is not decided here but recomputed by ``domain.unit.decide``.
"""

import dataclasses
import datetime

from meterstatus.domain import status
from meterstatus.domain.unit import state


@dataclasses.dataclass(frozen=True, slots=True)
class Delays:
    """How long until each stage; None where the stage is not armed, zero or less where it is due."""

    amber: datetime.timedelta | None = None
    red: datetime.timedelta | None = None


def worker_state(code: status.StatusCode | None) -> state.WorkerState:
    """Return how far a unit has escalated by Juju's numbers, by the code of the stage that it has reached.

    None is before the first stage. Of a policy with two stages of one code Juju's readers see one.
    """
    if code is None:
        return state.WorkerState.WAITING_AMBER
    is_red = code is status.StatusCode.RED
    return state.WorkerState.DONE if is_red else state.WorkerState.WAITING_RED


def delays(
    worker_state: int,
    code: str,
    elapsed: datetime.timedelta,
    amber_grace_period: datetime.timedelta,
    red_grace_period: datetime.timedelta,
) -> Delays:
    """Decide which stages to arm, and for when (spec worker, A.7, rows 1 to 9).

    Args:
        worker_state: how far the unit has escalated; any integer has a row.
        code: what the unit was last told, compared exactly; only "RED" matters.
        elapsed: time since contact was lost; negative where the record lies in the future.
        amber_grace_period: from the loss to AMBER. Need not be shorter than the next.
        red_grace_period: from the loss to RED.
    """
    if worker_state > state.WorkerState.WAITING_RED:
        return Delays()
    red = red_grace_period - elapsed
    waits_for_red_only = (
        worker_state == state.WorkerState.WAITING_RED
        or code == status.StatusCode.RED
        or elapsed >= red_grace_period
    )
    if waits_for_red_only:
        return Delays(red=red)
    if worker_state < 0:
        return Delays()
    return Delays(amber=amber_grace_period - elapsed, red=red)
