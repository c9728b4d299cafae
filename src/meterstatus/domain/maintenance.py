"""Announced maintenance: how much longer a unit waits for a controller that said it may be away.

Pure. What counts is the rest of the announced span at the last contact, by the controller's clock at that
moment; from there the unit's offline clock goes on. So no wall clock of a unit has to be right, and a unit
that was cut off before the announcement does not wait for it.
"""

import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus import errors
from meterstatus.domain import policy as policies
from meterstatus.domain.text import spans

NOTHING = datetime.timedelta(0)

SHORTEST = datetime.timedelta(seconds=1)
LONGEST = datetime.timedelta(hours=24)
"""The most that can be announced. Longer would be a policy, and belongs there: an announcement that outlives
the shift of who made it is a switch that somebody forgot."""


@dataclasses.dataclass(frozen=True, slots=True)
class Maintenance:
    """What was announced, as a controller holds it."""

    since: datetime.datetime
    until: datetime.datetime
    """By the controller's clock, aware UTC."""

    who: str
    """The tag of who announced it."""

    why: str = ""

    def rest(self, at: datetime.datetime) -> datetime.timedelta:
        """Return what is left of it at an instant of the controller's clock; zero after it.

        Never more than was announced, also where that clock was set back meanwhile.
        """
        return max(NOTHING, min(self.until - at, self.until - self.since))


def check(span: datetime.timedelta) -> None:
    """Check a span that an operator announces.

    Raises:
        NotValidError: it is below a second or above 24 hours.
    """
    if not SHORTEST <= span <= LONGEST:
        bounds = f"{spans.render(SHORTEST)} to {spans.render(LONGEST)}"
        shown = f"-{spans.render(-span)}" if span < NOTHING else spans.render(span)
        raise errors.NotValidError(f"maintenance of {shown}", f"it may be {bounds}")


def bounded(rest: datetime.timedelta) -> datetime.timedelta:
    """Return how much a unit waits longer, whatever it was told or has on its disk."""
    return min(max(rest, NOTHING), LONGEST)


def stages(
    policy: policies.Policy, rest: datetime.timedelta
) -> Iterator[tuple[policies.Stage, datetime.timedelta]]:
    """Give the stages of a policy, each with the time from the last contact until it.

    Args:
        policy: what rules the unit.
        rest: what was left of announced maintenance at the last contact. A wait gets no longer by it than the
            longest that a policy may have.
    """
    longer = bounded(rest)
    for stage in policy.stages:
        yield stage, max(stage.grace, min(stage.grace + longer, policies.LONGEST))
