"""Client and Storage: a model's status as ``juju status`` shows it (spec juju-api, 8.3). Shapes only.

Version 7 of Client has what 6 has, and takes one wish more: the status then has the storage in it, which a
client without it asks for beside the status. A model here has no storage, so every list of it is empty.
"""

from typing import Any

from meterstatus.protocol import wire

Nothing = dict[str, str]
"""A map that is always written and always empty here, because what it lists does not exist."""


class StatusParams(wire.Wire, frozen=True):
    """Client.FullStatus's params."""

    patterns: tuple[str, ...]
    """Names of units or applications, with shell wildcards; none means all."""

    include_storage: bool = False
    """Version 7 only. A model here has no storage, and the answer says so by leaving it out."""


class MeterStatus(wire.Wire, frozen=True):
    """A meter status as people are shown it."""

    color: str
    """``green``, ``amber`` or ``red``; "" for none."""

    message: str


class DetailedStatus(wire.Wire, frozen=True):
    """How something is, in Juju's words."""

    status: str
    info: str
    data: Nothing
    since: wire.Instant

    kind: str
    version: str
    life: str


class UnitStatus(wire.Wire, frozen=True):
    """A unit of an application."""

    agent_status: DetailedStatus
    workload_status: DetailedStatus
    workload_version: str
    machine: str
    opened_ports: tuple[str, ...]
    public_address: str
    charm: str
    """"" where it is the application's."""

    subordinates: Nothing


class Base(wire.Wire, frozen=True):
    """An operating system."""

    name: str
    channel: str


class ApplicationStatus(wire.Wire, frozen=True):
    """An application and its units."""

    charm: str
    charm_version: str
    charm_profile: str
    base: Base
    exposed: bool
    life: str
    relations: Nothing
    can_upgrade_to: str
    subordinate_to: tuple[str, ...]
    units: dict[str, UnitStatus]
    """By name."""

    meter_statuses: dict[str, MeterStatus] | None
    """By the unit's name, of those that have one; None where none has."""

    status: DetailedStatus
    workload_version: str
    endpoint_bindings: Nothing
    public_address: str


class ModelStatusInfo(wire.Wire, frozen=True):
    """The model itself."""

    name: str
    type: str
    cloud_tag: str
    version: str
    available_version: str
    model_status: DetailedStatus
    meter_status: MeterStatus
    """Always written; empty texts where it has none."""

    sla: str


class FullStatus(wire.Wire, frozen=True):
    """Client.FullStatus's result; the keys are in the order of the reference."""

    model: ModelStatusInfo
    machines: Nothing
    applications: dict[str, ApplicationStatus]
    """By name."""

    remote_applications: Nothing
    offers: Nothing
    relations: tuple[str, ...]
    controller_timestamp: wire.Instant
    branches: Nothing


class WatcherId(wire.Wire, frozen=True):
    """Client.WatchAll's result."""

    watcher_id: str


class Filters(wire.Wire, frozen=True):
    """The params of each method of Storage; what a filter says does not matter where there is nothing."""

    filters: tuple[Any, ...]


class NoDetails(wire.Wire, frozen=True):
    """What one filter finds."""

    result: tuple[Any, ...]


class DetailsResults(wire.Wire, frozen=True):
    """The result of each, one element for each filter."""

    results: tuple[NoDetails, ...]


CLIENT = wire.Facade("Client", 7, earlier=(5, 6))
FULL_STATUS = wire.Method(CLIENT, "FullStatus", StatusParams, FullStatus)
WATCH_ALL = wire.Method(CLIENT, "WatchAll", wire.Empty, WatcherId)

STORAGE = wire.Facade("Storage", 6)
LIST_FILESYSTEMS = wire.Method(STORAGE, "ListFilesystems", Filters, DetailsResults)
LIST_STORAGE_DETAILS = wire.Method(STORAGE, "ListStorageDetails", Filters, DetailsResults)
LIST_VOLUMES = wire.Method(STORAGE, "ListVolumes", Filters, DetailsResults)
