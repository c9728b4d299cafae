"""MigrationMinion and MigrationStatusWatcher: what a whole Juju agent waits for before it works. Shapes only.

From the definitions of python-libjuju 2.9, which was made from Juju's own.
"""

from meterstatus.protocol import wire


class MigrationStatus(wire.Wire, frozen=True):
    """How far the migration of a model is; all keys but the phase are empty where there is none."""

    migration_id: str
    attempt: int
    phase: str
    """``NONE`` for a model that is not being migrated."""

    source_api_addrs: tuple[str, ...]
    source_ca_cert: str
    target_api_addrs: tuple[str, ...]
    target_ca_cert: str


class MinionReport(wire.Wire, frozen=True):
    """Whether an agent has done its part in a phase."""

    migration_id: str
    phase: str
    success: bool


MIGRATION_MINION = wire.Facade("MigrationMinion", 1)
REPORT = wire.Method(MIGRATION_MINION, "Report", MinionReport, wire.Empty)
WATCH = wire.Method(MIGRATION_MINION, "Watch", wire.Empty, wire.NotifyWatchResult)

MIGRATION_STATUS_WATCHER = wire.Facade("MigrationStatusWatcher", 1)
NEXT = wire.Method(MIGRATION_STATUS_WATCHER, "Next", wire.Empty, MigrationStatus)
STOP = wire.Method(MIGRATION_STATUS_WATCHER, "Stop", wire.Empty, wire.Empty)
