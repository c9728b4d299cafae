"""Asking across users: real processes of other users on a real socket, which only root can have."""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Callable, Generator

import pytest

from meterstatus.adapters import introspection

OTHER_USER = 54321

RAW = """
import os, socket, sys
os.setuid(int(sys.argv[1]))
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
    asking.connect(os.fsencode("\\0" + sys.argv[2].removeprefix("@")))
    sys.stdout.write(asking.makefile().read())
"""
"""Asks as another user, and believes anybody."""

OURS = """
import os, pathlib, sys
from meterstatus import errors
from meterstatus.adapters import introspection
os.setuid(int(sys.argv[1]))
try:
    print(introspection.ask(introspection.Address(pathlib.Path(sys.argv[2]))))
except errors.MeterStatusError as error:
    print(type(error).__name__, error)
"""
"""Asks as another user, as the command does."""

SQUATTER = """
import os, socket, sys
os.setuid(int(sys.argv[1]))
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
    listening.bind(os.fsencode("\\0" + sys.argv[2].removeprefix("@")))
    listening.listen()
    print("ready", flush=True)
    visitor, _ = listening.accept()
    visitor.sendall(b'{"units": {}}')
    visitor.close()
"""
"""Takes the agent's name as another user."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def address(tmp_path: pathlib.Path) -> introspection.Address:
    return introspection.Address.of(tmp_path)


@contextlib.contextmanager
def agent(address: introspection.Address) -> Generator[Callable[[], int]]:
    """Listen in a thread; gives a function that says how often the status was made."""
    asked = 0

    def describe() -> dict[str, object]:
        nonlocal asked
        asked += 1
        return {"units": {}}

    ready = threading.Event()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = introspection.IntrospectionServer.open(address, describe)
        ready.set()
        await ending.wait()
        await server.close()

    serving = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    serving.start()
    assert ready.wait(10)
    try:
        yield lambda: asked
    finally:
        loop.call_soon_threadsafe(ending.set)
        serving.join()
        loop.close()


def run_as(user: int, program: str, where: object) -> str:
    words = [sys.executable, "-c", program, str(user), str(where)]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout


def test_another_user_is_told_nothing(address: introspection.Address) -> None:
    """The connection of a user who is neither root nor the agent's own ends without a word."""
    with agent(address) as asked:
        assert run_as(OTHER_USER, RAW, address) == ""
        assert asked() == 0
        assert json.loads(run_as(0, RAW, address)) == {"units": {}}
        assert asked() == 1


def test_another_user_hears_why(address: introspection.Address, tmp_path: pathlib.Path) -> None:
    """The command says who may ask, before it waits for an answer."""
    with agent(address):
        said = run_as(OTHER_USER, OURS, tmp_path)
    assert said == f"UnauthorizedError the agent for {tmp_path} runs as root, and only root may ask it\n"


def test_whoever_took_the_name_is_not_believed(
    address: introspection.Address, tmp_path: pathlib.Path
) -> None:
    """A user who listens in place of root's agent is named, and what they say is not read."""
    words = [sys.executable, "-c", SQUATTER, str(OTHER_USER), str(address)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as squatter:
        try:
            assert squatter.stdout is not None
            assert squatter.stdout.readline() == "ready\n"
            said = run_as(0, OURS, tmp_path)
        finally:
            squatter.kill()
    assert said.startswith(
        f"UnauthorizedError process {squatter.pid} of user {OTHER_USER} answers in place of the agent"
    )


def test_root_may_ask_the_agent_of_the_directorys_owner(
    address: introspection.Address, tmp_path: pathlib.Path
) -> None:
    """A service that runs as a user of its own, in a directory of its own, can be asked by root."""
    os.chown(tmp_path, OTHER_USER, -1)
    words = [sys.executable, "-c", SQUATTER, str(OTHER_USER), str(address)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert service.stdout.readline() == "ready\n"
            assert run_as(0, OURS, tmp_path) == "{'units': {}}\n"
        finally:
            service.kill()
