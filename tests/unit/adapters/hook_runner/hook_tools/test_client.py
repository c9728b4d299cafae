"""adapters.hook_runner.hook_tools.client: real processes that call a real socket (spec worker, D.9)."""

import asyncio
import os
import pathlib
import socket
import subprocess
from typing import Any

from meterstatus.adapters.hook_runner.hook_tools import client
from meterstatus.domain.hook import hook_tools


async def test_a_message_arrives(unit: Any) -> None:
    """The name that it is called by is the tool, and its arguments come through, whatever bytes they are."""
    async with unit.serving():
        ended = await unit.call("juju-log", "-l", "ERROR", b"caf\xe9", "", "über\n2")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")
    assert unit.records == [
        hook_tools.Record(hook_tools.Level.ERROR, "caf\N{REPLACEMENT CHARACTER}  über"),
        hook_tools.Record(hook_tools.Level.ERROR, "2"),
    ]


async def test_both_streams_and_the_status_are_passed_on(unit: Any) -> None:
    """What the agent says is said, unchanged."""
    async with unit.serving():
        printed = await unit.call("status-get", "--format", "json")
        wrong = await unit.call("status-get", b"caf\xe9")
        refused = await unit.call("is-leader")
    assert (printed.code, printed.stdout, printed.stderr) == (0, '"unknown"\n', "")
    assert (wrong.code, wrong.stderr) == (2, 'ERROR unrecognized args: ["caf\udce9"]\n')
    assert refused.code == 1
    assert refused.stderr == f"ERROR leadership status unknown: {hook_tools.RESTRICTED}\n"


async def test_input_is_read_only_where_it_is_asked_for(unit: Any) -> None:
    """Called again with it; a tool that needs none leaves it to the hook, and does not wait for its end."""
    async with unit.serving():
        with_input = await unit.call("pod-spec-set", stdin=b"containers: []")
        without = await unit.call("pod-spec-set")
        nothing = await unit.call("state-set", "--file", "-", stdin=b"\n")
        read_end, write_end = os.pipe()
        try:
            words = [unit.tools / "status-get"]
            open_input = await asyncio.to_thread(
                subprocess.run, words, stdin=read_end, env=unit.environment, capture_output=True, timeout=15
            )
        finally:
            os.close(read_end)
            os.close(write_end)
    assert with_input.stderr == f"ERROR {hook_tools.RESTRICTED}\n"
    assert without.stderr.startswith("ERROR no spec")
    assert nothing.code == 0
    assert open_input.stdout == b"unknown\n"


async def test_output_goes_to_a_file_of_the_caller(unit: Any, tmp_path: pathlib.Path) -> None:
    """``-o`` is written in the caller's directory; where it cannot be, it is said."""
    async with unit.serving():
        assert (await unit.call("status-get", "-o", "seen", cwd=tmp_path)).code == 0
        failed = await unit.call("status-get", "-o", "no/such", cwd=tmp_path)
    assert (tmp_path / "seen").read_text() == "unknown\n"
    assert (failed.code, failed.stderr) == (1, "ERROR cannot write no/such: No such file or directory\n")


async def test_missing_variables(unit: Any) -> None:
    """Each is named, and so is a network that is another."""
    for name in unit.environment:
        for wrong in ({}, {name: ""}):
            environment = {key: value for key, value in unit.environment.items() if key != name} | wrong
            ended = await unit.call("juju-log", "hello", environment=environment)
            assert (ended.code, ended.stderr) == (1, f"ERROR {name} not set\n")
    ended = await unit.call("juju-log", environment=unit.environment | {"JUJU_AGENT_SOCKET_NETWORK": "tcp"})
    assert (ended.code, ended.stderr) == (1, "ERROR JUJU_AGENT_SOCKET_NETWORK is tcp, not unix\n")


