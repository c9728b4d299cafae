"""What a charm is told of its unit's meter status, as one value, and a hook written in plain Python.

For charm authors. Decides nothing and asks nobody: it reads the environment that the hook was started with,
and the JSON file that is named there (``docs/reference/hook-environment.md``).

Self-contained on purpose: the standard library only, nothing of this package, and Python 3.8's syntax, so
that a charm may carry the file as ``lib/meterstatus/charm.py`` and import it by the same name.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import os
import sys
from typing import Any, Callable, Mapping, TypeVar

CHANGED = "meter-status-changed"
"""The hook that tells a status; Juju's."""

WILL_CHANGE = "meter-status-will-change"
"""The hook that warns of a stage; no hook of Juju's."""


class HookError(Exception):
    """The base of what can go wrong here."""


class NotInHookError(HookError):
    """No meter status was told: this is no hook, or its Juju has none."""


class UnknownStatusError(HookError):
    """The status told is none that this module knows."""


class IncompleteHandlerError(HookError):
    """A status was told for which the charm has no function."""


class Status(str, enum.Enum):
    """The three statuses, which are their own names as text."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"

    def __str__(self) -> str:
        return self.value


class Origin(str, enum.Enum):
    """Whose word a status is."""

    CONTROLLER = "controller"
    AGENT = "agent"
    """A stage that the unit's own agent reached without its controller."""

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Stage:
    """What comes next if there is no contact with the controller."""

    status: Status
    """AMBER or RED."""

    at: datetime.datetime
    """Aware, UTC; right unless the machine's clock is set meanwhile."""

    due_in: datetime.timedelta
    """From the start of the hook, in whole seconds."""


@dataclasses.dataclass(frozen=True)
class Told:
    """All that a hook was told. What is not known is None; under a Juju agent that is all but three."""

    status: Status
    """In the hook that warns: what the charm was last told."""

    info: str
    """The full text, which may have several lines; under a Juju agent what fits into a variable."""

    hook: str = CHANGED
    """``CHANGED``, ``WILL_CHANGE``, or another of Juju's hooks, which tells the status of the moment."""

    delivery_id: str | None = None
    """The same for every run that tells the same word."""

    attempt: int | None = None
    """Counts the runs for this delivery, from 1."""

    previous_status: Status | None = None
    """What the charm was told before; None before the first delivery."""

    previous_info: str | None = None
    origin: Origin | None = None
    next_stage: Stage | None = None
    """In contact what would come if it were lost now; None where no stage is left."""

    since_contact: datetime.timedelta | None = None
    """How long ago the controller's status was last fetched, in whole seconds."""

    maintenance: datetime.timedelta | None = None
    """How much later each stage comes, because the controller was announced to be away, in whole seconds."""

    epoch: int | None = None
    """The controller's epoch."""

    epoch_state: str | None = None
    """``current``, ``restored``, ``behind`` or ``superseded``: how new the controller's word is."""

    @property
    def is_warning(self) -> bool:
        """Tell whether this warns of ``next_stage``, and ``status`` is no news."""
        return self.hook == WILL_CHANGE

    @property
    def is_own_stage(self) -> bool:
        """Tell whether the agent reached this status without its controller."""
        return self.origin is Origin.AGENT

    def variables(self) -> dict[str, str]:
        """Return the environment that tells this, without a file: ``told`` of it is this value again."""
        upcoming = self.next_stage
        facts: dict[str, object | None] = {
            "JUJU_METER_STATUS": self.status,
            "JUJU_METER_INFO": self.info,
            "JUJU_HOOK_NAME": self.hook,
            "METER_STATUS_DELIVERY_ID": self.delivery_id,
            "METER_STATUS_ATTEMPT": self.attempt,
            "METER_STATUS_ORIGIN": self.origin,
            "METER_STATUS_PREVIOUS_STATUS": self.previous_status,
            "METER_STATUS_PREVIOUS_INFO": self.previous_info,
            "METER_STATUS_NEXT_STATUS": upcoming and upcoming.status,
            "METER_STATUS_NEXT_AT": upcoming and upcoming.at.isoformat(),
            "METER_STATUS_NEXT_IN_SECONDS": upcoming and _seconds(upcoming.due_in),
            "METER_STATUS_SECONDS_SINCE_CONTACT": None
            if self.since_contact is None
            else _seconds(self.since_contact),
            "METER_STATUS_MAINTENANCE_SECONDS": None
            if self.maintenance is None
            else _seconds(self.maintenance),
            "METER_STATUS_EPOCH": self.epoch,
            "METER_STATUS_EPOCH_STATE": self.epoch_state,
        }
        return {name: str(fact) for name, fact in facts.items() if fact is not None}


