"""The worker that holds a unit's connection to a controller (spec worker, C.8; spec juju-api, 9).

Its start connects and logs in; it lives as long as the connection, keeps it alive, and notices its death.
Dependents get the logged-in connection. Which failures are tried again, and which are for good, is decided
here; how often, by the engine.
"""

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import Callable
from typing import Protocol, Self

from meterstatus import errors, waiting
from meterstatus.domain import agent_config, graph
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

NOT_PROVISIONED_PERIOD = datetime.timedelta(seconds=5)
"""Between two tries of an agent whose machine the controller has not done with yet."""

NOT_PROVISIONED_LIMIT = datetime.timedelta(minutes=10)
"""How long that is believed."""

NOT_PROVISIONED = "not provisioned"
"""Juju's code for it."""


class RefusedError(errors.UnauthorizedError):
    """The controller did not take the password that a login was tried with."""


class RefusedForGoodError(errors.DependencyMissingError):
    """No further try will succeed: wait for a changed ``agent.conf``, or for the next start of the agent.

    To the engine the connection is an input that is missing. The unit is without contact all the same.
    """

    default = "not tried again until its agent.conf changes, or the agent is started again"


class LogIn(Protocol):
    """Logs in on a fresh connection, and sees to what comes before any work on it."""

    async def __call__(
        self, made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        """Log in and check the answer.

        Args:
            made: the connection.
            unit: whose it is to be.
            password: what to log in with.
            address: the ``host:port`` that was dialled.

        Raises:
            RefusedError: the password was not taken.
            RefusedForGoodError: the unit is gone, or will never be let in.
            BounceError: all is well, but only on the next connection.
            MeterStatusError: anything else, which a later try may find mended.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class APICallerConfig:
    """What the connection worker's manifold works with."""

    agent_name: str
    """The input that is the unit's ``Agent``."""

    dialer: connection.Dialer
    log_in: LogIn

    shuffle: Callable[[list[str]], None]
    """Puts the addresses into the order to dial: at random, so that agents spread over controllers."""

    clock: time.Clock
    logger: logging.Logger

    note: Callable[[BaseException | None], None] = lambda _: None
    """Told what became of each try: why it failed, or None where there is a connection. A try that only asks
    for the next one at once is no failure."""


def manifold(config: APICallerConfig) -> interface.Manifold:
    """Make the manifold; its output is the logged-in ``APIConnection``."""

    async def start(context: interface.Context) -> workers.Worker:
        unit: agent.Agent = context.get(config.agent_name)
        made = await _Opening(config, unit, context.abort).open()
        return APICaller.start(made, config.clock)

    return interface.Manifold(inputs=(config.agent_name,), start=start, output=_output)


def _output(worker: workers.Worker) -> connection.APIConnection:
    if not isinstance(worker, APICaller):
        raise TypeError(f"expected an APICaller, got {worker!r}")
    return worker.connection


class _Opening:
    """One start's tries at a connection."""

    def __init__(self, config: APICallerConfig, unit: agent.Agent, abort: time.Interrupt) -> None:
        self._config, self._unit, self._abort = config, unit, abort

    async def open(self) -> connection.APIConnection:
        """Connect and log in; a machine that is not provisioned is waited for."""
        config = self._config
        given_up_at = config.clock.now() + NOT_PROVISIONED_LIMIT
        while True:
            try:
                made = await dialing.within(OPEN_LIMIT, config.clock, self._open, self._abort)
            except errors.RequestError as error:
                if error.code != NOT_PROVISIONED:
                    config.note(error)
                    raise
                await self._wait_for_provision(error, given_up_at)
            except errors.BounceError:
                raise
            except Exception as error:
                config.note(error)
                if isinstance(error, RefusedForGoodError):
                    config.logger.error("no connection: %s", error)
                raise
            else:
                config.note(None)
                return made

    async def _wait_for_provision(self, error: errors.RequestError, given_up_at: datetime.datetime) -> None:
        config = self._config
        if config.clock.now() >= given_up_at:
            hopeless = RefusedForGoodError(str(error))
            config.note(hopeless)
            config.logger.error("no connection: %s", hopeless)
            raise hopeless from error
        config.note(error)
        config.logger.info("%s; tried again in %g s", error, NOT_PROVISIONED_PERIOD.total_seconds())
        timer = config.clock.after(NOT_PROVISIONED_PERIOD)
        try:
            await waiting.wait_any(timer, self._abort.wait())
        finally:
            timer.cancel()
        if self._abort.is_set():
            raise graph.AbortedError

    async def _open(self) -> connection.APIConnection:
        """Log in with the current password; where it is refused, on a new connection with the old one."""
        settings = self._unit.current_config()
        passwords = [one for one in dict.fromkeys((settings.api_password, settings.old_password)) if one]
        refusal: RefusedError | None = None
        for password in passwords or [""]:
            try:
                return await self._open_with(settings, password)
            except RefusedError as error:
                refusal = error
        which = (
            "both the current and the old password" if len(passwords) > 1 else "the only password there is"
        )
        raise RefusedForGoodError(
            f"the controller refuses {settings.tag} with {which}: {refusal}"
        ) from refusal

    async def _open_with(self, settings: agent_config.AgentConfig, password: str) -> connection.APIConnection:
        config = self._config
        addresses = list(settings.api_addresses)
        config.shuffle(addresses)
        path = f"/model/{settings.model_uuid}/api"
        endpoints = [connection.Endpoint(address, path, settings.ca_certificate) for address in addresses]
        dialer = _AddressedDialer(config.dialer)
        made = await dialing.dial_first(dialer, endpoints, config.clock)
        try:
            login = await config.log_in(made, self._unit, password, dialer.address_of(made))
        except BaseException:
            await made.close()
            raise
        config.logger.info("connected to %s, version %s", login.controller_tag, login.server_version)
        return made


class _AddressedDialer:
    """``Dialer`` that knows which address each connection was made to."""

    def __init__(self, dialer: connection.Dialer) -> None:
        self._dialer = dialer
        self._made: list[tuple[connection.APIConnection, str]] = []

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        """Dial, and keep the address."""
        made = await self._dialer.dial(endpoint)
        self._made.append((made, endpoint.address))
        return made

    def address_of(self, made: connection.APIConnection) -> str:
        """Return the address of a connection that was made here."""
        return next(address for one, address in self._made if one is made)


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
