"""Whether a unit's hook was told what is asserted, as its controller can know (invariant 12).

Pure. What nobody has said is not known, and is counted neither as told nor as a problem: an agent of Juju's
before its first word, and one of another make that reports nothing, may have told everything.
"""

import enum

from meterstatus.domain import status
from meterstatus.domain.hook import delivery_report, trouble


class Told(enum.StrEnum):
    """What is known; the name goes to programs."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def judge(
    asserted: status.MeterStatus,
    newest: delivery_report.DeliveryReport | None,
    troubled: trouble.Trouble | None,
) -> Told:
    """Judge by what the agent has said.

    Args:
        asserted: what the agent is told.
        newest: the newest report of the unit's status hook; None where nothing was reported.
        troubled: what keeps the hook from being told; None where nothing does, or nobody says.
    """
    if troubled is not None and troubled.withholds:
        return Told.NO
    if newest is None:
        return Told.UNKNOWN
    return Told.YES if newest.outcome.is_delivery and newest.status == asserted else Told.NO
