"""The documents say what the code does: names, keys, figures, commands and links are checked against it.

Prose cannot be checked; tables can. A reference page keeps what must not drift in a table, and its test
reads the column.
"""

import dataclasses
import datetime
import importlib
import inspect
import json
import pathlib
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping

import click
import pytest
import yaml

import meterstatus
from meterstatus import charm, charm_ops, errors
from meterstatus.controller.rpc import dispatch
from meterstatus.domain import agent_config, epoch, policy, status
from meterstatus.domain.hook import hook_call, hook_environment, outcome, trouble
from meterstatus.domain.unit import offline_clock, state, unit_report
from meterstatus.programs import cli
from meterstatus.programs.agent import agent_report
from meterstatus.protocol.facades import admin

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXPLANATION = ROOT / "docs" / "explanation"
REFERENCE = DOCS / "reference"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("changes/*.md"), *ROOT.glob("examples/*.md")]
)

_code = re.compile(r"`([^`]+)`")
_link = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_console = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_limit = re.compile(r"([\d.]+) (ms|s|min)\b")
_seconds = {"ms": 0.001, "s": 1.0, "min": 60.0}


def _name(page: pathlib.Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _rows(page: pathlib.Path) -> Iterator[list[str]]:
    """Give the cells of each table row of a page, heads and rules left out."""
    previous = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        is_head_or_rule = line.startswith("|--") or not previous.startswith("|")
        if line.startswith("|") and not is_head_or_rule:
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        previous = line


def _column(page: pathlib.Path, index: int) -> list[str]:
    """Give every code span of one column of a page's tables, in order."""
    return [span for row in _rows(page) for span in _code.findall(row[index])]


def _anchors(page: pathlib.Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def _commands(page: pathlib.Path) -> Iterator[str]:
    """Give each command of the page's console blocks, continued lines joined."""
    for block in _console.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith(("$ ", "# ")):
                yield line[2:].removeprefix("sudo ")


def _meterstatus_commands() -> list[tuple[str, str]]:
    return [
        (_name(page), command)
        for page in PAGES
        for command in _commands(page)
        if command.startswith("meterstatus ")
    ]


def _walk(words: list[str]) -> None:
    """Follow a command line through the commands; fail at the first word that does not exist."""
    command: click.Command = cli.root
    context = click.Context(command, info_name="meterstatus")
    values = 0
    while words:
        word = words.pop(0)
        if word.startswith("-") and word != "-":
            option = _option(command, word.partition("=")[0])
            if not option.is_flag and not option.count and "=" not in word:
                del words[: option.nargs]
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            assert found is not None, f"there is no command {word}"
            command, context = found, click.Context(found, parent=context, info_name=word)
        else:
            values += 1
    assert not isinstance(command, click.Group), "a command is missing"
    least, most = _argument_counts(command)
    assert least <= values <= most, f"{values} arguments where {least} to {most} are taken"


def _option(command: click.Command, word: str) -> click.Option:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and word in (*parameter.opts, *parameter.secondary_opts):
            return parameter
    raise AssertionError(f"{command.name} has no option {word}")


def _argument_counts(command: click.Command) -> tuple[int, float]:
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    least = sum(max(argument.nargs, 1) for argument in arguments if argument.required)
    most = sum(argument.nargs if argument.nargs >= 0 else float("inf") for argument in arguments)
    return least, most


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: pathlib.Path) -> None:
    """Every relative link of a page leads to a file, and its anchor to a heading there."""
    for target in _link.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), target


@pytest.mark.parametrize(("page", "command"), _meterstatus_commands())
def test_commands_exist(page: str, command: str) -> None:
    """Every command shown in a console block exists, with the options and arguments shown."""
    words = re.split(r"\s(?:\||>|>>|&|&&)(?:\s|$)", command)[0]
    _walk(shlex.split(words, comments=True)[1:])


def test_pages_show_commands() -> None:
    """The check above has something to check: the README and the tutorial show commands."""
    assert {"README.md", "docs/tutorial/first-unit.md"} <= {page for page, _ in _meterstatus_commands()}


