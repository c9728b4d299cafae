"""What every facade is made of: the base of all shapes, errors, entities, and the form of a method.

In every Struct of this package a field without a default is always written, and one with a default is left
out while it has it; read leniently (``shapes.decode_params``, ``shapes.read_result``), a missing field of
the first kind is empty.
"""

import dataclasses
import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

Instant = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
"""An aware instant; RFC 3339 on the wire."""


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """A JSON object of the wire; refuses unknown keys so that the lenient reader notices odd ones."""


_P = TypeVar("_P", bound=Wire)
_R = TypeVar("_R", bound=Wire)


class Empty(Wire, frozen=True):
    """No params, or no result: ``{}``."""


class Error(Wire, frozen=True):
    """An error inside a result; ``code`` is always present (spec juju-api, 1.12)."""

    message: str
    code: str
    info: dict[str, Any] = {}


class ErrorResult(Wire, frozen=True):
    """The result of something that only succeeds or fails."""

    error: Error | None = None


class ErrorResults(Wire, frozen=True):
    """One result for each element asked for, in its order."""

    results: tuple[ErrorResult, ...]


class Entity(Wire, frozen=True):
    """Something named by its tag."""

    tag: str


class Entities(Wire, frozen=True):
    """A list of entities."""

    entities: tuple[Entity, ...]


class NotifyWatchResult(Wire, frozen=True):
    """A watcher started; the key's capitals are the reference's."""

    notify_watcher_id: str = msgspec.field(name="NotifyWatcherId")
    error: Error | None = None


class Stage(Wire, frozen=True):
    """A stage of a policy: what is told without contact, and when."""

    status: str
    """AMBER or RED."""

    grace_seconds: float
    """From the last contact."""

    info: str


class Policy(Wire, frozen=True):
    """When a unit without its controller escalates.

    Both stages are always said: were an absent one off, a misspelt key would keep a unit from escalating.
    """

    amber_grace_seconds: float
    """From the last contact until AMBER; 0 where this stage is off."""

    red_grace_seconds: float
    """From the last contact until RED; 0 where this stage is off."""

    warning_seconds: float = 0
    """How long before a stage the charm is warned; 0 where it is not."""

    stages: tuple[Stage, ...] = ()
    """All stages, where the two keys do not say them whole; who does not know the key follows those."""


class PolicyResult(Wire, frozen=True):
    """The controller's word on a unit's policy, which may be that none is set."""

    revision: int
    """The newest revision that this takes into account: of two words on a connection the higher one holds."""

    policy: Policy | None = None
    """Absent where none is set, and the agent's own options rule."""

    error: Error | None = None

    epoch: int = 0
    """The controller's; absent from one that knows none."""

    epoch_base: int = 0
    """The revision at which it began."""

    maintenance_seconds: float = 0
    """What is left of announced maintenance; absent where there is none."""


class HostPort(Wire, frozen=True):
    """An address of the controller (spec juju-api, 2.2)."""

    value: str
    type: str
    """``hostname``, ``ipv4`` or ``ipv6``."""

    scope: str
    """``public``, ``local-cloud``, ``local-fan``, ``local-machine``, ``link-local`` or ""."""

    port: int
    cidr: str = ""
    space_name: str = ""
    space_id: str = ""
    config_type: str = ""
    is_secondary: bool = False


class NotifyWatchResults(Wire, frozen=True):
    """The result of MeterStatus.WatchMeterStatus and MigrationFlag.Watch."""

    results: tuple[NotifyWatchResult, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Facade:
    """A facade in the version that is called here, and in others that are served too."""

    name: str
    version: int
    earlier: tuple[int, ...] = ()
    """Versions beside it that have the same methods, ascending."""

    @property
    def versions(self) -> tuple[int, ...]:
        """Every version that is served, ascending."""
        return (*self.earlier, self.version)


@dataclasses.dataclass(frozen=True, slots=True)
class Method(Generic[_P, _R]):
    """A method, said once: the server's handler and the client's call are both typed by it."""

    facade: Facade
    name: str
    params: type[_P]
    result: type[_R]
