"""The manifold and the hook runner as a user of the package meets them (spec worker, A.11, A.13, D)."""

import asyncio
import contextlib
import dataclasses
import datetime
import fcntl
import logging
import os
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus import (
    AgentConfig,
    CharmHookRunner,
    ConnectedConfig,
    ConnectedStatusWorker,
    DependencyMissingError,
    Engine,
    EngineConfig,
    HookOutcome,
    HookResult,
    HookRunnerConfig,
    Interrupt,
    IsolatedConfig,
    IsolatedStatusWorker,
    LockUnavailableError,
    Manifold,
    ManifoldConfig,
    MeterStatus,
    MeterStatusError,
    NotValidError,
    RequestError,
    State,
    SystemClock,
    UnsupportedError,
    Worker,
    get_triggers,
    manifold,
)

LOGGER = logging.getLogger("conformance")
MODEL = "0d2b4f3e-58f5-4a0e-8f5d-6b3d6a4b7c11"


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a fact of the real world; the test's own time limit bounds it."""
    while not holds():  # noqa: ASYNC110 # there is no event for what a process or another's part does
        await asyncio.sleep(0.002)


class Agent:
    """An agent that never changes."""

    def __init__(self, data_dir: pathlib.Path, tag: str = "unit-app-0") -> None:
        self.config = AgentConfig(
            tag=tag,
            controller=f"controller-{MODEL}",
            model=f"model-{MODEL}",
            upgraded_to_version="3.6.1",
            data_dir=str(data_dir),
        )

    def current_config(self) -> AgentConfig:
        """Return the configuration."""
        return self.config


class FlockLock:
    """A machine lock on a real file, by polling."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.asked: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    async def acquire(
        self, *, worker: str, comment: str, cancel: Interrupt | None, group: str = ""
    ) -> Callable[[], None]:
        """Acquire."""
        if cancel is None:
            raise NotValidError("missing Cancel")
        if self.failure is not None:
            raise self.failure
        assert group == ""
        self.asked.append((worker, comment))
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if cancel.is_set():
                    os.close(descriptor)
                    raise LockUnavailableError("cancelled acquiring mutex") from None
                await asyncio.sleep(0.005)
            else:
                return lambda: os.close(descriptor)

    def is_free(self) -> bool:
        """Tell whether anybody could have it."""
        with self.path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True


class EventWorker:
    """A worker that ends when killed, or as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.dead = asyncio.Event()
        self.error = error
        if error is not None:
            self.dead.set()

    def kill(self) -> None:
        """Kill."""
        self.dead.set()

    async def wait(self) -> None:
        """Wait."""
        await self.dead.wait()
        if self.error is not None:
            raise self.error


class HandMade:
    """A context with what it is given."""

    def __init__(self, **inputs: object) -> None:
        self.inputs = inputs
        self.asked: list[str] = []
        self.abort = asyncio.Event()

    def get(self, name: str) -> Any:
        """Give an input, or raise what it is."""
        self.asked.append(name)
        value = self.inputs.get(name.replace("-", "_"), DependencyMissingError(f'"{name}" not running'))
        if isinstance(value, Exception):
            raise value
        return value

    def require(self, name: str) -> None:
        """Check."""
        self.get(name)


class QuietWatch:
    """One event, then none."""

    def __init__(self) -> None:
        self.events = 1

    def __aiter__(self) -> "QuietWatch":
        """Return itself."""
        return self

    async def __anext__(self) -> None:
        """Give the one event."""
        if not self.events:
            await asyncio.Event().wait()
        self.events -= 1

    async def stop(self) -> None:
        """Do nothing."""


class Controller:
    """A connection, both clients of it, and the unit's field."""

    def __init__(self) -> None:
        self.text = ""
        self.closes = 0

    async def meter_status(self) -> MeterStatus:
        """Answer."""
        return MeterStatus("RED", "unpaid")

    async def watch_meter_status(self) -> QuietWatch:
        """Answer."""
        return QuietWatch()

    async def state(self) -> str:
        """Answer."""
        return self.text

    async def set_state(self, text: str) -> None:
        """Store."""
        self.text = text

    async def close(self) -> None:
        """Count."""
        self.closes += 1


