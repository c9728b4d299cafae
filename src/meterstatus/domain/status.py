"""Status codes and their severity; combining what may apply to a unit (spec juju-api, 7).

Pure values. A code is a string on the wire and in the state file, compared exactly; text that is no
code is carried as it is and never raises.
"""

import dataclasses
import enum
from collections.abc import Iterable


class StatusCode(enum.StrEnum):
    """The codes that Juju knows; only GREEN, AMBER and RED can be set or reach an agent."""

    GREEN = "GREEN"
    NOT_SET = "NOT SET"
    AMBER = "AMBER"
    RED = "RED"
    NOT_AVAILABLE = "NOT AVAILABLE"


SETTABLE = (StatusCode.GREEN, StatusCode.AMBER, StatusCode.RED)
"""What a person or a billing system may set (spec juju-api, 6.1)."""

_SEVERITY: dict[str, int] = {code: rank for rank, code in enumerate(StatusCode, start=1)}


def severity(code: str) -> int:
    """Rank a code: GREEN 1 < NOT SET 2 < AMBER 3 < RED 4 < NOT AVAILABLE 5.

    Text that is no code ranks 0, below GREEN. Ranking it high would be the tempting reading of
    "unknown is NOT AVAILABLE" (spec juju-api, 7.1), but then a garbled status would hold back the
    escalation of an isolated unit for ever; ranked low, every stage still raises it.
    """
    return _SEVERITY.get(code, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class MeterStatus:
    """A status as it is told: a code and a line of information."""

    code: str
    """GREEN, AMBER or RED from a controller; any text is carried."""

    info: str = ""
    """Free text, possibly empty."""


def worst(statuses: Iterable[MeterStatus]) -> MeterStatus | None:
    """Choose the most severe status; of equals, the first. None where there is none."""
    chosen: MeterStatus | None = None
    for status in statuses:
        if chosen is None or severity(status.code) > severity(chosen.code):
            chosen = status
    return chosen


def as_told(status: MeterStatus) -> MeterStatus:
    """Translate a stored status into what an agent is told (spec juju-api, 7.3).

    NOT SET becomes AMBER "not set"; NOT AVAILABLE, and any text that is no code, becomes RED
    "not available"; a stored info is dropped in both cases.
    """
    if status.code == StatusCode.NOT_SET:
        return MeterStatus(StatusCode.AMBER.value, "not set")
    if status.code not in SETTABLE:
        return MeterStatus(StatusCode.RED.value, "not available")
    return status
