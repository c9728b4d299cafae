"""What a facade is made of: who may use it, and a function for each of its methods."""

import dataclasses
import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from meterstatus import errors
from meterstatus.controller.fleet import model_view, watchers
from meterstatus.controller.rpc import idle_timeout
from meterstatus.controller.service import service
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.protocol import connection_kind, limits, wire

_P = TypeVar("_P", bound=wire.Wire)
_R = TypeVar("_R", bound=wire.Wire)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the controller is reached, and whom to trust there."""

    servers: Sequence[wire.HostPort] = ()
    """This process's."""

    ca_certificate: str = ""
    """PEM."""

    others: Sequence[Sequence[wire.HostPort]] = ()
    """Where the other processes on the same database are reached."""

    @property
    def machines(self) -> Sequence[Sequence[wire.HostPort]]:
        """Where each process is reached, this one first."""
        return (self.servers, *self.others)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One call by somebody who is logged in."""

    service: service.Service
    caller: records.Caller
    kind: connection_kind.ConnectionKind
    """What the connection was made to."""

    watchers: watchers.ConnectionWatchers
    """Those of the connection."""

    lease: idle_timeout.Lease
    """The connection's; one that has ended already for a user."""

    object_id: str
    client_version: str
    """What the caller said at its login that it is; "" where it said nothing."""

    max_history: int
    """The most changes that one answer may hold."""

    place: Place
    new_servers: Callable[[], Sequence[Sequence[wire.HostPort]]] = tuple
    """Takes where the controllers are, where the connection was told otherwise; nothing elsewhere."""

    has_moved: bool = False
    """Whether that may be something."""


@dataclasses.dataclass(frozen=True, slots=True)
class Handler(Generic[_P, _R]):
    """A method and the function that does it."""

    method: wire.Method[_P, _R]
    run: Callable[[Call, _P], _R | Awaitable[_R]]
    """Answers at once, or later. Raises MeterStatusError for an error answer."""


class Implementation:
    """A facade and what it does.

    Args:
        facade: the facade.
        admits: tells who may call any of its methods; others get "permission denied" on each call.
        handlers: one for each of its methods.
        max_elements: what one list of a call may hold: as much as is answered in one piece, or a whole fleet
            where it is answered in slices.

    Attributes:
        handlers: by the method's name.
    """

    def __init__(
        self,
        facade: wire.Facade,
        admits: Callable[[records.Caller], bool],
        *handlers: Handler[Any, Any],
        max_elements: int = limits.MAX_ELEMENTS,
    ) -> None:
        self.facade = facade
        self.admits = admits
        self.handlers = {handler.method.name: handler for handler in handlers}
        self.max_elements = max_elements


MAX_OWN_ELEMENTS = 100
"""Where an agent asks, and only of its own unit; a real one asks with one element."""

MAX_LISTED_ELEMENTS = 500
"""Where a user asks for models and users, of which there are few."""


def agent(call: Call) -> records.Agent:
    """Return the caller of a facade that admits only agents."""
    assert isinstance(call.caller, records.Agent)
    return call.caller


def user(call: Call) -> records.User:
    """Return the caller of a facade that admits only users."""
    assert isinstance(call.caller, records.User)
    return call.caller


def is_agent(caller: records.Caller) -> bool:
    """Tell whether the caller is an agent."""
    return isinstance(caller, records.Agent)


def is_user(caller: records.Caller) -> bool:
    """Tell whether the caller is a user."""
    return isinstance(caller, records.User)


def tag(text: str) -> names.Tag | None:
    """Read a tag where rubbish is answered as a foreign tag is; None is rubbish."""
    try:
        return names.parse_tag(text)
    except names.TagError:
        return None


def is_anyone(_: records.Caller) -> bool:
    """Admit whoever is logged in."""
    return True


def model(call: Call) -> model_view.ModelView:
    """Return the model that the connection was made to; the one with units on a controller connection."""
    models = call.service.models
    is_own = call.kind is connection_kind.ConnectionKind.CONTROLLER_MODEL
    return models.own() if is_own else models.workload()


def wire_error(error: errors.MeterStatusError) -> wire.Error:
    """Turn an exception into the error inside a result."""
    return wire.Error(limits.cut(str(error)), error.code)


def span(seconds: float, longest: datetime.timedelta, what: str, bounds: str) -> datetime.timedelta:
    """Return a span that somebody asks for; only what is no span at all is refused here.

    Args:
        seconds: as they came, which may be no number, or more than a span can have.
        longest: the most that it may be.
        what: what it is the span of, for the refusal.
        bounds: what it may be, in words.

    Raises:
        NotValidError: it is negative, no number, or longer.
    """
    if not 0 <= seconds <= longest.total_seconds():
        raise errors.NotValidError(f"{what} {seconds:g} seconds", f"it may be {bounds}")
    return datetime.timedelta(seconds=seconds)
