"""Damages the state file of a unit while its agent does not run."""

import pathlib

from harness import disk
from harness.simulation import faults
from meterstatus import errors
from meterstatus.domain.unit import state_file

BOTH = 0.3
"""How often the version before is damaged too; without it nobody can tell that a file is older."""


def damage(folder: disk.SimulatedDisk, path: pathlib.Path, fault: faults.Fault, unit: str) -> None:
    """Damage the file, if it is there."""
    files = folder.files()
    content, former = files.get(path.name), files.get(f"{path.name}.previous")
    if content is None:
        return
    folder.put(path, _damaged(content, former, fault, unit))
    if former is not None and fault.draw < BOTH and fault.kind is not faults.Kind.STALE:
        folder.put(path.with_name(f"{path.name}.previous"), _flipped(former, fault))


def _damaged(content: bytes, former: bytes | None, fault: faults.Fault, unit: str) -> bytes:
    match fault.kind:
        case faults.Kind.EMPTY:
            return b""
        case faults.Kind.FOREIGN if _is_whole(content):
            held = state_file.decode(content)
            return state_file.encode(state_file.Contents(held.body, "other/9", held.generation))
        case faults.Kind.STALE if former is not None and _is_whole(former):
            held = state_file.decode(former)
            if held.generation > 1:
                return state_file.encode(state_file.Contents(held.body, unit, held.generation - 1))
        case _:
            pass
    return _flipped(content, fault)


def _flipped(content: bytes, fault: faults.Fault) -> bytes:
    place = int(fault.draw * len(content))
    # An empty file, which an earlier fault may have left, has nothing to flip and stays as damaged as it is.
    return content[:place] + bytes(byte ^ 1 for byte in content[place : place + 1]) + content[place + 1 :]


def _is_whole(content: bytes) -> bool:
    try:
        return state_file.decode(content).generation > 0
    except errors.StateCorruptError:
        return False
