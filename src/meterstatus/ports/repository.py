"""Where a controller keeps its fleet: everything that must outlive the process."""

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from meterstatus.domain import maintenance, names, policy, slicing, status
from meterstatus.domain.fleet import presence, records, retention
from meterstatus.domain.hook import delivery_report

DELIVERIES_KEPT = 100
"""Of each unit, the newest."""

Follower = Callable[[Sequence[records.Update]], None]
"""Takes updates in the order of their revisions. Must not wait, and must not raise."""


Again = Callable[[Sequence[records.Update], int], slicing.Steps[Collection[str]]]
"""Reckons a change anew where it is about to be made and the fleet has moved on.

Takes what was changed since, in order, and the newest revision; returns the names of the units that are meant
now, which of a level or an undo nobody looks at. It is called while nobody else can change anything, perhaps
on another thread and more than once: it must not wait, and reads nothing that changes; where it is called on
the loop's thread, others have their turn between two of its steps. What it raises becomes of the change.
"""


Reloaded = Callable[[records.Fleet], None]
"""Takes everything anew, in place of updates. Must not wait, and must not raise."""


def ignore(_: records.Fleet) -> None:
    """Take no note of it."""


class StoreTime(NamedTuple):
    """What time it was by a store's own clock, which is no controller's."""

    at: datetime.datetime
    """The instant, aware UTC."""

    when: float
    """When it was that, by the event loop's clock, in seconds."""

    spread: datetime.timedelta = datetime.timedelta(0)
    """How long the store took to answer: that far the two may be apart."""