async def test_nobody_is_there(unit: Any) -> None:
    """No socket, one that nobody listens on, and a file: exit 1, and words that say what to make of it."""
    gone = await unit.call("juju-log", "hello")
    assert (gone.code, gone.stdout) == (1, "")
    assert gone.stderr.startswith(f"ERROR no hook is running: nobody listens at {unit.socket}; hook tools")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(unit.socket))
    assert (await unit.call("juju-log", "hello")).stderr == gone.stderr
    beneath_a_file = unit.environment | {"JUJU_AGENT_SOCKET_ADDRESS": f"{unit.tools}/juju-log/socket"}
    ended = await unit.call("juju-log", "hello", environment=beneath_a_file)
    assert (ended.code, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("ERROR cannot reach the agent at ")


async def test_an_agent_that_hangs_up(unit: Any) -> None:
    """No answer, or half of one: exit 1, and no traceback."""
    for said in (b"", b"\0\0", b"\0\0\0\x09half"):
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(unit.socket))
            listening.listen()

            def answer(listening: socket.socket = listening, said: bytes = said) -> None:
                caller, _ = listening.accept()
                with caller:
                    caller.recv(100_000)
                    caller.sendall(said)

            answering = asyncio.create_task(asyncio.to_thread(answer))
            ended = await unit.call("juju-log", "hello")
            await answering
        unit.socket.unlink()
        assert ended.code == 1
        assert (
            ended.stderr
            == "ERROR the agent hung up without an answer: the hook has ended, or the agent has\n"
        )


async def test_a_message_that_is_too_long(unit: Any) -> None:
    """It is refused in words, on the caller's side, and its input is not read without end."""
    async with unit.serving():
        long = await unit.call("juju-log", *["x" * 100_000] * 11)
        endless = await unit.call("pod-spec-set", stdin=b"x" * (client.LIMIT - 10))
    assert (long.code, long.stderr) == (1, "ERROR bad request: more than 1024 KiB\n")
    assert endless == long
    assert client.LIMIT == hook_tools.REQUEST_LIMIT_BYTES


async def test_nobody_takes_the_output(unit: Any) -> None:
    """A reader that has left costs a message and exit 1, no traceback."""
    async with unit.serving():
        read_end, write_end = os.pipe()
        os.close(read_end)
        words = [unit.tools / "status-get"]
        try:
            ended = await asyncio.to_thread(
                subprocess.run,
                words,
                stdout=write_end,
                stderr=subprocess.PIPE,
                env=unit.environment,
                timeout=15,
            )
        finally:
            os.close(write_end)
    assert ended.returncode == 1
    assert ended.stderr == b"ERROR the tool's answer cannot be passed on: Broken pipe\n"


async def test_a_socket_deep_down(unit: Any, tmp_path: pathlib.Path) -> None:
    """A path longer than the kernel takes for a socket's is reached all the same, and files stay relative."""
    unit.directory = tmp_path / ("d" * 100) / ("e" * 100)
    unit.directory.mkdir(parents=True)
    (unit.directory / "tools").symlink_to(tmp_path / "tools")
    async with unit.serving():
        assert (await unit.call("status-get", "-o", "seen", cwd=tmp_path)).code == 0
        assert (await unit.call("status-get")).stdout == "unknown\n"
    assert (tmp_path / "seen").read_text() == "unknown\n"


async def test_another_hooks_tool(unit: Any) -> None:
    """A child that outlives its hook is refused by the next, and not answered in its name."""
    async with unit.serving(context="unit-shop-0-meter-status-ffff"):
        ended = await unit.call("juju-log", "hello")
    assert ended.code == 1
    assert "ffff" not in ended.stderr
    assert unit.records == []


async def test_an_agent_that_does_not_answer(unit: Any) -> None:
    """A frozen agent, and one with too many callers, cost the tool its limit and a message."""
    script = (unit.tools / ".client").read_text(encoding="utf-8")
    assert script.count("SECONDS = 30\n") == 1
    (unit.tools / ".client").write_text(script.replace("SECONDS = 30\n", "SECONDS = 1\n"), encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as frozen:
        frozen.bind(str(unit.socket))
        frozen.listen(0)
        silent = await unit.call("juju-log", "hello")
        full = await unit.call("juju-log", "hello")  # the first still waits to be let in
    assert (silent.code, silent.stderr) == (1, "ERROR the agent did not answer within 1 seconds\n")
    assert full == silent
