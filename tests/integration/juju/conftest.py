"""The whole agent in this process, with real files, hooks and connections, at a scripted Juju controller."""

import asyncio
import contextlib
import datetime
import pathlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import trustme
import yaml

from harness import juju_controller, leaping_clock, real_fleet
from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config
from meterstatus.programs.agent import agent, agent_settings
from tests.integration.juju import wire

SECONDS = 30.0
"""For what a test awaits; generous, for a busy machine."""


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """The controller's CA."""
    return trustme.CA()


class Unit:
    """One machine with one unit, ``shop/0``, and its agent.

    Attributes:
        charm: the unit's charm, whose hook writes down what it was told.
        clock: the agent's.
    """

    def __init__(self, folder: pathlib.Path, ca: trustme.CA) -> None:
        self.data_dir = folder / "juju"
        self.directory = self.data_dir / "agents" / "unit-shop-0"
        self.charm = real_fleet.write_charm(self.directory / "charm")
        self.clock = leaping_clock.LeapingClock()
        self._ca = ca
        self._machine: agent.Machine | None = None

    @property
    def conf(self) -> pathlib.Path:
        """The unit's ``agent.conf``."""
        return self.directory / "agent.conf"

    def settings(self) -> agent_config.AgentConfig:
        """Read the file."""
        return agent_conf.read(self.conf)

    def write_conf(self, *addresses: str, current: str = wire.CURRENT, old: str = wire.INITIAL) -> None:
        """Write the file as Juju does."""
        passwords = [f"apipassword: {current}"] if current else []
        passwords += [f"oldpassword: {old}"] if old else []
        pem = self._ca.cert_pem.bytes().decode()
        text = wire.CONF.format(
            ca="".join(f"  {line}\n" for line in pem.splitlines()).rstrip(),
            log_dir=self.data_dir / "log",
            addresses="\n".join(f"- {address}" for address in addresses),
            passwords="\n".join(passwords),
        )
        whole = self.conf.with_name("whole")
        whole.write_text(text)
        whole.rename(self.conf)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Unit"]:
        """Run the agent, and end it."""
        stopping = asyncio.Event()
        self._machine = agent.Machine(
            agent_settings.AgentSettings(data_dir=self.data_dir, lock_dir=self.data_dir / "lock"), self.clock
        )
        serving = asyncio.ensure_future(self._machine.run(stopping))
        try:
            yield self
        finally:
            stopping.set()
            await serving

    def told(self) -> list[tuple[str, str]]:
        """Return what the hook was told, in order."""
        return real_fleet.told(self.charm)

    def report(self) -> dict[str, Any]:
        """Return what ``meterstatus agent status`` would show of the unit."""
        assert self._machine is not None
        units: Any = self._machine.report()["units"]
        return units.get("shop/0", {})

    def state(self) -> dict[str, Any]:
        """Read what the agent has written down; nothing before it has."""
        path = self.directory / "meter-status.yaml"
        return yaml.safe_load(path.read_text()) if path.exists() else {}

    def leap(self, **span: float) -> None:
        """Let time pass at once."""
        self.clock.leap(datetime.timedelta(**span))

    async def until(self, condition: Callable[[], object], what: str, *, hurried: bool = False) -> None:
        """Wait until something holds; hurried, the agent's time passes five times as fast.

        No faster: a connection has to be made within three seconds of it.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + SECONDS
        while not condition():
            assert loop.time() < end, f"not within {SECONDS:g} s: {what}; {self.report()}"
            await asyncio.sleep(0.02)
            if hurried:
                self.leap(seconds=0.08)

    async def until_told(self, code: str, info: str, *, hurried: bool = False) -> None:
        """Wait until the hook's last call said this."""
        await self.until(
            lambda: self.told()[-1:] == [(code, info)], f"told {code}; told {self.told()}", hurried=hurried
        )

    async def stay(self, seconds: float = 0.3) -> None:
        """Let everything happen that would happen now."""
        await asyncio.sleep(seconds)


@pytest.fixture
def unit(ca: trustme.CA) -> Iterator[Unit]:
    """A machine with one unit, whose agent does not run yet, in a directory with a short name."""
    with tempfile.TemporaryDirectory(prefix="juju-") as folder:
        yield Unit(pathlib.Path(folder), ca)


@pytest.fixture
async def controller(ca: trustme.CA) -> AsyncIterator[juju_controller.JujuController]:
    """A Juju controller on which all is well, until a test changes its rows."""
    made = juju_controller.JujuController(wire.ROWS, ca, model=wire.MODEL)
    async with made.serving():
        yield made
