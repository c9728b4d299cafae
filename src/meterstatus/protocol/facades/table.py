"""All facades that a controller offers here, and on which kind of connection; a server's business alone.

An agent or a command imports the families it calls, not this, which brings them all.
"""

import enum
import functools

from meterstatus.protocol.facades import (
    admin,
    agent,
    all_watcher,
    client,
    controller,
    meter_status,
    meter_status_admin,
    meter_status_delivery,
    meter_status_policy,
    metrics_debug,
    migration,
    model_config,
    model_manager,
    storage,
    unit_agent,
    user_manager,
)


class ConnectionKind(enum.Enum):
    """What a connection was made to, which decides the facades on it (spec juju-api, 2.3)."""

    MODEL = "model"
    CONTROLLER = "controller"
    CONTROLLER_MODEL = "controller model"
    """To the model named ``controller``, in which Juju keeps itself. Here nothing is in it; clients look for
    it, to learn from it where the controller is."""


FACADES = (
    admin.ADMIN,
    agent.AGENT,
    all_watcher.ALL_WATCHER,
    client.CLIENT,
    controller.CONTROLLER,
    unit_agent.LEADERSHIP_SERVICE,
    unit_agent.LOGGER,
    meter_status.METER_STATUS,
    meter_status_admin.METER_STATUS_ADMIN,
    meter_status_delivery.METER_STATUS_DELIVERY,
    meter_status_policy.METER_STATUS_POLICY,
    unit_agent.METRICS_ADDER,
    metrics_debug.METRICS_DEBUG,
    agent.MIGRATION_FLAG,
    migration.MIGRATION_MINION,
    migration.MIGRATION_STATUS_WATCHER,
    model_config.MODEL_CONFIG,
    model_manager.MODEL_MANAGER,
    meter_status.NOTIFY_WATCHER,
    agent.PINGER,
    unit_agent.RETRY_STRATEGY,
    storage.STORAGE,
    unit_agent.UPGRADER,
    user_manager.USER_MANAGER,
)
"""All that is offered, by name."""

_OURS = (
    meter_status_admin.METER_STATUS_ADMIN,
    meter_status_delivery.METER_STATUS_DELIVERY,
    meter_status_policy.METER_STATUS_POLICY,
)
"""Those that no controller of Juju's has."""

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
_EMPTY_MODEL = frozenset({"AllWatcher", "Client", "ModelConfig", "NotifyWatcher", "Pinger", "Storage"})
"""What can be asked of a model with nothing in it."""


def is_callable(name: str, kind: ConnectionKind) -> bool:
    """Tell whether a facade of this name, offered or not, may be called on a kind of connection, as in Juju.

    Only the controller's own model differs: what would work with units is not there, because there are none.
    """
    if kind is ConnectionKind.CONTROLLER_MODEL:
        return name in _EMPTY_MODEL
    if kind is ConnectionKind.CONTROLLER:
        return name in _CONTROLLER_ONLY or name in _COMMON
    return name not in _CONTROLLER_ONLY


@functools.cache
def listed(kind: ConnectionKind, *, to_user: bool) -> tuple[admin.FacadeVersions, ...]:
    """Return what a login on a kind of connection names, sorted by name; never Admin, which is the login.

    Juju names all its facades to everybody. Ours are named to agents, which know a controller of ours by
    them: Juju's clients log a warning about each that they do not know, and our commands do not look.
    """
    unnamed = {facade.name for facade in (admin.ADMIN, *(_OURS if to_user else ()))}
    return tuple(
        admin.FacadeVersions(facade.name, facade.versions)
        for facade in FACADES
        if facade.name not in unnamed and is_callable(facade.name, kind)
    )
