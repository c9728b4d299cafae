"""What is true of a unit, whatever its agent believes: the record that the invariants are checks of."""

import dataclasses

from harness.simulation import story
from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.unit import delivery, state

RACE = 2.0
"""Seconds before a hook begins within which a word may have come too late for it: what is told was decided up
to a second before, and the answer was on its way."""

_SAME = 0.001
"""Seconds within which nobody here can say which of two things was first."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the controller holds of a unit. What only its store has is None while it does not run."""

    said: status.MeterStatus
    """What it was last acknowledged to say."""

    changed_at: float
    """Since when."""

    copy: state.State | None = None
    """Of the unit's state."""

    ruling: policies.Policy | None = None
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


@dataclasses.dataclass(slots=True, kw_only=True)
class Facts:
    """One unit's."""

    unit: str
    policy: policies.Policy = policies.JUJU_POLICY
    """What its agent has to follow, as far as it can know."""

    contact_at: float = 0.0
    """When its agent last heard a status that it acts on; later by what a false clock may leave out."""

    known_contact_at: float = 0.0
    """What it may still know of that: earlier, where it was killed before the contact was written down, and
    nobody knows how much earlier after a boot before which a clock set forward was not noticed."""

    saved_contact_at: float = 0.0
    """The contact that the disk counts from."""

    maintenance_until: float = float("-inf")
    """The end of the announced maintenance that its agent knows of: what was said to be left, from when it
    was asked for."""

    longer: float = 0.0
    """Seconds that the stages wait longer than from ``contact_at``, at most, for what was left of it then."""

    known_longer: float = 0.0
    """Seconds that they surely wait longer than from ``known_contact_at``."""

    saved_longer: float = 0.0
    """What the disk has of that."""

    saved_before: float = float("-inf")
    """The contact of the version before on the disk, and all that the stages wait longer by it."""

    heard_at: float = float("-inf")
    """When it last heard any status, a login's included."""

    word: status.MeterStatus | None = None
    """What it heard then."""

    placed_at: float = float("-inf")
    """When it last heard a status together with where the controller is."""

    recent: list[tuple[float, status.MeterStatus]] = dataclasses.field(
        default_factory=list[tuple[float, status.MeterStatus]]
    )
    """Every word since the last hook run began, and within the race before it."""

    ever_heard: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    addresses: tuple[str, ...] | None = ()
    """Where its agent has written down that controllers are; None where its disk did not take it."""

    saved: state.State | None = None
    """What was last written."""

    started_at: float = 0.0
    """When its agent last started, or last ran again after it was held."""

    was_stopped: bool = False
    """Whether that was after it was held, so that it has a connection of before."""

    stopped_at: float = float("inf")
    """When it was last held."""

    noted_at: float = 0.0
    """Until when the disk has counted."""

    clock_set_at: float = float("-inf")
    """When the wall clock was last set, if the disk has no contact since; for ever while it stands still."""

    is_clock_behind: bool = False
    """Whether the wall clock was set since the last contact: as long as it shows less than it has shown, no
    boot can count the time before it."""

    begun: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    """What the runs were told that began since the last that succeeded: the charm may know any of it."""

    held: status.MeterStatus | None = None
    """The last word of a controller that was led back since, where its disk has heard it: below that nothing
    may be told. None where it has not, and once an epoch has begun."""

    held_from: int = 0
    """The revision that it was of: what it heard before the controller was led back."""

    is_led_back: bool = False
    """Whether such a copy speaks: then what it said before may be told, and not what it says."""

    follows_since: float = float("-inf")
    """When such a copy was last said to hold, so that its agent follows it from then on."""

    knows_more: bool = False
    """Whether its agent has heard more than such a copy knows."""

    was_damaged: bool = False
    """Whether what its disk held was damaged, or lost in part, since the last delivery in contact."""

    can_write: bool = True
    """Whether what its agent last wrote would survive a crash."""

    is_to_complain: bool = False
    """Whether its agent has to notice damage, and has not said so yet."""

    was_lost: bool = False
    """Whether its disk was replaced by an older or empty one since then: what it was told may be unknown, and
    since when it had no contact."""

    is_copied: bool = False
    """Whether the controller's copy was seen to say what the hook was last told."""

    may_forget: bool = False
    """Whether its disk was replaced while nobody else knew what it held."""

    has_controller: bool = False
    """Whether its agent has a controller to reach since it started."""

    was_overdue: bool = False
    """Whether a stage that it was not told was due when it started."""

    was_restarted: bool = False
    """Since the last hook run began."""

    was_killed: bool = False
    """Since a status was last heard, which it may have forgotten."""

    told: story.Run | None = None
    """The last run that succeeded."""

    last: story.Run | None = None
    """The last run."""

    ever_told: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    """All that it was told with success."""

    def hear(self, word: status.MeterStatus, *, is_contact: bool, is_acted_on: bool = True) -> None:
        """Take note of a status that its agent hears.

        Args:
            word: the status.
            is_contact: whether it counts as contact, if the agent acts on it.
            is_acted_on: whether it surely does.
        """
        now = story.now()
        self.heard_at, self.word, self.was_killed = now, word, False
        self.recent.append((now, word))
        self.ever_heard.add(word)
        if is_contact:
            self.count_from(now, is_sure=is_acted_on)

    def least_word(self) -> status.MeterStatus | None:
        """Return the least that it has heard last: what it wrote down, or a milder word that it has in hand.

        That may have come while a hook ran, and is written down only after it.
        """
        written = None if self.saved is None else delivery.controllers_word(self.saved)
        if written is None or self.word is None:
            return written
        return min(self.word, written, key=lambda word: status.severity(word.code))

    def count_from(self, now: float, *, is_sure: bool) -> None:
        """Take note of a contact; one that may not be acted on moves what is not known of it alone."""
        left = max(0.0, self.maintenance_until - now)
        if is_sure:
            self.known_contact_at, self.longer = now, left
            # A controller that was led back announces nothing to whoever has heard more.
            self.known_longer = 0.0 if self.is_led_back else left
        else:
            self.longer = max(left, self.contact_at + self.longer - now)
            self.known_longer = max(0.0, min(self.known_longer, now + left - self.known_contact_at))
        self.contact_at, self.is_clock_behind = now, False

    def write(self, contact_at: float, longer: float) -> None:
        """Take note of the contact that the disk counts from now, and of how much longer the stages wait."""
        self.saved_before = self.saved_contact_at + self.saved_longer
        self.saved_contact_at, self.saved_longer = contact_at, longer

    def boot(self, *, is_false: bool) -> None:
        """Take note of a boot: with a false clock all that is sure to count is what the disk has.

        Nothing counts twice, so that it is no more than what passed, but for a clock that was set since the
        disk last counted: there the way that it was set counts as time.
        """
        # After a boot with a false clock the disk may count from the very moment of that boot.
        self.is_clock_behind = self.is_clock_behind or is_false
        if self.is_clock_behind or self.clock_set_at > self.saved_contact_at - RACE:
            self.contact_at = story.now() - max(0.0, self.noted_at - self.contact_at)
        if self.clock_set_at > self.noted_at - _SAME:
            self.known_contact_at, self.known_longer = float("-inf"), 0.0

    def damage(self, *, is_lost: bool) -> None:
        """Take note that its disk holds something else than was written last: what, nobody here knows.

        It counts from an earlier contact, or as a new unit from the start of its agent.
        """
        self.was_damaged, self.held, self.knows_more = True, None, False
        self.may_forget = self.may_forget or (is_lost and not self.is_copied)
        self.longer = max(self.longer, self.saved_before - self.contact_at)
        self.known_contact_at = self.saved_contact_at = self.noted_at = float("-inf")
        self.known_longer = self.saved_longer = 0.0
        # What is left may have been written before a clock was set that has been noted since.
        self.was_lost = self.was_lost or is_lost or self.clock_set_at > float("-inf")

    def begin(self, run: story.Run) -> None:
        """Take note of a run that begins."""
        self.last, self.was_restarted, self.is_copied = run, False, False
        self.begun.add(run.status)
        self.recent = [(at, word) for at, word in self.recent if at >= run.began - RACE]

    def die(self) -> None:
        """Take note that its agent ended."""
        self.was_killed = self.was_restarted = True
        saved_due = self.saved_contact_at + self.saved_longer
        known_due = min(self.known_contact_at + self.known_longer, saved_due)
        self.longer = max(self.longer, saved_due - self.contact_at)
        self.known_contact_at = min(self.known_contact_at, self.saved_contact_at)
        is_known = self.known_contact_at > float("-inf")
        self.known_longer = max(0.0, known_due - self.known_contact_at) if is_known else 0.0
        self.maintenance_until = float("-inf")  # the next one asks
        remembered = None if self.saved is None else self.saved.policy
        self.policy = remembered or policies.JUJU_POLICY
