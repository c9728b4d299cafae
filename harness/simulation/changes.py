"""What operators do during a simulation: set statuses and policies, drawn from its seed."""

import asyncio
import dataclasses
import datetime
import random as randoms
from collections.abc import Sequence

from harness import repository
from harness.simulation import faults, headquarters, ledger, observer, story
from meterstatus.controller.fleet import dry_run
from meterstatus.domain import names, policy, status

_MODEL = f"model-{repository.IDENTITY.model_uuid}"


def _scopes_of(unit: str) -> tuple[str, ...]:
    return names.unit_tag(unit), f"application-{names.application_of(unit)}", _MODEL


def _policy(random: randoms.Random) -> policy.Policy | None:
    """Draw a policy; None a third of the time."""
    if random.random() < 0.33:
        return None
    amber, red = random.choice((None, 120, 300, 420)), random.choice((None, 600, 900, 1500))
    warning = random.choice((None, None, 30, 60))
    return policy.amber_red(
        *(None if span is None else datetime.timedelta(seconds=span) for span in (amber, red, warning))
    )


def plan_announcements(random: randoms.Random, planned: Sequence[faults.Fault]) -> list[float]:
    """Draw when maintenance is announced, or ended, in order: mostly before somebody is cut off for long."""
    losses = [fault for fault in planned if fault.kind in faults.LASTING and fault.seconds > 280]
    before = [max(1.0, fault.at - random.uniform(1, 200)) for fault in losses if random.random() < 0.3]
    return sorted([*before, random.uniform(1, faults.CALM)])


