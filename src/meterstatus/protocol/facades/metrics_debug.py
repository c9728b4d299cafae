"""MetricsDebug, with which statuses are set (spec juju-api, 6). Shapes only."""

from meterstatus.protocol import wire


class MeterStatusParam(wire.Wire, frozen=True):
    """A status to set on a unit, or on every unit of an application (spec juju-api, 6.1)."""

    tag: str
    code: str
    info: str = ""
    reason: str = ""
    """Ours: why, for the history. Juju's controllers ignore it."""


class MeterStatusParams(wire.Wire, frozen=True):
    """MetricsDebug.SetMeterStatus's params; the key's spelling is the reference's."""

    statues: tuple[MeterStatusParam, ...]


class Metric(wire.Wire, frozen=True):
    """The latest value of one metric of a unit (spec juju-api, 6.2)."""

    time: wire.Instant
    key: str
    value: str
    unit: str
    """The unit's name, ``shop/0``."""

    labels: dict[str, str] | None


class EntityMetrics(wire.Wire, frozen=True):
    """The metrics of one entity."""

    metrics: tuple[Metric, ...] = ()
    error: wire.Error | None = None


class MetricResults(wire.Wire, frozen=True):
    """MetricsDebug.GetMetrics's result."""

    results: tuple[EntityMetrics, ...]


FACADE = wire.Facade("MetricsDebug", 2)
SET_METER_STATUS = wire.Method(FACADE, "SetMeterStatus", MeterStatusParams, wire.ErrorResults)
GET_METRICS = wire.Method(FACADE, "GetMetrics", wire.Entities, MetricResults)
