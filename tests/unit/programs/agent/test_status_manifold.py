"""The status manifold: which worker it starts, with what, and when it is done (spec worker, A.11)."""

import dataclasses
import logging
import pathlib
import shutil
from typing import Any

import pytest

import meterstatus
from meterstatus.domain import agent_config
from meterstatus.testing import connection as connections
from meterstatus.testing import fakes, virtual_time

UUID = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
LOGGER = logging.getLogger("test.manifold")


def settings(data_dir: pathlib.Path, tag: str = "unit-shop-0") -> agent_config.AgentConfig:
    return agent_config.AgentConfig(
        tag=tag,
        controller=f"controller-{UUID}",
        model=f"model-{UUID}",
        upgraded_to_version="3.6.0",
        data_dir=str(data_dir),
    )


class Unit:
    """A unit's agent."""

    def __init__(self, value: agent_config.AgentConfig) -> None:
        self._value = value

    def current_config(self) -> agent_config.AgentConfig:
        return self._value


class Context:
    """A start context; what is not given is missing."""

    def __init__(self, **inputs: object) -> None:
        self._inputs = inputs

    def get(self, name: str) -> object:
        if name not in self._inputs:
            raise meterstatus.DependencyMissingError(f'"{name}" not running')
        found = self._inputs[name]
        if isinstance(found, BaseException):
            raise found
        return found


class Parts:
    """The manifold's parts; the workers' constructors only note what they are given."""

    def __init__(self, **changes: Any) -> None:
        self.configs: list[Any] = []
        self.workers: list[fakes.FakeWorker] = []
        self.clients: list[tuple[str, object, str]] = []
        self.runner = fakes.FakeHookRunner()
        config = meterstatus.ManifoldConfig(
            agent_name="agent",
            api_caller_name="api",
            machine_lock=fakes.FakeMachineLock(),
            clock=meterstatus.SystemClock(),
            logger=LOGGER,
            new_hook_runner=self.new_runner,
            new_meter_status_api_client=self.new_client,
            new_unit_state_api_client=self.new_state,
            new_connected_status_worker=self.new_worker,
            new_isolated_status_worker=self.new_worker,
        )
        self.manifold = meterstatus.manifold(dataclasses.replace(config, **changes))
        self.runner_configs: list[meterstatus.HookRunnerConfig] = []

    def new_runner(self, config: meterstatus.HookRunnerConfig) -> fakes.FakeHookRunner:
        self.runner_configs.append(config)
        return self.runner

    def new_client(self, api: object, tag: str) -> fakes.FakeMeterStatusClient:
        self.clients.append(("status", api, tag))
        return fakes.FakeMeterStatusClient()

    def new_state(self, api: object, tag: str) -> fakes.FakeUnitStateAPI:
        self.clients.append(("state", api, tag))
        return fakes.FakeUnitStateAPI()

    def new_worker(self, config: Any) -> fakes.FakeWorker:
        self.configs.append(config)
        self.workers.append(fakes.FakeWorker())
        return self.workers[-1]

    async def start(self, **inputs: object) -> meterstatus.Worker:
        return await self.manifold.start(Context(**inputs))  # type: ignore[arg-type]


def test_its_inputs_are_the_agent_and_the_api_caller() -> None:
    """In this order, and nothing that needs the controller stands between (B-01)."""
    parts = Parts()

    assert parts.manifold.inputs == ("agent", "api")
    assert parts.manifold.output is None


@virtual_time.virtual
async def test_a_missing_clock_or_lock_is_refused() -> None:
    """Clock first, then the lock, before any input is asked for."""
    for changes, text in (
        ({"clock": None, "machine_lock": None}, "missing Clock not valid"),
        ({"machine_lock": None}, "missing MachineLock not valid"),
    ):
        with pytest.raises(meterstatus.NotValidError) as caught:
            await Parts(**changes).start()
        assert text == str(caught.value)


@virtual_time.virtual
async def test_errors_of_the_agent_come_through() -> None:
    """A missing agent is missing, unwrapped."""
    with pytest.raises(meterstatus.DependencyMissingError) as caught:
        await Parts().start()

    assert str(caught.value) == '"agent" not running: dependency not available'


@virtual_time.virtual
async def test_only_a_units_agent_is_served() -> None:
    """The error names what it got."""
    unit = Unit(settings(pathlib.Path("/nowhere"), "machine-0"))
    with pytest.raises(meterstatus.MeterStatusError, match="machine-0"):
        await Parts().start(agent=unit, api=connections.FakeAPIConnection())


def test_connected_while_there_is_a_connection(tmp_path: pathlib.Path) -> None:
    """The clients are made for the unit on that connection, and the disk is the unit's own."""
    scenario(tmp_path)


