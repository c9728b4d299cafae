"""charm: what a hook was told, read from what the agent gives it, and the hook in plain Python."""

import ast
import datetime
import json
import pathlib
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus import charm
from meterstatus.domain import agent_config, epoch
from meterstatus.domain import status as statuses
from meterstatus.domain.hook import hook_call, hook_environment

CONTROLLER = "controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011"
MODEL = "model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
JUJUS = {
    "JUJU_METER_STATUS": "AMBER",
    "JUJU_METER_INFO": "low",
    "JUJU_DISPATCH_PATH": "hooks/meter-status-changed",
}
"""What a hook gets from a Juju agent, as far as it matters here."""

FULL = hook_call.HookCall(
    status=statuses.MeterStatus("AMBER", "two\nlines"),
    delivery_id="18c-7",
    attempt=2,
    previous=statuses.MeterStatus("GREEN", "a\ttab"),
    origin=hook_call.Origin.AGENT,
    next_stage=hook_call.Stage(
        "RED", datetime.timedelta(seconds=600), datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    ),
    since_contact=datetime.timedelta(seconds=300),
    longer=datetime.timedelta(seconds=7200),
    standing=epoch.Standing(epoch.Place(9, 499), restored_from=epoch.Place(1, 512)),
)


def _environment(told: hook_call.HookCall, file: pathlib.Path | None = None) -> dict[str, str]:
    """Give a hook's environment as the agent makes it, the file included."""
    config = agent_config.AgentConfig(
        tag="unit-shop-0", controller=CONTROLLER, model=MODEL, upgraded_to_version="3.6.1"
    )
    variables = hook_environment.HookContext(config).variables(told, "made-up", has_document=False)
    if file is not None:
        file.write_text(json.dumps(hook_call.document(told, "shop/0")))
        variables["METER_STATUS_FILE"] = str(file)
    return variables


def test_all_that_the_agent_tells_is_understood(tmp_path: pathlib.Path) -> None:
    """Every fact of a delivery arrives, the texts in full."""
    told = charm.told(_environment(FULL, tmp_path / "file"))
    assert told == charm.Told(
        status=charm.Status.AMBER,
        info="two\nlines",
        hook="meter-status-changed",
        delivery_id="18c-7",
        attempt=2,
        previous_status=charm.Status.GREEN,
        previous_info="a\ttab",
        origin=charm.Origin.AGENT,
        next_stage=charm.Stage(
            charm.Status.RED,
            datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC),
            datetime.timedelta(seconds=600),
        ),
        since_contact=datetime.timedelta(seconds=300),
        maintenance=datetime.timedelta(seconds=7200),
        epoch=9,
        epoch_state="restored",
    )
    assert told.is_own_stage
    assert not told.is_warning


def test_a_warning_is_told_from_news() -> None:
    """The hook that warns says that it does."""
    warning = hook_call.HookCall(statuses.MeterStatus("GREEN"), hook_call.HookKind.WILL_CHANGE)
    told = charm.told(_environment(warning))
    assert told.is_warning
    assert not told.is_own_stage


def test_the_names_are_those_of_the_agent() -> None:
    """Hooks, origins and statuses are called as the agent calls them."""
    assert {charm.CHANGED, charm.WILL_CHANGE} == {kind.value for kind in hook_call.HookKind}
    assert [str(origin) for origin in charm.Origin] == [origin.value for origin in hook_call.Origin]
    assert [str(status) for status in charm.Status] == [
        code.value for code in statuses.StatusCode if " " not in code.value
    ]


def test_under_juju_the_two_variables_are_enough() -> None:
    """All else is not known then."""
    assert charm.told(JUJUS) == charm.Told(charm.Status.AMBER, "low")


