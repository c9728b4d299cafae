"""The facades of a controller that an agent calls, as the rest of it wants them, over any ``APIConnection``.

Turns results of the wire into values and errors, one call for one call (spec juju-api, 2, 4 and 5). Keeps no
connection alive, and retries nothing.
"""

from meterstatus.adapters.client.admin import AdminClient
from meterstatus.adapters.client.meter_status import FRESH, HearServers, MeterStatusFacadeClient
from meterstatus.adapters.client.unit_state import UnitStateFacadeClient
from meterstatus.adapters.client.watcher import STOP_SECONDS, FacadeNotifyWatcher

__all__ = [
    "FRESH",
    "STOP_SECONDS",
    "AdminClient",
    "FacadeNotifyWatcher",
    "HearServers",
    "MeterStatusFacadeClient",
    "UnitStateFacadeClient",
]
