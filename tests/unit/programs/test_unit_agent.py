"""programs.unit_agent: how an agent that cannot reach its controller comes back."""

import datetime
import logging
import pathlib
import random

import pytest

from meterstatus import errors
from meterstatus.domain import agent_config, policy
from meterstatus.ports import connection
from meterstatus.programs import unit_agent
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
    settings = agent_config.AgentConfig(
        tag="unit-shop-0",
        controller=f"controller-{UUID}",
        model=f"model-{UUID}",
        upgraded_to_version="3.6.0",
        data_dir=str(tmp_path),
        api_addresses=("one:17070",),
        ca_certificate="PEM",
        api_password="current",
    )
    (tmp_path / "agents" / "unit-shop-0").mkdir(parents=True)
    started = await unit_agent.start(
        unit_agent.UnitAgentConfig(
            settings=settings,
            policy=policy.JUJU_POLICY,
            machine_lock=fakes.FakeMachineLock(),
            dialer=controller,
            clock=clock,
            logger=logging.getLogger("test.unit_agent"),
            hook_time_limit=datetime.timedelta(minutes=1),
            random=Dice(throw),
            new_hook_runner=lambda _: fakes.FakeDeliveryRunner(),
        )
    )
    while len(controller.dialled) <= len(waits):
        await clock.advance(datetime.timedelta(milliseconds=100))
    started.kill()
    await started.wait()

    found = [
        (later - earlier).total_seconds()
        for earlier, later in zip(controller.dialled, controller.dialled[1:], strict=False)
    ]
    assert found[: len(waits)] == pytest.approx(waits, abs=0.002)


def test_no_delay_is_longer_than_half_a_minute() -> None:
    """However long the outage was, an agent asks twice a minute on average, and is not RED for a wait."""
    assert unit_agent.MAX_RECONNECT_DELAY == datetime.timedelta(seconds=30)