def test_go_names_are_the_public_names() -> None:
    """The page of Go names lists the public names, all of them, each once, and no other."""
    listed = _column(REFERENCE / "go-names.md", 1)
    assert sorted(listed) == sorted(meterstatus.__all__)


def test_public_names_are_there() -> None:
    """Every public name can be imported."""
    assert [name for name in meterstatus.__all__ if not hasattr(meterstatus, name)] == []


def test_errors_are_listed_with_their_codes() -> None:
    """The page of errors lists every class of the tree with its wire code."""
    defined = {
        name: kind.code
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.MeterStatusError)
    }
    listed = {row[0].strip("`"): row[1].strip("`") for row in _rows(REFERENCE / "errors.md")}
    assert listed == defined


FULL_STATE = state.State(
    code="RED",
    info="gone",
    disconnected=state.Disconnected(1893456000, state.WorkerState.DONE),
    observed=status.MeterStatus("GREEN"),
    mark=offline_clock.contact(
        offline_clock.Instant(
            datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(), "boot"
        ),
        datetime.timedelta(hours=1),
    ),
    delivering=state.Delivery("made-up", status.MeterStatus("RED"), doubted=status.MeterStatus("AMBER")),
    deliveries=7,
    ended=state.Ended("18c-2", 1, datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)),
    policy=policy.Policy(
        (policy.Stage(policy.CODES[0], policy.JUJU_AMBER, "shed load"), *policy.JUJU_POLICY.stages[1:]),
        warning=datetime.timedelta(minutes=1),
    ),
    warned="AMBER",
    unsure=True,
    unmetered=True,
    missing=True,
    standing=epoch.Standing(
        epoch.Place(2, 499, 498),
        restored_from=epoch.Place(1, 512),
        older=epoch.Place(1, 498),
        kept=status.MeterStatus("RED"),
        is_lost=True,
    ),
)
"""Has no field at its default, so that its YAML has every key."""


UNSTORED = {"latest_contact", "own_policy", "warning", "warn_again_at"}
"""Fields that say "not stored"."""


def _keys(document: Mapping[str, object], prefix: str = "", only: str = "") -> Iterator[str]:
    for key, value in document.items():
        if only and key != only:
            continue
        if not only:
            yield prefix + key
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{key}.")  # pyright: ignore[reportUnknownArgumentType]


def test_state_keys_are_listed() -> None:
    """The page of the state file lists every key that the file can have, in the order written."""
    unset = [
        field.name
        for field in dataclasses.fields(FULL_STATE)
        if getattr(FULL_STATE, field.name) == field.default and field.name not in UNSTORED
    ]
    assert unset == []
    written = yaml.safe_load(FULL_STATE.to_yaml())
    assert _column(REFERENCE / "state-file.md", 0) == [key for key in _keys(written) if "stage-2" not in key]


def test_agent_status_keys_are_listed() -> None:
    """The page of the agent's status lists every key that the document can have, in order, and every mode."""
    assert FULL_STATE.delivering is not None and FULL_STATE.mark is not None
    pending = dataclasses.replace(FULL_STATE.delivering, retry_at=datetime.timedelta(seconds=5))
    # A unit whose controller has no meter status has no stage to come.
    without = dataclasses.replace(FULL_STATE, delivering=pending)
    memory = dataclasses.replace(without, unmetered=False)
    set_back = FULL_STATE.mark.highest_wall - datetime.timedelta(seconds=2)
    behind = dataclasses.replace(FULL_STATE.mark.at, wall=set_back)
    running = unit_report.Running(
        mode=unit_report.Mode.ISOLATED,
        last_outcome=outcome.HookOutcome(outcome.HookResult.FAILED, 1, "why"),
        next_action=datetime.timedelta(seconds=5),
        trouble=trouble.Trouble(trouble.Reason.STATE, "why", FULL_STATE.mark.at.wall),
        unsaved="why",
        is_unreported=True,
        lock_wait=unit_report.LockWait(datetime.timedelta(seconds=5), "who"),
    )
    said = unit_report.describe(memory, running, behind)
    said |= {"unmetered": unit_report.describe(without, running, FULL_STATE.mark.at)["unmetered"]}
    full = agent_report.unit(
        {
            "manifolds": {
                "agent": {"report": {"connection-error": "why"}},
                "meter-status": {"report": said, "error": "why"},
            }
        },
        agent="agent",
        status_worker="meter-status",
    )
    now = FULL_STATE.mark.at.wall
    whole = agent_report.document(pid=1, data_dir="/", started=now, now=now, is_stopping=False, units={})
    listed = _column(REFERENCE / "agent-status.md", 0)
    keys = [key for key in _keys(full) if not key.startswith("engine.")]
    assert listed == [*_keys(whole), *keys, *(mode.value for mode in unit_report.Mode)]


