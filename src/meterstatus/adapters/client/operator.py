"""The facades of a controller that an operator's command calls, over any ``APIConnection``.

Turns results of the wire into values and errors, one call for one call (spec juju-api, 6). Logging in is
``controller_client``'s. Keeps no connection alive and retries nothing.

A change without an answer is OutcomeUnknownError, and never a failure: it may have been made, or may yet be.
"""

from collections.abc import Iterable, Sequence

from meterstatus.adapters.client import call
from meterstatus.ports import connection as connections
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import meter_status_admin, metrics_debug


class MetricsDebugClient:
    """Sets statuses, as ``juju set-meter-status`` does."""

    def __init__(self, connection: connections.APIConnection) -> None:
        self._connection = connection

    async def set_meter_status(self, tag: str, code: str, info: str = "", reason: str = "") -> None:
        """Set the status of a unit, or of each unit of an application.

        Raises:
            RequestError: refused; "not found", "not valid" and so on (spec juju-api, 6.1).
            UnauthorizedError, UnsupportedError: as ``APIConnection.call``.
            OutcomeUnknownError: there was no answer.
            RemoteProtocolError: not one result.
        """
        answer = await call.change(
            self._connection,
            metrics_debug.SET_METER_STATUS,
            metrics_debug.MeterStatusParams((metrics_debug.MeterStatusParam(tag, code, info, reason),)),
        )
        results.only(answer.results)


class MeterStatusAdminClient:
    """Our own facade: units, their statuses, policies and history.

    Every method raises as ``APIConnection.call``, UnsupportedError on a controller of Juju's, and
    RemoteProtocolError for an answer that cannot be one; those that change something, OutcomeUnknownError
    where there was no answer.
    """

    def __init__(self, connection: connections.APIConnection) -> None:
        self._connection = connection

    async def add_units(
        self, units: Iterable[meter_status_admin.AddUnit]
    ) -> Sequence[meter_status_admin.AddUnitResult]:
        """Add units; one result for each, in order, with its password or its error."""
        params = meter_status_admin.AddUnits(tuple(units))
        answer = await call.change(self._connection, meter_status_admin.ADD_UNITS, params)
        return results.as_many(answer.results, len(params.units))

    async def remove_units(
        self, units: Iterable[meter_status_admin.RemoveUnit]
    ) -> Sequence[wire.ErrorResult]:
        """Remove units; one result for each, in order."""
        params = meter_status_admin.RemoveUnits(tuple(units))
        answer = await call.change(self._connection, meter_status_admin.REMOVE_UNITS, params)
        return results.as_many(answer.results, len(params.units))

    async def status(self, patterns: Iterable[str] = ()) -> meter_status_admin.StatusResult:
        """Fetch how the units are that match any of the patterns; of all, where there is none."""
        return await call.ask(
            self._connection, meter_status_admin.STATUS, meter_status_admin.StatusParams(tuple(patterns))
        )

    async def history(
        self, entity: str = "", limit: int = 0, before_revision: int = 0, *, is_without_own: bool = False
    ) -> meter_status_admin.HistoryResult:
        """Fetch changes and deliveries, newest first; see ``meter_status_admin.HistoryParams``."""
        params = meter_status_admin.HistoryParams(entity, limit, before_revision, is_without_own)
        return await call.ask(self._connection, meter_status_admin.HISTORY, params)

    async def policies(self) -> meter_status_admin.PoliciesResult:
        """Fetch every policy that is set."""
        return await call.ask(self._connection, meter_status_admin.POLICIES, wire.Empty())

    async def set_policy(self, tag: str, policy: wire.Policy, reason: str = "") -> None:
        """Set the policy of a unit, an application or the model.

        Raises:
            RequestError: refused; "not found" or "not valid".
        """
        arg = meter_status_admin.SetPolicyArg(tag, policy, reason)
        params = meter_status_admin.SetPolicyArgs((arg,))
        results.only((await call.change(self._connection, meter_status_admin.SET_POLICY, params)).results)

    async def remove_policy(self, tag: str, reason: str = "") -> None:
        """Take away the policy of a unit, an application or the model; where none is set, nothing happens.

        Raises:
            RequestError: refused; "not found".
        """
        params = meter_status_admin.RemovePolicyArgs((meter_status_admin.RemovePolicyArg(tag, reason),))
        results.only((await call.change(self._connection, meter_status_admin.REMOVE_POLICY, params)).results)

    async def set_statuses(
        self, params: meter_status_admin.SetStatusesParams
    ) -> meter_status_admin.SetStatusesResult:
        """Set the statuses of many units or of a level, or look at what that would do.

        Raises:
            RequestError: refused; "not found", "not valid", "changed since" or "blast radius exceeded".
        """
        ask = call.ask if params.is_preview else call.change
        return await ask(self._connection, meter_status_admin.SET_STATUSES, params)

    async def preview_undo(self, revision: int) -> meter_status_admin.SetStatusesResult:
        """Look at what undoing a change would do. Raises as ``set_statuses``."""
        params = meter_status_admin.PreviewUndoParams(revision)
        return await call.ask(self._connection, meter_status_admin.PREVIEW_UNDO, params)

    async def undo(
        self, revision: int, reason: str = "", blast_radius_percent: float | None = None, seen: int = 0
    ) -> meter_status_admin.SetStatusesResult:
        """Undo a change, with all that were made by the same call. Raises as ``set_statuses``.

        Args:
            revision: the change.
            reason: for the history.
            blast_radius_percent: how much of the model may become RED; None is the controller's own.
            seen: the revision of the preview that was agreed to; 0 agrees to anything.
        """
        params = meter_status_admin.UndoParams(revision, reason, blast_radius_percent, seen)
        return await call.change(self._connection, meter_status_admin.UNDO, params)

    async def dismiss_heard(self, units: Iterable[str], reason: str = "") -> Sequence[wire.ErrorResult]:
        """Have what units have heard believed no more; one result for each, in order."""
        params = meter_status_admin.DismissHeard(tuple(units), reason)
        answer = await call.change(self._connection, meter_status_admin.DISMISS_HEARD, params)
        return results.as_many(answer.results, len(params.units))

    async def new_epoch(self, reason: str) -> meter_status_admin.Epoch:
        """Begin an epoch, which every unit follows whatever it has heard; return it.

        Raises:
            RequestError: refused; "not valid".
        """
        return await call.change(
            self._connection, meter_status_admin.NEW_EPOCH, meter_status_admin.NewEpoch(reason)
        )

    async def announce_maintenance(
        self, seconds: float, reason: str = ""
    ) -> meter_status_admin.MaintenanceResult:
        """Announce maintenance from now on, or end it with 0 seconds.

        Raises:
            RequestError: refused; "not valid".
        """
        params = meter_status_admin.AnnounceMaintenance(seconds, reason)
        return await call.change(self._connection, meter_status_admin.ANNOUNCE_MAINTENANCE, params)
