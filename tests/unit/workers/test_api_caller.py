"""The connection worker: opening, keeping alive, and noticing the end (spec juju-api, 9.1 to 9.5)."""

import asyncio
import datetime
import logging
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config, backoff, policy
from meterstatus.engine import graph, interface
from meterstatus.ports import agent, connection
from meterstatus.testing import connection as fakes
from meterstatus.testing import virtual_time
from meterstatus.workers import api_caller, attempts

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
SETTINGS = agent_config.AgentConfig(
    tag="unit-shop-0",
    controller=f"controller-{UUID}",
    model=f"model-{UUID}",
    upgraded_to_version="3.6.0",
    api_addresses=("one:17070", "two:17070"),
    ca_certificate="PEM",
    api_password="current",
    old_password="old",
)
MINUTE = datetime.timedelta(minutes=1)


class Unit:
    """The unit's agent, and the context that hands it out."""

    def current_config(self) -> agent_config.AgentConfig:
        return SETTINGS

    def change_config(self, change: agent.Change) -> None:
        raise AssertionError("the connection worker changes no configuration")


class Context:
    """A start context in which the agent is running."""

    def __init__(self) -> None:
        self.abort = asyncio.Event()

    def get(self, name: str) -> Unit:
        assert name == "agent"
        return Unit()


