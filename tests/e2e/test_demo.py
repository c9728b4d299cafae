"""The demonstration, whole, and what is left of it when it fails or is ended."""

import pathlib
import re
import signal
import subprocess
import sys
from typing import Any

import pytest


def _processes_of(directory: str) -> list[str]:
    """Give the command lines that name a directory, which all of a demonstration's do."""
    found: list[str] = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if directory in line:
            found.append(line)
    return found


def _demo(shell: Any, *words: str) -> "subprocess.Popen[str]":
    temporary = shell.directory / "temporary"
    temporary.mkdir()
    return shell.start("demo", *words, TMPDIR=str(temporary), PYTHONUNBUFFERED="1")


def test_every_step_is_right(shell: Any) -> None:
    """The story ends well, the hook saw what it must in its order, and nothing is left."""
    process = _demo(shell)
    out, err = process.communicate(timeout=90)
    assert (process.returncode, err) == (0, ""), out
    told = out.partition("What the hook saw:")[2]
    assert re.findall(r"(GREEN|AMBER|RED)", told) == [
        *("AMBER", "GREEN", "AMBER", "GREEN"),
        *("AMBER", "RED"),
        *("GREEN", "RED"),
    ]
    assert max(map(len, out.splitlines()[1:])) <= 80  # the first line names the directory
    assert _processes_of(str(shell.directory)) == []
    assert list((shell.directory / "temporary").iterdir()) == []


def test_a_step_that_fails_is_named(shell: Any, without_extra: str) -> None:
    """A failure says which step, what was expected and seen, and exits 1; the directory stays."""
    keep = shell.directory / "kept"
    done = shell.run("demo", "--keep", str(keep), PYTHONPATH=without_extra)
    assert done.returncode == 1
    assert "✗" in done.stdout
    report = done.stderr.splitlines()
    assert report[1] == "Step 1 failed: Make a controller and start it"
    assert report[2].startswith("  expected: 'meterstatus controller init")
    assert "-m pip install 'cryptography>=43' 'picows<2.4,>=2.3' 'uvloop>=0.21'" in report[3]
    assert keep.is_dir()


def test_a_hook_that_fails_fails_the_demonstration(shell: Any) -> None:
    """A charm whose hook cannot do its work is noticed, with the logs named and nothing left running."""
    # The interpreter is named in full, so only the hook misses what it needs.
    process = _demo(shell)
    charm_dir = "agent/agents/unit-shop-0/charm"
    assert process.stdout is not None
    place = pathlib.Path(re.sub(r".* in (.*)\.\n", r"\1", process.stdout.readline()))
    for line in process.stdout:
        if line.startswith(" 4"):
            break
    (place / charm_dir / "hooks" / "meter-status-changed").write_text("#!/bin/sh\nexit 1\n")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out
    assert "failed:" in err
    assert f"{place}/agent.log" in err
    assert _processes_of(str(shell.directory)) == []
    assert (place / "agent.log").exists()


@pytest.mark.parametrize(("number", "exit_status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_ending_it_leaves_nothing(shell: Any, number: signal.Signals, exit_status: int) -> None:
    """Ended in the middle, it ends its processes and removes its directory, without a traceback."""
    process = _demo(shell)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(" 4"):
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=40)
    assert process.returncode == exit_status
    assert "Traceback" not in err
    assert _processes_of(str(shell.directory)) == []
    assert list((shell.directory / "temporary").iterdir()) == []


def test_the_hook_is_posix_sh() -> None:
    """The example's hook needs no more than a POSIX shell."""
    hook = pathlib.Path(__file__).parents[2] / "examples" / "shop" / "hooks" / "meter-status-changed"
    assert hook.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(hook)], check=False).returncode == 0
    assert sys.executable not in hook.read_text()