def _held_by(reference: str) -> object:
    """Find what ``module:Name``, ``module:Class.field`` or ``module:function(parameter)`` holds."""
    module, _, path = reference.partition(":")
    path, _, parameter = path.rstrip(")").partition("(")
    *owners, name = path.split(".")
    owner: object = importlib.import_module(f"meterstatus.{module}")
    for step in owners:
        owner = getattr(owner, step)
    value: object = getattr(owner, name)
    if parameter:
        assert callable(value)
        return inspect.signature(value).parameters[parameter].default
    if isinstance(owner, type) and dataclasses.is_dataclass(owner):
        return next(field.default for field in dataclasses.fields(owner) if field.name == name)
    return value


def _in_seconds(value: object) -> float:
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    assert isinstance(value, int | float), value
    return float(value)


def _waits(columns: int) -> list[list[str]]:
    return [row for row in _rows(REFERENCE / "waits.md") if len(row) == columns]


@pytest.mark.parametrize("row", _waits(4), ids=lambda row: row[0])
def test_waits_are_what_the_code_holds(row: list[str]) -> None:
    """Every limit on the page of waits is the figure that the code holds, and has a reason."""
    _, limit, held_by, reason = row
    assert reason
    match = _limit.fullmatch(limit)
    assert match is not None, limit
    held = _in_seconds(_held_by(held_by.strip("`")))
    assert held == pytest.approx(float(match[1]) * _seconds[match[2]])


def _in_words(seconds: float) -> str:
    return f"{seconds:g} s"


@pytest.mark.parametrize("row", _waits(5), ids=lambda row: row[0])
def test_who_asks_waits_longer(row: list[str]) -> None:
    """What a call takes at most at the server, part by part, is less than what its caller waits."""
    _, parts, total, patience, held_by = row
    at_most = sum(_in_seconds(_held_by(part)) for part in _code.findall(parts))
    waits = _in_seconds(_held_by(held_by.strip("`")))
    assert (_in_words(at_most), _in_words(waits)) == (total, patience)
    assert at_most < waits


def test_facades_are_listed() -> None:
    """The page of the protocol lists every facade that is offered, its versions and all its methods."""
    listed = {
        row[0].strip("`"): (row[1], _code.findall(row[2]))
        for row in _rows(REFERENCE / "rpc.md")
        if len(row) == 4
    }
    offered = {
        each.facade.name: (", ".join(map(str, each.facade.versions)), list(each.handlers))
        for each in dispatch.IMPLEMENTATIONS
    }
    login = admin.FACADE.name, ("3", [admin.LOGIN.name, admin.REDIRECT_INFO.name])
    assert listed == offered | dict([login])


def test_hook_variables_are_listed() -> None:
    """The page of the hook's environment lists every variable that a hook can have, and no other."""
    proxies = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")
    values = {name: "set" for proxy in proxies for name in (proxy, f"JUJU_CHARM_{proxy.upper()}")}
    config = agent_config.AgentConfig(
        tag="unit-shop-0",
        controller="controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011",
        model="model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33",
        upgraded_to_version="3.6.1",
        values=values,
    )
    context = hook_environment.HookContext(config, os_release="ID=ubuntu")
    listed = _column(REFERENCE / "hook-environment.md", 0)
    assert sorted(listed) == sorted(context.variables(FULL_TELLING, "made-up", has_document=True))


FULL_TELLING = hook_call.HookCall(
    status=status.MeterStatus("RED", "gone"),
    delivery_id="made-up",
    attempt=1,
    previous=status.MeterStatus("GREEN", "ok"),
    origin=hook_call.Origin.AGENT,
    next_stage=hook_call.Stage(
        "RED", datetime.timedelta(1), datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    ),
    since_contact=datetime.timedelta(minutes=5),
    longer=datetime.timedelta(hours=1),
    standing=FULL_STATE.standing,
)
"""Has no field at its default but the hook, so that it gives every variable."""


