"""A unit's agent directory, a server in it, and real tools that call it."""

import asyncio
import contextlib
import dataclasses
import os
import pathlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

import pytest

from meterstatus.adapters.hook_runner import hook_tools as adapter
from meterstatus.domain.hook import hook_tools
from meterstatus.ports import time
from meterstatus.runtime import clock

CONTEXT = "unit-shop-0-meter-status-0f3a"


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """What became of a tool."""

    code: int
    stdout: str
    stderr: str


@dataclasses.dataclass
class Unit:
    """One unit's side."""

    directory: pathlib.Path
    records: list[hook_tools.Record] = dataclasses.field(default_factory=list[hook_tools.Record])

    @property
    def socket(self) -> pathlib.Path:
        return self.directory / "meter-status-agent.socket"

    @property
    def tools(self) -> pathlib.Path:
        return self.directory / "tools"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "JUJU_CONTEXT_ID": CONTEXT,
            "JUJU_AGENT_SOCKET_ADDRESS": str(self.socket),
            "JUJU_AGENT_SOCKET_NETWORK": "unix",
        }

    @contextlib.asynccontextmanager
    async def serving(
        self,
        measure: time.Clock | None = None,
        log: Callable[[hook_tools.Record], None] | None = None,
        context: str = CONTEXT,
    ) -> AsyncGenerator[None]:
        """Answer tools meanwhile."""
        take = self.records.append if log is None else log
        server = adapter.HookToolServer(self.socket, context, take, measure or clock.SystemClock())
        try:
            yield
        finally:
            async with asyncio.timeout(5):
                await server.close()

    async def call(
        self,
        name: str,
        *arguments: str | bytes,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        cwd: pathlib.Path | None = None,
    ) -> Ended:
        """Run a tool as a process and return how it ended."""
        process = await asyncio.create_subprocess_exec(
            self.tools / name,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment if environment is None else environment,
            cwd=cwd,
        )
        async with asyncio.timeout(15):
            stdout, stderr = await process.communicate(stdin)
        assert process.returncode is not None
        return Ended(process.returncode, os.fsdecode(stdout), os.fsdecode(stderr))


@pytest.fixture
def tmp_path() -> Iterator[pathlib.Path]:
    """A directory whose name leaves room for a socket's: the kernel takes 107 bytes in all."""
    with tempfile.TemporaryDirectory(prefix="tools-") as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def unit(tmp_path: pathlib.Path) -> Unit:
    """A unit with its tools."""
    made = Unit(tmp_path)
    adapter.write_tools(made.tools, os.path.realpath(sys.executable))
    return made
