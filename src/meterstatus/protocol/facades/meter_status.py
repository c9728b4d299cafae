"""MeterStatus: a unit's status, its watch and its state (spec juju-api, 4). Shapes only."""

from meterstatus.protocol import wire


class MeterStatusResult(wire.Wire, frozen=True):
    """A unit's status as its agent is told it (spec juju-api, 4.2)."""

    code: str
    info: str
    error: wire.Error | None = None


class MeterStatusResults(wire.Wire, frozen=True):
    """MeterStatus.GetMeterStatus's result."""

    results: tuple[MeterStatusResult, ...]


class UnitStateResult(wire.Wire, frozen=True):
    """A unit's stored state; every part is left out while it is empty (spec juju-api, 4.3)."""

    charm_state: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    uniter_state: str = ""
    relation_state: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    storage_state: str = ""
    secret_state: str = ""
    meter_status_state: str = ""
    error: wire.Error | None = None


class UnitStateResults(wire.Wire, frozen=True):
    """MeterStatus.State's result."""

    results: tuple[UnitStateResult, ...]


class SetUnitStateArg(wire.Wire, frozen=True):
    """The parts of a unit's state to replace: None leaves a part alone, an empty one deletes it."""

    tag: str
    charm_state: dict[str, str] | None = None
    uniter_state: str | None = None
    relation_state: dict[str, str] | None = None
    storage_state: str | None = None
    secret_state: str | None = None
    meter_status_state: str | None = None


class SetUnitStateArgs(wire.Wire, frozen=True):
    """MeterStatus.SetState's params."""

    args: tuple[SetUnitStateArg, ...]


FACADE = wire.Facade("MeterStatus", 2)
GET_METER_STATUS = wire.Method(FACADE, "GetMeterStatus", wire.Entities, MeterStatusResults)
WATCH_METER_STATUS = wire.Method(FACADE, "WatchMeterStatus", wire.Entities, wire.NotifyWatchResults)
STATE = wire.Method(FACADE, "State", wire.Entities, UnitStateResults)
SET_STATE = wire.Method(FACADE, "SetState", SetUnitStateArgs, wire.ErrorResults)
