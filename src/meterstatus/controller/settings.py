"""The controller's figures, each with its reason."""

import dataclasses
import datetime

from meterstatus.domain.fleet import blast_radius as radii
from meterstatus.domain.fleet import retention as retentions

SERVER_VERSION = "3.6.0"
"""What this controller says it is: python-libjuju refuses any major version but 3, Juju's client fails a
login whose version it cannot parse, and 3.6 is the last series that had meter statuses."""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Limits and spans; the defaults suit a fleet of ten thousand units on one small machine."""

    login_burst: int = 3_000
    """Agents' logins that may come at once; 0 switches the limit off. Whoever is put off is told to wait for
    three seconds at most (``backoff.LONGEST_TOLD``), and what is gained meanwhile must have room.

    Juju's is 10, then four a second: after an outage a fleet of ten thousand needs 42 minutes to come
    back, and meanwhile everyone is told "try again". Its purpose was to spare an expensive password hash,
    which an agent's is not: it takes a microsecond, and a random password of 144 bits is not guessed. Here
    it leaves room for the statuses of those who are back.
    """

    login_period: datetime.timedelta = datetime.timedelta(milliseconds=1)
    """In which one more such login is allowed: ten thousand are back after seven seconds at the earliest."""

    login_line: datetime.timedelta = datetime.timedelta(minutes=1)
    """How long the place of an agent that was put off is kept when it does not ask again; Juju's take longer
    than ours."""

    user_hashes_at_once: int = 2
    """Users' passwords checked at the same time; each takes milliseconds of a core."""

    silence: datetime.timedelta = datetime.timedelta(minutes=3)
    """How long an agent may go without Pinger.Ping, and a client without logging in (spec juju-api, 3)."""

    store_silence: datetime.timedelta = datetime.timedelta(seconds=15)
    """How long ago it may have been certain that what is served is what is stored; then nobody is served.

    Long enough for the failover of a database, which else has all agents come back at once. Agents that
    find no other controller are cut off from then on, and have minutes until they do anything."""

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