def test_without_info_there_is_none() -> None:
    """An absent information is an empty one."""
    told = charm.told({"JUJU_METER_STATUS": "RED", "JUJU_HOOK_NAME": "config-changed"})
    assert told == charm.Told(charm.Status.RED, "", hook="config-changed")


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook need not hand it over."""
    for name, text in JUJUS.items():
        monkeypatch.setenv(name, text)
    assert charm.told().status is charm.Status.AMBER
    assert charm.hook_name() == "meter-status-changed"


@pytest.mark.parametrize("environment", [{}, {"JUJU_METER_STATUS": ""}])
def test_outside_a_hook_nothing_is_told(environment: dict[str, str]) -> None:
    """That is an error of its own, which says what is missing."""
    with pytest.raises(charm.NotInHookError, match="JUJU_METER_STATUS is not set"):
        charm.told(environment)


def test_an_unknown_status_is_refused() -> None:
    """To obey it is not possible, and to pass over it not safe."""
    with pytest.raises(charm.UnknownStatusError, match="'amber' is no meter status"):
        charm.told({**JUJUS, "JUJU_METER_STATUS": "amber"})


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"delivery": null, "status": null, "previous": null, "version": 1}',
    ],
)
def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: pathlib.Path, content: bytes | None) -> None:
    """The variables are enough, with their texts on one line."""
    file = tmp_path / "file"
    environment = _environment(FULL, file)
    file.unlink() if content is None else file.write_bytes(content)
    told = charm.told(environment)
    assert (told.info, told.previous_info) == ("two lines", "a\ttab")
    assert told.delivery_id == "18c-7"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("hook", "meter-status-will-change"),
        ("delivery", {"id": "18c-7", "attempt": 1}),
        ("delivery", {"id": "18c-6", "attempt": 2}),
        ("status", {"code": "RED", "info": "of another run"}),
        ("status", {"code": "AMBER", "info": 7}),
        ("previous", {"code": "AMBER", "info": 7}),
    ],
)
def test_a_file_of_another_run_is_passed_over(tmp_path: pathlib.Path, key: str, value: object) -> None:
    """So is one that says something else than the variables."""
    file = tmp_path / "file"
    environment = _environment(FULL, file)
    file.write_text(json.dumps({**json.loads(file.read_text()), key: value}))
    assert charm.told(environment).info == "two lines"


def test_a_file_without_a_word_before_has_none(tmp_path: pathlib.Path) -> None:
    """The first delivery has nothing before it."""
    first = hook_call.HookCall(statuses.MeterStatus("GREEN", "a\nb"), delivery_id="1", attempt=1)
    told = charm.told(_environment(first, tmp_path / "file"))
    assert (told.info, told.previous_info) == ("a\nb", None)


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("METER_STATUS_ATTEMPT", "two", "attempt"),
        ("METER_STATUS_ORIGIN", "nobody", "origin"),
        ("METER_STATUS_PREVIOUS_STATUS", "PURPLE", "previous_status"),
        ("METER_STATUS_NEXT_STATUS", "PURPLE", "next_stage"),
        ("METER_STATUS_NEXT_AT", "soon", "next_stage"),
        ("METER_STATUS_NEXT_AT", "2031-05-06T07:08:09", "next_stage"),
        ("METER_STATUS_NEXT_IN_SECONDS", "", "next_stage"),
        ("METER_STATUS_SECONDS_SINCE_CONTACT", "9" * 30, "since_contact"),
        ("METER_STATUS_MAINTENANCE_SECONDS", "long", "maintenance"),
        ("METER_STATUS_EPOCH", "old", "epoch"),
    ],
)
def test_a_variable_of_ours_that_makes_no_sense_is_absent(name: str, text: str, field: str) -> None:
    """It keeps no charm from obeying."""
    told = charm.told({**_environment(FULL), name: text})
    assert getattr(told, field) is None
    assert told.status is charm.Status.AMBER


_texts = st.text()
_spans = st.integers(0, 10**9).map(lambda seconds: datetime.timedelta(seconds=seconds))
_told = st.builds(
    charm.Told,
    status=st.sampled_from(charm.Status),
    info=_texts,
    hook=st.sampled_from([charm.CHANGED, charm.WILL_CHANGE]),
    delivery_id=st.none() | _texts,
    attempt=st.none() | st.integers(1),
    previous_status=st.none() | st.sampled_from(charm.Status),
    previous_info=st.none() | _texts,
    origin=st.none() | st.sampled_from(charm.Origin),
    next_stage=st.none()
    | st.builds(
        charm.Stage,
        status=st.sampled_from(charm.Status),
        at=st.datetimes(timezones=st.just(datetime.UTC)),
        due_in=_spans,
    ),
    since_contact=st.none() | _spans,
    maintenance=st.none() | _spans,
    epoch=st.none() | st.integers(1, 2**40),
    epoch_state=st.none() | st.sampled_from(["current", "restored", "behind", "superseded"]),
)


@given(_told)
def test_what_was_told_can_be_told_again(told: charm.Told) -> None:
    """Its variables say all of it: a charm's own tests start hooks with them."""
    assert charm.told(told.variables()) == told


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"JUJU_HOOK_NAME": "install", "JUJU_DISPATCH_PATH": "hooks/start"}, "install"),
        ({"JUJU_HOOK_NAME": "", "JUJU_DISPATCH_PATH": "hooks/start"}, "start"),
        ({}, "stop"),
    ],
)
def test_the_hook_is_known_by_what_tells_it(
    environment: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable, else the path, else the script's own name: a Juju agent leaves the first out here."""
    monkeypatch.setattr(sys, "argv", ["/charm/hooks/stop"])
    assert charm.hook_name(environment) == name


def _handler(seen: list[str]) -> charm.Handler:
    handler = charm.Handler()

    @handler.on(charm.Status.RED)
    def close(told: charm.Told) -> None:
        seen.append(f"close {told.info}")

    @handler.on()
    def serve(told: charm.Told) -> None:
        seen.append(f"serve {told.status}")

    assert callable(close)
    assert callable(serve)
    return handler


def test_a_handler_calls_what_is_registered() -> None:
    """The status's own function goes before that of all others."""
    seen: list[str] = []
    handler = _handler(seen)
    assert handler.run({**JUJUS, "JUJU_METER_STATUS": "RED"})
    assert handler.run(JUJUS)
    assert seen == ["close low", "serve AMBER"]


def test_a_handler_is_silent_in_other_hooks() -> None:
    """So that one script can be every hook of the charm."""
    seen: list[str] = []
    assert not _handler(seen).run({**JUJUS, "JUJU_HOOK_NAME": "config-changed"})
    assert seen == []


def test_a_handler_without_a_function_for_the_status_fails() -> None:
    """A charm that forgot GREEN would else stay closed, and nobody would know."""
    with pytest.raises(charm.IncompleteHandlerError, match="no function for AMBER"):
        charm.Handler().run(JUJUS)


def test_two_functions_for_one_status_are_refused() -> None:
    """Which of them counts is nothing to guess at."""
    handler = _handler([])
    with pytest.raises(ValueError, match="RED has a function already"):
        handler.on(charm.Status.GREEN, charm.Status.RED)(print)
    with pytest.raises(ValueError, match="every other status has a function already"):
        handler.on()(print)


def test_a_warning_is_handled_or_passed_over() -> None:
    """It is a courtesy, and needs no function; one that is there gets it."""
    seen: list[charm.Told] = []
    handler = charm.Handler()
    warning = {**JUJUS, "JUJU_HOOK_NAME": charm.WILL_CHANGE}
    assert not handler.run(warning)
    handler.on_warning(seen.append)
    assert handler.run(warning)
    assert [told.is_warning for told in seen] == [True]


HOOK = """
from meterstatus import charm

handler = charm.Handler()
handler.on(charm.Status.AMBER)(lambda told: print(told.status, told.info))
handler.main()
"""


def _run(
    program: str, environment: dict[str, str], path: pathlib.Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program that has nothing installed but what lies in a directory; None is what is installed."""
    alone = {} if path is None else {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, *([] if path is None else ["-S"]), "-c", program],
        env={**environment, **alone},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_handler_is_a_whole_hook() -> None:
    """It runs, and what is wrong is one line and exit status 1: no traceback."""
    done = _run(HOOK, JUJUS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "AMBER low\n", "")
    done = _run(HOOK, {**JUJUS, "JUJU_METER_STATUS": "RED"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "meter-status-changed: the charm has no function for RED\n"


def test_a_charm_can_carry_the_file(tmp_path: pathlib.Path) -> None:
    """Copied alone into lib/meterstatus it is imported as ever, by a Python that has nothing else."""
    (tmp_path / "meterstatus").mkdir()
    shutil.copy(charm.__file__, tmp_path / "meterstatus")
    done = _run(HOOK, JUJUS, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "AMBER low\n", "")


def test_a_hook_pays_for_nothing_else() -> None:
    """Importing it loads none of the package's libraries, nor any other module of the package."""
    program = "import sys, meterstatus.charm; print(*sorted(sys.modules))"
    loaded = _run(program, {}).stdout.split()
    ours = [name for name in loaded if name.startswith("meterstatus")]
    assert ours == ["meterstatus", "meterstatus.charm"]
    assert {"asyncio", "click", "msgspec", "ops", "pathlib", "wsproto", "yaml"}.isdisjoint(loaded)


@pytest.mark.parametrize("name", ["charm.py", "charm_ops.py"])
def test_it_is_written_for_older_pythons(name: str) -> None:
    """The syntax is that of Python 3.8, which charms for Ubuntu 20.04 run on."""
    source = pathlib.Path(charm.__file__).with_name(name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
