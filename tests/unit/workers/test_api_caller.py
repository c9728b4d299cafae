"""The connection worker: opening, keeping alive, and noticing the end (spec juju-api, 9.1 to 9.5)."""

import asyncio
import datetime
import logging

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config, graph
from meterstatus.engine import interface
from meterstatus.ports import connection
from meterstatus.testing import connection as fakes
from meterstatus.testing import virtual_time
from meterstatus.workers import api_caller

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
SETTINGS = agent_config.AgentConfig(
    tag="unit-shop-0",
    controller=f"controller-{UUID}",
    model=f"model-{UUID}",
    upgraded_to_version="3.6.0",
    api_addresses=("one:17070", "two:17070"),
    ca_certificate="PEM",
)
MINUTE = datetime.timedelta(minutes=1)


class Unit:
    """The unit's agent, and the context that hands it out."""

    def current_config(self) -> agent_config.AgentConfig:
        return SETTINGS


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
        self.settings: list[agent_config.AgentConfig] = []

    async def __call__(
        self, made: connection.APIConnection, settings: agent_config.AgentConfig
    ) -> connection.Login:
        self.settings.append(settings)
        if self.refusal is not None:
            raise self.refusal
        return connection.Login(SETTINGS.controller, SETTINGS.model, "3.6.0", {})


def manifold(dialer: connection.Dialer, log_in: api_caller.LogIn) -> interface.Manifold:
    return api_caller.manifold(
        api_caller.APICallerConfig(
            agent_name="agent",
            dialer=dialer,
            log_in=log_in,
            shuffle=lambda addresses: addresses.reverse(),
            clock=virtual_time.VirtualClock(),
            logger=logging.getLogger("test.api_caller"),
        )
    )


async def start(made: interface.Manifold) -> api_caller.APICaller:
    worker = await made.start(Context())  # type: ignore[arg-type]
    assert isinstance(worker, api_caller.APICaller)
    return worker


@virtual_time.virtual
async def test_a_start_that_is_no_longer_wanted_leaves_a_silent_login() -> None:
    """The agent's end does not wait for the answer, and the connection is closed."""
    made, context = fakes.FakeAPIConnection(), Context()

    async def log_in(_: connection.APIConnection, __: agent_config.AgentConfig) -> connection.Login:
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
    assert [SETTINGS] == log_in.settings
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


@virtual_time.virtual
async def test_pings_every_minute() -> None:
    """The controller hears from an idle unit once a minute, and the worker goes on."""
    made = fakes.FakeAPIConnection({"Pinger.Ping": {}})
    worker = await start(manifold(fakes.FakeDialer(made), Logins()))
    clock = virtual_time.VirtualClock()

    await clock.advance(MINUTE * 3 + MINUTE / 2)

    assert ["Pinger.Ping"] * 3 == made.requests()
    worker.kill()
    await worker.wait()


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
