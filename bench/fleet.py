"""What a controller does with ten thousand agents: memory, one change, the mass change, a restart.

Run: ``python bench/fleet.py [--sizes 1000,5000,10000] [--parts alone,plain,fleet,nats,etcd]``. Writes
``fleet.json`` and its plots to ``docs/explanation/performance`` (or ``--to``), keeping the parts that were
not measured anew. Takes about a quarter of an hour; needs a C compiler, 20,000 descriptors, and for the last
two parts ``apt-get install nats-server etcd-server``. The parts are described in ``bench/large``.
"""

import argparse
import asyncio
import json
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

import uvloop
from large import looks, peers, plots, session

from harness import real_fleet
from harness.herd import process

PLACE = pathlib.Path(__file__).parents[1] / "docs" / "explanation" / "performance"


Save = Callable[[dict[str, Any]], None]


def in_session(folder: pathlib.Path, sizes: list[int], save: Save, *, tls: bool) -> dict[str, Any]:
    """Measure a fleet, all of it or its memory alone."""
    running = session.Session(folder, sizes, save, tls=tls)
    try:
        return running.everything() if tls else running.memory()
    finally:
        running.close()


def beside(peer: Callable[[int, pathlib.Path], Any], agents: int, folder: pathlib.Path) -> dict[str, Any]:
    """Measure a peer's fan-out."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(peer(agents, folder))


def draw(found: dict[str, Any], to: pathlib.Path) -> None:
    """Draw what was measured."""
    if "fleet" in found and "plain" in found:
        figures = {
            f"{size} agents, {how}": each["kib-per-agent"]
            for how, part in (("TLS", "fleet"), ("plain", "plain"))
            for size, each in _memory(found[part])["agents"].items()
        }
        plots.bars(to / "memory.svg", "Resident memory of the controller per idle agent", "KiB", figures, 40)
    if {"fleet", "nats", "etcd"} <= found.keys() and "mass-change" in found["fleet"]:
        figures = {"meterstatus, TLS, on disk": found["fleet"]["mass-change"]["last-agent-ms"]} | {
            name: found[name]["last-agent-ms"] for name in ("nats", "etcd")
        }
        plots.bars(to / "mass-change.svg", "One change until the last agent has it", "ms", figures, 2000)
    if "fleet" in found:
        figures = {
            f"{size} units": each["cpu-ms"] for size, each in found["fleet"]["cost-of-one-change"].items()
        }
        plots.bars(to / "cost-of-one-change.svg", "Controller's processor time for one change", "ms", figures)
    if {"alone", "fleet"} <= found.keys() and "one-change-all-connected" in found["fleet"]:
        figures = {
            f"{who}, {rank}": part["hook-started-ms"][rank]
            for who, part in (
                ("1 agent", found["alone"]),
                ("all agents", found["fleet"]["one-change-all-connected"]),
            )
            for rank in ("p50", "p99")
        }
        plots.bars(to / "one-change.svg", "Set acknowledged to hook started", "ms", figures, 50)


def _memory(part: dict[str, Any]) -> dict[str, Any]:
    return part.get("memory", part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,5000,10000")
    parser.add_argument("--parts", default="alone,plain,fleet,nats,etcd")
    parser.add_argument("--to", type=pathlib.Path, default=PLACE)
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    measures: dict[str, Callable[[pathlib.Path, Save], dict[str, Any]]] = {
        "alone": lambda folder, _: session.alone(folder),
        "plain": lambda folder, save: in_session(folder, sizes, save, tls=False),
        "fleet": lambda folder, save: in_session(folder, sizes, save, tls=True),
        "nats": lambda folder, _: beside(peers.nats, sizes[-1], folder),
        "etcd": lambda folder, _: beside(peers.etcd, sizes[-1], folder),
    }
    parts = given.parts.split(",")
    if {"nats", "etcd"} & set(parts) and not peers.are_there():
        raise SystemExit(peers.INSTALL)
    process.raise_descriptor_limit()
    given.to.mkdir(parents=True, exist_ok=True)
    file = given.to / "fleet.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    found["machine"] = real_fleet.machine()
    for part in parts:
        before = looks.company()

        def save(so_far: dict[str, Any], part: str = part, before: dict[str, float] = before) -> None:
            found[part] = so_far | {"company": before}
            file.write_text(json.dumps(found, indent=2) + "\n")

        with tempfile.TemporaryDirectory() as folder:
            save(measures[part](pathlib.Path(folder), save))
        print(part, json.dumps(found[part], indent=2), flush=True)
    draw(found, given.to)


if __name__ == "__main__":
    main()
