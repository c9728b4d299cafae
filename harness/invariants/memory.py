"""What a unit's disk says, read from its bytes by the documents alone (docs/reference/state-file.md). Pure.

The product's own reader is not asked: where the two differ, what the agent then does is accused.
"""

import dataclasses
import datetime
import zlib
from collections.abc import Callable
from typing import TypeVar

from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.text import plain_yaml

MOST_MAINTENANCE = 24 * 3600.0
"""Seconds; no unit waits longer, whatever was announced."""

LONGEST = 90 * 24 * 3600.0
"""Seconds; every stage is due by then."""

_Read = TypeVar("_Read")


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """A policy as it counts here."""

    stages: tuple[tuple[str, float], ...] = (("AMBER", 300.0), ("RED", 900.0))
    """Their codes with the seconds until them, in order; Juju's, where nobody says anything."""

    warning: float | None = None
    """Seconds before a stage at which the charm is warned."""

    def grace(self, code: str) -> float | None:
        """Return the seconds until a stage; None where it is off."""
        return dict(self.stages).get(code)


JUJU_RULES = Rules()


def rules_of(policy: policies.Policy | None) -> Rules:
    """Return what a policy says; None is that nobody says anything."""
    if policy is None:
        return JUJU_RULES
    stages = tuple((stage.code.value, stage.grace.total_seconds()) for stage in policy.stages)
    return Rules(stages, None if policy.warning is None else policy.warning.total_seconds())


@dataclasses.dataclass(frozen=True, slots=True)
class Clocks:
    """One reading of a machine's clocks."""

    wall: datetime.datetime
    boot: float
    """Seconds since boot."""

    boot_id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """What was counted without contact until when."""

    counted: float
    at: Clocks
    highest_wall: datetime.datetime
    longer: float = 0.0
    """Seconds that the stages wait longer, for maintenance that was announced."""

    def elapsed(self, now: Clocks) -> float:
        """Return the seconds without contact by the rule (docs/explanation/when-the-controller-is-lost.md).

        Within a boot the boot clock's way; across boots the wall clock's from the highest that it has shown,
        and where it shows less than that, the time since the boot.
        """
        if now.boot_id == self.at.boot_id:
            return self.counted + now.boot - self.at.boot
        passed = (now.wall - self.highest_wall).total_seconds()
        return self.counted + (passed if passed >= 0 else now.boot)


@dataclasses.dataclass(frozen=True, slots=True)
class Pending:
    """A delivery that was begun and is not known to have ended."""

    id: str
    status: status.MeterStatus
    attempt: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What one version of the state file says."""

    told: status.MeterStatus | None = None
    """What the hook was last told, as far as it says."""

    word: status.MeterStatus | None = None
    """What the controller last said."""

    is_cut_off: bool = False
    mark: Mark | None = None
    """None where there was no contact to count from."""

    pending: Pending | None = None
    doubted: status.MeterStatus | None = None
    """The worst that deliveries given up may have told the charm."""

    rules: Rules = JUJU_RULES
    is_unsure: bool = False
    """It was damaged: the hook may have been told anything."""

    is_missing: bool = False
    """There was no hook that could be told."""

    revision: int = 0
    """The newest of the controller's changes that it has heard of; 0 where none was numbered."""

    is_behind: bool = False
    """The controller that it hears now is older than that."""

    def recovered(self) -> "Memory":
        """Return it where something newer is lost: unsure, and waiting for no maintenance."""
        mark = self.mark and dataclasses.replace(self.mark, longer=0.0)
        return dataclasses.replace(self, is_unsure=True, mark=mark)

    def worst(self) -> status.MeterStatus | None:
        """Return the worst that the charm may have been told by it; None where it says of nothing."""
        begun = self.pending.status if self.pending is not None and self.pending.attempt else None
        known = [each for each in (begun, self.doubted, self.told) if each is not None]
        return max(known, key=lambda each: status.severity(each.code), default=None)


