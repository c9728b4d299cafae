"""What a Juju agent's hook was told, read from the state that it stores at its controller.

Pure. Juju's agents report no deliveries; after each hook they store what it was told (spec juju-api, 9.1).
They store it whether the hook succeeded or not (spec worker, B-06), so that is as good as their word is. Our
own agents store the same keys with a count of deliveries, and report each by itself.
"""

import datetime

from meterstatus import errors
from meterstatus.domain import policy, status
from meterstatus.domain.hook import delivery_report, hook_call, outcome
from meterstatus.domain.unit import state

LONGEST_TEXT = 16 * 1024
"""Of a stored state that is read; Juju's has three keys, and an information text of 4 KiB at most."""

DETAIL = "as a Juju agent stored it"


def read(text: str, at: datetime.datetime) -> delivery_report.DeliveryReport | None:
    """Return the report that a stored state stands for.

    Args:
        text: the field as it was stored.
        at: when it was stored, aware UTC: when the hook ended, it does not say.

    Returns:
        The report; None where it is one of our own agents', tells of no status, or cannot be understood.
    """
    if len(text) > LONGEST_TEXT:
        return None
    try:
        stored = state.State.from_yaml(text)
    except errors.StateCorruptError:
        return None
    if stored.deliveries or stored.code not in set(status.StatusCode):
        return None
    is_stage = stored.info == policy.DISCONNECTED_INFO
    return delivery_report.DeliveryReport(
        delivery_id=f"{int(at.timestamp() * 1000):x}-juju",
        attempt=1,
        hook=hook_call.HookKind.CHANGED,
        status=stored.delivered,
        origin=hook_call.Origin.AGENT if is_stage else hook_call.Origin.CONTROLLER,
        outcome=outcome.HookOutcome(outcome.HookResult.RAN, detail=DETAIL),
        ended_at=at,
    )
