"""What a status worker talks to: the controller's word, and the stores of a unit's state.

Parameters are positional-only where whoever implements a port may call them what he likes.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from meterstatus import errors
from meterstatus.domain import epoch, status
from meterstatus.domain.hook import delivery_report, trouble
from meterstatus.domain.unit import decide, state


class NotifyWatcher(Protocol):
    """A stream of events without content; the first comes at once (spec worker, C.8).

    Events that come while the consumer is busy are merged into one. Iteration ends by itself only
    after ``stop``; a watch that breaks raises out of ``__anext__``.
    """

    def __aiter__(self) -> AsyncIterator[None]:
        """Return the stream."""
        ...

    async def __anext__(self) -> None:
        """Return at the next event. Cancelling loses no event."""
        ...

    async def stop(self) -> None:
        """End the watch; any number of times."""
        ...


class MeterStatusClient(Protocol):
    """The controller's word on one unit (facade MeterStatus, spec juju-api 4)."""

    async def meter_status(self) -> status.MeterStatus:
        """Fetch the unit's status now.

        Raises:
            UnauthorizedError, UnsupportedError, RequestError: as the controller answers.
            TransportError: the connection failed.
        """
        ...

    async def watch_meter_status(self) -> NotifyWatcher:
        """Start a watch, which the caller stops. Raises as ``meter_status``."""
        ...


@runtime_checkable
class EventKeeper(Protocol):
    """Keeps what an event of the unit's watch said until it is taken."""

    def untaken(self) -> decide.ContactConfirmed | None:
        """Return the newest word that came with an event and that no fetch has taken; None where none is.

        It is what the controller says however old it is, and contact only at the instant that it came.
        """
        ...


@runtime_checkable
class PolicySource(Protocol):
    """The controller's word on when the unit escalates without it (facade MeterStatusPolicy, ours)."""

    async def policy(self) -> decide.PolicyWord | None:
        """Return what the controller last said; None where it said nothing, and the word before holds.

        Nothing is said by a controller that knows no policies, or says what no agent can follow. One that
        refuses to say is at ``epoch.UNSAID``. Answered by the controller at most once a connection: from then
        on the events of the unit's watch say it, but for what is left of announced maintenance, which it is
        asked for.

        Raises:
            TransportError: the connection failed.
        """
        ...


@runtime_checkable
class EpochReporter(Protocol):
    """Where a unit says what it has heard and its controller may lack (facade MeterStatusPolicy, ours)."""

    async def report_heard(self, heard: epoch.Place, /) -> None:
        """Report; what ``PolicySource.policy`` says from then on has whether the controller lacks it.

        A controller that takes no such reports, or refuses one, is told nothing.

        Raises:
            TransportError: the connection failed.
        """
        ...


@runtime_checkable
class DeliveryReporter(Protocol):
    """Where a unit's deliveries are reported to, for people to see (facade MeterStatusDelivery, ours)."""

    async def report_deliveries(
        self, reports: Sequence[delivery_report.DeliveryReport], /
    ) -> Sequence[errors.MeterStatusError | None]:
        """Report; the same report again changes nothing.

        Returns:
            One for each, in order: None where it was taken, else why not; of code ``backoff.AGAIN`` where it
            may be taken later.

        Raises:
            UnsupportedError: the controller takes none.
            UnauthorizedError, RequestError: it refuses them all.
            TransportError: the connection failed; it may have got them.
        """
        ...


@runtime_checkable
class TroubleReporter(Protocol):
    """Where a unit says why its hook was not told (facade MeterStatusDelivery, ours)."""

    async def report_trouble(self, now: trouble.Trouble | None, /) -> None:
        """Say what troubles the unit now; None where nothing does any more. For people to see.

        Raises:
            UnsupportedError: the controller takes no such reports.
            UnauthorizedError, RequestError: it refuses this one.
            TransportError: the connection failed; it may have got it.
        """
        ...


class UnitStateAPI(Protocol):
    """The unit's meter field in the controller's store of unit state (spec worker, A.10)."""

    async def state(self) -> str:
        """Fetch the field; "" when it is absent. Raises as ``MeterStatusClient``."""
        ...

    async def set_state(self, text: str, /) -> None:
        """Store the field and touch no other; "" removes it. Raises as ``MeterStatusClient``."""
        ...


class StateReadWriter(Protocol):
    """A place that holds one unit's ``State``."""

    async def read(self) -> state.State:
        """Read the state.

        Raises:
            NotFoundError: nothing is stored.
            StateCorruptError: what is stored cannot be understood.
            OSError, MeterStatusError: the place cannot be reached.
        """
        ...

    async def write(self, value: state.State, /) -> None:
        """Replace the state, whole; when this returns it is as durable as the place can make it.

        Raises:
            OSError, MeterStatusError: the place cannot be reached; the former state is still there.
        """
        ...
