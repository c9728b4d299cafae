"""Set and undo the statuses of units: looked at first, guarded, and then all or nothing.

What a change would do is reckoned from memory. Where others changed something between that and its turn to
be made, it is reckoned and guarded anew in that turn, in which nobody else changes anything: so it needs one
turn, however fast others change. Only where the store was led back meanwhile is all looked at once more.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from meterstatus import errors
from meterstatus.controller import refusals, slices
from meterstatus.controller.fleet import dry_run, fleet
from meterstatus.domain import names, slicing, status
from meterstatus.domain.fleet import blast_radius, level, records, time_limit, undoing
from meterstatus.ports import repository, time

_TRIES = 3
"""How often a change is begun anew because the store was led back meanwhile."""

_LOOKED_THROUGH = 100
"""How many of the newest changes are looked through for one's own."""


Reckoning = slicing.Steps[tuple[dry_run.Outcome, Collection[str]]]
"""What a change would do, and to which units by name; raises where it cannot be made."""


class Reckoned:
    """What a change does, as it was reckoned last: from memory, or by the store in the turn that makes it.

    Args:
        view: the fleet, which does not change any more.
        reckon: says what the change would do.
        guard: what it may not do.

    Attributes:
        outcome: what it does, once it was reckoned.
        named: the units that are meant.
    """

    outcome: dry_run.Outcome
    named: Collection[str]

    def __init__(
        self,
        view: dry_run.View,
        reckon: Callable[[dry_run.View], Reckoning],
        guard: blast_radius.BlastRadius,
    ) -> None:
        self._view, self._reckon, self._guard = view, reckon, guard

    def first(self) -> slicing.Steps[None]:
        """Reckon from memory. Raises as ``again``."""
        yield from self._from(self._view)

    def _from(self, view: dry_run.View) -> slicing.Steps[None]:
        outcome, named = yield from self._reckon(view)
        self._guard.check(outcome.newly_red, outcome.units)
        self.outcome, self.named = outcome, named

    def again(self, updates: Sequence[records.Update], revision: int) -> slicing.Steps[Collection[str]]:
        """Reckon anew with what was changed since; ``ports.repository.Again``.

        Raises:
            BlastRadiusError: too many units would become RED.
            MeterStatusError: whatever reckoning raises.
        """
        view = yield from self._view.moved_on(updates, revision)
        yield from self._from(view)
        return self.named


async def until_made(
    look: Callable[[], Awaitable[Reckoned]], make: Callable[[Reckoned], Awaitable[None]]
) -> dry_run.Outcome:
    """Reckon a change and make it; from the beginning where the store was led back.

    Raises:
        Refusal: the store is led back again and again.
        MeterStatusError: whatever looking or making raised; nothing was changed.
    """
    for _ in range(_TRIES):
        reckoned = await look()
        try:
            await make(reckoned)
        except errors.FleetMovedOnError:
            continue
        return reckoned.outcome
    raise refusals.Refusal("the fleet changes too fast; nothing was changed", "try again")


