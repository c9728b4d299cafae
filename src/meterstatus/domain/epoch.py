"""Whether a controller's word is newer than what a unit has heard before, and what follows where it is not.

Pure. A *place* is an epoch and a revision: which change a word takes into account. Within one epoch revisions
only grow, so a lower one means that the controller's store was led back. An epoch begins where somebody says
that it is to hold from now on all the same: by restoring a backup, or by ``new-epoch``.

The table of cases is in docs/explanation/restored-controllers.md, and its rows are the tests of ``hear``.
"""

import dataclasses
import datetime
import enum
from collections.abc import Iterable

from meterstatus.domain import status as statuses

FIRST = 1
"""The epoch of a controller that was made, and not restored."""

MOST_LOST = 1_000_000_000
"""Changes that a store can have lost: at a thousand a second those of eleven days."""

_DAY_SECONDS = 24 * 60 * 60


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a word takes into account: all changes of an epoch up to a revision."""

    epoch: int
    """0 is ``UNSAID``'s alone."""

    revision: int
    base: int = dataclasses.field(default=0, compare=False)
    """The revision at which the epoch began: what the epochs before it had above that is lost."""


UNSAID = Place(0, 0)
"""Of a controller that knows places and would not say its own: below every other, so that nothing falls."""


@dataclasses.dataclass(frozen=True, slots=True)
class Epoch:
    """The epoch that a controller is in, as it holds it."""

    number: int = FIRST
    """Only grows: of two epochs the higher one was begun later."""

    base: int = 0
    """The last revision before it."""

    began: datetime.datetime | None = None
    """Aware UTC; None for the first one."""

    who: str = ""
    """The tag of who began it."""

    why: str = ""

    def place(self, revision: int) -> Place:
        """Return what a word takes into account at a revision."""
        return Place(self.number, revision, self.base)


class Relation(enum.StrEnum):
    """What a unit has to think of the controller's word."""

    CURRENT = "current"
    """It is the newest."""

    RESTORED = "restored"
    """It is the newest, and the controller does not have all that the unit has heard before."""

    BEHIND = "behind"
    """It is older than what the unit has heard, in the same epoch."""

    SUPERSEDED = "superseded"
    """It is of an older epoch: another controller, or another copy of this one, has taken its place."""


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """What a unit must remember of places."""

    heard: Place
    """The newest that it has followed."""

    restored_from: Place | None = None
    """What it had heard before the epoch of ``heard`` led it back; None where that lost nothing it knew."""

    older: Place | None = None
    """Where the controller is that it hears now; None where that is no older than ``heard``."""

    kept: statuses.MeterStatus | None = None
    """The last word of the newer one, below which nothing falls while there is an older one."""

    is_lost: bool = False
    """The controller has said that it does not have what was heard: what it changes since is another history,
    however high its revision comes, until a newer epoch."""

    @property
    def relation(self) -> Relation:
        """What follows from it."""
        if self.older is not None:
            is_old = UNSAID.epoch < self.older.epoch < self.heard.epoch
            return Relation.SUPERSEDED if is_old else Relation.BEHIND
        return Relation.CURRENT if self.restored_from is None else Relation.RESTORED

    @property
    def unknown(self) -> Place | None:
        """What the unit has heard and its controller does not have; None where there is nothing such."""
        return self.restored_from if self.older is None else self.heard


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """What a unit makes of a word."""

    standing: Standing | None
    word: statuses.MeterStatus
    """What counts as the controller's word now, where this is contact."""

    is_followed: bool
    """Whether all else that came with it counts: the policy, and announced maintenance."""

    is_contact: bool


