"""Which method a request means, and what is answered when it means none (spec juju-api, 1.7 and 1.8)."""

import functools

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.rpc import interface
from meterstatus.controller.rpc.facades import (
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
    model_manager,
    notify_watcher,
    pinger,
    unit_agent,
    user_manager,
)
from meterstatus.domain.fleet import records
from meterstatus.protocol import connection_kind, messages
from meterstatus.protocol.facades import admin

IMPLEMENTATIONS = (
    agent.AGENT,
    all_watcher.IMPLEMENTATION,
    client.CLIENT,
    controller.IMPLEMENTATION,
    unit_agent.LEADERSHIP_SERVICE,
    unit_agent.LOGGER,
    meter_status.IMPLEMENTATION,
    meter_status_admin.IMPLEMENTATION,
    meter_status_delivery.IMPLEMENTATION,
    meter_status_policy.IMPLEMENTATION,
    unit_agent.METRICS_ADDER,
    metrics_debug.IMPLEMENTATION,
    agent.MIGRATION_FLAG,
    migration.MIGRATION_MINION,
    migration.MIGRATION_STATUS_WATCHER,
    model_manager.MODEL_CONFIG,
    model_manager.MODEL_MANAGER,
    notify_watcher.IMPLEMENTATION,
    pinger.IMPLEMENTATION,
    unit_agent.RETRY_STRATEGY,
    client.STORAGE,
    unit_agent.UPGRADER,
    user_manager.IMPLEMENTATION,
)
"""Every facade by name, but for Admin, which is the connection's own."""

_OURS = frozenset({"MeterStatusAdmin", "MeterStatusDelivery", "MeterStatusPolicy"})
"""Those that no controller of Juju's has."""

_by_name = {implementation.facade.name: implementation for implementation in IMPLEMENTATIONS}


@functools.cache
def offered(kind: connection_kind.ConnectionKind, *, to_user: bool) -> tuple[admin.FacadeVersions, ...]:
    """Return what a login on a kind of connection names, sorted by name; never Admin, which is the login.

    Juju names all its facades to everybody. Ours are named to agents, which know a controller of ours by
    them: Juju's clients log a warning about each that they do not know, and our commands do not look.
    """
    return tuple(
        admin.FacadeVersions(name, implementation.facade.versions)
        for name, implementation in _by_name.items()
        if connection_kind.is_callable(name, kind) and not (to_user and name in _OURS)
    )


def find(request: messages.Request, kind: connection_kind.ConnectionKind) -> interface.Implementation:
    """Return the facade that somebody who is logged in calls, checked to have the method.

    Raises:
        Refusal: not on this kind of connection, no such facade, version or method; in this order.
    """
    if not connection_kind.is_callable(request.facade, kind):
        raise refusals.wrong_connection(request.facade, kind.value)
    implementation = _by_name.get(request.facade)
    if implementation is None or request.version not in implementation.facade.versions:
        raise refusals.unknown_facade(request.facade, request.version)
    if request.method not in implementation.handlers:
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
    facade = admin.FACADE
    if request.facade != facade.name:
        raise refusals.unknown_facade(request.facade, request.version)
    if request.version != facade.version:
        raise refusals.old_client()
    if request.method not in (admin.LOGIN.name, admin.REDIRECT_INFO.name):
        raise refusals.unknown_method(facade.name, request.method)
    if request.object_id:
        raise refusals.unknown_id()