def told(environ: Mapping[str, str] | None = None) -> Told:
    """Return what the hook was told.

    Also in Juju's other hooks, where the model has metering: it says the status of the moment in each.
    A file that is absent, damaged or of another run is passed over, and a variable of ours that makes no
    sense is as good as absent: Juju's two are enough to obey.

    Args:
        environ: the environment of the hook; None is that of this process.

    Raises:
        NotInHookError: ``JUJU_METER_STATUS`` is absent or empty.
        UnknownStatusError: it holds no status.
    """
    given = os.environ if environ is None else environ
    code = given.get("JUJU_METER_STATUS", "")
    if not code:
        raise NotInHookError(
            "no meter status was told: JUJU_METER_STATUS is not set, as it is in the hook " + CHANGED
        )
    status = _member(Status, code)
    if status is None:
        raise UnknownStatusError(f"{code!r} is no meter status: GREEN, AMBER and RED are")
    value = Told(
        status=status,
        info=given.get("JUJU_METER_INFO", ""),
        hook=hook_name(given),
        delivery_id=given.get("METER_STATUS_DELIVERY_ID"),
        attempt=_number(given.get("METER_STATUS_ATTEMPT")),
        previous_status=_member(Status, given.get("METER_STATUS_PREVIOUS_STATUS")),
        previous_info=given.get("METER_STATUS_PREVIOUS_INFO"),
        origin=_member(Origin, given.get("METER_STATUS_ORIGIN")),
        next_stage=_stage(given),
        since_contact=_span(given.get("METER_STATUS_SECONDS_SINCE_CONTACT")),
        maintenance=_span(given.get("METER_STATUS_MAINTENANCE_SECONDS")),
        epoch=_number(given.get("METER_STATUS_EPOCH")),
        epoch_state=given.get("METER_STATUS_EPOCH_STATE"),
    )
    return _with_full_texts(value, given.get("METER_STATUS_FILE"))


def hook_name(environ: Mapping[str, str] | None = None) -> str:
    """Return the name of the hook that runs, such as ``meter-status-changed``; "" where nothing tells it.

    Juju's agents leave out ``JUJU_HOOK_NAME`` in this one hook. Where neither it nor the path is told, a
    script tells by its own name which hook it is.
    """
    given = os.environ if environ is None else environ
    path = given.get("JUJU_HOOK_NAME") or given.get("JUJU_DISPATCH_PATH") or sys.argv[0]
    return os.path.basename(path)


Reaction = Callable[[Told], object]
_R = TypeVar("_R", bound=Reaction)


class Handler:
    """A hook in plain Python: one function for each status.

    The functions are called with a ``Told``. What they raise fails the hook, and the agent tries again.
    """

    def __init__(self) -> None:
        self._reactions: dict[Status | None, Reaction] = {}
        self._warning: Reaction | None = None

    def on(self, *statuses: Status) -> Callable[[_R], _R]:
        """Register a function for these statuses; for all that have none of their own where none is given.

        Raises:
            ValueError: one of them has a function already.
        """

        def register(reaction: _R) -> _R:
            for status in statuses or (None,):
                if status in self._reactions:
                    raise ValueError(f"{status or 'every other status'} has a function already")
                self._reactions[status] = reaction
            return reaction

        return register

    def on_warning(self, reaction: _R) -> _R:
        """Register the function for the hook that warns; without one a warning is passed over."""
        self._warning = reaction
        return reaction

    def run(self, environ: Mapping[str, str] | None = None) -> bool:
        """Call the function that is due; tell whether one was.

        None is in any hook but the two, so that a ``dispatch`` may do no more than this.

        Raises:
            IncompleteHandlerError: the status has no function.
            HookError: as ``told`` does.
        """
        name = hook_name(environ)
        if name == WILL_CHANGE:
            if self._warning is not None:
                self._warning(told(environ))
            return self._warning is not None
        if name != CHANGED:
            return False
        value = told(environ)
        reaction = self._reactions.get(value.status) or self._reactions.get(None)
        if reaction is None:
            raise IncompleteHandlerError(f"the charm has no function for {value.status}")
        reaction(value)
        return True

    def main(self) -> None:
        """Run as the whole of a hook: what is wrong with it is one line, and exit status 1."""
        try:
            self.run()
        except HookError as error:
            sys.exit(f"{hook_name()}: {error}")


_M = TypeVar("_M", bound=enum.Enum)


def _member(kind: type[_M], text: str | None) -> _M | None:
    try:
        return kind(text)
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _span(text: str | None) -> datetime.timedelta | None:
    number = _number(text)
    try:
        return None if number is None else datetime.timedelta(seconds=number)
    except OverflowError:
        return None


def _seconds(span: datetime.timedelta) -> int:
    return int(span.total_seconds())


def _stage(given: Mapping[str, str]) -> Stage | None:
    status = _member(Status, given.get("METER_STATUS_NEXT_STATUS"))
    due_in = _span(given.get("METER_STATUS_NEXT_IN_SECONDS"))
    try:
        # Python before 3.11 does not know the Z.
        at = datetime.datetime.fromisoformat(given.get("METER_STATUS_NEXT_AT", "").replace("Z", "+00:00"))
    except ValueError:
        return None
    if status is None or due_in is None or at.tzinfo is None:
        return None
    return Stage(status, at.astimezone(datetime.timezone.utc), due_in)


def _with_full_texts(value: Told, path: str | None) -> Told:
    """Take the texts from the file: a variable holds one line of them, and no more than 64 KiB."""
    if not path:
        return value
    try:
        with open(path, encoding="utf-8") as file:
            document: Any = json.load(file)
        delivery, status, previous = document["delivery"], document["status"], document["previous"]
        is_of_this_run = (
            document["version"] == 1
            and document["hook"] == value.hook
            and (delivery["id"], delivery["attempt"]) == (value.delivery_id, value.attempt)
            and status["code"] == value.status.value
        )
        info, previous_info = status["info"], previous and previous["info"]
    except (OSError, ValueError, LookupError, TypeError):
        return value
    if not is_of_this_run or not isinstance(info, str) or not isinstance(previous_info, (str, type(None))):
        return value
    return dataclasses.replace(value, info=info, previous_info=previous_info)
