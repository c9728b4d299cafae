"""What a disk, or somebody at it, may make of a state file."""

import pathlib

from harness.chaos import plan


def inflict(path: pathlib.Path, kind: plan.Damage, other: pathlib.Path, draw: int) -> bool:
    """Damage a unit's state file in place; False where there is nothing to damage, or to damage it with.

    Args:
        path: the file.
        kind: how.
        other: the state file of another unit of the machine.
        draw: chooses where.
    """
    former = path.with_name(f"{path.name}.previous")
    if not path.exists() or (kind is plan.Damage.BOTH and not former.exists()):
        return False
    if kind is plan.Damage.FOREIGN and not other.exists():
        return False
    changed = _damaged(path.read_bytes(), kind, other, draw)
    if kind is plan.Damage.BOTH:
        _replace(former, former.read_bytes()[: -1 - draw % 40])
    _replace(path, changed)
    return True


def _damaged(content: bytes, kind: plan.Damage, other: pathlib.Path, draw: int) -> bytes:
    match kind:
        case plan.Damage.CUT | plan.Damage.BOTH:
            return content[: 1 + draw % (len(content) - 1)]
        case plan.Damage.FLIPPED:
            at = draw % len(content)
            return content[:at] + bytes((content[at] ^ (1 << draw % 8),)) + content[at + 1 :]
        case plan.Damage.EMPTIED:
            return b""
        case plan.Damage.FOREIGN:
            return other.read_bytes()


def _replace(path: pathlib.Path, content: bytes) -> None:
    # Another file under the name: the version before may be a second name of the same one.
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o600)
