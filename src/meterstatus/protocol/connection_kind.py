"""What a connection may be made to, and which facades are callable there (spec juju-api, 2.3)."""

import enum


class ConnectionKind(enum.Enum):
    """What a connection was made to, which decides the facades on it."""

    MODEL = "model"
    CONTROLLER = "controller"
    CONTROLLER_MODEL = "controller model"
    """To the model named ``controller``, in which Juju keeps itself. Here nothing is in it; clients look for
    it, to learn from it where the controller is."""


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
