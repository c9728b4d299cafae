"""What an operator sees on the machine itself: without a controller, on a full disk, without an agent."""

import contextlib
import json
import pathlib
import shutil
import signal
from typing import Any

from harness import real_fleet


def ask(fleet: real_fleet.RealFleet, *options: str) -> str:
    return fleet.meterstatus("agent", "status", "--data-dir", str(fleet.data_dir), *options)


def units(fleet: real_fleet.RealFleet) -> dict[str, Any]:
    return json.loads(ask(fleet, "--format", "json"))["units"]


def wait_for(fleet: real_fleet.RealFleet, unit: str, **facts: object) -> dict[str, Any]:
    """Ask until a unit is as expected; keys have underscores for hyphens. Returns all that is told of it."""
    expected = {key.replace("_", "-"): value for key, value in facts.items()}
    last: dict[str, Any] = {}

    def is_so() -> bool:
        last.clear()
        last.update(units(fleet).get(unit, {}))
        return all(last.get(key) == value for key, value in expected.items())

    real_fleet.wait_until(is_so, f"{unit} is told as {expected}")
    return last


def test_a_unit_without_its_controller_tells_what_comes(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, shell: Any
) -> None:
    """Connected, then cut off: the row, the reason, the next stage; then no agent, and what to do."""
    fleet.start_controller()
    fleet.add_unit("shop/0", charm, "--status", "GREEN", "--info", "within the budget")
    fleet.meterstatus("policy", "set", "shop/0", "--amber", "10m", "--red", "20m")
    fleet.start_agent()
    connected = wait_for(fleet, "shop/0", mode="connected", status="GREEN", last_outcome="ran")
    assert "next-stage" not in connected
    assert (connected["policy"]["origin"], connected["policy"]["red-grace-seconds"]) == ("controller", 1200)

    fleet.stop_controller()
    real_fleet.wait_until(lambda: "connection-error" in units(fleet)["shop/0"], "a failed attempt")
    real_fleet.wait_until(lambda: "disconnected-since" in units(fleet)["shop/0"], "the loss is recorded")
    told = wait_for(fleet, "shop/0", mode="isolated", status="GREEN", info="within the budget")
    assert told["next-stage"]["status"] == "AMBER"
    assert 0 < told["next-stage"]["in-seconds"] + told["seconds-since-contact"] <= 600
    assert told["last-contact"] == told["disconnected-since"]
    text = ask(fleet)
    assert text.splitlines()[1].split()[:3] == ["shop/0", "isolated", "GREEN"]
    assert "10m/20m (controller)" in text
    assert f"cut off since {told['disconnected-since'][:19]}Z: " in text
    assert "AMBER comes at " in text

    assert fleet.stop_agent() == 0
    without = shell.run("agent", "status", "--data-dir", str(fleet.data_dir))
    assert without.returncode == 1
    assert without.stderr == (
        f"meterstatus: no agent runs for {fleet.data_dir} on this machine;"
        f" start it with 'meterstatus agent run --data-dir {fleet.data_dir}'\n"
    )
    assert "Traceback" not in fleet.log("agent")


def test_a_full_disk_is_told_and_so_is_its_end(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, small_disk: pathlib.Path
) -> None:
    """Without a controller and with a full disk, the agent says that the state is not saved, and why."""
    fleet.start_controller()
    fleet.add_unit("shop/0", charm, "--status", "GREEN")
    fleet.start_agent()
    wait_for(fleet, "shop/0", mode="connected", status="GREEN", last_outcome="ran")
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    fleet.stop_controller()

    told = wait_for(fleet, "shop/0", mode="isolated", unsaved=True)
    file_name = fleet.unit_dir("shop/0") / "meter-status.yaml"
    reason = (
        f"cannot write {file_name}: No space left on device;"
        f" until there is room it is in {file_name.name}.reserve beside it"
    )
    assert told["unsaved-error"] == reason
    assert told["next-stage"]["status"] == "AMBER"
    assert f"  its state is not saved: {reason}; " in ask(fleet)

    filler.unlink()
    wait_for(fleet, "shop/0", mode="isolated", unsaved=None)
    assert "not saved" not in ask(fleet)
    assert fleet.stop_agent() == 0


def test_units_in_trouble_are_told(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """A charm that is not there, a file that is refused, and a data directory that is reached by a link."""
    fleet.start_controller()
    fleet.add_unit("shop/0", charm, "--status", "GREEN")
    bad = fleet.unit_dir("web/1")
    bad.mkdir()
    (bad / "agent.conf").write_text("nonsense")
    shutil.rmtree(fleet.unit_dir("shop/0") / "charm")
    fleet.start_agent()
    told = wait_for(fleet, "shop/0", delivering="GREEN", last_outcome="not started")
    assert (told["status"], told["attempt"]) == ("", 0)
    refused = wait_for(fleet, "web/1", mode="refused")
    assert "malformed" in refused["error"]

    link = fleet.folder / "link"
    link.symlink_to(fleet.data_dir)
    text = fleet.meterstatus("agent", "status", "--data-dir", str(link))
    assert "telling GREEN: the hook was not started (" in text
    (bad / "agent.conf").unlink()
    real_fleet.wait_until(lambda: "web/1" not in units(fleet), "web/1 is forgotten")


def test_an_agent_that_is_stopped_is_not_waited_for(
    fleet: real_fleet.RealFleet, charm: pathlib.Path, shell: Any
) -> None:
    """A process that does not run on is there all the same, and the command says so after its limit."""
    fleet.data_dir.mkdir()
    fleet.start_agent()
    assert fleet.agent is not None
    fleet.agent.send_signal(signal.SIGSTOP)
    stopped = shell.run("agent", "status", "--data-dir", str(fleet.data_dir))
    fleet.agent.send_signal(signal.SIGCONT)
    assert stopped.returncode == 1
    assert stopped.stderr == (
        f"meterstatus: the agent for {fleet.data_dir} does not answer within 5 s;"
        " it is stopped or busy: see its log\n"
    )
    assert units(fleet) == {}


def test_a_second_agent_of_a_directory_does_not_run(fleet: real_fleet.RealFleet, shell: Any) -> None:
    """Both would tell every hook: the second says who serves it, and ends; the first one goes on."""
    fleet.data_dir.mkdir()
    fleet.start_agent()
    assert fleet.agent is not None
    second = shell.run("agent", "run", "--data-dir", str(fleet.data_dir), "--lock-dir", str(fleet.folder))
    assert second.returncode == 1
    assert f"another agent serves {fleet.data_dir}: process {fleet.agent.pid} (" in second.stderr
    assert "Traceback" not in second.stderr
    assert json.loads(ask(fleet, "--format", "json"))["agent"]["pid"] == fleet.agent.pid
