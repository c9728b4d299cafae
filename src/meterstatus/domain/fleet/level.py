"""Statuses wider than a unit's: an application's and the model's, beside what is set for units themselves.

Pure. What a unit is told is the worst of what is set for it, of equals the narrowest (spec juju-api, 7.3). A
level's status holds for units that are added later, and a unit that nothing is set for itself has that alone:
NOT SET is no word, although it ranks above GREEN. Where nothing is set at any level it stands.
"""

import dataclasses
import datetime
from collections.abc import Mapping

from meterstatus.domain import names, status
from meterstatus.domain.fleet import time_limit

KINDS = (names.Kind.APPLICATION, names.Kind.MODEL)
"""Of the scopes that are levels, the narrowest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Level:
    """A status that is set for an application or the model."""

    scope: names.Tag
    status: status.MeterStatus
    revision: int
    """Of the change that set it."""

    since: datetime.datetime
    limit: time_limit.TimeLimit | None = None
    """None where it stays until it is set again."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wider:
    """What is set above a unit; None where nothing is."""

    application: status.MeterStatus | None = None
    model: status.MeterStatus | None = None

    def over(self, own: status.MeterStatus) -> status.MeterStatus:
        """Return which of it and the unit's own status prevails."""
        asserted = [
            each
            for each in (own, self.application, self.model)
            if each is not None and each.code != status.StatusCode.NOT_SET
        ]
        return status.worst(asserted) or own


NOTHING = Wider()


def wider(levels: Mapping[names.Tag, Level], application: str, model_uuid: str) -> Wider:
    """Return what is set above the units of an application."""
    own = levels.get(names.Tag(names.Kind.APPLICATION, application))
    model = levels.get(names.Tag(names.Kind.MODEL, model_uuid))
    return Wider(own and own.status, model and model.status) if own or model else NOTHING
