"""A charm on disk and the processes of its hook."""

import dataclasses
import datetime
import logging
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from meterstatus.adapters import hook_runner
from meterstatus.domain import agent_config
from meterstatus.runtime import clock
from meterstatus.testing import fakes


@pytest.fixture
def charm_dir(tmp_path: pathlib.Path) -> pathlib.Path:
    """An unpacked charm without any script."""
    charm = tmp_path / "agents" / "unit-shop-0" / "charm"
    (charm / "hooks").mkdir(parents=True)
    (charm / "metadata.yaml").write_text("name: shop\n")
    return charm


@pytest.fixture
def write_script(charm_dir: pathlib.Path) -> Callable[..., pathlib.Path]:
    """Write an executable script of the charm; the hook's own unless another name is given."""

    def write(body: str, name: str = "hooks/meter-status-changed", mode: int = 0o755) -> pathlib.Path:
        path = charm_dir / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def processes_in() -> Callable[[pathlib.Path], list[int]]:
    """List the processes, dead ones aside, whose working directory is a directory."""

    def find(directory: pathlib.Path) -> list[int]:
        found: list[int] = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if (entry / "cwd").samefile(directory):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture
def make_runner(charm_dir: pathlib.Path) -> Callable[..., hook_runner.CharmHookRunner]:
    """Make a runner of the charm's unit with short graces; arguments replace fields of its configuration."""
    uuid = "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33"
    settings = agent_config.AgentConfig(
        tag="unit-shop-0",
        controller=f"controller-{uuid}",
        model=f"model-{uuid}",
        upgraded_to_version="3.6.1",
        data_dir=str(charm_dir.parents[2]),
    )

    def make(**changes: Any) -> hook_runner.CharmHookRunner:
        config = hook_runner.HookRunnerConfig(
            machine_lock=fakes.FakeMachineLock(),
            agent_config=settings,
            tag="unit-shop-0",
            clock=clock.SystemClock(),
            logger=logging.getLogger("test.runner"),
            terminate_grace=datetime.timedelta(milliseconds=100),
            environment={"PATH": "/usr/bin:/bin"},
        )
        return hook_runner.CharmHookRunner(dataclasses.replace(config, **changes))

    return make
