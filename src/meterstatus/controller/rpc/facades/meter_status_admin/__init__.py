"""What MeterStatusAdmin does: units, their statuses, what rules them, and how the fleet is. Ours alone."""

from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades.meter_status_admin import changes, fleet_status, rules, units
from meterstatus.protocol.facades import meter_status_admin

IMPLEMENTATION = interface.Implementation(
    meter_status_admin.FACADE,
    interface.is_user,
    *units.HANDLERS,
    *fleet_status.HANDLERS,
    *changes.HANDLERS,
    *rules.HANDLERS,
)