_FOREVER = Memory(
    is_unsure=True,
    mark=Mark(
        LONGEST,
        Clocks(datetime.datetime.min.replace(tzinfo=datetime.UTC), 0.0, ""),
        datetime.datetime.min.replace(tzinfo=datetime.UTC),
    ),
)
"""Of a unit both of whose versions are damaged: nobody knows since when there was no contact."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What an agent that starts finds on its disk."""

    memory: Memory | None
    """None where it is a new unit's."""

    content: bytes | None
    """The newest version, as it is."""

    is_damaged: bool
    """Some of it is no state, and the agent has to say so."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Version:
    generation: int
    memory: Memory


def find(unit: str, current: bytes | None, former: bytes | None, reserve: bytes | None) -> Found:
    """Read a unit's three files; None is one that is not there.

    The reserve goes first where it is newer. The version before takes the place of one that is damaged, of
    another unit, or older than it.
    """
    found, generation = _without_reserve(unit, current, former)
    kept = (reserve or b"").rstrip(b"\0")
    if not kept:
        return found
    reserved = read(unit, kept)
    if reserved is None:
        torn = None if found.memory is None else found.memory.recovered()
        return Found(torn, found.content, is_damaged=True)
    if reserved.generation <= generation:
        return found
    return Found(reserved.memory, kept, found.is_damaged)


def _without_reserve(unit: str, current: bytes | None, former: bytes | None) -> tuple[Found, int]:
    if not (current or b"").strip() and former is None:
        return Found(None, current, is_damaged=False), 0
    newest = None if current is None else read(unit, current)
    before = None if former is None else read(unit, former)
    is_older = before is not None and newest is not None and newest.generation < before.generation
    if newest is not None and not is_older:
        return Found(newest.memory, current, is_damaged=False), newest.generation
    if before is None:
        return Found(None if former is None else _FOREVER, current, is_damaged=True), 0
    return Found(before.memory.recovered(), former, is_damaged=True), before.generation


def read(unit: str, content: bytes) -> _Version | None:
    """Read one version; None where it is damaged or another unit's."""
    lines = content.split(b"\n", 4)
    if len(lines) != 5 or lines[0] != b"version: 1":
        return None
    inner = b"\n".join(lines[2:])
    if lines[1] != b"checksum: %08x" % zlib.crc32(inner) or lines[2] != f"unit: '{unit}'".encode():
        return None
    body = plain_yaml.parse(lines[4].decode())
    if body is None:
        return None
    return _Version(int(lines[3].removeprefix(b"generation: ")), _memory(body))


def of_copy(text: str) -> Memory:
    """Read the copy that a controller has of a state, which has no lines before it."""
    return _memory(plain_yaml.parse(text) or {})


def _memory(body: plain_yaml.Mapped) -> Memory:
    told, pending, observed = _status(body), _inner(body, "delivering"), _inner(body, "observed")
    said = told if observed is None else _status(observed)
    position = _inner(body, "epoch") or {}
    return Memory(
        told=told,
        word=said,
        is_cut_off="disconnected" in body,
        mark=_part(body, "clock", _mark),
        pending=_part(body, "delivering", _pending),
        doubted=None if pending is None else _part(pending, "doubted", _status),
        rules=_part(body, "policy", _rules) or JUJU_RULES,
        is_unsure=_text(body, "unsure") == "true",
        is_missing=_text(body, "missing") == "true",
        revision=int(_text(position, "revision") or "0"),
        is_behind="older" in position,
    )


def _inner(body: plain_yaml.Mapped, key: str) -> plain_yaml.Mapped | None:
    found = body.get(key)
    return found if isinstance(found, dict) else None


def _part(body: plain_yaml.Mapped, key: str, make: Callable[[plain_yaml.Mapped], _Read]) -> _Read | None:
    inner = _inner(body, key)
    return None if inner is None else make(inner)


def _text(body: plain_yaml.Mapped, key: str) -> str:
    found = body.get(key)
    return found.text if isinstance(found, plain_yaml.Scalar) else ""


def _seconds(body: plain_yaml.Mapped, key: str) -> float:
    return float(_text(body, key) or "0")


def _status(body: plain_yaml.Mapped) -> status.MeterStatus | None:
    code = _text(body, "status-code")
    return status.MeterStatus(code, _text(body, "status-info")) if code else None


def _mark(body: plain_yaml.Mapped) -> Mark:
    wall = datetime.datetime.fromisoformat(_text(body, "wall"))
    at = Clocks(wall, _seconds(body, "boot-seconds"), _text(body, "boot-id"))
    highest = datetime.datetime.fromisoformat(_text(body, "highest-wall"))
    longer = min(_seconds(body, "maintenance-seconds"), MOST_MAINTENANCE)
    return Mark(_seconds(body, "counted-seconds"), at, highest, longer)


def _pending(body: plain_yaml.Mapped) -> Pending:
    told = _status(body)
    assert told is not None
    return Pending(_text(body, "id"), told, int(_text(body, "attempt") or "0"))


def _rules(body: plain_yaml.Mapped) -> Rules:
    graces = [(code, _seconds(body, f"{code.lower()}-grace-seconds")) for code in ("AMBER", "RED")]
    stages = tuple((code, grace) for code, grace in graces if grace)
    several = _inner(body, "stages")
    if several is not None:
        each = [inner for inner in several.values() if isinstance(inner, dict)]
        stages = tuple((_text(one, "status-code"), _seconds(one, "grace-seconds")) for one in each)
    return Rules(stages, _seconds(body, "warning-seconds") or None)
