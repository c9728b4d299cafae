"""Agent and MigrationFlag, which Juju's own agents call (spec juju-api, 3 and 9.1). Shapes only."""

from meterstatus.protocol import wire


class AgentEntity(wire.Wire, frozen=True):
    """An agent as it is known (spec juju-api, 9.1)."""

    life: str
    """``alive``; "" with an error."""

    jobs: None
    """Machines have them; null for units."""

    container_type: str
    error: wire.Error | None = None


class AgentEntities(wire.Wire, frozen=True):
    """Agent.GetEntities's result; the key is the reference's, not ``results``."""

    entities: tuple[AgentEntity, ...]


class EntityPassword(wire.Wire, frozen=True):
    """A password that an agent wants to have."""

    tag: str
    password: str


class EntityPasswords(wire.Wire, frozen=True):
    """Agent.SetPasswords's params; the result is ``ErrorResults``."""

    changes: tuple[EntityPassword, ...]


class PhaseResult(wire.Wire, frozen=True):
    """The phase of a model's migration."""

    phase: str
    """``NONE``; "" with an error."""

    error: wire.Error | None = None


class PhaseResults(wire.Wire, frozen=True):
    """MigrationFlag.Phase's result."""

    results: tuple[PhaseResult, ...]


AGENT = wire.Facade("Agent", 3)
GET_ENTITIES = wire.Method(AGENT, "GetEntities", wire.Entities, AgentEntities)
SET_PASSWORDS = wire.Method(AGENT, "SetPasswords", EntityPasswords, wire.ErrorResults)

MIGRATION_FLAG = wire.Facade("MigrationFlag", 1)
PHASE = wire.Method(MIGRATION_FLAG, "Phase", wire.Entities, PhaseResults)
WATCH_PHASE = wire.Method(MIGRATION_FLAG, "Watch", wire.Entities, wire.NotifyWatchResults)
