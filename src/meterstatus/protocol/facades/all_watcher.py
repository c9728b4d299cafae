"""AllWatcher: what Client.WatchAll began, a batch of changes at a time (spec juju-api, 8.4). Shapes only."""

from typing import Any, Literal

from meterstatus.protocol import wire
from meterstatus.protocol.facades import client

Delta = tuple[str, Literal["change", "remove"], Any]
"""The kind of an entity, what became of it, and the entity: one of the shapes of this module."""


class StatusInfo(wire.Wire, frozen=True):
    """How something is; the words are FullStatus's, some keys are not."""

    current: str
    message: str
    since: wire.Instant
    version: str


class Gone(wire.Wire, frozen=True):
    """A unit or application that is not there any more."""

    model_uuid: str
    name: str


class UnitInfo(wire.Wire, frozen=True):
    """A unit."""

    model_uuid: str
    name: str
    application: str
    charm_url: str
    life: str
    machine_id: str
    public_address: str
    private_address: str
    principal: str
    subordinate: bool
    workload_status: StatusInfo
    agent_status: StatusInfo
    meter_status: client.MeterStatus | None = None
    """Ours, Juju's has none: as FullStatus shows it; absent where it shows none."""


class ApplicationInfo(wire.Wire, frozen=True):
    """An application, which is there with its first unit and gone with its last."""

    model_uuid: str
    name: str
    exposed: bool
    charm_url: str
    owner_tag: str
    life: str
    min_units: int
    constraints: dict[str, Any]
    subordinate: bool
    status: StatusInfo
    workload_version: str


class SLA(wire.Wire, frozen=True):
    """A model's support level; there is none to have any more."""

    level: str
    owner: str


class ModelUpdate(wire.Wire, frozen=True):
    """The model."""

    model_uuid: str
    name: str
    life: str
    owner: str
    controller_uuid: str
    is_controller: bool
    config: dict[str, Any]
    """Must be there: python-libjuju looks into it unasked."""

    constraints: dict[str, Any]
    status: StatusInfo
    sla: SLA


class Deltas(wire.Wire, frozen=True):
    """AllWatcher.Next's result."""

    deltas: tuple[Delta, ...]


FACADE = wire.Facade("AllWatcher", 3)
NEXT = wire.Method(FACADE, "Next", wire.Empty, Deltas)
STOP = wire.Method(FACADE, "Stop", wire.Empty, wire.Empty)
