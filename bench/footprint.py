"""How much memory an idle agent with one unit holds, beside a Python that only imported asyncio and ssl.

Both are real processes of the same run; the figure is resident memory from the kernel (VmRSS), the median of
several looks. The agent runs from an environment of its own with nothing but what it needs, as on a unit:
beside the tests' packages msgspec would find, and load, 6 MiB of typing_extensions.
Run: ``python bench/footprint.py``; needs the package index.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from harness import real_fleet

PROJECT = pathlib.Path(__file__).parents[1]
CHARM = PROJECT / "examples" / "shop"
IDLE_SECONDS = 10
LOOKS = 5

BARE = """
import asyncio, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
"""


def resident_kib(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit(f"process {pid} has no VmRSS")


def median_kib(pid: int) -> float:
    looks: list[int] = []
    for _ in range(LOOKS):
        looks.append(resident_kib(pid))
        time.sleep(0.2)
    return statistics.median(looks)


def install_agent(folder: pathlib.Path) -> str:
    """Install the project without extras into a new environment; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(
        [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", PROJECT], check=True
    )
    return str(folder / "bin" / "python")


def bare_kib(python: str, certificate: pathlib.Path) -> float:
    process = subprocess.Popen(
        [python, "-c", BARE, str(certificate)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    figure = median_kib(process.pid)
    process.stdin.close()
    process.wait()
    process.stdout.close()
    return figure


def agent_kib(python: str, folder: pathlib.Path) -> tuple[float, float]:
    """Return what an idle agent holds, and a bare Python that trusts the same CA."""
    fleet = real_fleet.RealFleet(folder, agent_python=python)
    try:
        fleet.start_controller()
        fleet.add_unit("shop/0", CHARM, "--status", "GREEN")
        fleet.start_agent()
        time.sleep(IDLE_SECONDS)
        assert fleet.agent is not None
        return median_kib(fleet.agent.pid), bare_kib(python, fleet.login.parent / "ca.pem")
    finally:
        fleet.stop()


def main() -> None:
    print(real_fleet.machine())
    with tempfile.TemporaryDirectory() as folder:
        python = install_agent(pathlib.Path(folder) / "environment")
        agent, bare = agent_kib(python, pathlib.Path(folder))
    print(f"agent with one unit, idle {IDLE_SECONDS} s: {agent / 1024:.1f} MiB resident")
    print(f"python with asyncio, ssl and a CA: {bare / 1024:.1f} MiB resident")
    print(f"ratio: {agent / bare:.2f} (goal: at most 1.30)")


if __name__ == "__main__":
    main()
