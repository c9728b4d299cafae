"""The worker that holds a unit's connection to a controller (spec worker, C.8; spec juju-api, 9).

Its start connects and logs in; it lives as long as the connection, keeps it alive, and notices its death.
Dependents get the logged-in connection. Which failures are tried again, and which are for good, is decided
here; how often, by the engine.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

from meterstatus import errors
from meterstatus.domain import agent_config, backoff
from meterstatus.engine import catacomb, graph, interface
from meterstatus.ports import agent, connection, time
from meterstatus.ports import worker as workers
from meterstatus.runtime import waiting
from meterstatus.workers import attempts as attempting
from meterstatus.workers import dialing

OPEN_LIMIT = datetime.timedelta(minutes=1)
"""For connecting and logging in together; six tenths of the first stage's grace where that is less."""

PING_PERIOD = datetime.timedelta(seconds=27)
"""From the end of one ping to the next. The controller allows three minutes of silence, but a proxy between
the two may end a connection that was silent for a minute, or, some of them, for half of one."""

PING_LIMIT = datetime.timedelta(seconds=30)
"""For the answer to a ping; then the connection counts as broken."""

FAREWELL_LIMIT = datetime.timedelta(milliseconds=200)
"""For the close of a connection that an attempt gives up: the next one waits for it."""

LOOK_PERIOD = datetime.timedelta(days=1)
"""How often an agent whose connection lives on logs in beside it, to hear where its controllers are now.

Else one that stayed with the first of several for a year would know no other when that one is taken away.
"""

LOOK_LIMIT = datetime.timedelta(seconds=30)
"""For that; a ping is due soon."""

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

    random: Callable[[], float] = lambda: 0.0
    """Uniform in [0, 1): agents that came back together do not log in together a day later."""

    attempts: attempting.Attempts | None = None
    """Told what became of each try, and asked how long it may take; None where nobody else is concerned."""


def manifold(config: APICallerConfig) -> interface.Manifold:
    """Make the manifold; its output is the logged-in ``APIConnection``."""
    attempts = config.attempts or attempting.Attempts(config.clock)

    async def start(context: interface.Context) -> workers.Worker:
        unit: agent.Agent = context.get(config.agent_name)
        opening = _Opening(config, attempts, unit, context.abort)
        made = await opening.open()
        since_look = LOOK_PERIOD * config.random()
        return APICaller.start(made, config.clock, opening.look_again, since_look, attempts)

    return interface.Manifold(
        inputs=(config.agent_name,),
        start=start,
        output=_output,
        max_delay=attempts.longest_delay,
        urgent=attempts.urgent,
    )


def _output(worker: workers.Worker) -> connection.APIConnection:
    if not isinstance(worker, APICaller):
        raise TypeError(f"expected an APICaller, got {worker!r}")
    return worker.connection