def hear(
    standing: Standing | None,
    former: statuses.MeterStatus | None,
    said: statuses.MeterStatus,
    place: Place | None,
    *,
    lacks: Place | None = None,
) -> Heard:
    """Take in a word.

    Args:
        standing: what is remembered; None where no place was ever heard.
        former: the controller's word before.
        said: the word now.
        place: where the controller is; None where it says nothing of places, as Juju's: it is followed.
        lacks: what the controller was told that the unit has heard, and does not have. It counts only for
            what is the newest still: that the same controller lacks what an epoch gave up is no news.
    """
    if place is None:
        silent = standing and dataclasses.replace(standing, older=None, kept=None)
        return Heard(silent, said, is_followed=True, is_contact=True)
    if standing is None:
        first = None if place == UNSAID else Standing(place)
        return Heard(first, said, is_followed=True, is_contact=True)
    if place.epoch > standing.heard.epoch:
        lost = None if has(place, standing.heard) else standing.heard
        return Heard(Standing(place, lost), said, is_followed=True, is_contact=True)
    is_same = place.epoch == standing.heard.epoch
    is_lost = standing.is_lost or (is_same and lacks == standing.heard)
    if is_same and place >= standing.heard and not is_lost:
        if place != standing.heard or standing.older is not None or standing.kept is not None:
            standing = dataclasses.replace(standing, heard=place, older=None, kept=None)
        return Heard(standing, said, is_followed=True, is_contact=True)
    # What is raised meanwhile is no word of the newer one, and is not kept.
    kept = former if standing.older is None else standing.kept
    if is_same or place == UNSAID:
        held = dataclasses.replace(standing, older=place, kept=kept, is_lost=is_lost)
        if kept is not None and statuses.severity(kept.code) >= statuses.severity(said.code):
            said = kept
        return Heard(held, said, is_followed=False, is_contact=True)
    left = dataclasses.replace(standing, older=place, kept=kept)
    return Heard(left, said, is_followed=False, is_contact=False)


def notice(before: Standing | None, after: Standing | None) -> str:
    """Return a line for the log, once for as long as the same is wrong; "" where there is nothing new."""
    if before is None or after is None:
        return ""
    if after.heard.epoch > before.heard.epoch and after.restored_from is not None:
        return (
            f"the controller has begun epoch {after.heard.epoch} at revision {after.heard.base}, and this"
            f" unit had heard {in_words(after.restored_from)}: it was led back by a restore, and follows it"
        )
    if (before.relation, before.is_lost) == (after.relation, after.is_lost):
        return ""
    if after.older is None:
        return (
            "" if before.older is None else f"the controller is where this unit is: {in_words(after.heard)}"
        )
    is_silent = after.older == UNSAID
    where = "does not say where it is" if is_silent else f"is at {in_words(after.older)}"
    begin = f"the controller {where}, and this unit has heard {in_words(after.heard)}"
    if after.relation is Relation.SUPERSEDED:
        return f"{begin}: another has taken its place, so it is not followed, and is no contact"
    return f"{begin}: nothing falls below what was heard until 'meterstatus controller new-epoch'"


def has(own: Place, heard: Place) -> bool:
    """Tell whether a store that is at a place has what was heard, as far as numbers can tell."""
    if heard.epoch == own.epoch:
        return heard.revision <= own.revision
    return heard.epoch < own.epoch and heard.revision <= own.base


def is_other_store(before: Standing | None, after: Standing | None) -> bool:
    """Tell whether a word came from a store that may lack what was stored when the one before came.

    An epoch began, or the store is behind what was heard of it: what was reported meanwhile may be gone too.
    """
    if before is None or after is None:
        return False
    return after.heard.epoch > before.heard.epoch or (after.older is not None and before.older is None)


def can_be(own: Place, said: Place, now: datetime.datetime) -> bool:
    """Tell whether a unit can have heard what it says that it has.

    Which epochs there were, a store that was led back does not know; but none was begun later than tomorrow,
    unless by a clock that this store has followed, and none has revisions without end.

    Args:
        own: where the store is.
        said: what a unit's agent says.
        now: aware UTC.
    """
    newest = max(own.epoch, int(now.timestamp()) + _DAY_SECONDS)
    return FIRST <= said.epoch <= newest and 0 <= said.revision <= own.revision + MOST_LOST


def in_words(place: Place) -> str:
    """Say where a word is: ``revision 512 of epoch 1``."""
    return f"revision {place.revision} of epoch {place.epoch}"


def next_number(before: int, now: datetime.datetime, claimed: Iterable[int] = ()) -> int:
    """Return the number of an epoch that begins: the Unix second, and above every one that is known.

    By the time, and not one higher than before: two restores of one backup would else begin the same epoch.

    Args:
        before: the epoch that ends.
        now: aware UTC.
        claimed: what agents say that they have heard. One of later than tomorrow is no epoch but a lie, and
            would take the numbers away.
    """
    second = int(now.timestamp())
    believed = [number for number in claimed if number <= second + _DAY_SECONDS]
    return max(second, before + 1, *(number + 1 for number in believed))
