"""programs.agent.unit_agent: how an agent that cannot reach its controller comes back."""

import asyncio
import datetime
import itertools
import logging
import pathlib
import random

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config, policy
from meterstatus.domain.unit import reconnection
from meterstatus.engine import engine
from meterstatus.ports import connection
from meterstatus.programs.agent import unit_agent
from meterstatus.testing import connection as fakes_of_connections
from meterstatus.testing import fakes, virtual_time

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"


class Dice(random.Random):
    """Always the same throw."""

    def __init__(self, throw: float) -> None:
        super().__init__(0)
        self._throw = throw

    def random(self) -> float:
        return self._throw


class Unreachable:
    """A controller that refuses, and when it was dialled."""

    def __init__(self, clock: virtual_time.VirtualClock) -> None:
        self._clock = clock
        self.dialled: list[datetime.datetime] = []

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        self.dialled.append(self._clock.now())
        raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}: connection refused")


def well(**answers: fakes_of_connections.Answer) -> fakes_of_connections.FakeAPIConnection:
    """Return a connection to a controller that lets the agent in and says GREEN."""
    return fakes_of_connections.FakeAPIConnection(
        {
            "Admin.Login": {
                "controller-tag": f"controller-{UUID}",
                "model-tag": f"model-{UUID}",
                "server-version": "3.6.1",
                "facades": [{"name": "MeterStatusPolicy", "versions": [1]}],
                "servers": [],
            },
            "MeterStatus.GetMeterStatus": {"results": [{"code": "GREEN", "info": ""}]},
        }
        | {name.replace("_", "."): answer for name, answer in answers.items()}
    )


class Flapping(Unreachable):
    """A controller that lets the agent in every second time, and ends its connection at once."""

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        self.dialled.append(self._clock.now())
        if len(self.dialled) % 2:
            raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}: connection refused")
        made = well()
        asyncio.get_running_loop().call_later(0.01, made.end)
        return made


async def start(
    folder: pathlib.Path,
    clock: virtual_time.VirtualClock,
    dialer: connection.Dialer,
    throw: float,
    rules: policy.Policy = policy.JUJU_POLICY,
    runner: fakes.FakeDeliveryRunner | None = None,
) -> engine.Engine:
    """Start an agent whose dice always show the same."""
    settings = agent_config.AgentConfig(
        tag="unit-shop-0",
        controller=f"controller-{UUID}",
        model=f"model-{UUID}",
        upgraded_to_version="3.6.0",
        data_dir=str(folder),
        api_addresses=("one:17070",),
        ca_certificate="PEM",
        api_password="current",
    )
    (folder / "agents" / "unit-shop-0").mkdir(parents=True)
    return await unit_agent.start(
        unit_agent.UnitAgentConfig(
            settings=settings,
            policy=rules,
            machine_lock=fakes.FakeMachineLock(),
            dialer=dialer,
            clock=clock,
            logger=logging.getLogger("test.unit_agent"),
            hook_time_limit=datetime.timedelta(minutes=1),
            random=Dice(throw),
            new_hook_runner=lambda _: runner or fakes.FakeDeliveryRunner(),
        )
    )


def between(dialled: list[datetime.datetime]) -> list[float]:
    """Return the seconds from one attempt to the next."""
    return [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(dialled)]


@pytest.mark.parametrize(
    ("throw", "waits"),
    [
        (1.0, [3.0, 3.6, 4.32, 5.184]),
        (0.5, [1.5, 1.8, 2.16, 2.592]),
    ],
)
@virtual_time.virtual
async def test_it_comes_back_with_full_jitter(
    tmp_path: pathlib.Path, throw: float, waits: list[float]
) -> None:
    """Any time between nothing and all of a growing delay is as likely, so agents do not return together."""
    clock = virtual_time.VirtualClock()
    controller = Unreachable(clock)
    started = await start(tmp_path, clock, controller, throw)
    while len(controller.dialled) <= len(waits):
        await clock.advance(datetime.timedelta(milliseconds=100))
    started.kill()
    await started.wait()

    assert between(controller.dialled)[: len(waits)] == pytest.approx(waits, abs=0.002)


@virtual_time.virtual
async def test_no_wait_leads_past_a_stage(tmp_path: pathlib.Path) -> None:
    """Of ten seconds three; and it asks a second before each stage and at each, whatever it waits for."""
    clock = virtual_time.VirtualClock()
    controller, began = Unreachable(clock), clock.now()
    rules = policy.amber_red(datetime.timedelta(seconds=10), datetime.timedelta(seconds=25))
    started = await start(tmp_path, clock, controller, 1.0, rules)
    await clock.advance(datetime.timedelta(seconds=60))
    started.kill()
    await started.wait()

    assert max(between(controller.dialled)) == pytest.approx(3.0, abs=0.02)
    tried = [(at - began).total_seconds() for at in controller.dialled]
    for due in (9.0, 10.0, 24.0, 25.0):
        assert min(abs(at - due) for at in tried) < 0.05


@virtual_time.virtual
async def test_a_fetched_status_begins_the_row_anew(tmp_path: pathlib.Path) -> None:
    """However short the connection lived: the controller was there, and may be again in a moment."""
    clock = virtual_time.VirtualClock()
    controller = Flapping(clock)
    started = await start(tmp_path, clock, controller, 1.0)
    await clock.advance(datetime.timedelta(minutes=2))
    started.kill()
    await started.wait()

    found = between(controller.dialled)
    assert len(found) > 30
    assert max(found) == pytest.approx(3.6, abs=0.05)  # after one failure and a lost connection


def test_no_delay_is_longer_than_half_a_minute() -> None:
    """However long the outage was, an agent asks twice a minute on average, and is not RED for a wait."""
    assert reconnection.LONGEST_DELAY == datetime.timedelta(seconds=30)


@virtual_time.virtual
async def test_the_next_controller_is_told_of_a_hook_that_runs_on(tmp_path: pathlib.Path) -> None:
    """The status worker of a new connection waits for the former one's hook; the reason does not."""
    clock, runner = virtual_time.VirtualClock(), fakes.FakeDeliveryRunner()
    runner.hold = asyncio.Event()
    made: list[fakes_of_connections.FakeAPIConnection] = []
    for _ in range(2):
        made.append(
            well(
                MeterStatus_WatchMeterStatus={"results": [{"NotifyWatcherId": "1"}]},
                MeterStatus_State={"results": [{}]},
                MeterStatus_SetState={"results": [{}]},
                MeterStatusDelivery_ReportTrouble={"results": [{}]},
                MeterStatusDelivery_ReportDeliveries={"results": [{}]},
            )
        )
        made[-1].add_watcher("1")
        made[-1].fire("1")
    started = await start(tmp_path, clock, fakes_of_connections.FakeDialer(*made), 1.0, runner=runner)
    await clock.advance(datetime.timedelta(seconds=10))
    assert runner.told == [("GREEN", "")]
    made[0].end()
    await clock.advance(datetime.timedelta(seconds=15))
    said = [call.params for call in made[1].calls if call.request == "ReportTrouble"]
    assert [each["reports"][0]["trouble"]["reason"] for each in said] == ["hook-running"]

    runner.hold.set()
    await clock.advance(datetime.timedelta(seconds=1))
    requests = made[1].requests()
    assert requests.count("MeterStatusDelivery.ReportTrouble") == 2
    assert "MeterStatusDelivery.ReportDeliveries" in requests
    started.kill()
    await started.wait()
