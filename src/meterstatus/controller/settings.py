"""The controller's limits, each with its reason."""

import dataclasses
import datetime

from meterstatus.domain import blast_radius as radii
from meterstatus.domain import retention as retentions


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Limits and spans; the defaults suit a fleet of ten thousand units on one small machine."""

    login_burst: int = 20_000
    """Logins by others than users that may come at once; 0 switches the limit off.

    Juju's is 10, then four a second: after an outage a fleet of ten thousand needs 42 minutes to come
    back, and meanwhile everyone is told "try again". Its purpose was to spare an expensive password hash,
    which an agent's is not: it takes a microsecond, and a random password of 144 bits is not guessed.
    """

    login_period: datetime.timedelta = datetime.timedelta(milliseconds=0.5)
    """In which one more such login is allowed."""

    user_hashes_at_once: int = 2
    """Users' passwords checked at the same time; each takes milliseconds of a core."""

    silence: datetime.timedelta = datetime.timedelta(minutes=3)
    """How long an agent may go without Pinger.Ping, and a client without logging in (spec juju-api, 3)."""

    max_in_flight: int = 200
    """Unanswered requests on one connection; more are answered "try again"."""

    max_watchers: int = 200
    """Watchers on one connection."""

    max_history: int = 10_000
    """The most changes in one answer."""

    keep: retentions.Retention = dataclasses.field(default_factory=retentions.Retention)
    """How long the history and what agents report is kept."""

    blast_radius: radii.BlastRadius = dataclasses.field(default_factory=radii.BlastRadius)
    """How much of the model one change may turn RED, where whoever makes it does not say."""

    farewell: datetime.timedelta = datetime.timedelta(seconds=10)
    """How long a stopping controller waits for its connections to end in order."""