class Parts:
    """What a manifold is made of, and what it made."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.agent = Agent(directory)
        pathlib.Path(self.agent.config.agent_dir).mkdir(parents=True)
        self.told: list[tuple[str, str]] = []
        self.connected: list[ConnectedConfig] = []
        self.isolated: list[IsolatedConfig] = []
        self.runners: list[HookRunnerConfig] = []
        self.clients: list[tuple[object, str]] = []
        self.worker: Worker | None = None
        self.config = ManifoldConfig(
            agent_name="the-agent",
            api_caller_name="the-api",
            machine_lock=FlockLock(directory / "lock"),
            clock=SystemClock(),
            logger=LOGGER,
            new_hook_runner=self._runner,
            new_meter_status_api_client=self._client,
            new_unit_state_api_client=self._client,
            new_connected_status_worker=self._connected,
            new_isolated_status_worker=self._isolated,
        )

    def _runner(self, config: HookRunnerConfig) -> "Parts":
        self.runners.append(config)
        return self

    async def run_hook(self, code: str, info: str, interrupt: Interrupt) -> HookOutcome:
        """Run nothing."""
        self.told.append((code, info))
        return HookOutcome(HookResult.RAN, 0)

    def _client(self, api: Any, tag: str) -> Any:
        self.clients.append((api, tag))
        return api

    def _connected(self, config: ConnectedConfig) -> Worker:
        self.connected.append(config)
        return self.worker or ConnectedStatusWorker.start(config)

    def _isolated(self, config: IsolatedConfig) -> Worker:
        self.isolated.append(config)
        return self.worker or IsolatedStatusWorker.start(config)

    def changed(self, **changes: Any) -> Manifold:
        """Make the manifold with other parts."""
        return manifold(dataclasses.replace(self.config, **changes))


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> Parts:
    return Parts(tmp_path)


class TestManifold:
    """A.11 with a context made by hand."""

    async def test_inputs(self, parts: Parts) -> None:
        """Agent, then API caller; no output."""
        assert tuple(parts.changed().inputs) == ("the-agent", "the-api")
        assert parts.changed().output is None

    async def test_missing_parts(self, parts: Parts) -> None:
        """The clock, then the lock, before anything is asked for."""
        context = HandMade()
        with pytest.raises(NotValidError) as caught:
            await parts.changed(clock=None, machine_lock=None).start(context)
        assert str(caught.value) == "missing Clock not valid"
        with pytest.raises(NotValidError) as caught:
            await parts.changed(machine_lock=None).start(context)
        assert str(caught.value) == "missing MachineLock not valid"
        assert context.asked == []

    @pytest.mark.parametrize("error", [DependencyMissingError("x"), RequestError("no"), KeyError("k")])
    async def test_no_agent(self, parts: Parts, error: Exception) -> None:
        """The engine's own error comes out unwrapped."""
        with pytest.raises(type(error)) as caught:
            await parts.changed().start(HandMade(the_agent=error, the_api=Controller()))
        assert caught.value is error

    @pytest.mark.parametrize("tag", ["machine-0", "application-app", f"model-{MODEL}"])
    async def test_not_a_unit(self, parts: Parts, tmp_path: pathlib.Path, tag: str) -> None:
        """Another agent's tag is named."""
        with pytest.raises(MeterStatusError, match=tag):
            await parts.changed().start(HandMade(the_agent=Agent(tmp_path, tag), the_api=Controller()))
        assert parts.runners == []

    async def test_isolated(self, parts: Parts) -> None:
        """Without an API caller: the unit's own disk, 5 and 15 minutes, the standard triggers."""
        worker = await parts.changed().start(HandMade(the_agent=parts.agent))
        (config,) = parts.isolated
        assert config.amber_grace_period == datetime.timedelta(minutes=5)
        assert config.red_grace_period == datetime.timedelta(minutes=15)
        assert config.trigger_factory is get_triggers
        assert (config.runner, config.clock, config.logger) == (parts, parts.config.clock, LOGGER)
        (runner,) = parts.runners
        assert (runner.tag, runner.agent_config, runner.machine_lock) == (
            "unit-app-0",
            parts.agent.config,
            parts.config.machine_lock,
        )
        await config.state_read_writer.write(State("GREEN", "here"))
        written = pathlib.Path(parts.agent.config.agent_dir) / "meter-status.yaml"
        assert State.from_yaml(written.read_text()).info == "here"
        worker.kill()
        await asyncio.wait_for(worker.wait(), 5)

    async def test_other_api_error(self, parts: Parts) -> None:
        """Any other error of the API caller comes out as it is."""
        error = RequestError("broken")
        with pytest.raises(RequestError) as caught:
            await parts.changed().start(HandMade(the_agent=parts.agent, the_api=error))
        assert caught.value is error
        assert parts.isolated == []

    async def test_missing_in_the_chain(self, parts: Parts) -> None:
        """An error caused by a missing dependency is a missing one."""
        error = RuntimeError("the flag is down")
        error.__cause__ = DependencyMissingError("the-api")
        parts.worker = EventWorker()
        await parts.changed().start(HandMade(the_agent=parts.agent, the_api=error))
        assert len(parts.isolated) == 1

    async def test_connected(self, parts: Parts) -> None:
        """With one: the hook hears the controller's word, and the field has it; a kill is clean."""
        api = Controller()
        worker = await parts.changed().start(HandMade(the_agent=parts.agent, the_api=api))
        await until(lambda: bool(api.text))
        assert parts.told == [("RED", "unpaid")]
        assert State.from_yaml(api.text) == State("RED", "unpaid")
        assert parts.clients == [(api, "unit-app-0")] * 2
        worker.kill()
        await asyncio.wait_for(worker.wait(), 5)
        assert api.closes == 0

    async def test_isolation_starts_from_the_last_word(self, parts: Parts) -> None:
        """What the connected worker told, the isolated one's store has (B-04)."""
        api = Controller()
        worker = await parts.changed().start(HandMade(the_agent=parts.agent, the_api=api))
        await until(lambda: bool(api.text))
        worker.kill()
        await asyncio.wait_for(worker.wait(), 5)
        parts.worker = EventWorker()
        await parts.changed().start(HandMade(the_agent=parts.agent))
        kept = await parts.isolated[0].state_read_writer.read()
        assert (kept.code, kept.info) == ("RED", "unpaid")

    @pytest.mark.parametrize("api", [Controller(), object()])
    async def test_failure(self, parts: Parts, api: object) -> None:
        """The worker's error comes out, whatever becomes of the connection."""
        parts.worker = EventWorker(RequestError("the worker's own"))
        worker = await parts.changed().start(HandMade(the_agent=parts.agent, the_api=api))
        with pytest.raises(RequestError, match="the worker's own"):
            await worker.wait()

    async def test_filter(self, parts: Parts) -> None:
        """Not implemented anywhere in the chain is no error; the rest stays, None too."""
        judge = parts.changed().filter
        assert judge is not None
        wrapped = RequestError("outer")
        wrapped.__cause__ = UnsupportedError("no facade")
        other = RequestError("other")
        assert judge(UnsupportedError("x")) is None
        assert judge(wrapped) is None
        assert judge(None) is None
        assert judge(other) is other

    async def test_engine(self, parts: Parts) -> None:
        """In a real engine: isolated without the API, connected once it is installed, then a clean end."""
        api = Controller()

        async def start_agent(_: object) -> Worker:
            return EventWorker()

        engine = Engine.start(
            EngineConfig(
                is_fatal=lambda _: False,
                worst_error=lambda new, _: new,
                clock=SystemClock(),
                logger=LOGGER,
                random=lambda: 0.5,
            )
        )
        await engine.install("meter-status", parts.changed())
        await engine.install("the-agent", Manifold((), start_agent, None, lambda _: parts.agent))
        await until(lambda: bool(parts.isolated))
        await engine.install("the-api", Manifold((), start_agent, None, lambda _: api))
        await until(lambda: bool(api.text))
        assert parts.told == [("RED", "unpaid")]
        assert State.from_yaml(api.text).disconnected is None
        engine.kill()
        await asyncio.wait_for(engine.wait(), 5)


