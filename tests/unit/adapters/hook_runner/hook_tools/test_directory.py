"""adapters.hook_runner.hook_tools.directory: one entry for each tool, whole at every moment."""

import os
import pathlib
import subprocess
import sys

import pytest

from meterstatus.adapters.hook_runner.hook_tools import directory
from meterstatus.domain.hook import hook_tools

PYTHON = os.path.realpath(sys.executable)


def _run(tool: pathlib.Path) -> str:
    ended = subprocess.run([tool], env={}, capture_output=True, text=True, timeout=15, check=False)
    assert ended.returncode == 1
    return ended.stderr


def test_every_tool_is_there(tmp_path: pathlib.Path) -> None:
    """Each name leads to the one client, which runs by itself; there is nothing else."""
    directory.write_tools(tmp_path / "tools", PYTHON)
    found = {path.name for path in (tmp_path / "tools").iterdir()}
    assert found == {*hook_tools.NAMES, directory.CLIENT_NAME}
    for name in hook_tools.NAMES:
        assert os.access(tmp_path / "tools" / name, os.X_OK)
    assert _run(tmp_path / "tools" / "juju-log") == "ERROR JUJU_CONTEXT_ID not set\n"


def test_what_is_right_is_not_written_again(tmp_path: pathlib.Path) -> None:
    """A second look changes nothing, and what was spoilt is mended."""
    tools = tmp_path / "tools"
    directory.write_tools(tools, PYTHON)
    before = {path.name: path.lstat().st_ino for path in tools.iterdir()}
    directory.write_tools(tools, PYTHON)
    assert {path.name: path.lstat().st_ino for path in tools.iterdir()} == before
    (tools / directory.CLIENT_NAME).write_text("#!/bin/false\n")
    (tools / "juju-log").unlink()
    (tools / "juju-log").write_text("mine")
    (tools / "status-get").unlink()
    (tools / ".client.new").write_text("half")
    directory.write_tools(tools, PYTHON)
    assert _run(tools / "juju-log") == _run(tools / "status-get") == "ERROR JUJU_CONTEXT_ID not set\n"


def test_a_directory_of_somebody_else_is_not_touched(tmp_path: pathlib.Path) -> None:
    """A link in its place, as Juju's own directory of tools is one, is an error."""
    (tmp_path / "juju").mkdir()
    (tmp_path / "tools").symlink_to("juju")
    with pytest.raises(NotADirectoryError):
        directory.write_tools(tmp_path / "tools", PYTHON)
    assert list((tmp_path / "juju").iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 200, "a b", "it's", 'do"$HOME"ll`ar'])
def test_an_interpreter_that_no_first_line_can_name(tmp_path: pathlib.Path, name: str) -> None:
    """A path too long, or with a space, goes by a shell, whatever else is in it."""
    python = tmp_path / name / ("y" * 100) / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(PYTHON)
    directory.write_tools(tmp_path / "tools", str(python))
    assert (tmp_path / "tools" / directory.CLIENT_NAME).read_bytes().startswith(b"#!/bin/sh\n")
    assert _run(tmp_path / "tools" / "juju-log") == "ERROR JUJU_CONTEXT_ID not set\n"


def test_first_lines() -> None:
    """Isolated and without site, in one line where the kernel takes it; what nothing can name is an error."""
    assert directory.first_lines("/usr/bin/python3") == b"#!/usr/bin/python3 -ISE\n"
    assert len(directory.first_lines("/" + "x" * 118)) == directory.LONGEST_FIRST_LINE
    assert directory.first_lines("/" + "x" * 119).startswith(b"#!/bin/sh\n")
    for python in ("", "/a\\b c", "/a\nb"):
        with pytest.raises(OSError, match="no script"):
            directory.first_lines(python)
