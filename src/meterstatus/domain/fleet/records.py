"""What a controller holds: its identity, units, users, and the record of every change.

Pure values and the rules on them: which statuses may be set, who may do what. Nothing is stored here.
"""

import dataclasses
import datetime
import enum
import functools
import uuid

from meterstatus import errors
from meterstatus.domain import epoch as epochs
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import names
from meterstatus.domain import status as statuses
from meterstatus.domain.fleet import effective_policy, level, time_limit
from meterstatus.domain.text import line

NOT_SET = statuses.MeterStatus(statuses.StatusCode.NOT_SET.value)
"""What a unit holds until somebody sets something (spec juju-api, 7.2)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """Which controller this is, and where it is reached."""

    controller_uuid: str
    model_uuid: str
    """The one model that it serves."""

    model_name: str
    hosts: tuple[str, ...]
    """The host names and addresses that its certificate bears, as given by the operator."""

    port: int
    created: datetime.datetime | None = dataclasses.field(default=None, compare=False)
    """When it was made, UTC; None for one that an earlier release made."""

    @property
    def controller_model_uuid(self) -> str:
        """The UUID of the controller's own model, which clients of Juju look for; there is nothing in it."""
        return _own_model_of(self.controller_uuid)


@functools.cache
def _own_model_of(controller_uuid: str) -> str:
    # Asked at each connection, and the hash takes as long as a login.
    return str(uuid.uuid5(uuid.UUID(controller_uuid), "controller model"))


class Access(enum.StrEnum):
    """What a user may do, each level including the ones before it."""

    READ = "read"
    """Look at units, statuses and history."""

    WRITE = "write"
    """Set statuses as well. Juju lets a reader do so (spec juju-api, 6), which is a hole."""

    ADMIN = "admin"
    """Add and remove units, and set policies, as well; Juju's superuser."""

    def includes(self, needed: "Access") -> bool:
        """Tell whether this level is the needed one or above it."""
        levels = list(Access)
        return levels.index(self) >= levels.index(needed)


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """A person, or a system acting as one."""

    name: str
    salt: str = dataclasses.field(repr=False)
    password_hash: str = dataclasses.field(repr=False)
    """``passwords.user_hash`` of the password and the salt."""

    access: Access
    enabled: bool = True

    @property
    def tag(self) -> str:
        """The user's tag."""
        return str(names.Tag(names.Kind.USER, self.name))

    def require(self, needed: Access) -> None:
        """Check a right.

        Raises:
            UnauthorizedError: the user's level does not include it.
        """
        if not self.access.includes(needed):
            raise errors.UnauthorizedError

    def author(self, at: datetime.datetime, reason: str) -> "Author":
        """Return the user as who makes a change at an instant, and why.

        Raises:
            NotValidError: the reason is no line.
        """
        line.check("reason", reason)
        return Author(self.tag, at, reason)


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the controller knows it."""

    name: str
    password_hash: str = dataclasses.field(repr=False)
    """``passwords.agent_hash`` of its agent's password."""

    status: statuses.MeterStatus
    """As stored: NOT SET until somebody sets it. Agents are told ``effective``."""

    revision: int
    """Of the change that made the status what it is."""

    since: datetime.datetime
    """When the status became what it is, UTC."""

    added: int
    """The revision that added it. Tells a unit from a later one of the same name."""

    wider: level.Wider = level.NOTHING
    """What is set above it; what a repository returns of a unit has nothing there."""

    limit: time_limit.TimeLimit | None = None
    """When the status ends; None where it stays until it is set again."""

    @property
    def application(self) -> str:
        """The application that the unit belongs to."""
        return names.application_of(self.name)

    @property
    def tag(self) -> str:
        """The unit's tag."""
        return names.unit_tag(self.name)

    @property
    def effective(self) -> statuses.MeterStatus:
        """What the unit's agent is told (spec juju-api, 7.3, and ``domain.fleet.level``).

        The metrics manager takes part in the reference's rule. There is none here, which reads as GREEN
        "ok" (7.4) and so never prevails: a tie goes to the unit, and any other code is more severe.
        """
        return statuses.as_told(self.prevailing)

    @property
    def prevailing(self) -> statuses.MeterStatus:
        """What rules of the unit's own status and those above it: NOT SET where nobody has set any."""
        return self.wider.over(self.status)

    @property
    def ended(self) -> "Unit":
        """The unit as it is once its status has ended; as it is where that has no end."""
        if self.limit is None or self.limit.beneath is None:
            return self
        return dataclasses.replace(self, status=self.limit.beneath, limit=None)