class Operators:
    """Whoever sets statuses and policies, and announces maintenance."""

    def __init__(
        self, controller: headquarters.Headquarters, witness: observer.Observer, random: randoms.Random
    ) -> None:
        self._controller, self._observer, self._random = controller, witness, random
        self._units = sorted(witness.machines)
        self._applications = sorted({names.application_of(unit) for unit in self._units})
        self._scopes = sorted({scope for unit in self._units for scope in _scopes_of(unit)})

    async def change_statuses(self, times: Sequence[float]) -> None:
        """Set statuses at random, at given times."""
        for number, at in enumerate(times):
            await asyncio.sleep(max(0.0, at - story.now()))
            unit = self._random.choice(self._units)
            code = self._random.choice(("GREEN", "AMBER", "RED"))
            await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} change {number}"))
            if self._random.random() < 0.3:
                # So soon that the agent is still being told of the one before.
                await asyncio.sleep(self._random.choice((0.0, 0.01, 0.03)))
                code = self._random.choice(("GREEN", "AMBER", "RED"))
                await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} change {number}b"))

    async def change_policies(self, times: Sequence[float]) -> None:
        """Set and take away policies at random, at given times."""
        for at in times:
            await asyncio.sleep(max(0.0, at - story.now()))
            scope, wanted = self._random.choice(self._scopes), _policy(self._random)
            self._observer.ruled([unit for unit in self._units if scope in _scopes_of(unit)])
            await self._controller.set_policy(scope, wanted)

    async def rule(self, wanted: policy.Policy | None) -> None:
        """Set the policy that holds from the beginning; None is Juju's."""
        if wanted is not None:
            await self._controller.set_policy(_MODEL, wanted)

    async def set_at(self, at: float, unit: str, wanted: status.MeterStatus) -> None:
        """Set a status at a time."""
        await asyncio.sleep(max(0.0, at - story.now()))
        await self._controller.set_status(unit, wanted)

    async def change_widely(self, times: Sequence[float]) -> None:
        """Set an application or the model, or all of its units at once; take most of that back, at times."""
        for number, at in enumerate(times):
            await asyncio.sleep(max(0.0, at - story.now()))
            name = self._random.choice((*self._applications, "model"))
            wanted = status.MeterStatus(
                self._random.choice(("GREEN", "AMBER", "RED")), f"{name} wide {number}"
            )
            is_level = self._random.random() < 0.6
            wish = dry_run.Wish((self._tag(name),), is_level, wanted)
            kind = "level" if is_level else "units"
            revision = await self._set(f"{kind} of {name}: {wanted.code} {wanted.info!r}", wish)
            if self._random.random() < 0.2:
                continue  # it stays until somebody else changes it
            await asyncio.sleep(self._random.choice((0.02, 5.0, 300.0)) * self._random.uniform(0.5, 2))
            if not is_level or self._random.random() < 0.4:
                await self._undo(revision)
            else:
                await self._set(f"level of {name}: none", dataclasses.replace(wish, status=None))

    async def change_for_a_time(self, times: Sequence[float]) -> None:
        """Set a unit, an application or the model for a time, at given times; then more of it, perhaps."""
        for number, at in enumerate(times):
            await asyncio.sleep(max(0.0, at - story.now()))
            name = self._random.choice((*self._units, *self._applications, "model"))
            is_level = "/" not in name and self._random.random() < 0.6
            wish = self._wish_for_a_time(name, f"{name} for a time {number}", is_level=is_level)
            revision = await self._set_for_a_time(name, wish)
            if self._random.random() < 0.5:
                continue
            await asyncio.sleep(self._random.choice((0.02, 5.0, 300.0)) * self._random.uniform(0.5, 2))
            match self._random.choice(("again", "stays", "undo")):
                case "again":
                    # Longer or shorter than the first, and over it.
                    again = self._wish_for_a_time(name, f"{name} for a time {number}b", is_level=is_level)
                    await self._set_for_a_time(name, again)
                case "stays":
                    await self._keep(f"{name} stays", dataclasses.replace(wish, span=None))
                case _:
                    await self._undo(revision)

    def _wish_for_a_time(self, name: str, words: str, *, is_level: bool) -> dry_run.Wish:
        wanted = status.MeterStatus(self._random.choice(("GREEN", "AMBER", "RED")), words)
        span = datetime.timedelta(
            seconds=round(self._random.choice((1, 1, 4)) * self._random.uniform(300, 1800))
        )
        return dry_run.Wish((self._tag(name),), is_level, wanted, span)

    async def _set_for_a_time(self, name: str, wish: dry_run.Wish) -> int:
        assert wish.status is not None
        assert wish.span is not None
        seconds = int(wish.span.total_seconds())
        kind = "level" if wish.is_level else "units"
        what = f"{kind} of {name}: {wish.status.code} {wish.status.info!r} for {seconds} s"
        return await self._set(what, wish, ledger.reason(seconds))

    def _tag(self, name: str) -> names.Tag:
        if name == "model":
            return names.Tag(names.Kind.MODEL, repository.IDENTITY.model_uuid)
        if "/" in name:
            return names.Tag(names.Kind.UNIT, name)
        return names.Tag(names.Kind.APPLICATION, name)

    async def _set(self, what: str, wish: dry_run.Wish, reason: str = "") -> int:
        return await self._controller.act(
            what, lambda made: made.service.statuses.set(headquarters.ADMIN, wish, reason)
        )

    async def _keep(self, what: str, wish: dry_run.Wish) -> None:
        """Set without a time what was set for one: from then on it stays."""
        (tag,) = wish.targets
        units = [
            unit
            for unit in self._units
            if tag.kind is names.Kind.MODEL or tag.name in (unit, names.application_of(unit))
        ]
        await self._controller.keep(
            what,
            [str(tag)] if wish.is_level else units,
            lambda made: made.service.statuses.set(headquarters.ADMIN, wish),
        )

    async def _undo(self, revision: int) -> None:
        """Undo a change, and all of the same call; nothing where it was not made."""
        if revision:
            await self._controller.act(
                f"undo of {revision}",
                lambda made: made.service.statuses.undo(headquarters.ADMIN, revision),
            )

    async def announce(self, times: Sequence[float]) -> None:
        """Announce maintenance, or end it, at given times."""
        for at in times:
            await asyncio.sleep(max(0.0, at - story.now()))
            seconds = self._random.choice((None, 60, 300, 900, 1800))
            span = None if seconds is None else datetime.timedelta(seconds=seconds)
            what = "maintenance ends" if span is None else f"maintenance for {seconds} s"
            await self._controller.act(
                what,
                lambda made, span=span: made.service.administration.announce_maintenance(
                    headquarters.ADMIN, span
                ),
            )