@virtual_time.virtual
async def scenario(tmp_path: pathlib.Path) -> None:
    parts, api = Parts(), connections.FakeAPIConnection()
    own = settings(tmp_path)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    await parts.start(agent=Unit(own), api=api)

    (config,) = parts.configs
    assert isinstance(config, meterstatus.ConnectedConfig)
    assert config.runner is parts.runner
    assert {("status", api, "unit-shop-0"), ("state", api, "unit-shop-0")} == set(parts.clients)
    assert isinstance(config.state_read_writer, meterstatus.ControllerBackedState)
    assert config.memory is not None
    assert isinstance(config.memory, meterstatus.DiskBackedState)
    (runner,) = parts.runner_configs
    assert (own, "unit-shop-0") == (runner.agent_config, runner.tag)
    assert config.give_up is not None
    await config.give_up()
    await api.wait_closed()


@virtual_time.virtual
async def test_a_client_that_knows_policies_is_asked_for_them(tmp_path: pathlib.Path) -> None:
    """The worker takes them from the client of the status where that has them, and else from nobody."""

    class Both(fakes.FakeMeterStatusClient, fakes.FakePolicySource):
        def __init__(self) -> None:
            fakes.FakeMeterStatusClient.__init__(self)
            fakes.FakePolicySource.__init__(self)

    def new_client(api: object, tag: str) -> Both:
        return both

    both = Both()
    plain, knowing = Parts(), Parts(new_meter_status_api_client=new_client)
    own = settings(tmp_path)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    for parts in (plain, knowing):
        await parts.start(agent=Unit(own), api=connections.FakeAPIConnection())
    assert plain.configs[0].policies is None
    assert knowing.configs[0].policies is both


@virtual_time.virtual
async def test_isolated_while_there_is_none() -> None:
    """Juju's grace periods, the standard triggers, and the disk the connected worker wrote (B-04)."""
    parts = Parts()
    await parts.start(agent=Unit(settings(pathlib.Path("/nowhere"))))

    (config,) = parts.configs
    assert isinstance(config, meterstatus.IsolatedConfig)
    assert (300, 900) == (
        config.amber_grace_period.total_seconds(),
        config.red_grace_period.total_seconds(),
    )
    assert config.trigger_factory is meterstatus.get_triggers
    assert isinstance(config.state_read_writer, meterstatus.DiskBackedState)
    config.validate()


async def test_what_the_disk_did_not_take_survives_the_change_of_workers(tmp_path: pathlib.Path) -> None:
    """A unit told RED while its disk is full is RED for the worker that takes over (B-04)."""
    parts, unit = Parts(), Unit(settings(tmp_path / "absent"))
    await parts.start(agent=unit, api=connections.FakeAPIConnection())
    await parts.start(agent=unit)
    connected, isolated = parts.configs
    with pytest.raises(meterstatus.StateWriteError):
        await connected.memory.write(meterstatus.State("RED", "quota"))

    assert await isolated.state_read_writer.read() == meterstatus.State("RED", "quota")


async def test_the_state_is_the_units_own_file(tmp_path: pathlib.Path) -> None:
    """Two units of a machine never share a file (B-05)."""
    parts = Parts()
    for tag in ("unit-shop-0", "unit-shop-1"):
        own = settings(tmp_path, tag)
        pathlib.Path(own.agent_dir).mkdir(parents=True)
        await parts.start(agent=Unit(own))
        await parts.configs[-1].state_read_writer.write(meterstatus.State("RED", tag))

    for tag in ("unit-shop-0", "unit-shop-1"):
        text = (tmp_path / "agents" / tag / "meter-status.yaml").read_text()
        assert meterstatus.State("RED", tag) == meterstatus.State.from_yaml(text)


JUJUS = "status-code: AMBER\nstatus-info: cut off\n"


async def test_what_a_juju_agent_left_is_taken_over_once(tmp_path: pathlib.Path) -> None:
    """By the machine's only unit, which is not sure of it; Juju's file stays as it is."""
    (tmp_path / "meter-status.yaml").write_text(JUJUS)
    own = settings(tmp_path)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    parts = Parts()
    await parts.start(agent=Unit(own))
    store = parts.configs[-1].state_read_writer
    taken = await store.read()
    assert (taken.code, taken.info, taken.unsure) == ("AMBER", "cut off", True)
    assert (tmp_path / "meter-status.yaml").read_text() == JUJUS
    await store.write(meterstatus.State("GREEN", "ok"))
    await parts.start(agent=Unit(own))
    assert (await parts.configs[-1].state_read_writer.read()).code == "GREEN"


@pytest.mark.parametrize(("text", "others"), [(JUJUS, ["unit-shop-1"]), ("status-code: [", [])])
async def test_what_is_nobodys_or_nonsense_is_left_alone(
    tmp_path: pathlib.Path, text: str, others: list[str]
) -> None:
    """A file that several units may have written belongs to none (B-05), nor does one that is no state."""
    (tmp_path / "meter-status.yaml").write_text(text)
    own = settings(tmp_path)
    for tag in (own.tag, *others):
        (tmp_path / "agents" / tag).mkdir(parents=True)
    parts = Parts()
    await parts.start(agent=Unit(own))
    with pytest.raises(meterstatus.NotFoundError):
        await parts.configs[-1].state_read_writer.read()
    assert (tmp_path / "meter-status.yaml").read_text() == text