class _Opening:
    """One start's tries at a connection."""

    def __init__(
        self,
        config: APICallerConfig,
        attempts: attempting.Attempts,
        unit: agent.Agent,
        abort: time.Interrupt,
    ) -> None:
        self._config, self._attempts, self._unit, self._abort = config, attempts, unit, abort
        self._controller = ""

    async def open(self) -> connection.APIConnection:
        """Connect and log in; a machine that is not provisioned is waited for."""
        config, attempts = self._config, self._attempts
        given_up_at = config.clock.now() + NOT_PROVISIONED_LIMIT
        while True:
            attempts.begin()
            limit = min(OPEN_LIMIT, 2 * attempts.answer_limit())
            try:
                made = await dialing.within(limit, config.clock, self._open, self._abort, attempts.urgent)
            except errors.RequestError as error:
                if error.code != NOT_PROVISIONED:
                    attempts.note(error)
                    raise
                await self._wait_for_provision(error, given_up_at)
            except errors.BounceError:
                raise
            except graph.AbortedError:
                if self._abort.is_set():
                    raise
                config.logger.debug("connecting anew: a stage is near")
            except Exception as error:
                attempts.note(error)
                if isinstance(error, RefusedForGoodError):
                    config.logger.error("no connection: %s", error)
                raise
            else:
                attempts.note(None)
                attempts.contact.found(config.logger, self._controller)
                return made

    async def look_again(self, abort: time.Interrupt) -> None:
        """Log in beside the connection there is, for what a login tells, and leave; never fails."""
        config = self._config

        async def look() -> None:
            settings = self._unit.current_config()
            made = await self._open_with(settings, settings.api_password or settings.old_password)
            await made.close()

        try:
            limit = min(LOOK_LIMIT, self._attempts.answer_limit())
            await dialing.within(limit, config.clock, look, abort)
        except (OSError, errors.MeterStatusError) as error:
            config.logger.debug("the controllers' addresses were not heard again: %s", error)

    async def _wait_for_provision(self, error: errors.RequestError, given_up_at: datetime.datetime) -> None:
        config = self._config
        if config.clock.now() >= given_up_at:
            hopeless = RefusedForGoodError(str(error))
            self._attempts.note(hopeless)
            config.logger.error("no connection: %s", hopeless)
            raise hopeless from error
        self._attempts.note(error)
        period = min(NOT_PROVISIONED_PERIOD, self._attempts.longest_delay())
        config.logger.info("%s; tried again in %g s", error, period.total_seconds())
        timer = config.clock.after(period)
        try:
            await waiting.wait_any(timer, self._abort.wait(), self._attempts.urgent.wait())
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
        endpoints = [
            connection.Endpoint(address, path, settings.ca_certificate, self._attempts.latest_wall)
            for address in addresses
        ]
        dialer = _AddressedDialer(config.dialer)
        dial_limit = min(dialing.DIAL_LIMIT, self._attempts.answer_limit())
        made = await dialing.dial_first(dialer, endpoints, config.clock, dial_limit)
        try:
            login = await self._log_in(made, password, dialer.address_of(made))
        except BaseException:
            with contextlib.suppress(errors.RequestTimeoutError):  # then it was ended without a farewell
                await dialing.within(FAREWELL_LIMIT, config.clock, made.close)
            raise
        self._controller = f"{login.controller_tag}, version {login.server_version}"
        config.logger.debug("logged in at %s", self._controller)
        return made

    async def _log_in(self, made: connection.APIConnection, password: str, address: str) -> connection.Login:
        """Log in; told to wait, wait and ask again on the same connection, which costs neither side another.

        Such a wait is no failure, and is within the limit for all of it. Its length is the controller's, up
        to ``backoff.LONGEST_TOLD``.
        """
        config = self._config
        while True:
            try:
                return await config.log_in(made, self._unit, password, address)
            except errors.RequestError as error:
                wait = backoff.told_to_wait(error.code, error.info)
                if wait is None:
                    raise
            config.logger.debug(
                "the controller has too much to do: asked again in %g s", wait.total_seconds()
            )
            timer = config.clock.after(wait)
            try:
                await timer
            finally:
                timer.cancel()


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

    def __init__(
        self,
        made: connection.APIConnection,
        clock: time.Clock,
        look_again: Callable[[time.Interrupt], Awaitable[None]],
        since_look: datetime.timedelta,
        attempts: attempting.Attempts,
    ) -> None:
        self.connection = made
        self._clock = clock
        self._attempts = attempts
        self._look_again = look_again
        self._since_look = since_look
        self._scope = catacomb.Catacomb.start(self._work, name="api-caller")

    @classmethod
    def start(
        cls,
        made: connection.APIConnection,
        clock: time.Clock,
        look_again: Callable[[time.Interrupt], Awaitable[None]],
        since_look: datetime.timedelta,
        attempts: attempting.Attempts,
    ) -> Self:
        """Take over a logged-in connection, on the running loop.

        Args:
            made: the connection.
            clock: tells when to ping.
            look_again: called once a day while the connection lives; given the word to stop.
            since_look: how much of the first day counts as passed.
            attempts: know how soon silence has to be noticed.
        """
        return cls(made, clock, look_again, since_look, attempts)

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
        # Kept from nap to nap: a unit pings twice a minute, and waits made anew are most of the cost.
        closed = asyncio.ensure_future(self.connection.wait_closed())
        dying = asyncio.ensure_future(scope.dying.wait())
        try:
            while not scope.dying.is_set():
                period = min(PING_PERIOD, self._attempts.contact_period())
                await waiting.nap(self._clock.after(period), dying, closed)
                if scope.dying.is_set():
                    return
                if closed.done():
                    raise errors.ConnectionLostError
                await self._ping()
                self._since_look += period
                if self._since_look >= LOOK_PERIOD:
                    self._since_look = datetime.timedelta()
                    await self._look_again(scope.dying)
        finally:
            closed.cancel()
            dying.cancel()
            await self.connection.close()

    async def _ping(self) -> None:
        limit = min(PING_LIMIT, self._attempts.answer_limit())
        try:
            await self.connection.call("Pinger", 1, "Ping", timeout_seconds=limit.total_seconds())
        except errors.MeterStatusError as error:
            raise errors.ConnectionLostError(f"the controller does not answer: {error}") from error
