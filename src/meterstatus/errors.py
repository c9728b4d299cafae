"""The exception tree; every error that this project raises on purpose is one of these, or a kind of one.

    MeterStatusError                  has a stable ``code`` for the wire ("" where Juju has none)
    ├─ NotValidError                  our caller's fault: a value that cannot be
    ├─ ConfigError                    values that are each possible and together are not
    ├─ NotFoundError                  what was asked for is absent
    ├─ UnauthorizedError              not allowed, or not known
    ├─ UnsupportedError               the peer does not implement it (Juju: not implemented)
    ├─ RequestError                   the peer refused a request; code and info are the peer's
    ├─ ProtocolError
    │  ├─ LocalProtocolError          our mistake
    │  └─ RemoteProtocolError         the peer's
    ├─ TransportError
    │  ├─ ConnectFailedError          no connection was made
    │  ├─ ConnectionLostError         a connection ended with calls outstanding
    │  └─ RequestTimeoutError         a call had no answer within its limit
    ├─ StateError
    │  ├─ StateCorruptError           what was stored cannot be read back
    │  └─ StateWriteError             what must be stored could not be
    ├─ HookError
    │  └─ LockUnavailableError        the machine lock was not acquired
    ├─ StoreError                     the controller's database
    │  ├─ StoreUnavailableError       it cannot be reached or opened, and nothing was changed
    │  ├─ OutcomeUnknownError         nobody said in time whether a change was made; it may have been
    │  ├─ ConflictError               it already holds something that excludes the change
    │  └─ ChangedSinceError           somebody else changed what a change rests on
    │     └─ FleetMovedOnError        the fleet is newer than the change was reckoned from
    ├─ BlastRadiusError               more units would become RED than one change may turn
    └─ DependencyError                the language between workers and the engine
       ├─ DependencyMissingError      wait until an input changes
       ├─ BounceError                 start again at once
       └─ UninstallError              never again

Adapters translate a library's errors into these at one place and chain the cause. Nothing decides
by matching text. Codes are Juju's (rpc codes, spec juju-api 1.12). An error that belongs to one module,
such as a tag that cannot be read, is defined there.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import ClassVar


class MeterStatusError(Exception):
    """Any error of this project; ``str()`` is one sentence without a trailing full stop."""

    code: str = ""
    """The wire code; empty where the reference sends none."""


class NotValidError(MeterStatusError):
    """A value was refused; renders as its subject followed by " not valid" (spec worker, 0).

    With a reason, which says what is wrong or what to give, it renders as ``invalid subject: reason``.
    """

    code = "not valid"

    def __init__(self, subject: str, reason: str = "") -> None:
        super().__init__(f"invalid {subject}: {reason}" if reason else f"{subject} not valid")
        self.subject = subject


class ConfigError(MeterStatusError):
    """Values that are each possible contradict each other, or a file of them cannot be used."""


class NotFoundError(MeterStatusError):
    """Something is absent; renders as its subject followed by " not found" (spec worker, 0)."""

    code = "not found"

    def __init__(self, subject: str) -> None:
        super().__init__(f"{subject} not found")
        self.subject = subject


class UnauthorizedError(MeterStatusError):
    """The caller may not do this, or its credentials are not known."""

    code = "unauthorized access"

    def __init__(self, message: str = "permission denied") -> None:
        super().__init__(message)


class UnsupportedError(MeterStatusError):
    """The peer does not offer the facade, version or method; Juju's "not implemented"."""

    code = "not implemented"


class RequestError(MeterStatusError):
    """The peer answered a request with an error that has no type of its own here.

    Attributes:
        code: the peer's error code, "" where it sent none.
        info: the peer's ``error-info`` object, empty where it sent none.
    """

    def __init__(self, message: str, code: str = "", info: Mapping[str, object] = {}) -> None:
        super().__init__(message)
        self.code = code
        self.info = info


class ProtocolError(MeterStatusError):
    """A message broke the wire protocol."""


class LocalProtocolError(ProtocolError):
    """We were about to break the protocol; a defect on this side."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol; the connection cannot go on."""


class TransportError(MeterStatusError):
    """The way to the peer failed."""


class ConnectFailedError(TransportError):
    """No connection could be made."""


class ConnectionLostError(TransportError):
    """The connection ended while calls were outstanding, or before one was made."""

    def __init__(self, message: str = "connection is shut down") -> None:
        super().__init__(message)


class RequestTimeoutError(TransportError):
    """A call had no answer within its limit."""


class StateError(MeterStatusError):
    """A unit's stored state failed."""


class StateCorruptError(StateError):
    """What was stored cannot be read back; the text says what is wrong with it.

    Attributes:
        last_written: when it was last written, aware UTC by the wall clock of then; None if nobody knows.
    """

    def __init__(self, message: str, last_written: datetime.datetime | None = None) -> None:
        super().__init__(message)
        self.last_written = last_written


class StateWriteError(StateError):
    """What must be stored could not be written; the cause is chained.

    Attributes:
        is_kept: whether it survives a crash all the same, in the room that was reserved for it.
    """

    def __init__(self, message: str, *, is_kept: bool = False) -> None:
        super().__init__(message)
        self.is_kept = is_kept


class HookError(MeterStatusError):
    """A hook could not even be tried."""


class LockUnavailableError(HookError):
    """The machine lock was not acquired."""


class StoreError(MeterStatusError):
    """The controller's database failed."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached or opened."""

    code = "try again"


class OutcomeUnknownError(StoreError):
    """Whether a change was made could not be found out in time: it may have been, or may yet be."""

    code = "outcome unknown"


class ConflictError(StoreError):
    """The database already holds something that excludes the change."""

    code = "already exists"


class ChangedSinceError(StoreError):
    """What a change rests on was changed by somebody else."""

    code = "changed since"


class FleetMovedOnError(ChangedSinceError):
    """The fleet is at a newer revision than the one that a change was reckoned from."""


class BlastRadiusError(MeterStatusError):
    """A change would turn too many units RED at once."""

    code = "blast radius exceeded"


class DependencyError(MeterStatusError):
    """What a worker tells the engine (spec worker, C.1); recognised anywhere in a cause chain."""

    default: ClassVar[str] = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(f"{message}: {self.default}" if message else self.default)


class DependencyMissingError(DependencyError):
    """An input is not there: stay stopped until one changes."""

    default = "dependency not available"


class BounceError(DependencyError):
    """Start again at once, without counting a failure."""

    default = "restart immediately"


class UninstallError(DependencyError):
    """What the worker needs will never be there: remove its manifold."""

    default = "resource permanently unavailable"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and every cause it was raised from, outermost first; nothing for None.

    Only what was said by ``raise ... from`` counts. What happened to be handled at the time does not: a
    defect met while an absence is dealt with must not pass for the absence.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def chain_has(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Tell whether an error, or any cause it was raised from, is of a kind."""
    return any(isinstance(one, kind) for one in causes(error))
