"""The facades offered here: names, versions, methods, and the exact spelling of what they take and give.

Juju's own (spec juju-api, 2 to 6) and ours, ``MeterStatusAdmin``, for which nothing of Juju's exists. Shapes
only: who may call what, and what it does, is the controller's.

In every Struct here a field without a default is always written, and one with a default is left out while it
has it; read leniently (``messages.decode_params``, ``messages.read_result``), a missing field of the first
kind is empty.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

Instant = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""An aware instant; RFC 3339 on the wire."""


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """A JSON object of the wire; refuses unknown keys so that the lenient reader notices odd ones."""


class Empty(Wire, frozen=True):
    """No params, or no result: ``{}``."""


class Error(Wire, frozen=True):
    """An error inside a result; ``code`` is always present (spec juju-api, 1.12)."""

    message: str
    code: str
    info: dict[str, Any] = {}


class ErrorResult(Wire, frozen=True):
    """The result of something that only succeeds or fails."""

    error: Error | None = None


class ErrorResults(Wire, frozen=True):
    """One result for each element asked for, in its order."""

    results: tuple[ErrorResult, ...]


class Entity(Wire, frozen=True):
    """Something named by its tag."""

    tag: str


class Entities(Wire, frozen=True):
    """A list of entities."""

    entities: tuple[Entity, ...]


class HostPort(Wire, frozen=True):
    """An address of the controller (spec juju-api, 2.2)."""

    value: str
    type: str
    """``hostname``, ``ipv4`` or ``ipv6``."""

    scope: str
    """``public``, ``local-cloud``, ``local-fan``, ``local-machine``, ``link-local`` or ""."""

    port: int
    cidr: str = ""
    space_name: str = ""
    space_id: str = ""
    config_type: str = ""
    is_secondary: bool = False


class LoginRequest(Wire, frozen=True):
    """Admin.Login's params (spec juju-api, 2.1)."""

    auth_tag: str
    credentials: str
    nonce: str
    macaroons: Any = None
    bakery_version: int = 0
    token: str = ""
    cli_args: str = ""
    user_data: str = ""
    client_version: str = ""


class FacadeVersions(Wire, frozen=True):
    """A facade and the versions of it that are offered, ascending."""

    name: str
    versions: tuple[int, ...]


class UserInfo(Wire, frozen=True):
    """What a login tells a user about himself."""

    display_name: str
    """Always "" in the reference."""

    identity: str
    """The canonical user tag."""

    controller_access: str
    """``login``, ``superuser`` or ""."""

    model_access: str
    """``read``, ``write``, ``admin``, or "" on a controller connection."""

    last_connection: Any = None
    credentials: Any = None


class LoginResult(Wire, frozen=True):
    """Admin.Login's result (spec juju-api, 2.2)."""

    controller_tag: str
    facades: tuple[FacadeVersions, ...]
    """Sorted by name."""

    server_version: str
    servers: tuple[tuple[HostPort, ...], ...] = ()
    """One inner list for each controller machine."""

    public_dns_name: str = ""
    model_tag: str = ""
    """Model connections only."""

    user_info: UserInfo | None = None
    """Users only."""

    discharge_required: Any = None
    """Filled in where the login has not succeeded, although there is no error."""

    bakery_discharge_required: Any = None
    discharge_required_error: str = ""


class RedirectInfo(Wire, frozen=True):
    """Where a model went: Admin.RedirectInfo's result, and the info of a redirect error (2.6)."""

    servers: tuple[tuple[HostPort, ...], ...]
    ca_cert: str
    controller_tag: str = ""
    controller_alias: str = ""


class MeterStatusResult(Wire, frozen=True):
    """A unit's status as its agent is told it (spec juju-api, 4.2)."""

    code: str
    info: str
    error: Error | None = None


class MeterStatusResults(Wire, frozen=True):
    """MeterStatus.GetMeterStatus's result."""

    results: tuple[MeterStatusResult, ...]


class NotifyWatchResult(Wire, frozen=True):
    """A watcher started; the key's capitals are the reference's."""

    notify_watcher_id: str = msgspec.field(name="NotifyWatcherId")
    error: Error | None = None


class NotifyWatchResults(Wire, frozen=True):
    """MeterStatus.WatchMeterStatus's result."""

    results: tuple[NotifyWatchResult, ...]


class UnitStateResult(Wire, frozen=True):
    """A unit's stored state; every part is left out while it is empty (spec juju-api, 4.3)."""

    charm_state: dict[str, str] = {}
    uniter_state: str = ""
    relation_state: dict[str, str] = {}
    storage_state: str = ""
    secret_state: str = ""
    meter_status_state: str = ""
    error: Error | None = None


