"""MeterStatusAdmin, our own facade: units, their statuses, policies and history. Shapes only.

Nothing of Juju's exists for this. A shape or a method is written in one module of this room, and is a name
of the facade by that alone.
"""

from meterstatus.protocol.facades.meter_status_admin.changes import *
from meterstatus.protocol.facades.meter_status_admin.facade import *
from meterstatus.protocol.facades.meter_status_admin.fleet_status import *
from meterstatus.protocol.facades.meter_status_admin.rules import *
from meterstatus.protocol.facades.meter_status_admin.units import *
