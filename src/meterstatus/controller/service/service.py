"""Every use case of a controller, grouped by what it is about.

Whoever carries a question calls these: the RPC's facades, an HTTP API, a test. They take and return values of
the domain, and who may ask for what is checked by them and nowhere else.
"""

import secrets
from collections.abc import Callable

from meterstatus.controller.fleet import fleet
from meterstatus.controller.service import (
    administration,
    agents,
    fleet_status,
    history,
    models,
    policies,
    statuses,
    units,
    users,
)
from meterstatus.domain.fleet import blast_radius
from meterstatus.ports import repository, time


class Service:
    """The use cases on one fleet.

    Args:
        of: the fleet in memory, started.
        store: what it is kept in.
        clock: says when.
        random_bytes: makes agents' passwords.
        radius: how much of the model one change may turn RED, where the change itself does not say.

    Attributes:
        administration: the epoch, maintenance, and what agents claim.
        agents: what an agent asks and says of its own unit.
        fleet_status: how the whole fleet is.
        history: what was changed and reported.
        models: the models that a user may see.
        policies: when units escalate by themselves.
        statuses: what units are set to.
        units: which there are.
        users: who may log in.
    """

    def __init__(
        self,
        of: fleet.Fleet,
        store: repository.Repository,
        clock: time.Clock,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        radius: blast_radius.BlastRadius | None = None,
    ) -> None:
        self.administration = administration.Administration(of, store, clock)
        self.agents = agents.Agents(of, store, clock)
        self.fleet_status = fleet_status.FleetStatuses(of, clock)
        self.history = history.History(store)
        self.models = models.Models(of, clock)
        self.policies = policies.Policies(of, store, clock)
        self.statuses = statuses.Statuses(of, store, clock, radius or blast_radius.BlastRadius())
        self.units = units.Units(of, store, clock, random_bytes)
        self.users = users.Users(of)