class UnitStateResults(Wire, frozen=True):
    """MeterStatus.State's result."""

    results: tuple[UnitStateResult, ...]


class SetUnitStateArg(Wire, frozen=True):
    """The parts of a unit's state to replace: None leaves a part alone, an empty one deletes it."""

    tag: str
    charm_state: dict[str, str] | None = None
    uniter_state: str | None = None
    relation_state: dict[str, str] | None = None
    storage_state: str | None = None
    secret_state: str | None = None
    meter_status_state: str | None = None


class SetUnitStateArgs(Wire, frozen=True):
    """MeterStatus.SetState's params."""

    args: tuple[SetUnitStateArg, ...]


class MeterStatusParam(Wire, frozen=True):
    """A status to set on a unit, or on every unit of an application (spec juju-api, 6.1)."""

    tag: str
    code: str
    info: str = ""
    reason: str = ""
    """Ours: why, for the history. Juju's controllers ignore it."""


class MeterStatusParams(Wire, frozen=True):
    """MetricsDebug.SetMeterStatus's params; the key's spelling is the reference's."""

    statues: tuple[MeterStatusParam, ...]


class Metric(Wire, frozen=True):
    """The latest value of one metric of a unit (spec juju-api, 6.2)."""

    time: Instant
    key: str
    value: str
    unit: str
    """The unit's name, ``shop/0``."""

    labels: dict[str, str] | None


class EntityMetrics(Wire, frozen=True):
    """The metrics of one entity."""

    metrics: tuple[Metric, ...] = ()
    error: Error | None = None


class MetricResults(Wire, frozen=True):
    """MetricsDebug.GetMetrics's result."""

    results: tuple[EntityMetrics, ...]


class AgentEntity(Wire, frozen=True):
    """An agent as it is known (spec juju-api, 9.1)."""

    life: str
    """``alive``; "" with an error."""

    jobs: None
    """Machines have them; null for units."""

    container_type: str
    error: Error | None = None


class AgentEntities(Wire, frozen=True):
    """Agent.GetEntities's result; the key is the reference's, not ``results``."""

    entities: tuple[AgentEntity, ...]


class EntityPassword(Wire, frozen=True):
    """A password that an agent wants to have."""

    tag: str
    password: str


class EntityPasswords(Wire, frozen=True):
    """Agent.SetPasswords's params; the result is ``ErrorResults``."""

    changes: tuple[EntityPassword, ...]


class PhaseResult(Wire, frozen=True):
    """The phase of a model's migration."""

    phase: str
    """``NONE``; "" with an error."""

    error: Error | None = None


class PhaseResults(Wire, frozen=True):
    """MigrationFlag.Phase's result."""

    results: tuple[PhaseResult, ...]


class AddUnit(Wire, frozen=True):
    """A unit to add, with its first status; an empty code is NOT SET."""

    unit: str
    """The name, ``shop/0``."""

    code: str = ""
    info: str = ""
    reason: str = ""


