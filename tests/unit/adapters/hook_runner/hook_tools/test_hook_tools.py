"""adapters.hook_runner.hook_tools: what a real hook has of its tools, and what they cannot do to it."""

import asyncio
import dataclasses
import pathlib
import socket
import sys
from collections.abc import Callable

import pytest

from meterstatus.adapters import hook_runner
from meterstatus.domain.hook import hook_tools, outcome
from meterstatus.testing import fakes

LIMIT = 30
NAMES = hook_tools.NAMES
TOOL_LOG = "unit.shop/0.juju-log"
Write = Callable[..., pathlib.Path]
Make = Callable[..., hook_runner.CharmHookRunner]


async def _run(runner: hook_runner.CharmHookRunner) -> outcome.HookOutcome:
    return await asyncio.wait_for(runner.run_hook("RED", "late", asyncio.Event()), LIMIT)


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 # the hook sets no event
            await asyncio.sleep(0.001)


async def _is_free(lock: fakes.FakeMachineLock) -> bool:
    release = await asyncio.wait_for(lock.acquire(worker="test", comment="", cancel=asyncio.Event()), LIMIT)
    release()
    return True


async def test_the_hook_calls_its_tools(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Every tool is found in PATH and answers as its table says; afterwards nothing listens any more."""
    caplog.set_level(5)
    calls = "\n".join(
        f"{name} > {name}.out 2> {name}.err < /dev/null; echo $? > {name}.code" for name in NAMES
    )
    write_script(f"juju-log -l WARNING 'one\ntwo'\n{calls}")
    ended = await _run(make_runner())
    assert ended.result is outcome.HookResult.RAN
    assert ended.log_lines == ("one", "two")
    logged = [(record.levelname, record.message) for record in caplog.records if record.name == TOOL_LOG]
    assert logged == [("WARNING", "one"), ("WARNING", "two")]
    for name in NAMES:
        call = hook_tools.Call("id", name)
        expected = hook_tools.answer_call(call, "id")
        if expected.needs_input:
            expected = hook_tools.answer_call(dataclasses.replace(call, stdin=b""), "id")
        seen = [(charm_dir / f"{name}.{kind}").read_text() for kind in ("code", "out", "err")]
        assert seen == [f"{expected.code}\n", expected.stdout, expected.stderr]
    assert not (charm_dir.parent / "meter-status-agent.socket").exists()


async def test_a_child_that_outlives_the_hook_is_refused(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """Its call ends at once, in words, and so does its next one when another hook runs (B-30)."""
    write_script(
        "test -e late.go && exit\n"
        "(until test -e late.go; do sleep 0.01; done; juju-log late 2> late.err; touch late.done) &"
    )
    runner = make_runner()
    ended = await _run(runner)
    assert ended.result is outcome.HookResult.RAN
    (charm_dir / "late.go").touch()
    await _until((charm_dir / "late.done").exists)
    assert (charm_dir / "late.err").read_text().startswith("ERROR no hook is running: nobody listens at ")


async def test_a_tool_that_hangs_on_holds_neither_hook_nor_lock(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """A child that keeps a connection open, and says nothing, does not hold the hook's end (B-30)."""
    hang = (
        "import os, pathlib, socket, time\n"
        "caller = socket.socket(socket.AF_UNIX)\n"
        "here, address = os.getcwd(), os.environ['JUJU_AGENT_SOCKET_ADDRESS']\n"
        "os.chdir(os.path.dirname(address))  # a whole path may be longer than a socket's name\n"
        "caller.connect(os.path.basename(address))\n"
        "os.chdir(here)\n"
        "pathlib.Path('connected').touch()\n"
        "caller.recv(1)\n"
        "pathlib.Path('left').touch()\n"
    )
    (charm_dir / "hang.py").write_text(hang)
    write_script(
        f"'{sys.executable}' hang.py > /dev/null 2>&1 &\n"
        "until test -e connected; do sleep 0.01; done\njuju-log hello"
    )
    lock = fakes.FakeMachineLock()
    ended = await _run(make_runner(machine_lock=lock))
    assert (ended.result, ended.log_lines) == (outcome.HookResult.RAN, ("hello",))
    assert await _is_free(lock)
    await _until((charm_dir / "left").exists)


async def test_a_hook_without_its_tools_runs_all_the_same(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """Where there can be no socket the hook runs, its tools say what is wrong, and so does the log."""
    write_script("juju-log hello 2> seen")
    await _run(make_runner())
    (charm_dir.parent / "meter-status-agent.socket").mkdir()
    ended = await _run(make_runner())
    assert ended.result is outcome.HookResult.FAILED
    assert (charm_dir / "seen").read_text().startswith("ERROR ")
    assert "the hook goes without its tools" in caplog.text
    write_script("exit 0")
    assert (await _run(make_runner())).result is outcome.HookResult.RAN


async def test_the_units_own_socket_is_left_to_juju(
    charm_dir: pathlib.Path, write_script: Write, make_runner: Make
) -> None:
    """A Juju agent that listens on the unit's abstract socket, and its tools, are in nobody's way (B-09)."""
    data_dir = charm_dir.parents[2]
    (data_dir / "tools" / "3.6.1-ubuntu-amd64").mkdir(parents=True)
    (data_dir / "tools" / "unit-shop-0").symlink_to("3.6.1-ubuntu-amd64")
    with socket.socket(socket.AF_UNIX) as jujus:
        jujus.bind(f"\0{charm_dir.parent}/agent.socket"[:108])
        jujus.listen()
        write_script("juju-log hello")
        assert (await _run(make_runner())).log_lines == ("hello",)
    assert list((data_dir / "tools" / "unit-shop-0").iterdir()) == []
