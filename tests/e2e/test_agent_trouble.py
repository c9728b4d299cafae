"""The agent amid trouble: stopped, without disk, with odd files, a taken lock, a silent controller."""

import asyncio
import contextlib
import fcntl
import json
import os
import pathlib
import signal
import ssl
import stat
import sys
import time

import websockets

import meterstatus
from harness import real_fleet
from meterstatus.domain import policy

SHORT = ("--amber-grace", "3s", "--red-grace", "5s")
"""Long enough for a busy machine to log in, or to answer an agent that looks, before the first stage."""

RED = ("RED", policy.DISCONNECTED_INFO)


def wait_until_told(charm: pathlib.Path, expected: tuple[str, str], seconds: float = 30.0) -> None:
    """Wait until the hook's last call said this."""
    real_fleet.wait_until(
        lambda: real_fleet.told(charm)[-1:] == [expected],
        f"told {expected}; it was told {real_fleet.told(charm)}",
        seconds,
    )


def test_stopped_over_both_stages_it_tells_the_last_one(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """A process that was frozen from before AMBER until after RED tells RED, and never AMBER after it."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN", "--info", "ok")
    fleet.stop_controller()
    fleet.start_agent("--amber-grace", "4s", "--red-grace", "5s")
    real_fleet.wait_until(lambda: "cut off from the controller" in fleet.log("agent"), "cut off")
    assert fleet.agent is not None
    fleet.agent.send_signal(signal.SIGSTOP)
    # The process sees the time of the machine only: it has to pass.
    time.sleep(5.2)
    fleet.agent.send_signal(signal.SIGCONT)

    wait_until_told(placed, RED)
    real_fleet.wait_until(lambda: "hook ran" in fleet.log("agent"), "the hook's end")
    assert real_fleet.told(placed) == [RED]
    assert fleet.stop_agent() == 0
    assert real_fleet.told(placed) == [RED]


def test_a_full_disk_lowers_no_severity(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, small_disk: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Told RED while nothing can be saved, then cut off, a unit stays RED, and saves once it can."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    (placed / "told").symlink_to(tmp_path / "told")
    fleet.start_agent(*SHORT)
    wait_until_told(placed, ("GREEN", ""))
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    fleet.meterstatus("set", "shop/0", "RED", "--info", "quota")
    wait_until_told(placed, ("RED", "quota"))

    fleet.stop_controller()
    real_fleet.wait_until(lambda: "no stage is left" in fleet.log("agent"), "RED already")
    filler.unlink()
    real_fleet.wait_until(lambda: "state recorded again" in fleet.log("agent"), "saved")
    assert real_fleet.told(placed) == [("GREEN", ""), ("RED", "quota")]
    assert fleet.stop_agent() == 0
    assert "Traceback" not in fleet.log("agent")


def test_a_directory_for_a_state_stops_no_unit(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """It is put aside with a word in the log, and the unit hears what is said."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    file = fleet.unit_dir("shop/0") / "meter-status.yaml"
    file.mkdir()
    fleet.start_agent()
    wait_until_told(placed, ("GREEN", ""))
    real_fleet.wait_until(file.is_file, "the state saved")
    assert fleet.log("agent").count("Is a directory; moved to") == 1


def test_one_odd_file_stops_no_other_unit(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """A file changed under a running agent into one that names an impossible path costs its own unit only."""
    fleet.start_controller()
    odd = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    other = fleet.add_unit("shop/1", charm, "--status", "GREEN")
    fleet.start_agent()
    wait_until_told(odd, ("GREEN", ""))
    conf = fleet.unit_dir("shop/0") / "agent.conf"
    good = conf.read_text()
    conf.write_text("\n".join('logdir: "a\\0b"' if "logdir" in line else line for line in good.splitlines()))
    real_fleet.wait_until(lambda: "shop-0 is not served: " in fleet.log("agent"), "refused")
    fleet.meterstatus("set", "shop", "RED", "--yes")
    wait_until_told(other, ("RED", ""))

    conf.write_text(good)
    wait_until_told(odd, ("RED", ""))
    assert "logdir holds a NUL" in fleet.log("agent")
    assert "Traceback" not in fleet.log("agent")


def test_a_lock_held_elsewhere_keeps_neither_the_last_word_nor_the_end(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """While another process holds the machine lock no hook runs and SIGTERM works; then the hook is told."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "RED")
    with (fleet.data_dir / "juju-machine-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fleet.start_agent()
        waiting = "waiting for the machine lock"
        real_fleet.wait_until(lambda: waiting in fleet.log("agent"), "the wait for the lock")
        began = time.monotonic()
        assert fleet.stop_agent() == 0
        assert time.monotonic() - began < 10.0
        fleet.start_agent()
        real_fleet.wait_until(lambda: fleet.log("agent").count(waiting) == 2, "the second wait")
        assert real_fleet.told(placed) == []
    wait_until_told(placed, ("RED", ""))


def test_killed_during_a_hook_it_runs_no_second_one_beside_it(
    fleet: real_fleet.RealFleet, tmp_path: pathlib.Path
) -> None:
    """A hook outlives an agent that is killed; the next agent ends it before it tells the same again."""
    hanging = real_fleet.write_charm(tmp_path / "hanging", f"{real_fleet.HOOK}echo $$ > pid\nsleep 1000\n")
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", hanging, "--status", "RED")
    fleet.start_agent()
    first = pathlib.Path("/proc") / real_fleet.wait_for_text(placed / "pid", "the hook begun").strip()
    fleet.kill_agent()
    assert first.exists()

    script = placed / "hooks" / "meter-status-changed"
    script.write_text(f"{real_fleet.HOOK}test ! -e {first} || grep -q '^State:.*Z' {first}/status\n")
    fleet.start_agent()
    real_fleet.wait_until(lambda: "hook ran" in fleet.log("agent"), "the hook run to its end")
    assert real_fleet.told(placed) == [("RED", ""), ("RED", "")]
    assert "hook failed" not in fleet.log("agent")


class SilentController:
    """Takes a login like the controller whose place it takes, and answers nothing after it."""

    def __init__(self, fleet: real_fleet.RealFleet) -> None:
        self._fleet = fleet
        lines = (fleet.unit_dir("shop/0") / "agent.conf").read_text().splitlines()
        facts = dict(line.split(": ", 1) for line in lines if line.startswith(("model: ", "controller: ")))
        self._login = {
            "controller-tag": facts["controller"],
            "model-tag": facts["model"],
            "server-version": "3.6.0",
        }
        self.asked: list[str] = []

    async def serve(self, stopping: asyncio.Event) -> None:
        """Serve until told to stop."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        place = self._fleet.folder / "controller"
        context.load_cert_chain(place / "server.pem", place / "server-key.pem")
        async with websockets.serve(self._talk, "localhost", self._fleet.port, ssl=context):
            await stopping.wait()

    async def _talk(self, peer: websockets.ServerConnection) -> None:
        async for message in peer:
            call = json.loads(message)
            self.asked.append(call["request"])
            if call["request"] == "Login":
                answer = {"request-id": call["request-id"], "response": self._login}
                await peer.send(json.dumps(answer))


async def test_a_controller_that_is_silent_after_the_login_is_no_contact(
    fleet: real_fleet.RealFleet, charm: pathlib.Path
) -> None:
    """The stages come at their times although the agent is logged in, for it was told no status."""
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.stop_controller()
    silent, stopping = SilentController(fleet), asyncio.Event()
    serving = asyncio.create_task(silent.serve(stopping))
    await asyncio.to_thread(fleet.start_agent, *SHORT)
    await asyncio.to_thread(wait_until_told, placed, RED)
    assert silent.asked[:1] == ["Login"]
    began = time.monotonic()
    assert await asyncio.to_thread(fleet.stop_agent) == 0
    assert time.monotonic() - began < 10.0
    stopping.set()
    await serving


def test_debug_mode_finds_nothing(tmp_path: pathlib.Path, charm: pathlib.Path) -> None:
    """Told, cut off, told again and ended under Python's development mode, the agent leaves no warning."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONDEVMODE=1 PYTHONASYNCIODEBUG=1 exec "{sys.executable}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    fleet = real_fleet.RealFleet(tmp_path, agent_python=os.fspath(python))
    try:
        fleet.start_controller()
        placed = fleet.add_unit("shop/0", charm, "--status", "GREEN")
        fleet.start_agent(*SHORT)
        wait_until_told(placed, ("GREEN", ""))
        fleet.stop_controller()
        wait_until_told(placed, RED)
        fleet.start_controller()
        wait_until_told(placed, ("GREEN", ""), 45.0)
        assert fleet.stop_agent() == 0
    finally:
        fleet.stop()
    for sign in ("Traceback", "Warning", "never retrieved", "never awaited", "was destroyed"):
        assert sign not in fleet.log("agent")


def test_a_hook_outlives_the_loss_of_the_controller(
    fleet: real_fleet.RealFleet, tmp_path: pathlib.Path
) -> None:
    """What it was told counts when it has ended by itself: it is neither terminated nor run again."""
    body = f"{real_fleet.HOOK}trap 'echo terminated > terminated' TERM\ntouch begun\n" + "sleep 0.2\n" * 15
    slow = real_fleet.write_charm(tmp_path / "slow", f"{body}touch done\n")
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", slow, "--status", "RED", "--info", "over")
    fleet.start_agent()
    real_fleet.wait_until((placed / "begun").exists, "the hook begun")
    fleet.stop_controller()
    real_fleet.wait_until((placed / "done").exists, "the hook done")
    state = fleet.unit_dir("shop/0") / "meter-status.yaml"
    real_fleet.wait_until(
        lambda: (
            meterstatus.State.from_yaml(state.read_text()).delivered == meterstatus.MeterStatus("RED", "over")
        ),
        "what it was told recorded",
    )
    assert fleet.stop_agent() == 0
    assert real_fleet.told(placed) == [("RED", "over")]
    assert not (placed / "terminated").exists()
