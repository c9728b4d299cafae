"""Which method a request means, and what is answered when it means none (spec juju-api, 1.7 and 1.8)."""

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import (
    agent,
    client,
    controller,
    meter_status,
    meter_status_delivery,
    meter_status_policy,
    metrics_debug,
    migration,
    model_config,
    model_manager,
    notify_watcher,
    pinger,
    storage,
    unit_agent,
    user_manager,
)
from meterstatus.controller.rpc.facades.meter_status_admin import units
from meterstatus.domain.fleet import records
from meterstatus.protocol import messages
from meterstatus.protocol.facades import admin, table

IMPLEMENTATIONS = (
    agent.AGENT,
    agent.MIGRATION_FLAG,
    client.ALL_WATCHER,
    client.CLIENT,
    controller.CONTROLLER,
    meter_status_delivery.METER_STATUS_DELIVERY,
    units.METER_STATUS_ADMIN,
    notify_watcher.NOTIFY_WATCHER,
    pinger.PINGER,
    meter_status.METER_STATUS,
    metrics_debug.METRICS_DEBUG,
    migration.MIGRATION_MINION,
    migration.MIGRATION_STATUS_WATCHER,
    model_config.MODEL_CONFIG,
    model_manager.MODEL_MANAGER,
    meter_status_policy.METER_STATUS_POLICY,
    storage.STORAGE,
    *unit_agent.IMPLEMENTATIONS,
    user_manager.USER_MANAGER,
)
"""Every facade but Admin, which is the connection's own."""

_by_name = {implementation.facade.name: implementation for implementation in IMPLEMENTATIONS}


def find(request: messages.Request, kind: table.ConnectionKind) -> interface.Implementation:
    """Return the facade that somebody who is logged in calls, checked to have the method.

    Raises:
        Refusal: not on this kind of connection, no such facade, version or method; in this order.
    """
    if not table.is_callable(request.facade, kind):
        raise refusals.wrong_connection(request.facade, kind.value)
    implementation = _by_name.get(request.facade)
    if implementation is None or request.version not in implementation.facade.versions:
        raise refusals.unknown_facade(request.facade, request.version)
    if request.method not in implementation.facade.methods:
        raise refusals.unknown_method(f"{request.facade}({request.version})", request.method)
    return implementation


def check_admitted(implementation: interface.Implementation, caller: records.Caller) -> None:
    """Check that the caller may use a facade at all.

    Raises:
        UnauthorizedError: it may not.
    """
    if not implementation.admits(caller):
        raise errors.UnauthorizedError


def check_admin(request: messages.Request) -> None:
    """Check a request that came before login: only Admin 3 is there.

    Raises:
        Refusal: it is something else, no method of Admin, or has an object id; in this order.
    """
    facade = admin.ADMIN
    if request.facade != facade.name:
        raise refusals.unknown_facade(request.facade, request.version)
    if request.version != facade.version:
        raise refusals.old_client()
    if request.method not in facade.methods:
        raise refusals.unknown_method(facade.name, request.method)
    if request.object_id:
        raise refusals.unknown_id()
