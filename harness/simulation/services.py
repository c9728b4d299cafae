"""The checks of what controllers say, to whom and until when (docs/explanation/invariants.md).

A check returns a verdict.
"""

import dataclasses
from collections.abc import Mapping

from harness.invariants import memory as memories
from harness.invariants import model, verdict
from harness.simulation import ledger
from meterstatus.domain import status

STALE = 15.5
"""Seconds for which a controller may say what another one was told to replace: ``Settings.store_silence``."""

FAREWELL = 60.0
"""Seconds without its database after which a controller has let all go: it was in the middle of calls."""

BACK = 20.0
"""Seconds in which a controller that is well again has ended what fell due before: it may be in the middle of
a call that waits for its database, and tries again a second after."""

HEARD_OF = 6.0
"""Seconds in which every controller has heard of what another one was told: a look, and its way."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the controller holds of a unit. What only its store has is None while it does not run."""

    said: status.MeterStatus
    """What it was last acknowledged to say."""

    changed_at: float
    """Since when."""

    copy: memories.Memory | None = None
    """Of the unit's state."""

    rules: memories.Rules | None = None
    reported: tuple[tuple[str, int], ...] | None = None
    """The last deliveries that were reported, and their attempts; some of which never began, perhaps."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a running controller serves."""

    name: str
    says: dict[str, status.MeterStatus]
    """By unit."""

    well_for: float
    """Seconds for which nothing has kept it from its database, or from running."""

    unconfirmed_for: float
    """Seconds since it was certain of what it says."""

    served: int
    """How many connections it has."""


def announces(unit: str, said: float, rest: float, changed_for: float) -> verdict.Verdict:
    """Check 9: what a controller says is left of maintenance is what was announced, but for what is new."""
    if abs(said - rest) <= model.CLOSE:
        return verdict.HELD
    if changed_for <= STALE:
        return verdict.Excused(verdict.Cause.CHANGED_JUST_NOW)
    return verdict.Violated(
        f"{unit} is said to have {said:.3f} s of maintenance left, and it is {rest:.3f} s"
    )


def is_current(unit: str, word: status.MeterStatus, replaced_for: float) -> verdict.Verdict:
    """Check 9: no controller says for long what another was told to replace, and so confirms no contact."""
    if replaced_for <= STALE:
        return verdict.HELD
    return verdict.Violated(f"{unit} is said to be {word}, which was replaced {replaced_for:.1f} s before")


def says_the_same(of: Served, said: Mapping[str, status.MeterStatus]) -> verdict.Verdict:
    """Check 9: what one controller acknowledged, every other one says soon, whether it was woken or not."""
    for unit, word in said.items():
        if of.says.get(unit) != word:
            return verdict.Violated(f"{of.name} says that {unit} is {of.says.get(unit)}, and it is {word}")
    return verdict.HELD if said else verdict.NOT_CONCERNED


def is_kept(
    unit: str, says: status.MeterStatus, wanted: status.MeterStatus, *, is_new: bool
) -> verdict.Verdict:
    """Check 9: a controller that starts has what was acknowledged before; of several, but for what is new."""
    if says == wanted:
        return verdict.HELD
    return (
        verdict.Excused(verdict.Cause.CHANGED_JUST_NOW)
        if is_new
        else verdict.Violated(f"{unit} was {wanted} before a restart")
    )


def ends_in_time(scope: str, passing: ledger.Passing, at: float, able_since: float) -> verdict.Verdict:
    """Check, beyond the twelve: what is set for a time ends within a second, where a controller can do it.

    Args:
        scope: whose it is.
        passing: what is to end.
        at: when it has ended; or now, where it has not.
        able_since: since when a controller runs, and reaches the database as it is.
    """
    if at < passing.until - model.CLOSE:
        return verdict.NOT_CONCERNED
    due = max(passing.until, passing.set_at + HEARD_OF)
    if at - due <= 1.0 + model.CLOSE:
        return verdict.HELD
    late = at - max(due, able_since + BACK)
    if late <= 1.0 + model.CLOSE:
        return verdict.Excused(verdict.Cause.CONTROLLER_AWAY)
    ends = f"ends {late:.3f} s too late"
    return verdict.Violated(f"{scope}: {passing.status} was set until {passing.until:.3f} s, and {ends}")


def serves_nobody(of: Served) -> verdict.Verdict:
    """Check 9: nobody waits at a controller without its database, where nothing would ever come."""
    if of.unconfirmed_for <= FAREWELL:
        return verdict.NOT_CONCERNED
    if not of.served:
        return verdict.HELD
    return verdict.Violated(
        f"{of.name} serves {of.served} after {of.unconfirmed_for:.0f} s without its database"
    )


def stays(scope: str, passing: ledger.Passing | None, revision: int) -> verdict.Verdict:
    """Check, beyond the twelve: what is set to stay takes the place of what was set for a time before.

    Args:
        scope: whose it is.
        passing: what is to end there; None where nothing is.
        revision: the last one before it was set.
    """
    if passing is None or passing.set_by > revision:
        return verdict.HELD
    return verdict.Violated(f"{scope}: {passing.status} was set to stay, and is to end")