class Statuses:
    """What units, applications and the model are set to.

    Args:
        of: the fleet.
        store: what it is kept in.
        clock: says when.
        guard: how much of the model one change may turn RED, where the change itself does not say.
    """

    def __init__(
        self,
        of: fleet.Fleet,
        store: repository.Repository,
        clock: time.Clock,
        guard: blast_radius.BlastRadius,
    ) -> None:
        self._fleet = of
        self._store = store
        self._clock = clock
        self._guard = guard

    async def set_as_juju(
        self, user: records.User, tag: names.Tag, wanted: status.MeterStatus, reason: str = ""
    ) -> None:
        """Set the status of a unit, or of all units of an application, as one change of each.

        Raises:
            UnauthorizedError: the user may not.
            Refusal: the tag is of another kind.
            NotFoundError: there is no such unit or application.
            NotValidError: the status cannot be set, or the reason is no line.
            BlastRadiusError: too many units would become RED; Juju's call cannot say that it is meant.
            StoreUnavailableError: nothing was set.
        """
        user.require(records.Access.WRITE)
        if tag.kind not in (names.Kind.UNIT, names.Kind.APPLICATION):
            raise refusals.Refusal(f"expected application or unit tag, got {tag.kind.value} tag {tag}")
        if not self._fleet.exists(tag):
            # Another controller may have added it just now.
            await self._store.catch_up()
        self._fleet.check_exists(tag)
        records.check_settable(wanted)
        author = user.author(self._clock.now(), reason)
        if tag.kind is names.Kind.UNIT:
            await self._store.set_unit_status(tag.name, wanted, author)
            return
        outcome = await slices.in_turns(self._now().after(dry_run.Wish((tag,), False, wanted), author.at))
        self._guard.check(outcome.newly_red, outcome.units)
        await self._store.set_application_status(tag.name, wanted, author)

    def _now(self) -> dry_run.View:
        """Return the fleet as it is known here."""
        of = self._fleet
        return dry_run.View(of.units, of.levels, of.revision).copy()

    async def _view(self) -> dry_run.View:
        """Return the fleet with what any controller has committed by now."""
        await self._fleet.catch_up()
        return self._now()

    async def preview(self, user: records.User, wish: dry_run.Wish) -> dry_run.Outcome:
        """Return what a wish would do.

        Raises:
            UnauthorizedError, NotFoundError, NotValidError: as ``set``.
            StoreUnavailableError: what other controllers have changed is not known.
        """
        user.require(records.Access.WRITE)
        self._check(wish)
        return await slices.in_turns((await self._view()).after(wish, self._clock.now()))

    async def preview_undo(self, user: records.User, revision: int) -> dry_run.Outcome:
        """Return what an undo would do.

        Raises:
            UnauthorizedError, NotFoundError, NotValidError, ChangedSinceError: as ``undo``.
            StoreUnavailableError: what was changed is not known.
        """
        user.require(records.Access.WRITE)
        view, batch = await self._undoable(user, revision)
        return await slices.in_turns(view.undone(batch, self._clock.now()))

    def _check(self, wish: dry_run.Wish) -> None:
        if wish.status is not None:
            records.check_settable(wish.status)
        if wish.span is not None:
            time_limit.check(wish.span)
        model = self._fleet.identity.model_uuid
        for tag in wish.targets:
            if tag.kind is names.Kind.MODEL and tag.name != model:
                raise errors.NotFoundError(f'model "{tag.name}"')
        is_level = len(wish.targets) == 1 and wish.targets[0].kind in level.KINDS
        if (
            not wish.targets
            or (wish.is_level and not is_level)
            or (wish.status is None and not (wish.is_level and wish.span is None))
        ):
            raise errors.NotValidError("target", "name units or applications, or one level")

    async def set(
        self,
        user: records.User,
        wish: dry_run.Wish,
        reason: str = "",
        seen: int = 0,
        radius: blast_radius.BlastRadius | None = None,
    ) -> dry_run.Outcome:
        """Set statuses, all or none.

        Args:
            user: who wants it.
            wish: what.
            reason: for the history.
            seen: the revision of the preview that was agreed to; 0 agrees to whatever it does.
            radius: how much of the model it may turn RED; None is the controller's own.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError: a target is not there.
            NotValidError: the status cannot be set, or not for so long, the reason is no line, or there is
                no target.
            ChangedSinceError: one of the units was changed after what was seen.
            BlastRadiusError: too many units would become RED.
            StoreUnavailableError: nothing was set.
        """
        user.require(records.Access.WRITE)
        self._check(wish)
        author = user.author(self._clock.now(), reason)

        def reckon(view: dry_run.View) -> Reckoning:
            chosen = yield from view.chosen(wish)
            _check_unchanged(chosen, seen)
            outcome = yield from view.after(wish, author.at)
            return outcome, [unit.name for unit in chosen]

        async def look() -> Reckoned:
            made = Reckoned(await self._view(), reckon, radius or self._guard)
            await slices.in_turns(made.first())
            return made

        async def make(made: Reckoned) -> None:
            known, until = made.outcome.revision, made.outcome.until
            if wish.is_level:
                scope = wish.targets[0]
                await self._store.set_level(scope, wish.status, author, known, until, made.again)
                return
            assert wish.status is not None, "it was checked"
            if wish.is_of_one_unit and not seen:
                # Whatever else changes in the fleet meanwhile is nothing to it.
                await self._store.set_unit_status(wish.targets[0].name, wish.status, author)
                return
            await self._store.set_statuses(made.named, wish.status, author, known, until, made.again)

        outcome = await until_made(look, make)
        return await self._with_revision(outcome, author, wish.targets)

    async def undo(
        self,
        user: records.User,
        revision: int,
        reason: str = "",
        seen: int = 0,
        radius: blast_radius.BlastRadius | None = None,
    ) -> dry_run.Outcome:
        """Put back what a change, and all that were made by the same call, have changed.

        Args:
            user: who wants it.
            revision: the change.
            reason: for the history.
            seen: as of ``set``.
            radius: as of ``set``.

        Raises:
            UnauthorizedError: the user may not.
            NotFoundError, NotValidError, ChangedSinceError: as ``Repository.undo``; or the reason is no line.
            BlastRadiusError: too many units would become RED.
            StoreUnavailableError: nothing was undone.
        """
        user.require(records.Access.WRITE)
        why = f"undo of {revision}: {reason}" if reason else f"undo of {revision}"
        author = user.author(self._clock.now(), why)

        async def look() -> Reckoned:
            view, batch = await self._undoable(user, revision)

            def reckon(after: dry_run.View) -> Reckoning:
                _check_unchanged(after.concerned(batch), seen)
                outcome = yield from after.undone(batch, author.at)
                return outcome, ()

            made = Reckoned(view, reckon, radius or self._guard)
            await slices.in_turns(made.first())
            return made

        async def make(made: Reckoned) -> None:
            await self._store.undo(revision, author, made.outcome.revision, made.again)

        outcome = await until_made(look, make)
        return await self._with_revision(outcome, author, ())

    async def _with_revision(
        self, outcome: dry_run.Outcome, author: records.Author, targets: Sequence[names.Tag]
    ) -> dry_run.Outcome:
        """Add to what was made a revision of it, found by its author: no other has the same instant."""
        await self._fleet.settled()
        only = targets[0] if len(targets) == 1 and targets[0].kind is not names.Kind.MODEL else None
        unit = only.name if only is not None and only.kind is names.Kind.UNIT else ""
        application = only.name if only is not None and not unit else ""
        try:
            newest = await self._store.history(unit, application, None, _LOOKED_THROUGH, is_without_own=True)
        except errors.MeterStatusError:
            return outcome  # it is made all the same
        later = [change for change in newest if change.revision > outcome.revision]
        own = [change.revision for change in later if change.author == author]
        return dataclasses.replace(outcome, made=min(own, default=0))

    async def _undoable(
        self, user: records.User, revision: int
    ) -> tuple[dry_run.View, Sequence[records.Change]]:
        """Return the fleet, and the changes that an undo would take back."""
        view = await self._view()
        batch = await self._store.batch_of(revision)
        if any(change.policy is not None for change in batch):
            user.require(records.Access.ADMIN)
        undoing.check(revision, batch)
        undoing.check_stands(batch, self._fleet.units, self._fleet.levels.get, self._fleet.policies.policy)
        return view, batch


def _check_unchanged(units: Iterable[records.Unit], seen: int) -> None:
    """Check that what was shown of units, where anything was, is what holds.

    Raises:
        ChangedSinceError: one of them was changed since.
    """
    late = [unit.name for unit in units if seen and unit.revision > seen]
    if late:
        raise errors.ChangedSinceError(f"{late[0]} was changed after revision {seen}; look again")