async def test_what_was_taken_over_is_not_taken_by_a_later_unit(tmp_path: pathlib.Path) -> None:
    """A unit removed and added again is new, though Juju's file is still there; another content is not."""
    jujus = tmp_path / "meter-status.yaml"
    jujus.write_text(JUJUS)
    own = settings(tmp_path)
    for expected in ("AMBER", ""):
        pathlib.Path(own.agent_dir).mkdir(parents=True)
        parts = Parts()
        await parts.start(agent=Unit(own))
        store = parts.configs[-1].state_read_writer
        if expected:
            assert (await store.read()).code == expected
        else:
            with pytest.raises(meterstatus.NotFoundError):
                await store.read()
        shutil.rmtree(own.agent_dir)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    jujus.write_text(JUJUS.replace("AMBER", "RED"))
    parts = Parts()
    await parts.start(agent=Unit(own))
    assert (await parts.configs[-1].state_read_writer.read()).code == "RED"


async def test_a_note_that_cannot_be_read_keeps_no_unit_from_being_served(tmp_path: pathlib.Path) -> None:
    """Nothing is taken over then: twice would be worse than never."""
    (tmp_path / "meter-status.yaml").write_text(JUJUS)
    (tmp_path / "meter-status.yaml.taken-over").write_bytes(b"\xff")
    own = settings(tmp_path)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    parts = Parts()
    await parts.start(agent=Unit(own))
    with pytest.raises(meterstatus.NotFoundError):
        await parts.configs[-1].state_read_writer.read()


@pytest.mark.parametrize(
    ("text", "code", "info"),
    [
        ("status-code: GREEN\nstatus-info: within budget\n", "GREEN", "within budget"),
        ('status-code: GREEN\nstatus-info: ""\n', "GREEN", ""),
        ("status-code: AMBER\nstatus-info: 'quota: 90%'\n", "AMBER", "quota: 90%"),
        ("status-code: AMBER\nstatus-info: 'it''s near'\n", "AMBER", "it's near"),
        ('status-code: AMBER\nstatus-info: "yes"\n', "AMBER", "yes"),
        ('status-code: AMBER\nstatus-info: "1.50"\n', "AMBER", "1.50"),
        ("status-code: AMBER\nstatus-info: 1.50\n", "AMBER", "1.50"),
        ('status-code: AMBER\nstatus-info: "a\\ttab, \\x1b and \\\\"\n', "AMBER", "a\ttab, \x1b and \\"),
        ('status-code: AMBER\nstatus-info: "\\u2028 \\U0001F4A9"\n', "AMBER", "\u2028 \U0001f4a9"),
        ("status-code: RED\nstatus-info: |-\n  over budget\n  by far\n", "RED", "over budget\nby far"),
        ("status-code: RED\nstatus-info: |\n  over budget\n", "RED", "over budget\n"),
        (
            "status-code: RED\nstatus-info: 'a long one that\n  was folded'\n",
            "RED",
            "a long one that was folded",
        ),
        ("status-code: RED\nstatus-info: über Budget\n", "RED", "über Budget"),
        ("status-code: RED\nstatus-info: null\n", "RED", ""),
    ],
)
async def test_texts_are_read_however_juju_wrote_them(
    tmp_path: pathlib.Path, text: str, code: str, info: str
) -> None:
    """Plain, single and double quotes, escapes, blocks and folded lines, before a disconnect record."""
    (tmp_path / "meter-status.yaml").write_text(
        f"{text}disconnected:\n  disconnected-at: 1893456000\n  disconnected-state: 2\n"
    )
    own = settings(tmp_path)
    pathlib.Path(own.agent_dir).mkdir(parents=True)
    parts = Parts()
    await parts.start(agent=Unit(own))
    taken = await parts.configs[-1].state_read_writer.read()
    assert (taken.code, taken.info) == (code, info)
    assert taken.disconnected == meterstatus.Disconnected(1893456000, meterstatus.WorkerState.WAITING_RED)


@virtual_time.virtual
async def test_other_errors_of_the_api_caller_come_through() -> None:
    """Only a missing connection means isolation."""
    unit = Unit(settings(pathlib.Path("/nowhere")))
    with pytest.raises(meterstatus.ConnectionLostError):
        await Parts().start(agent=unit, api=meterstatus.ConnectionLostError())


def test_a_controller_without_meter_status_ends_it() -> None:
    """Not implemented, anywhere in the chain, is completed; every other end passes through."""
    finish = Parts().manifold.filter
    assert finish is not None
    inner = meterstatus.UnsupportedError("no such facade")
    outer = meterstatus.StateWriteError("failed")
    outer.__cause__ = inner
    other = meterstatus.ConnectionLostError()

    assert finish(inner) is None
    assert finish(outer) is None
    assert finish(None) is None
    assert finish(other) is other