class Logins:
    """Logs in, or refuses."""

    def __init__(self, refusal: errors.MeterStatusError | None = None) -> None:
        self.refusal = refusal
        self.tried: list[tuple[str, str]] = []

    async def __call__(
        self, made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        assert unit.current_config() is SETTINGS
        self.tried.append((password, address))
        if self.refusal is not None:
            raise self.refusal
        return connection.Login(SETTINGS.controller, SETTINGS.model, "3.6.0", {})


def manifold(dialer: connection.Dialer, log_in: api_caller.LogIn, **parts: Any) -> interface.Manifold:
    return api_caller.manifold(
        api_caller.APICallerConfig(
            agent_name="agent",
            dialer=dialer,
            log_in=log_in,
            shuffle=lambda addresses: addresses.reverse(),
            clock=parts.pop("clock", None) or virtual_time.VirtualClock(),
            logger=logging.getLogger("test.api_caller"),
            **parts,
        )
    )


class Noting(attempts.Attempts):
    """Attempts whose ends are written down."""

    def __init__(self, clock: virtual_time.VirtualClock | None = None) -> None:
        super().__init__(clock or virtual_time.VirtualClock())
        self.noted: list[BaseException | None] = []

    def note(self, error: BaseException | None) -> None:
        super().note(error)
        self.noted.append(error)


async def start(made: interface.Manifold) -> api_caller.APICaller:
    worker = await made.start(Context())  # type: ignore[arg-type]
    assert isinstance(worker, api_caller.APICaller)
    return worker


@virtual_time.virtual
async def test_a_start_that_is_no_longer_wanted_leaves_a_silent_login() -> None:
    """The agent's end does not wait for the answer, and the connection is closed."""
    made, context = fakes.FakeAPIConnection(), Context()

    async def log_in(
        made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        return await asyncio.get_running_loop().create_future()

    starting = asyncio.ensure_future(
        manifold(fakes.FakeDialer(made), log_in).start(context)  # type: ignore[arg-type]
    )
    await virtual_time.settle()
    context.abort.set()
    with pytest.raises(graph.AbortedError):
        await asyncio.wait_for(starting, 1)
    await asyncio.wait_for(made.wait_closed(), 1)


@virtual_time.virtual
async def test_dials_the_model_in_the_shuffled_order_and_logs_in() -> None:
    """The path names the model, the CA is the unit's own, and dependents get the connection."""
    made = fakes.FakeAPIConnection()
    dialer = fakes.FakeDialer(errors.ConnectFailedError("refused"), made)
    log_in = Logins()
    described = manifold(dialer, log_in)
    worker = await start(described)

    assert ("agent",) == described.inputs
    assert [
        connection.Endpoint(address, f"/model/{UUID}/api", "PEM") for address in ("two:17070", "one:17070")
    ] == dialer.dialled
    assert [("current", "one:17070")] == log_in.tried
    assert described.output is not None
    assert described.output(worker) is made
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_refused_login_closes_the_connection() -> None:
    """The refusal is the start's error, and nothing is left open."""
    made = fakes.FakeAPIConnection()

    with pytest.raises(errors.UnauthorizedError):
        await start(manifold(fakes.FakeDialer(made), Logins(errors.UnauthorizedError())))
    await made.wait_closed()


class Scripted:
    """Logs in as a list says, the last for ever, and notes when and with what."""

    def __init__(self, *outcomes: errors.MeterStatusError | None) -> None:
        self._outcomes = list(outcomes)
        self.tried: list[str] = []

    async def __call__(
        self, made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        self.tried.append(password)
        ended = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if ended is not None:
            raise ended
        return connection.Login(SETTINGS.controller, SETTINGS.model, "3.6.0", {})


REFUSED = api_caller.RefusedError("invalid entity name or password")


@virtual_time.virtual
async def test_a_refused_password_is_followed_by_the_old_one_on_a_new_connection() -> None:
    """The first connection is closed: nobody logs in twice on one."""
    first, second = fakes.FakeAPIConnection(), fakes.FakeAPIConnection()
    log_in = Scripted(REFUSED, None)
    worker = await start(manifold(fakes.FakeDialer(first, second), log_in))
    assert log_in.tried == ["current", "old"]
    assert worker.connection is second
    await first.wait_closed()
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_two_refused_passwords_are_for_good() -> None:
    """To the engine an input is missing, so that it waits for another configuration; it is told as well."""
    noting = Noting()
    log_in = Scripted(REFUSED)
    made = manifold(fakes.FakeDialer(fakes.FakeAPIConnection()), log_in, attempts=noting)
    with pytest.raises(errors.DependencyMissingError, match="not tried again until its agent"):
        await start(made)
    assert log_in.tried == ["current", "old"]
    assert [str(one) for one in noting.noted] == [
        "the controller refuses unit-shop-0 with both the current and the old password: invalid entity name"
        " or password: not tried again until its agent.conf changes, or the agent is started again"
    ]


@virtual_time.virtual
async def test_a_machine_that_is_not_provisioned_is_tried_each_five_seconds() -> None:
    """For ten minutes; then it is for good (spec juju-api, 9.3)."""
    log_in = Scripted(errors.RequestError("machine 0 not provisioned", "not provisioned"))
    clock = virtual_time.VirtualClock()
    noting = Noting(clock)
    began = clock.now()
    with pytest.raises(errors.DependencyMissingError, match="machine 0 not provisioned: not tried again"):
        await start(
            manifold(fakes.FakeDialer(fakes.FakeAPIConnection()), log_in, attempts=noting, clock=clock)
        )
    assert clock.now() - began == 10 * MINUTE
    assert len(log_in.tried) == 1 + 600 / 5
    assert len(noting.noted) == len(log_in.tried)


@virtual_time.virtual
async def test_a_machine_that_is_provisioned_meanwhile_is_served() -> None:
    """What was wrong is noted, and so is that it no longer is; an end of the agent is not waited for."""
    not_yet = errors.RequestError("machine 0 not provisioned", "not provisioned")
    noting = Noting()
    made = fakes.FakeAPIConnection()
    worker = await start(manifold(fakes.FakeDialer(made), Scripted(not_yet, None), attempts=noting))
    assert noting.noted == [not_yet, None]
    worker.kill()
    await worker.wait()

    context = Context()
    starting = asyncio.ensure_future(
        manifold(fakes.FakeDialer(made), Scripted(not_yet)).start(context)  # type: ignore[arg-type]
    )
    await virtual_time.settle()
    context.abort.set()
    with pytest.raises(graph.AbortedError):
        await asyncio.wait_for(starting, 1)


@virtual_time.virtual
async def test_a_login_that_asks_for_another_is_no_failure() -> None:
    """A password that was changed is told to nobody, and puts nothing off."""
    noting = Noting()
    made = manifold(
        fakes.FakeDialer(fakes.FakeAPIConnection()),
        Scripted(errors.BounceError("changed")),
        attempts=noting,
    )
    with pytest.raises(errors.BounceError):
        await start(made)
    assert noting.noted == []


@virtual_time.virtual
async def test_pings_twice_a_minute() -> None:
    """No proxy sees half a minute of silence from an idle unit, and the worker goes on."""
    half = datetime.timedelta(seconds=30)
    assert half - datetime.timedelta(seconds=5) <= api_caller.PING_PERIOD < half
    made = fakes.FakeAPIConnection({"Pinger.Ping": {}})
    worker = await start(manifold(fakes.FakeDialer(made), Logins()))
    clock = virtual_time.VirtualClock()

    await clock.advance(3.5 * api_caller.PING_PERIOD)

    assert ["Pinger.Ping"] * 3 == made.requests()
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_once_a_day_it_hears_where_its_controllers_are() -> None:
    """On a connection of its own, which is closed; one that fails ends nothing."""
    first, beside = fakes.FakeAPIConnection({"Pinger.Ping": {}}), fakes.FakeAPIConnection()
    log_in = Scripted(None, None, errors.RequestError("try again", "try again"), None)
    worker = await start(manifold(fakes.FakeDialer(first, beside), log_in))
    clock = virtual_time.VirtualClock()

    await clock.advance(datetime.timedelta(hours=23))
    assert log_in.tried == ["current"]
    await clock.advance(datetime.timedelta(hours=2))
    assert log_in.tried == ["current"] * 2
    await beside.wait_closed()
    await clock.advance(datetime.timedelta(days=2))
    assert log_in.tried == ["current"] * 4
    worker.kill()
    await worker.wait()


def wait_told(ms: object) -> errors.RequestError:
    """Make the answer of a controller that has too much to do."""
    return errors.RequestError("try again", "try again", {"retry-after-ms": ms})


@virtual_time.virtual
async def test_told_to_wait_it_asks_again_on_the_same_connection() -> None:
    """As long as the controller says, and not longer than is good for a stage; it is no failed attempt."""
    made, noting = fakes.FakeAPIConnection(), Noting()
    log_in = Scripted(wait_told(700), wait_told(60_000), None)
    clock = virtual_time.VirtualClock()
    began = clock.now()

    worker = await start(manifold(fakes.FakeDialer(made), log_in, attempts=noting))

    assert worker.connection is made
    assert clock.now() - began == datetime.timedelta(seconds=0.7) + backoff.LONGEST_TOLD
    assert noting.noted == [None]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_told_to_wait_for_ever_it_begins_anew() -> None:
    """A controller that lets nobody in is left after the limit, like one that is silent."""
    made = fakes.FakeAPIConnection()
    log_in = Scripted(wait_told(3000))

    with pytest.raises(errors.RequestTimeoutError):
        await start(manifold(fakes.FakeDialer(made), log_in))

    assert len(log_in.tried) == 1 + api_caller.OPEN_LIMIT / backoff.LONGEST_TOLD
    await made.wait_closed()


@virtual_time.virtual
async def test_try_again_without_a_time_is_a_failure() -> None:
    """What says no time, as Juju's does, is tried again by the engine, with its growing, random delay."""
    made = fakes.FakeAPIConnection()
    log_in = Scripted(errors.RequestError("try again", "try again"))

    with pytest.raises(errors.RequestError):
        await start(manifold(fakes.FakeDialer(made), log_in))

    await made.wait_closed()


@virtual_time.virtual
async def test_a_ping_without_an_answer_ends_it() -> None:
    """A silent controller is noticed within a minute and a half (spec juju-api, 9.5)."""

    async def never(_: object) -> None:
        await virtual_time.VirtualClock().advance(datetime.timedelta(hours=1))

    made = fakes.FakeAPIConnection({"Pinger.Ping": never})
    worker = await start(manifold(fakes.FakeDialer(made), Logins()))
    clock = virtual_time.VirtualClock()
    began = clock.now()

    with pytest.raises(errors.ConnectionLostError, match="does not answer"):
        await worker.wait()

    assert clock.now() - began == api_caller.PING_PERIOD + api_caller.PING_LIMIT
    await made.wait_closed()


class Silent:
    """A controller that takes a connection, and says nothing."""

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        return await asyncio.get_running_loop().create_future()


def hurried() -> attempts.Attempts:
    """Return attempts of a unit that has ten seconds until its first stage."""
    ten = datetime.timedelta(seconds=10)
    return attempts.Attempts(virtual_time.VirtualClock(), policy.amber_red(ten, 2 * ten))


@virtual_time.virtual
async def test_a_silent_dial_is_given_up_in_time_for_the_first_stage() -> None:
    """After three tenths of its grace."""
    clock = virtual_time.VirtualClock()
    began = clock.now()
    with pytest.raises(errors.ConnectFailedError, match="no answer within 3 s"):
        await start(manifold(Silent(), Logins(), attempts=hurried()))
    assert clock.now() - began == datetime.timedelta(seconds=3)


@virtual_time.virtual
async def test_a_silent_login_is_given_up_in_time_for_the_first_stage() -> None:
    """After six tenths; it is in the middle of something, and on a slow way perhaps."""

    async def log_in(
        made: connection.APIConnection, unit: agent.Agent, password: str, address: str
    ) -> connection.Login:
        return await asyncio.get_running_loop().create_future()

    clock = virtual_time.VirtualClock()
    began = clock.now()
    with pytest.raises(errors.RequestTimeoutError):
        await start(manifold(fakes.FakeDialer(fakes.FakeAPIConnection()), log_in, attempts=hurried()))
    assert clock.now() - began == datetime.timedelta(seconds=6)


@virtual_time.virtual
async def test_a_ping_notices_silence_before_half_of_the_grace_has_passed() -> None:
    """It is asked each fifth of the grace, and waited for three tenths."""

    async def never(_: object) -> None:
        await virtual_time.VirtualClock().advance(datetime.timedelta(hours=1))

    made = fakes.FakeAPIConnection({"Pinger.Ping": never})
    worker = await start(manifold(fakes.FakeDialer(made), Logins(), attempts=hurried()))
    clock = virtual_time.VirtualClock()
    began = clock.now()
    with pytest.raises(errors.ConnectionLostError, match="does not answer"):
        await worker.wait()
    assert clock.now() - began == datetime.timedelta(seconds=5)


@virtual_time.virtual
async def test_an_attempt_begins_anew_where_a_stage_is_near() -> None:
    """What it waits for may be lost, where a fresh connection is there at once; that is no failure."""
    made, noting = fakes.FakeAPIConnection(), Noting()

    class Thawing(fakes.FakeDialer):
        async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
            found = await super().dial(endpoint)
            if len(self.dialled) <= len(SETTINGS.api_addresses):
                return await Silent().dial(endpoint)
            return found

    starting = asyncio.ensure_future(start(manifold(Thawing(made), Logins(), attempts=noting)))
    await virtual_time.VirtualClock().advance(datetime.timedelta(seconds=1))
    assert not starting.done()
    noting.hurry()
    worker = await starting
    assert worker.connection is made
    assert noting.noted == [None]
    worker.kill()
    await worker.wait()


@virtual_time.virtual
async def test_a_connection_that_is_given_up_holds_the_next_up_no_longer_than_a_moment() -> None:
    """A peer that does not take the farewell goes without one."""

    class Stuck(fakes.FakeAPIConnection):
        async def close(self) -> None:
            await asyncio.get_running_loop().create_future()

    clock = virtual_time.VirtualClock()
    began = clock.now()
    with pytest.raises(errors.UnauthorizedError):
        await start(manifold(fakes.FakeDialer(Stuck()), Logins(errors.UnauthorizedError())))
    assert clock.now() - began == api_caller.FAREWELL_LIMIT


@virtual_time.virtual
async def test_ends_with_the_connection() -> None:
    """A connection that ends by itself is an error, so that the engine makes another."""
    made = fakes.FakeAPIConnection()
    worker = await start(manifold(fakes.FakeDialer(made), Logins()))
    await made.close()

    with pytest.raises(errors.ConnectionLostError):
        await worker.wait()


@virtual_time.virtual
async def test_a_kill_closes_the_connection() -> None:
    """A stopped worker leaves no connection behind."""
    made = fakes.FakeAPIConnection()
    worker = await start(manifold(fakes.FakeDialer(made), Logins()))
    worker.kill()
    await worker.wait()

    await made.wait_closed()


@virtual_time.virtual
async def test_only_its_own_worker_has_a_connection() -> None:
    """The output refuses a worker of another kind, which would be a defect of the engine."""
    described = manifold(fakes.FakeDialer(errors.ConnectFailedError("")), Logins())
    assert described.output is not None

    with pytest.raises(TypeError):
        described.output(Unit())  # type: ignore[arg-type]