class Repository(Protocol):
    """The controller's store.

    Every writing call is one transaction that holds the change, its revision from the one sequence of all
    changes, and its history. When it returns, the change is durable and the follower has been told.
    Cancelling a call may or may not stop the change; whichever it is, the follower learns the truth.

    Every call raises StoreUnavailableError when the store fails; nothing was changed then. Where the store
    went away at the very end of a change, and whether it was made cannot be found out, OutcomeUnknownError.
    """

    async def follow(self, follower: Follower, reloaded: Reloaded = ignore) -> records.Fleet:
        """Return everything, and from then on tell the follower every later change, each once.

        The follower runs on the event loop's thread, before the call that made the change returns; where the
        store goes away after the change, as soon as it is back.
        One follower at a time: a second takes the first one's place.

        Args:
            follower: is told of changes.
            reloaded: is given everything when the store was led back, to a backup for example, and no longer
                has what the follower was told; it goes on from there.
        """
        ...

    async def catch_up(self) -> None:
        """Return once the follower knows everything that is committed by now, by whichever controller."""
        ...

    def unconfirmed_for(self) -> datetime.timedelta:
        """Return how long ago it was last certain that the follower knew everything."""
        ...

    async def add_unit(
        self, name: str, password_hash: str, initial: status.MeterStatus, author: records.Author
    ) -> None:
        """Add a unit.

        Raises:
            ConflictError: there is one of that name.
        """
        ...

    async def remove_unit(self, name: str, author: records.Author) -> None:
        """Remove a unit, its state and its own policy, all in the one change; its history stays.

        Raises:
            NotFoundError: there is none of that name.
        """
        ...

    async def set_unit_status(self, name: str, wanted: status.MeterStatus, author: records.Author) -> None:
        """Set a unit's status; the same code and info again is success, and no change where it has no end.

        Raises:
            NotFoundError: there is no such unit.
        """
        ...

    async def set_application_status(
        self, application: str, wanted: status.MeterStatus, author: records.Author
    ) -> None:
        """Set the status of every unit of an application, all or none, one revision for each change.

        Raises:
            NotFoundError: the application has no units, and so does not exist.
        """
        ...

    async def set_policy(
        self, scope: names.Tag, wanted: policy.Policy | None, author: records.Author
    ) -> None:
        """Set the policy of a unit, an application or the model; None takes it away. The same is no change.

        An application's may come before its first unit, and outlives its last: it rules those to come.

        Raises:
            NotFoundError: there is no such unit; no unit of such an application, and no policy of it to take
                away; or it is another model.
        """
        ...

    async def begin_epoch(self, author: records.Author, claimed: Collection[int] = ()) -> None:
        """Begin an epoch, always with a higher number than the one before (``epoch.next_number``).

        Args:
            author: who begins it, when and why.
            claimed: the epochs that agents have heard of.
        """
        ...

    async def set_maintenance(self, wanted: maintenance.Maintenance | None, author: records.Author) -> None:
        """Announce maintenance in place of what was announced; None ends it: no change where none is."""
        ...

    async def set_password_hash(
        self, name: str, password_hash: str, author: records.Author, added: int | None = None
    ) -> None:
        """Set the hash of a unit's password; the same again is success, and no change.

        Args:
            name: the unit's.
            password_hash: of the password.
            author: who sets it.
            added: the revision that added the unit; None is whichever unit bears the name now.

        Raises:
            NotFoundError: there is no such unit.
        """
        ...

    async def unit_state(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a unit by field (``unit_state.FIELDS``); absent fields are not there.

        Raises:
            NotFoundError: there is no such unit.
        """
        ...

    async def change_unit_state(
        self, name: str, changes: Mapping[str, str], added: int | None = None
    ) -> None:
        """Store fields as ``unit_state.merge`` says. Not a change: no revision, no history.

        Args:
            name: the unit's.
            changes: by field.
            added: as ``set_password_hash``.

        Raises:
            NotFoundError: there is no such unit.
            QuotaError: the unit would store too much.
        """
        ...

    async def record_delivery(
        self, received: delivery_report.ReceivedReport, added: int | None = None
    ) -> None:
        """Keep what an agent reported of a hook run, and no more than ``DELIVERIES_KEPT`` of its unit.

        The same attempt of the same delivery again takes the former's place: its answer was lost. Not a
        change: no revision, and who follows is told nothing.

        Args:
            received: the report.
            added: as ``set_password_hash``.

        Raises:
            NotFoundError: there is no such unit.
        """
        ...

    async def deliveries(
        self, unit: str = "", application: str = "", limit: int = 100
    ) -> Sequence[delivery_report.ReceivedReport]:
        """Return what was reported, newest first; of a unit, an application or all, as ``history``."""
        ...

    async def newest_deliveries(self) -> delivery_report.Reported:
        """Return of each unit the newest report of its status hook, and the newest that is a delivery.

        By the units' names, and once where it is the same; none of a unit that was removed, also where one of
        its name is back. ``reports_after`` goes on from there.
        """
        ...

    async def reports_after(self, number: int, limit: int) -> delivery_report.Reported:
        """Return what was reported after a report of that number, oldest first; none of a removed unit.

        ``up_to`` is below ``number`` where the store was led back.
        """
        ...

    async def time(self) -> StoreTime | None:
        """Return what time it is by the store's clock; None where it has none of its own."""
        ...

    async def report_controller(
        self,
        name: str,
        addresses: Sequence[str],
        at: datetime.datetime,
        ahead: datetime.timedelta | None = None,
    ) -> bool:
        """Put down that a controller process is there, reached at ``host:port``s.

        Args:
            name: the process's.
            addresses: where it is reached.
            at: what time it is.
            ahead: how far its machine's clock is ahead of the store's; None where that has none.

        Returns:
            Whether it was not there before: it starts, or was taken for gone.
        """
        ...

    async def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controller processes by name, also those that have been silent for long."""
        ...

    async def forget_controller(self, name: str) -> None:
        """Take a controller process out; units that are connected to it are after its death.

        One that is not there is success.
        """
        ...

    async def record_presence(self, by: str, contacts: Sequence[presence.Contact]) -> None:
        """Write what a controller process knows of units, all at once. Not a change: no revision.

        What another process wrote later stays, and so does that a unit is connected to another one: an agent
        goes from one to the next before the first has noticed. Units that are not there are left out.

        Args:
            by: the name of the process.
            contacts: each unit at most once.
        """
        ...

    async def presence(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit that was ever in contact, by the units' names."""
        ...

    async def history(
        self,
        unit: str = "",
        application: str = "",
        before: int | None = None,
        limit: int = 100,
        *,
        is_without_own: bool = False,
    ) -> Sequence[records.Change]:
        """Return changes, newest first.

        Args:
            unit: only those of a unit, there or not any more; "" for all.
            application: the same of an application, where no unit is given.
            before: only those with a lower revision; None begins at the newest.
            limit: the most to return.
            is_without_own: leave out what agents changed of their own units (``fleet.Change.is_own``).
        """
        ...

    async def set_level(
        self,
        scope: names.Tag,
        wanted: status.MeterStatus | None,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: Again | None = None,
    ) -> None:
        """Set the status of an application or the model; None takes it away.

        The same with the same end, or none, is no change. An application's may be set before its first unit,
        and outlives its last one.

        Args:
            scope: the application or the model.
            wanted: the status.
            author: who, when and why.
            looked_at: the newest revision that the caller knew of when it decided.
            until: when it ends (``end_due``); None leaves it until it is set again.
            again: reckons the change anew where there is a newer revision; None refuses it then.

        Raises:
            NotFoundError: there is nothing to take away, and no unit of such an application.
            FleetMovedOnError: there is a newer revision, or the store was led back; nothing was changed.
            MeterStatusError: what ``again`` raised; nothing was changed.
        """
        ...

    async def set_statuses(
        self,
        units: Collection[str],
        wanted: status.MeterStatus,
        author: records.Author,
        looked_at: int,
        until: datetime.datetime | None = None,
        again: Again | None = None,
    ) -> None:
        """Set the status of many units, all or none; those that have it already are not changed.

        See ``set_level``, also for what has an end.

        Raises:
            FleetMovedOnError: as ``set_level``.
        """
        ...

    async def end_due(self, now: datetime.datetime) -> datetime.datetime | None:
        """End what one call has set for a time that is over by now, all together, the earliest first.

        What lies beneath comes back, as a change by whoever set it, with ``Change.ended``. What was set again
        or removed meanwhile does not end. Harmless beside another controller that does the same.

        Returns:
            When to look again: at the next end or before, at once where that is past; else None.
        """
        ...

    async def batch_of(self, revision: int) -> Sequence[records.Change]:
        """Return a change and all that were made by the same call, oldest first; none where it is gone."""
        ...

    async def undo(
        self, revision: int, author: records.Author, looked_at: int, again: Again | None = None
    ) -> None:
        """Put back what a change, and all that were made by the same call, have changed; as changes anew.

        What had an end has it again; where that is past, what lay beneath comes back.

        Raises:
            NotFoundError: there is no such change, or it is kept no more.
            NotValidError: it added or removed a unit, set a password, began an epoch, was of maintenance, or
                ended what was set for a time.
            FleetMovedOnError: as ``set_level``.
            ChangedSinceError: something that it changed was changed since.
        """
        ...

    async def prune(self, keep: retention.Retention, now: datetime.datetime, limit: int) -> retention.Pruned:
        """Remove changes and reports that are kept long enough; no change, and who follows is told nothing.

        Never removes a change that a unit or a policy stands on, nor the newest. Harmless beside another
        controller that does the same.

        Args:
            keep: the rule.
            now: what time it is.
            limit: the most to remove of each kind: it is one transaction, in which nobody else can write.
        """
        ...

    async def removed_up_to(self) -> int:
        """Return the highest revision whose change was ever removed; 0 where none was.

        Above it the history is whole, but for what agents changed of their own units; below it holds what
        units and policies stand on.
        """
        ...

    async def close(self) -> None:
        """Finish what was asked for and let go of the store; calls after this fail. Any number of times."""
        ...