def test_the_charms_module_is_listed() -> None:
    """The page of the charm's module lists its names, the fields of what was told, and their variables."""
    rows = list(_rows(REFERENCE / "charm-module.md"))
    names = {
        module: {
            name
            for name, value in vars(module).items()
            if not name.startswith("_")
            and (getattr(value, "__module__", "") == module.__name__ or name in ("CHANGED", "WILL_CHANGE"))
        }
        for module in (charm, charm_ops)
    }
    listed = [span.partition("(")[0] for row in rows if len(row) == 2 for span in _code.findall(row[0])]
    assert sorted(listed) == sorted(names[charm] | names[charm_ops])
    fields = [row for row in rows if len(row) == 3]
    assert [row[0].strip("`") for row in fields] == [field.name for field in dataclasses.fields(charm.Told)]
    variables = {span for row in fields for span in _code.findall(row[1]) if span.startswith("METER_STATUS_")}
    assert variables == set(hook_call.variables(FULL_TELLING))


_python = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "block", _python.findall((DOCS / "how-to" / "observe-meter-status-in-a-charm.md").read_text("utf-8"))
)
def test_what_charm_authors_are_shown_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program on the page runs in a hook as it stands."""
    for name, text in {"JUJU_METER_STATUS": "RED", "JUJU_HOOK_NAME": "meter-status-changed"}.items():
        monkeypatch.setenv(name, text)
    exec(compile(block, "the page", "exec"), {"__name__": "charm"})  # noqa: S102 - the page is ours


def test_the_schema_lists_every_key_of_the_document() -> None:
    """The JSON Schema of the file that a hook is given names exactly the keys that it has."""
    schema = json.loads((REFERENCE / "hook-file.schema.json").read_text(encoding="utf-8"))
    document = hook_call.document(FULL_TELLING, "shop/0")
    assert list(schema["properties"]) == list(document) == schema["required"]
    parts = {
        "delivery": schema["properties"]["delivery"],
        "status": schema["$defs"]["status"],
        "previous": schema["$defs"]["status"],
        "next": schema["properties"]["next"]["anyOf"][1],
        "epoch": schema["properties"]["epoch"]["anyOf"][1],
    }
    for key, part in parts.items():
        keys = [name for name in _keys(document, only=key) if name.count(".") == 1]
        assert [f"{key}.{name}" for name in part["properties"]] == keys
        assert list(part["properties"]) == part["required"]


@pytest.mark.parametrize(
    "row",
    [
        *_rows(EXPLANATION / "invariants.md"),
        *_rows(EXPLANATION / "when-the-controller-is-lost.md"),
        *_rows(EXPLANATION / "restored-controllers.md"),
        # A table of two columns says what is not there, and has no test to name.
        *(row for row in _rows(REFERENCE / "compatibility.md") if len(row) > 2),
    ],
    ids=lambda row: row[0][:24],
)
def test_what_is_promised_has_a_test(row: list[str]) -> None:
    """Every test that the page names as the proof of a case is there."""
    path, _, name = row[-1].strip("`").partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_layers_are_those_that_are_checked() -> None:
    """The page of the architecture lists the layers as import-linter holds them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    held = [layer.strip() for row in layers for layer in row.split("|") if layer.strip() != "testing"]
    listed = _column(DOCS / "explanation" / "architecture.md", 0)
    assert sorted(name for name in listed if "/" not in name) == sorted(held)


def test_rooms_and_ways_name_what_is_there() -> None:
    """The page of the architecture names rooms and modules that exist, each step of a way one at least."""
    text = (EXPLANATION / "architecture.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "meterstatus"
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)+)`", text))
    there = {name for name in named if (source / f"{name}.py").exists() or (source / name).is_dir()}
    assert sorted(named - there) == []
    steps = re.findall(r"^\d+\. (.*)$", text, re.MULTILINE)
    assert steps
    assert [step for step in steps if "/" not in "".join(_code.findall(step))] == []
