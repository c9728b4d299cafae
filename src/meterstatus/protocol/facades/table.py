"""All facades that a controller offers here, and on which kind of connection; a server's business alone.

An agent or a command imports the families it calls, not this, which brings them all.
"""

import enum

from meterstatus.protocol.facades import (
    admin,
    agent,
    meter_status,
    meter_status_admin,
    meter_status_delivery,
    meter_status_policy,
    metrics_debug,
)


class ConnectionKind(enum.Enum):
    """What a connection was made to, which decides the facades on it (spec juju-api, 2.3)."""

    MODEL = "model"
    CONTROLLER = "controller"


FACADES = (
    admin.ADMIN,
    agent.AGENT,
    meter_status.METER_STATUS,
    meter_status_admin.METER_STATUS_ADMIN,
    meter_status_delivery.METER_STATUS_DELIVERY,
    meter_status_policy.METER_STATUS_POLICY,
    metrics_debug.METRICS_DEBUG,
    agent.MIGRATION_FLAG,
    meter_status.NOTIFY_WATCHER,
    agent.PINGER,
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


def listed(kind: ConnectionKind) -> tuple[admin.FacadeVersions, ...]:
    """Return what a login on a kind of connection names, sorted by name; never Admin, which is the login."""
    return tuple(
        admin.FacadeVersions(facade.name, (facade.version,))
        for facade in FACADES
        if facade is not admin.ADMIN and is_callable(facade.name, kind)
    )
