"""What the status workers are given, and the order in which it is checked (spec worker, A.3 and A.5)."""

import dataclasses
import datetime
import logging
from collections.abc import Awaitable, Callable

from meterstatus import errors
from meterstatus.domain import policy
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.ports import hooks, time
from meterstatus.ports import status as status_ports
from meterstatus.runtime import clock as clocks
from meterstatus.workers import attempts as attempting
from meterstatus.workers import triggers


def require(value: object, subject: str) -> None:
    """Refuse a part that was not given.

    Raises:
        NotValidError: it is None.
    """
    if value is None:
        raise errors.NotValidError(subject)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedConfig:
    """What a ``ConnectedStatusWorker`` works with."""

    runner: hooks.HookRunner
    state_read_writer: status_ports.StateReadWriter
    """The controller's copy of the state: Juju's three keys, written once the hook was told."""

    status: status_ports.MeterStatusClient
    logger: logging.Logger
    memory: status_ports.StateReadWriter | None = None
    """The unit's own disk, where every delivery is written ahead and which isolation starts from.
    Without one, as in the reference, ``state_read_writer`` is all there is to remember by."""

    clock: time.Clock = dataclasses.field(default_factory=clocks.SystemClock)
    """When to try a failed hook again."""

    policies: status_ports.PolicySource | None = None
    """Where the controller's word on when to escalate comes from; None where there is none."""

    own_policy: policy.Policy = policy.JUJU_POLICY
    """The agent's own options, which hold where the controller says nothing."""

    confirms_contact: bool = False
    """Whether to fetch the status now and then even without an event, so that it is known when contact was
    last there. The reference fetches at events only."""

    outbox: outboxes.Outbox | None = None
    """Where the unit's deliveries and troubles are noted for a ``workers.reports`` to tell of; None where
    nobody does."""

    epochs: status_ports.EpochReporter | None = None
    """Where the unit says what it has heard and its controller may not have; None where nobody asks."""

    stopping: time.Interrupt | None = None
    """Said when the agent stops. With it, a worker that ends for another reason lets a hook under way end by
    itself, for a while; without it, as whenever it is said, the hook is ended at once."""

    attempts: attempting.Attempts | None = None
    """Told which policy rules, for its silence must be noticed in time for it; None where nobody asks."""

    give_up: Callable[[], Awaitable[None]] | None = None
    """Ends the connection: called where the controller does not answer in time for the first stage. Without
    it, as in the reference, the client's own limits are all there are."""

    def validate(self) -> None:
        """Check that all parts are there; the first that fails counts.

        Raises:
            NotValidError: "missing Runner", "missing StateReadWriter", "missing Status" or
                "missing Logger", in this order.
        """
        require(self.runner, "missing Runner")
        require(self.state_read_writer, "missing StateReadWriter")
        require(self.status, "missing Status")
        require(self.logger, "missing Logger")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class IsolatedConfig:
    """What an ``IsolatedStatusWorker`` works with."""

    runner: hooks.HookRunner
    state_read_writer: status_ports.StateReadWriter
    """The unit's own disk."""

    clock: time.Clock
    logger: logging.Logger
    amber_grace_period: datetime.timedelta
    red_grace_period: datetime.timedelta
    trigger_factory: triggers.TriggerCreator
    attempts: attempting.Attempts | None = None
    """The agent's attempts to reach the controller, one of which comes before each stage; None where nobody
    tries."""

    warning: datetime.timedelta | None = None
    """How long before each stage the charm is warned; None where it is not."""

    outbox: outboxes.Outbox | None = None
    """See ``ConnectedConfig.outbox``."""

    stopping: time.Interrupt | None = None
    """See ``ConnectedConfig.stopping``."""

    look_period: datetime.timedelta | None = None
    """How often to look at the clocks although nothing is due, so that a step of the wall clock is noticed;
    None is never."""

    def validate(self) -> None:
        """Check all parts; the first that fails counts.

        Raises:
            NotValidError: "missing Runner", "missing StateReadWriter", "missing Clock", "missing Logger",
                "amber grace period" or "red grace period" (not above zero), in this order; last, and not
                in the reference (spec worker, B-24), "missing TriggerFactory".
            ConfigError: amber is not shorter than red; checked before the trigger factory.
        """
        require(self.runner, "missing Runner")
        require(self.state_read_writer, "missing StateReadWriter")
        require(self.clock, "missing Clock")
        require(self.logger, "missing Logger")
        if self.amber_grace_period <= datetime.timedelta(0):
            raise errors.NotValidError("amber grace period")
        if self.red_grace_period <= datetime.timedelta(0):
            raise errors.NotValidError("red grace period")
        if self.amber_grace_period >= self.red_grace_period:
            raise errors.ConfigError("amber grace period must be shorter than the red grace period")
        require(self.trigger_factory, "missing TriggerFactory")
