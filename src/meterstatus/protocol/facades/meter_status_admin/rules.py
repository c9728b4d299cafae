"""What holds beside statuses: policies, epochs and announced maintenance. Shapes only."""

from meterstatus.protocol import wire
from meterstatus.protocol.facades.meter_status_admin import facade, fleet_status


class SetPolicyArg(wire.Wire, frozen=True):
    """A policy to set, whole."""

    tag: str
    """Of a unit, an application or the model."""

    policy: wire.Policy
    reason: str = ""


class SetPolicyArgs(wire.Wire, frozen=True):
    """MeterStatusAdmin.SetPolicy's params; the result is ``ErrorResults``."""

    policies: tuple[SetPolicyArg, ...]


class RemovePolicyArg(wire.Wire, frozen=True):
    """A policy to take away."""

    tag: str
    """Of a unit, an application or the model."""

    reason: str = ""


class RemovePolicyArgs(wire.Wire, frozen=True):
    """MeterStatusAdmin.RemovePolicy's params; the result is ``ErrorResults``."""

    policies: tuple[RemovePolicyArg, ...]


class NewEpoch(wire.Wire, frozen=True):
    """MeterStatusAdmin.NewEpoch's params; the result is ``Epoch``."""

    reason: str
    """Must be given."""


class DismissHeard(wire.Wire, frozen=True):
    """MeterStatusAdmin.DismissHeard's params; the result is ``ErrorResults``."""

    units: tuple[str, ...]
    """Whose agents are not to be believed, until they say what is here."""

    reason: str = ""


class AnnounceMaintenance(wire.Wire, frozen=True):
    """MeterStatusAdmin.AnnounceMaintenance's params."""

    seconds: float
    """How long from now; 0 ends it."""

    reason: str = ""


class MaintenanceResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.AnnounceMaintenance's result."""

    maintenance: fleet_status.Maintenance | None = None
    """What is announced now; absent where nothing is."""

    connected: int = 0
    """The units whose agents are connected, and hear of it at once."""

    units: int = 0
    """All units."""


class PoliciesResult(wire.Wire, frozen=True):
    """MeterStatusAdmin.Policies's result: every policy that is set."""

    revision: int
    """The newest revision this view holds."""

    policies: tuple[fleet_status.Ruling, ...]


SET_POLICY = wire.Method(facade.FACADE, "SetPolicy", SetPolicyArgs, wire.ErrorResults)
REMOVE_POLICY = wire.Method(facade.FACADE, "RemovePolicy", RemovePolicyArgs, wire.ErrorResults)
POLICIES = wire.Method(facade.FACADE, "Policies", wire.Empty, PoliciesResult)
NEW_EPOCH = wire.Method(facade.FACADE, "NewEpoch", NewEpoch, fleet_status.Epoch)
DISMISS_HEARD = wire.Method(facade.FACADE, "DismissHeard", DismissHeard, wire.ErrorResults)
ANNOUNCE_MAINTENANCE = wire.Method(
    facade.FACADE, "AnnounceMaintenance", AnnounceMaintenance, MaintenanceResult
)
