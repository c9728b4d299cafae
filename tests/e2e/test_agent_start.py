"""The agent does its work however it is started, and its hooks begin with a clean set of everything."""

import pathlib
import signal
import subprocess
import sys
import time

from meterstatus.adapters.files import agent_conf
from meterstatus.domain import agent_config

BADLY = """
import os, signal, sys
for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
os.umask(0)
os.execve(sys.executable, [sys.executable, "-m", "meterstatus", *sys.argv[1:]], {"HOME": "/"})
"""
HOOK = """#!/bin/sh
{ grep -E '^Sig(Blk|Ign)' /proc/self/status; umask; echo "$PATH" | grep -c ::; } > "$CHARM_DIR/seen.new"
mv "$CHARM_DIR/seen.new" "$CHARM_DIR/seen"
"""
RESERVED = 0b11 << 31
"""Signals 32 and 33 in a mask of the kernel: the C library keeps them for itself and lets nobody set them, so
whoever has them ignored hands that on."""


def test_it_works_whatever_its_starter_left(tmp_path: pathlib.Path) -> None:
    """SIGCHLD ignored, SIGTERM blocked, umask 000, no PATH: the hook counts, and TERM ends the agent."""
    unit = tmp_path / "agents" / "unit-shop-0"
    agent_conf.write(
        unit / "agent.conf",
        agent_config.AgentConfig(
            tag="unit-shop-0",
            controller="controller-77d1c1de-5f0a-4c5e-9a60-94a1b8a6f011",
            model="model-0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33",
            upgraded_to_version="3.6.0",
            log_dir=str(tmp_path / "log"),
        ),
    )
    (unit / "charm" / "hooks").mkdir(parents=True)
    (unit / "charm" / "metadata.yaml").write_text("name: shop\n")
    script = unit / "charm" / "hooks" / "meter-status-changed"
    script.write_text(HOOK)
    script.chmod(0o755)
    words = ["agent", "run", "--data-dir", str(tmp_path), "--lock-dir", str(tmp_path)]
    log = tmp_path / "log.txt"
    with log.open("w") as written:
        agent = subprocess.Popen(
            [sys.executable, "-c", BADLY, *words, "--amber-grace", "500ms"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stderr=written,
        )
    try:
        while "hook ran: by the hook's own script" not in log.read_text():
            assert agent.poll() is None
            time.sleep(0.02)
        agent.send_signal(signal.SIGHUP)
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 0
    finally:
        agent.kill()
        agent.wait()
    _, blocked, _, ignored, *rest = (unit / "charm" / "seen").read_text().split()
    assert (int(blocked, 16), int(ignored, 16) & ~RESERVED, rest) == (0, 0, ["0022", "0"])
    made = [tmp_path / "log", unit / "meter-status-tools"]
    assert [oct(path.stat().st_mode & 0o777) for path in made] == ["0o755"] * 2
