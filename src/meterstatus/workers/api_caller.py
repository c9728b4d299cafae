"""The worker that holds a unit's connection to a controller (spec worker, C.8; spec juju-api, 9).

Its start connects and logs in; it lives as long as the connection, keeps it alive, and notices its death.
Dependents get the logged-in connection.
"""

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import Awaitable, Callable
from typing import Self

from meterstatus import errors, waiting
from meterstatus.domain import agent_config
from meterstatus.engine import catacomb, interface
from meterstatus.ports import agent, connection, time
from meterstatus.ports import worker as workers
from meterstatus.workers import dialing

OPEN_LIMIT = datetime.timedelta(minutes=1)
"""For connecting and logging in together."""

PING_PERIOD = datetime.timedelta(seconds=60)
"""From the end of one ping to the next; the controller allows three minutes of silence."""

PING_LIMIT = datetime.timedelta(seconds=30)
"""For the answer to a ping; then the connection counts as broken."""

LogIn = Callable[[connection.APIConnection, agent_config.AgentConfig], Awaitable[connection.Login]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class APICallerConfig:
    """What the connection worker's manifold works with."""

    agent_name: str
    """The input that is the unit's ``Agent``."""

    dialer: connection.Dialer
    log_in: LogIn
    """Logs in on a fresh connection and checks the answer; raises as ``APIConnection.call``."""

    shuffle: Callable[[list[str]], None]
    """Puts the addresses into the order to dial: at random, so that agents spread over controllers."""

    clock: time.Clock
    logger: logging.Logger


def manifold(config: APICallerConfig) -> interface.Manifold:
    """Make the manifold; its output is the logged-in ``APIConnection``."""

    async def start(context: interface.Context) -> workers.Worker:
        unit: agent.Agent = context.get(config.agent_name)
        settings = unit.current_config()
        made = await dialing.within(OPEN_LIMIT, config.clock, lambda: _open(config, settings), context.abort)
        return APICaller.start(made, config.clock)

    return interface.Manifold(inputs=(config.agent_name,), start=start, output=_output)


def _output(worker: workers.Worker) -> connection.APIConnection:
    if not isinstance(worker, APICaller):
        raise TypeError(f"expected an APICaller, got {worker!r}")
    return worker.connection


async def _open(config: APICallerConfig, settings: agent_config.AgentConfig) -> connection.APIConnection:
    addresses = list(settings.api_addresses)
    config.shuffle(addresses)
    path = f"/model/{settings.model_uuid}/api"
    endpoints = [connection.Endpoint(address, path, settings.ca_certificate) for address in addresses]
    made = await dialing.dial_first(config.dialer, endpoints, config.clock)
    try:
        login = await config.log_in(made, settings)
    except BaseException:
        await made.close()
        raise
    config.logger.info("connected to %s, version %s", login.controller_tag, login.server_version)
    return made


class APICaller:
    """A worker that lives as long as its connection, which it closes when killed."""

    def __init__(self, made: connection.APIConnection, clock: time.Clock) -> None:
        self.connection = made
        self._clock = clock
        self._scope = catacomb.Catacomb.start(self._work, name="api-caller")

    @classmethod
    def start(cls, made: connection.APIConnection, clock: time.Clock) -> Self:
        """Take over a logged-in connection, on the running loop."""
        return cls(made, clock)

    def kill(self) -> None:
        """Ask it to stop and close the connection."""
        self._scope.kill()

    async def wait(self) -> None:
        """Return after a kill, or raise.

        Raises:
            ConnectionLostError: the connection ended by itself, or a ping failed.
        """
        await self._scope.wait()

    async def _work(self, scope: catacomb.Catacomb) -> None:
        closed = asyncio.ensure_future(self.connection.wait_closed())
        try:
            while not scope.dying.is_set():
                timer = self._clock.after(PING_PERIOD)
                try:
                    await waiting.wait_any(scope.dying.wait(), timer, asyncio.shield(closed))
                finally:
                    timer.cancel()
                if scope.dying.is_set():
                    return
                if closed.done():
                    raise errors.ConnectionLostError
                await self._ping()
        finally:
            closed.cancel()
            await self.connection.close()

    async def _ping(self) -> None:
        try:
            await self.connection.call("Pinger", 1, "Ping", timeout_seconds=PING_LIMIT.total_seconds())
        except errors.MeterStatusError as error:
            raise errors.ConnectionLostError(f"the controller does not answer: {error}") from error
