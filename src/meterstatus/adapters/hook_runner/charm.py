"""Chooses what to run in a charm directory (spec worker, D.2). Looks, and starts nothing.

Differs from the reference on purpose: a charm that is being unpacked is not touched (B-07). The marker
``.juju-charm`` is not asked for, so that a plain directory serves as a charm too.
"""

import dataclasses
import pathlib
import stat

from meterstatus.domain import hook_environment, outcome, telling

_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclasses.dataclass(frozen=True, slots=True)
class Handler:
    """A script to start, and what it is in words."""

    path: pathlib.Path
    description: str


def choose_handler(charm_dir: pathlib.Path, hook: telling.HookKind) -> Handler | outcome.HookOutcome:
    """Return the script that handles the hook, or what to say instead: MISSING or NOT_STARTED."""
    try:
        return _choose(charm_dir, hook)
    except OSError as error:
        return not_started(f"cannot look into the charm: {error.filename}: {error.strerror}")


def _choose(charm_dir: pathlib.Path, hook: telling.HookKind) -> Handler | outcome.HookOutcome:
    if _mode(charm_dir / ".juju-deploying") is not None:
        return not_started(f"the charm in {charm_dir} is being unpacked")
    if _mode(charm_dir / "metadata.yaml") is None:
        return not_started(f"charm missing from disk: {charm_dir} has no metadata.yaml")
    dispatch = charm_dir / "dispatch"
    mode = _mode(dispatch)
    # A dispatch that is there speaks for the whole charm, also one that cannot: no falling back.
    if mode is not None:
        return _handler(dispatch, mode, "by the charm's dispatch script")
    script = charm_dir / hook_environment.dispatch_path(hook)
    mode = _mode(script)
    if mode is None:
        return outcome.HookOutcome(outcome.HookResult.MISSING, detail=f"{script} does not exist")
    return _handler(script, mode, "by the hook's own script")


def _handler(path: pathlib.Path, mode: int, description: str) -> Handler | outcome.HookOutcome:
    if stat.S_ISDIR(mode):
        return not_started(f"{path} cannot be executed: it is a directory")
    if not mode & _EXECUTE:
        return not_started(f"{path} cannot be executed: its mode is {stat.S_IMODE(mode):04o}")
    return Handler(path, description)


def _mode(path: pathlib.Path) -> int | None:
    """Return a file's mode; None where it is absent, which a dangling symlink also is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def not_started(detail: str) -> outcome.HookOutcome:
    """Say why no process was made."""
    return outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail=detail)