@dataclasses.dataclass(frozen=True, slots=True)
class Agent:
    """A unit's agent, as it logged in."""

    unit: str
    """The unit's name."""

    added: int
    """``Unit.added`` at login. A unit removed and added again is another one, with another password; an
    agent that is still connected from before must not act for it."""

    @property
    def tag(self) -> str:
        """The agent's tag, which is the unit's."""
        return names.unit_tag(self.unit)


Caller = Agent | User
"""Who is logged in on a connection."""


class ChangeKind(enum.StrEnum):
    """What a change did."""

    ADD = "add"
    SET = "set"
    LEVEL = "level"
    REMOVE = "remove"
    POLICY = "policy"
    EPOCH = "epoch"
    MAINTENANCE = "maintenance"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of change, no secret


@dataclasses.dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change, when and why."""

    who: str
    """A tag."""

    at: datetime.datetime
    why: str = ""
    """One line for the next person; may be empty."""


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history, never altered."""

    revision: int
    """Its place in the one sequence of all changes, from 1."""

    kind: ChangeKind
    unit: str
    """The unit's name; "" where it is of more than one unit."""

    author: Author
    old: statuses.MeterStatus | None = None
    """The stored status before; None for an added unit, a policy and a password."""

    new: statuses.MeterStatus | None = None
    """The stored status after; None for a removed unit, a policy and a password."""

    policy: effective_policy.PolicyChange | None = None
    """What became of a policy; None for every other kind of change."""

    epoch: epochs.Epoch | None = None
    """The epoch that began with it; None for every other kind of change."""

    maintenance: maintenances.Maintenance | None = None
    """What was announced; None where it was ended, and for every other kind of change."""

    level: names.Tag | None = None
    """The application or model whose status it is; None for every other kind of change."""

    batch: int = 0
    """What changes that were made by one call have in common; 0 where it was made alone."""

    limit: time_limit.TimeLimit | None = None
    """When the new status ends; None where it stays."""

    old_limit: time_limit.TimeLimit | None = None
    """When the old status would have ended, or has."""

    ended: int = 0
    """The revision whose time was over; 0 for every change that somebody made."""

    @property
    def application(self) -> str:
        """The application that it is of; "" where it is of the whole model."""
        if self.policy is not None:
            return self.policy.application
        if self.level is not None:
            return self.level.name if self.level.kind is names.Kind.APPLICATION else ""
        return names.application_of(self.unit) if self.unit else ""

    @property
    def is_own(self) -> bool:
        """Whether a unit's agent made it, of its unit: a new password is all that one can change."""
        return self.author.who.startswith(f"{names.Kind.UNIT.value}-")

    @property
    def is_of_all(self) -> bool:
        """Whether every unit's agent must hear of it."""
        return self.kind in (ChangeKind.EPOCH, ChangeKind.MAINTENANCE)


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """A change, and what became of its unit."""

    change: Change
    unit: Unit | None
    """The unit as it is now, which may be newer than the change; None when it is gone or there is no one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fleet:
    """Everything that a controller needs in memory, at one revision."""

    identity: Identity
    users: tuple[User, ...]
    units: tuple[Unit, ...]
    rulings: tuple[effective_policy.Ruling, ...]
    """Every policy that is set."""

    revision: int
    """Of the last change that is in it; 0 when nothing ever changed."""

    epoch: epochs.Epoch = epochs.Epoch()  # noqa: RUF009 - frozen
    maintenance: maintenances.Maintenance | None = None
    """What was announced last and not ended, over by itself or not."""

    levels: tuple[level.Level, ...] = ()
    """The statuses that are set for applications and the model."""


def check_settable(wanted: statuses.MeterStatus) -> None:
    """Check a status that somebody wants to set (spec juju-api, 6.1).

    Raises:
        NotValidError: the code is not GREEN, AMBER or RED exactly, or the info is over 4096 characters
            or holds a control character other than a tab.
    """
    if wanted.code not in statuses.SETTABLE:
        not_set = wanted.code == statuses.StatusCode.NOT_SET
        known = statuses.StatusCode.NOT_SET if not_set else statuses.StatusCode.NOT_AVAILABLE
        raise errors.NotValidError(f'meter status "{known.value}"')
    line.check("meter status info", wanted.info)
