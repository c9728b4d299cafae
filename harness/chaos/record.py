"""What the hooks of one machine wrote down (``hook``), as values."""

import dataclasses
import json
import pathlib
from typing import Any

from meterstatus.domain import policy
from meterstatus.domain import status as statuses


@dataclasses.dataclass(slots=True, kw_only=True)
class Run:
    """One run of a hook, as the hook itself tells it. Times are seconds by the driver's own clock."""

    machine: int
    unit: str
    pid: int
    began: float
    status: statuses.MeterStatus
    delivery_id: str
    attempt: int
    origin: str
    previous: statuses.MeterStatus | None
    since_contact: int | None
    """Whole seconds, as it was told."""

    behaviour: str
    alone: bool
    """Whether no other hook of the machine ran when it began."""

    boot: float = 0.0
    wall: float = 0.0
    ended: float | None = None
    """None where it never came to its end."""

    exit_status: int | None = None
    child: int | None = None
    """A process that it started and that must end with it."""

    daemon: int | None = None
    """One that may live on."""

    @property
    def succeeded(self) -> bool:
        """Tell whether it ran to its end, with exit status 0."""
        return self.exit_status == 0

    @property
    def is_stage(self) -> bool:
        """Tell whether it was told a stage that its agent reached without contact."""
        return self.status.info == policy.DISCONNECTED_INFO

    @property
    def severity(self) -> int:
        """The rank of what it was told."""
        return statuses.severity(self.status.code)

    def __str__(self) -> str:
        told = f"{self.unit} told {self.status.code} {self.status.info!r} by {self.origin}"
        return f"{told}, attempt {self.attempt} of {self.delivery_id}, {self.since_contact} s since contact"


def read(path: pathlib.Path, machine: int) -> list[Run]:
    """Read a machine's record, in the order in which the hooks began; a line half written is passed over."""
    if not path.exists():
        return []
    runs: list[Run] = []
    running: dict[int, Run] = {}
    content = path.read_bytes()
    for line in content.split(b"\n")[:-1]:
        facts = json.loads(line)
        if facts["event"] == "start":
            running[facts["pid"]] = _run(facts, machine)
            runs.append(running[facts["pid"]])
            continue
        run = running[facts["pid"]]
        match facts["event"]:
            case "child":
                run.child = facts["child"]
            case "daemon":
                run.daemon = facts["child"]
            case _:
                run.ended, run.exit_status = facts["mono"], facts["status"]
    return sorted(runs, key=lambda run: run.began)


def _run(facts: dict[str, Any], machine: int) -> Run:
    before, since = facts["previous-code"], facts["since-contact"]
    return Run(
        machine=machine,
        unit=facts["unit"],
        pid=facts["pid"],
        began=facts["mono"],
        boot=facts["boot"],
        wall=facts["wall"],
        status=statuses.MeterStatus(facts["code"], facts["info"]),
        delivery_id=facts["id"],
        attempt=int(facts["attempt"]),
        origin=facts["origin"],
        previous=None if before is None else statuses.MeterStatus(before, facts["previous-info"] or ""),
        since_contact=None if since is None else int(since),
        behaviour=facts["behaviour"],
        alone=facts["alone"],
    )
