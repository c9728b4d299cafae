"""Checks that what is counted as told was told, and what was not is shown with its reason (invariant 12).

Asks nothing of what the product makes of it: judges by the runs of the hook, by what is set, and by since
when the network has joined agent and controller. What the controller shows is what is judged.
"""

import dataclasses
from collections.abc import Iterator

from harness.invariants import model, verdict
from harness.simulation import headquarters, network, observer, seat, story
from meterstatus.controller.service import unit_view
from meterstatus.domain import status

SECONDS = 15.0
"""How long agent and controller are joined, and a status is set, before it is judged: a trouble is told of
once it has lasted three, and a request that is lost is sent again after five."""

NEXT_REASON = 5.0
"""Seconds from one reason to the next, as from a run that ended to one that begins: it has to last three."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What a controller shows of a unit that is connected to it."""

    told: str
    """Whether its hook was told what is set: yes, no or unknown."""

    reason: str
    """What keeps it from that; "" where nothing is said."""


def is_told(of: model.UnitModel, said: status.MeterStatus, shown: Shown) -> verdict.Verdict:
    """Check 12: what is counted as told was told.

    Args:
        of: the unit's.
        said: what is set for it.
        shown: what its controller shows.
    """
    if shown.told != "yes":
        return verdict.NOT_CONCERNED
    if of.told is not None and of.told.status == said:
        return verdict.HELD
    told = None if of.told is None else of.told.status
    return _excused(of) or verdict.Violated(f"{of.unit} is counted as told {said}, and was told {told}")


def is_shown(of: model.UnitModel, said: status.MeterStatus, shown: Shown, now: float) -> verdict.Verdict:
    """Check 12: a unit that was not told what is set is shown as one, with a reason.

    Args:
        of: the unit's.
        said: what is set for it.
        shown: what its controller shows.
        now: the virtual time.
    """
    if of.told is not None and of.told.status == said:
        return verdict.NOT_CONCERNED
    if shown.told == "no" and shown.reason:
        return verdict.HELD
    cause = _why_unsaid(of.last, now)
    if shown.told == "no" and cause is not None:
        return verdict.Excused(cause)
    told = None if of.told is None else of.told.status
    seen = f"its hook's telling is shown as {shown.told!r}, because of {shown.reason!r}"
    return _excused(of) or verdict.Violated(f"{of.unit} was told {told} and is set {said}: {seen}")


def _why_unsaid(run: model.Run | None, now: float) -> verdict.Cause | None:
    """Return why no reason is known yet of a unit whose last run this is; None where one must be."""
    if run is None or (run.ended or run.began) <= now - NEXT_REASON:
        return None
    return verdict.Cause.CHANGED_JUST_NOW


def is_counted(
    of: model.UnitModel, said: status.MeterStatus, shown: Shown, now: float, idle_for: float
) -> verdict.Verdict:
    """Check 12: what was told is counted as told, once it may be known.

    Args as ``has_no_reason``.
    """
    last = _told_for_long(of, said, now)
    if last is None:
        return verdict.NOT_CONCERNED
    if shown.told == "yes":
        return verdict.HELD
    if shown.reason == "lock" and idle_for <= SECONDS:
        # It waits, or waited just now, with a word that was taken back meanwhile.
        return verdict.NOT_CONCERNED
    seen = f"is shown as {shown.told!r}, because of {shown.reason!r}"
    return _excused(of) or verdict.Violated(f"{of.unit} was told {said} at {last.ended}, and {seen}")


def has_no_reason(
    of: model.UnitModel, said: status.MeterStatus, shown: Shown, now: float, idle_for: float
) -> verdict.Verdict:
    """Check 12: of a unit that was told no reason is left over why it was not.

    Args as ``is_told``, the virtual time, and for how many seconds its agent has neither run a hook nor
    waited for the machine lock; 0 while it does.
    """
    if _told_for_long(of, said, now) is None:
        return verdict.NOT_CONCERNED
    if shown.reason in ("", "state"):  # what it was told cannot be written down
        return verdict.HELD
    if shown.reason == "lock" and idle_for <= SECONDS:
        # It waits, or waited just now, with a word that was taken back meanwhile.
        return verdict.NOT_CONCERNED if idle_for else verdict.HELD
    return verdict.Violated(f"{of.unit} was told {said}, and is shown as kept from it by {shown.reason!r}")


def _told_for_long(of: model.UnitModel, said: status.MeterStatus, now: float) -> model.Run | None:
    """Return the run that told what is set, where it was the last and ended some seconds ago; else None."""
    last = of.last
    if last is None or last is not of.told or last.status != said or (last.ended or now) > now - SECONDS:
        return None
    return last


def _excused(of: model.UnitModel) -> verdict.Excused | None:
    if of.is_led_back:
        return verdict.Excused(verdict.Cause.LED_BACK)
    return verdict.Excused(verdict.Cause.DISK_LOST) if of.is_misled else None


class HooksTold:
    """Has the controllers' view of connected units judged.

    Args:
        log: counts what is found.
        net: knows who is connected.
        controllers: all of them.
        watching: knows what is true of each unit, and its charm.
    """

    def __init__(
        self,
        log: story.Story,
        net: network.Network,
        controllers: headquarters.Headquarters,
        watching: observer.Observer,
    ) -> None:
        self._log, self._net, self._controllers, self._watching = log, net, controllers, watching

    def look(self) -> None:
        """Judge every unit that is joined to a controller for long enough, with what is set as long."""
        for unit, of in self._watching.models.items():
            if self._controllers.chronicle.unchanged_for(unit) <= SECONDS:
                continue
            for one in self._joined(of):
                its = self._watching.charms[unit]
                idle = 0.0 if its.is_busy else story.now() - its.idle_since
                said, shown = self._controllers.chronicle.said[unit], _shown(one, unit)
                self._log.judge("12 what is told", is_told(of, said, shown))
                self._log.judge("12 told is counted", is_counted(of, said, shown, story.now(), idle))
                self._log.judge("12 no old reason", has_no_reason(of, said, shown, story.now(), idle))
                self._log.judge("12 what is not told", is_shown(of, said, shown, story.now()))

    def _joined(self, of: model.UnitModel) -> Iterator[seat.Seat]:
        """Give the controllers that a unit's agent is connected to, where nothing is between them."""
        latest = story.now() - SECONDS
        for pipe in self._net.pipes:
            is_its_own = pipe.unit == of.unit and max(of.started_at, of.follows_since) < latest
            is_running = not (pipe.owner.is_held or pipe.owner.is_dead)
            if not (is_its_own and is_running and pipe.is_joined_since(latest)):
                continue
            for number, one in enumerate(self._controllers.seats):
                if one.process is pipe.server and self._controllers.well_for(number) > SECONDS:
                    yield one


def _shown(one: seat.Seat, unit: str) -> Shown:
    made = one.serving
    assert made is not None
    seen = unit_view.of(made.fleet, made.fleet.units[unit], made.clock.now())
    return Shown(seen.told.value, "" if seen.trouble is None else seen.trouble.reason.value)