class AddUnits(Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's params."""

    units: tuple[AddUnit, ...]


class AddUnitResult(Wire, frozen=True):
    """A unit added: its tag and the password its agent first logs in with."""

    tag: str
    password: str
    error: Error | None = None


class AddUnitResults(Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's result."""

    results: tuple[AddUnitResult, ...]


class RemoveUnit(Wire, frozen=True):
    """A unit to remove."""

    unit: str
    reason: str = ""


class RemoveUnits(Wire, frozen=True):
    """MeterStatusAdmin.RemoveUnits's params; the result is ``ErrorResults``."""

    units: tuple[RemoveUnit, ...]


class StatusParams(Wire, frozen=True):
    """MeterStatusAdmin.Status's params."""

    patterns: tuple[str, ...] = ()
    """Names of units or applications, with shell wildcards; none means all."""


class UnitStatus(Wire, frozen=True):
    """How one unit is."""

    unit: str
    code: str
    """As stored."""

    info: str
    told_code: str
    """As the agent is told."""

    told_info: str
    since: Instant
    revision: int
    """Of the change that made it so."""

    connected: bool


class StatusResult(Wire, frozen=True):
    """MeterStatusAdmin.Status's result."""

    revision: int
    """The newest revision this view holds."""

    controller: str
    """The UUID."""

    model: str
    """The UUID."""

    model_name: str
    units: tuple[UnitStatus, ...]


class HistoryParams(Wire, frozen=True):
    """MeterStatusAdmin.History's params."""

    entity: str = ""
    """A unit, an application, or "" for the whole model."""

    limit: int = 0
    """The most changes to return; 0 leaves it to the controller."""

    before_revision: int = 0
    """Only changes before this revision; 0 begins at the newest."""


class StoredStatus(Wire, frozen=True):
    """A status as stored."""

    code: str
    info: str


class Change(Wire, frozen=True):
    """One change of one unit."""

    revision: int
    time: Instant
    user: str
    """The name of who made it: a user, or the unit whose agent took a new password."""

    unit: str
    action: str
    """``add``, ``set``, ``remove`` or ``password``."""

    reason: str
    old: StoredStatus | None = None
    """Absent where the unit was not there before."""

    new: StoredStatus | None = None
    """Absent where it is not there after."""


class HistoryResult(Wire, frozen=True):
    """MeterStatusAdmin.History's result, newest first."""

    changes: tuple[Change, ...]


class ConnectionKind(enum.Enum):
    """What a connection was made to, which decides the facades on it (spec juju-api, 2.3)."""

    MODEL = "model"
    CONTROLLER = "controller"


BOTH = frozenset(ConnectionKind)
MODEL_ONLY = frozenset({ConnectionKind.MODEL})


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """What a method takes and gives."""

    params: type[Wire] = Empty
    result: type[Wire] = Empty


@dataclasses.dataclass(frozen=True, slots=True)
class Facade:
    """One version of a facade."""

    name: str
    version: int
    kinds: frozenset[ConnectionKind]
    methods: Mapping[str, Method]
    listed: bool = True
    """Whether a login's answer names it."""


ADMIN = Facade(
    "Admin",
    3,
    BOTH,
    {"Login": Method(LoginRequest, LoginResult), "RedirectInfo": Method(result=RedirectInfo)},
    listed=False,
)
AGENT = Facade(
    "Agent",
    3,
    MODEL_ONLY,
    {
        "GetEntities": Method(Entities, AgentEntities),
        "SetPasswords": Method(EntityPasswords, ErrorResults),
    },
)
MIGRATION_FLAG = Facade(
    "MigrationFlag",
    1,
    MODEL_ONLY,
    {
        "Phase": Method(Entities, PhaseResults),
        "Watch": Method(Entities, NotifyWatchResults),
    },
)
PINGER = Facade("Pinger", 1, BOTH, {"Ping": Method(), "Stop": Method()})
NOTIFY_WATCHER = Facade("NotifyWatcher", 1, BOTH, {"Next": Method(), "Stop": Method()})
METER_STATUS = Facade(
    "MeterStatus",
    2,
    MODEL_ONLY,
    {
        "GetMeterStatus": Method(Entities, MeterStatusResults),
        "WatchMeterStatus": Method(Entities, NotifyWatchResults),
        "State": Method(Entities, UnitStateResults),
        "SetState": Method(SetUnitStateArgs, ErrorResults),
    },
)
METRICS_DEBUG = Facade(
    "MetricsDebug",
    2,
    MODEL_ONLY,
    {
        "SetMeterStatus": Method(MeterStatusParams, ErrorResults),
        "GetMetrics": Method(Entities, MetricResults),
    },
)
METER_STATUS_ADMIN = Facade(
    "MeterStatusAdmin",
    1,
    MODEL_ONLY,
    {
        "AddUnits": Method(AddUnits, AddUnitResults),
        "RemoveUnits": Method(RemoveUnits, ErrorResults),
        "Status": Method(StatusParams, StatusResult),
        "History": Method(HistoryParams, HistoryResult),
    },
)

FACADES = (
    ADMIN,
    AGENT,
    METER_STATUS,
    METER_STATUS_ADMIN,
    METRICS_DEBUG,
    MIGRATION_FLAG,
    NOTIFY_WATCHER,
    PINGER,
)
"""All that is offered, by name; one version of each."""

_COMMON = frozenset({"Bundle", "HighAvailability", "ModelConfig", "NotifyWatcher", "Pinger"})
_CONTROLLER_ONLY = frozenset(
    {
        "AllModelWatcher",
        "ApplicationOffers",
        "Cloud",
        "Controller",
        "CrossController",
        "MigrationTarget",
        "ModelManager",
        "ModelSummaryWatcher",
        "ModelUpgrader",
        "SecretBackends",
        "UserManager",
    }
)


def is_callable(name: str, kind: ConnectionKind) -> bool:
    """Tell whether Juju lets a facade of this name, offered or not, be called on a kind of connection."""
    if kind is ConnectionKind.CONTROLLER:
        return name in _CONTROLLER_ONLY or name in _COMMON
    return name not in _CONTROLLER_ONLY


def listed(kind: ConnectionKind) -> tuple[FacadeVersions, ...]:
    """Return what a login on a kind of connection names, sorted by name."""
    return tuple(
        FacadeVersions(facade.name, (facade.version,))
        for facade in FACADES
        if facade.listed and kind in facade.kinds
    )
