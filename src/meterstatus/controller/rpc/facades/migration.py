"""MigrationMinion and MigrationStatusWatcher: a model here is never migrated, which an agent waits to hear.

All workers of a whole Juju agent, the one for meter statuses among them, begin only once it has heard it.
"""

import asyncio

from meterstatus import errors
from meterstatus.controller.fleet import watchers
from meterstatus.controller.rpc import interface
from meterstatus.protocol import wire
from meterstatus.protocol.facades import migration

_NOT_MIGRATING = migration.MigrationStatus("", 0, "NONE", (), "", (), "")


class _MigrationWatcher:
    """Tells once that the model is not being migrated, and nothing more."""

    def __init__(self) -> None:
        self._events = watchers.Watcher()
        self._events.notify()

    async def next(self) -> migration.MigrationStatus:
        """Return the first event at once; a later one never comes, but for an end as stopped."""
        event = self._events.next()
        if isinstance(event, asyncio.Future):
            await event
        return _NOT_MIGRATING

    def stop(self) -> None:
        """End it; any number of times."""
        self._events.stop()


def _watch(call: interface.Call, _: wire.Empty) -> wire.NotifyWatchResult:
    try:
        return wire.NotifyWatchResult(call.watchers.add(_MigrationWatcher))
    except errors.MeterStatusError as error:
        return wire.NotifyWatchResult("", interface.wire_error(error))


def _report(_: interface.Call, __: migration.MinionReport) -> wire.Empty:
    # Of a migration that somebody else made; nobody waits for it here.
    return wire.Empty()


async def _next(call: interface.Call, _: wire.Empty) -> migration.MigrationStatus:
    return await call.watchers.get(call.object_id, _MigrationWatcher).next()


def _stop(call: interface.Call, _: wire.Empty) -> wire.Empty:
    call.watchers.stop(call.object_id, _MigrationWatcher)
    return wire.Empty()


MIGRATION_MINION = interface.Implementation(
    migration.MIGRATION_MINION,
    interface.is_agent,
    interface.Handler(migration.REPORT, _report),
    interface.Handler(migration.WATCH, _watch),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
MIGRATION_STATUS_WATCHER = interface.Implementation(
    migration.MIGRATION_STATUS_WATCHER,
    interface.is_agent,
    interface.Handler(migration.NEXT, _next),
    interface.Handler(migration.STOP, _stop),
    max_elements=interface.MAX_OWN_ELEMENTS,
)
