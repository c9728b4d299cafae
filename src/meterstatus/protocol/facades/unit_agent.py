"""What a whole Juju unit agent asks for beside meter statuses. Shapes only.

LeadershipService, Logger, MetricsAdder, RetryStrategy and Upgrader, from the definitions of python-libjuju
2.9, which was made from Juju's own.
"""

from typing import Any

import msgspec

from meterstatus.protocol import wire


class ApplicationTag(wire.Wire, frozen=True):
    """An application; the key's capital is the reference's."""

    name: str = msgspec.field(name="Name")


class LeadershipClaim(wire.Wire, frozen=True):
    """A unit that wants to lead its application."""

    application_tag: str
    unit_tag: str
    duration: float
    """Seconds."""


class LeadershipClaims(wire.Wire, frozen=True):
    """LeadershipService.ClaimLeadership's params; the result is ``ErrorResults``."""

    params: tuple[LeadershipClaim, ...]


class StringResult(wire.Wire, frozen=True):
    """A text."""

    result: str
    error: wire.Error | None = None


class StringResults(wire.Wire, frozen=True):
    """Logger.LoggingConfig's result."""

    results: tuple[StringResult, ...]


class MetricBatch(wire.Wire, frozen=True):
    """What a unit measured; of the batch itself nothing is read."""

    tag: str
    batch: dict[str, Any]


class MetricBatches(wire.Wire, frozen=True):
    """MetricsAdder.AddMetricBatches's params; the result is ``ErrorResults``."""

    batches: tuple[MetricBatch, ...]


class RetryStrategy(wire.Wire, frozen=True):
    """When a charm's hook that failed is run again; times in nanoseconds."""

    should_retry: bool
    min_retry_time: int
    max_retry_time: int
    jitter_retry_time: bool
    retry_time_factor: int


class RetryStrategyResult(wire.Wire, frozen=True):
    """One unit's."""

    result: RetryStrategy | None
    """null with an error."""

    error: wire.Error | None = None


class RetryStrategyResults(wire.Wire, frozen=True):
    """RetryStrategy.RetryStrategy's result."""

    results: tuple[RetryStrategyResult, ...]


class AgentVersion(wire.Wire, frozen=True):
    """The binary that runs, ``2.9.31-ubuntu-amd64``."""

    version: str


class AgentTools(wire.Wire, frozen=True):
    """Which binary an agent runs."""

    tag: str
    tools: AgentVersion


class AgentsTools(wire.Wire, frozen=True):
    """Upgrader.SetTools's params; the result is ``ErrorResults``."""

    agent_tools: tuple[AgentTools, ...]


class VersionResult(wire.Wire, frozen=True):
    """The version that an agent should have; absent with an error."""

    version: str = ""
    error: wire.Error | None = None


class VersionResults(wire.Wire, frozen=True):
    """Upgrader.DesiredVersion's result."""

    results: tuple[VersionResult, ...]


class ToolsResults(wire.Wire, frozen=True):
    """Upgrader.Tools's result: only errors here."""

    results: tuple[wire.ErrorResult, ...]


LEADERSHIP_SERVICE = wire.Facade("LeadershipService", 2)
BLOCK_UNTIL_LEADERSHIP_RELEASED = wire.Method(
    LEADERSHIP_SERVICE, "BlockUntilLeadershipReleased", ApplicationTag, wire.ErrorResult
)
CLAIM_LEADERSHIP = wire.Method(LEADERSHIP_SERVICE, "ClaimLeadership", LeadershipClaims, wire.ErrorResults)

LOGGER = wire.Facade("Logger", 1)
LOGGING_CONFIG = wire.Method(LOGGER, "LoggingConfig", wire.Entities, StringResults)
WATCH_LOGGING_CONFIG = wire.Method(LOGGER, "WatchLoggingConfig", wire.Entities, wire.NotifyWatchResults)

METRICS_ADDER = wire.Facade("MetricsAdder", 2)
ADD_METRIC_BATCHES = wire.Method(METRICS_ADDER, "AddMetricBatches", MetricBatches, wire.ErrorResults)

RETRY_STRATEGY = wire.Facade("RetryStrategy", 1)
GET_RETRY_STRATEGY = wire.Method(RETRY_STRATEGY, "RetryStrategy", wire.Entities, RetryStrategyResults)
WATCH_RETRY_STRATEGY = wire.Method(
    RETRY_STRATEGY, "WatchRetryStrategy", wire.Entities, wire.NotifyWatchResults
)

UPGRADER = wire.Facade("Upgrader", 1)
DESIRED_VERSION = wire.Method(UPGRADER, "DesiredVersion", wire.Entities, VersionResults)
SET_TOOLS = wire.Method(UPGRADER, "SetTools", AgentsTools, wire.ErrorResults)
TOOLS = wire.Method(UPGRADER, "Tools", wire.Entities, ToolsResults)
WATCH_API_VERSION = wire.Method(UPGRADER, "WatchAPIVersion", wire.Entities, wire.NotifyWatchResults)
