"""A model's content as clients are shown it, read from what is served; live, so read and let go.

The words are Juju's. The controller knows of a unit whether its agent is connected and what its meter status
is; what it does not know, of workloads and machines, is said to be unknown or left empty.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import NamedTuple

from meterstatus.controller.fleet import models, presence
from meterstatus.domain import status
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import client

UNKNOWN = "unknown"
"""Juju's word for the status of a workload that never said any."""


class Words(NamedTuple):
    """How something is."""

    status: str
    info: str
    since: datetime.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class ModelView:
    """What is in one model."""

    model: models.Model
    controller_uuid: str
    owner: str
    """Whose it is, a tag."""

    units: Mapping[str, records.Unit]
    """By name."""

    applications: Mapping[str, int]
    """How many units each has; one of none is not there."""

    presence: presence.Presence
    created: datetime.datetime | None = None
    """When the controller was made; None where nobody knows."""

    @property
    def since(self) -> datetime.datetime:
        """Since when all that never changes is as it is: the controller was made, or at least was there.

        Never unknown: Juju always says it, and its client ends with SIGSEGV where a time is null.
        """
        return self.created or self.presence.began

    @property
    def workload(self) -> "Words":
        """How every workload is."""
        return Words(UNKNOWN, "", self.since)

    def has_application(self, name: str) -> bool:
        """Tell whether an application is there."""
        return self.applications.get(name, 0) > 0

    def agent(self, unit: str) -> Words:
        """Say how a unit's agent is."""
        since = self.presence.since(unit)
        if self.presence.is_connected(unit):
            return Words("idle", "", since)
        return Words("lost", "agent is not communicating with the server", since)


def charm_url(application: str) -> str:
    """Return the charm of an application, of which the name is all that clients can be told."""
    return f"local:{application}-0"


def colour(held: status.MeterStatus) -> client.MeterStatus | None:
    """Return a prevailing status as people are shown it; None for what is no colour (spec juju-api, 8.3).

    As it was set, and not as the agent is told it: a unit that nobody has set shows nothing.
    """
    if held.code not in status.SETTABLE:
        return None
    return client.MeterStatus(held.code.lower(), held.info)
