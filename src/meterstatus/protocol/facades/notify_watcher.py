"""NotifyWatcher: the events of a watch that another facade started (spec juju-api, 5). Shapes only."""

from meterstatus.protocol import wire


class NextParams(wire.Wire, frozen=True):
    """The params of NotifyWatcher.Next: nothing, as Juju's, or our wish, which Juju's servers pass over."""

    tell_status: bool = False
    """Answer with what the event is about."""


class NextResult(wire.Wire, frozen=True):
    """The answer to NotifyWatcher.Next: nothing, as Juju's, or what was wished for.

    A watcher of a unit's status then says what the unit is told now, which saves its agent the question.
    Each key is absent where the watcher is of something else, or the unit is gone.
    """

    code: str = ""
    info: str = ""
    policy: wire.PolicyResult | None = None
    """Told with each status, also that none is set; absent from a controller that knows no policies."""

    servers: tuple[tuple[wire.HostPort, ...], ...] = ()
    """The addresses of each controller on the database, as a login tells them; absent where they are what
    the connection was told before."""


FACADE = wire.Facade("NotifyWatcher", 1)
NEXT = wire.Method(FACADE, "Next", NextParams, NextResult)
STOP = wire.Method(FACADE, "Stop", wire.Empty, wire.Empty)