class Charm:
    """A real charm directory and its runner."""

    def __init__(self, directory: pathlib.Path) -> None:
        agent = Agent(directory).config
        self.charm = pathlib.Path(agent.agent_dir) / "charm"
        (self.charm / "hooks").mkdir(parents=True)
        (self.charm / "metadata.yaml").write_text("name: app\n")
        self.lock = FlockLock(directory / "lock")
        self.runner = CharmHookRunner(
            HookRunnerConfig(
                self.lock, agent, "unit-app-0", SystemClock(), LOGGER, environment={"PATH": "/usr/bin:/bin"}
            )
        )
        self.interrupt = asyncio.Event()

    def script(self, body: str, name: str = "hooks/meter-status-changed", mode: int = 0o755) -> None:
        """Write a script."""
        path = self.charm / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(mode)

    async def run(self, code: str = "RED", info: str = "two words") -> HookOutcome:
        """Run the hook."""
        outcome = await asyncio.wait_for(self.runner.run_hook(code, info, self.interrupt), 20)
        if self.lock.path.exists():
            assert self.lock.is_free()
        return outcome


@pytest.fixture
async def charm(tmp_path: pathlib.Path) -> Charm:
    return Charm(tmp_path)


class TestHookRunner:
    """A.13 with a real charm and a real lock."""

    async def test_ran(self, charm: Charm) -> None:
        """The hook has the status, the unit's name and nothing of ours; the lock knows who asks (B-21)."""
        charm.script('env > seen; pwd > where; echo "$#" > arguments')
        outcome = await charm.run()
        assert (outcome.result, outcome.exit_status) == (HookResult.RAN, 0)
        seen = dict(line.split("=", 1) for line in (charm.charm / "seen").read_text().splitlines())
        assert seen["JUJU_METER_STATUS"] == "RED"
        assert seen["JUJU_METER_INFO"] == "two words"
        assert seen["JUJU_UNIT_NAME"] == "app/0"
        assert seen["JUJU_HOOK_NAME"] == "meter-status-changed"
        assert seen["JUJU_DISPATCH_PATH"] == "hooks/meter-status-changed"
        assert seen["JUJU_VERSION"] == "3.6.1"
        assert seen["CHARM_DIR"] == seen["JUJU_CHARM_DIR"] == str(charm.charm)
        assert seen["PATH"].endswith("/tools/unit-app-0:/usr/bin:/bin")
        assert "HOME" not in seen
        assert (charm.charm / "where").read_text() == f"{charm.charm}\n"
        assert (charm.charm / "arguments").read_text() == "0\n"
        assert charm.lock.asked == [("meterstatus", "meter-status-changed")]

    async def test_dispatch_goes_first(self, charm: Charm) -> None:
        """A dispatch script is run for the hook."""
        charm.script("exit 3")
        charm.script("exit 0", "dispatch")
        assert (await charm.run()).result is HookResult.RAN

    @pytest.mark.parametrize(
        ("body", "result", "status"),
        [
            ("exit 7", HookResult.FAILED, 7),
            ("kill -TERM $$", HookResult.TERMINATED, None),
            ("kill -KILL $$", HookResult.TERMINATED, None),
            ("trap 'exit 143' TERM; kill -TERM $$", HookResult.FAILED, 143),
        ],
    )
    async def test_ends(self, charm: Charm, body: str, result: HookResult, status: int | None) -> None:
        """Each end is told apart."""
        charm.script(body)
        outcome = await charm.run()
        assert (outcome.result, outcome.exit_status) == (result, status)

    async def test_missing_and_not_started(self, charm: Charm) -> None:
        """No script is missing; no charm, one that may not be run, or no program, is not started."""
        assert (await charm.run()).result is HookResult.MISSING
        charm.script("", mode=0o644)
        assert (await charm.run()).result is HookResult.NOT_STARTED
        charm.script("")
        (charm.charm / "hooks/meter-status-changed").write_text("no shebang")
        assert (await charm.run()).result is HookResult.NOT_STARTED
        charm.script("exit 0", "dispatch", 0o644)
        charm.script("exit 0")
        assert (await charm.run()).result is HookResult.NOT_STARTED
        (charm.charm / "metadata.yaml").unlink()
        assert (await charm.run()).result is HookResult.NOT_STARTED

    async def test_interrupted_while_waiting(self, charm: Charm) -> None:
        """A wait for the lock cut short runs nothing (B-06)."""
        charm.script("touch ran")
        release = await charm.lock.acquire(worker="x", comment="", cancel=asyncio.Event())
        running = asyncio.create_task(charm.runner.run_hook("RED", "", charm.interrupt))
        await asyncio.sleep(0.02)
        assert not running.done()
        charm.interrupt.set()
        assert (await asyncio.wait_for(running, 5)).result is HookResult.NOT_STARTED
        release()
        assert not (charm.charm / "ran").exists()

    @pytest.mark.parametrize("failure", [OSError("no lock file"), LockUnavailableError("no")])
    async def test_no_lock(self, charm: Charm, failure: Exception) -> None:
        """A lock that cannot be had is an outcome."""
        charm.lock.failure = failure
        assert (await charm.run()).result is HookResult.NOT_STARTED

    async def test_no_interrupt(self, charm: Charm) -> None:
        """Without an interrupt the lock is refused, and that is an outcome."""
        charm.script("touch ran")
        nothing: Any = None
        outcome = await charm.runner.run_hook("RED", "", nothing)
        assert outcome.result is HookResult.NOT_STARTED
        assert "missing Cancel" in outcome.detail
        assert not (charm.charm / "ran").exists()

    @pytest.mark.parametrize("how", ["interrupt", "cancel"])
    async def test_hung_hook(self, charm: Charm, how: str) -> None:
        """A hook that hangs is ended with its children, and the lock is free again (B-19)."""
        charm.script("sleep 300 & echo $! > child.new; mv child.new child; wait")
        running = asyncio.create_task(charm.runner.run_hook("RED", "", charm.interrupt))
        await until(lambda: bool((charm.charm / "child").exists()))
        assert not charm.lock.is_free()
        if how == "interrupt":
            charm.interrupt.set()
            assert (await asyncio.wait_for(running, 20)).result is HookResult.TERMINATED
        else:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(running, 20)
        assert charm.lock.is_free()
        child = pathlib.Path("/proc", (charm.charm / "child").read_text().strip(), "stat")
        with contextlib.suppress(OSError):
            assert child.read_text().rpartition(")")[2].split()[0] in "ZX"

    async def test_time_limit(self, charm: Charm, tmp_path: pathlib.Path) -> None:
        """A hook beyond its limit is ended and told as such."""
        charm.script("sleep 300")
        config = HookRunnerConfig(
            machine_lock=charm.lock,
            agent_config=Agent(tmp_path).config,
            tag="unit-app-0",
            clock=SystemClock(),
            logger=LOGGER,
            time_limit=datetime.timedelta(milliseconds=50),
        )
        outcome = await asyncio.wait_for(CharmHookRunner(config).run_hook("RED", "", charm.interrupt), 20)
        assert outcome.result is HookResult.TIMED_OUT
        assert charm.lock.is_free()
