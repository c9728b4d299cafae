"""The agent's places on the disk, before it serves them: its alone, readable, and nobody else's to write."""

import contextlib
import fcntl
import logging
import os
import pathlib
import time
from collections.abc import Generator, Iterable

from meterstatus import errors
from meterstatus.adapters import machine_lock
from meterstatus.adapters.files import agent_conf, file_access
from meterstatus.domain.hook import hook_call, hook_environment
from meterstatus.programs.agent import agent_settings
from meterstatus.runtime import made_directory, regular_file

JUJU_DATA_DIR = pathlib.Path("/var/lib/juju")
RUN_DIR = pathlib.Path("/run/meterstatus")
"""Where root's machine lock lies, one for all its agents."""

TAKE_SECONDS = 2.0
"""How long an agent tries to take its data directory."""

LOCK_NAME = "agent.lock"
"""In the data directory, held by the agent that serves it."""

_UNLOCKED = "%s cannot be locked: %s; see that no other agent serves the directory"
_TAKE_PERIOD_SECONDS = 0.05
_RUN_AS = "run the agent as root, or as the user that the files belong to"
_logger = logging.getLogger("meterstatus.agent")


class WritableByOthersError(errors.ConfigError):
    """Root would run or believe what others may write."""


@contextlib.contextmanager
def held(data_dir: pathlib.Path) -> Generator[None]:
    """Hold the data directory: two agents of one would each tell every hook.

    By a file that nobody else can open, and not by the directory, which every user may open and so lock. A
    former agent that is just ending, or whose hook it was killed over is just beginning, is waited for.

    Raises:
        ConfigError: another agent serves it, it cannot be read, or something else lies in the file's place.
    """
    if not data_dir.is_dir():
        raise errors.ConfigError(f"there is no data directory {data_dir} that can be read; {_RUN_AS}")
    path = data_dir / LOCK_NAME
    try:
        descriptor = regular_file.open_descriptor(path, os.O_RDWR | os.O_CREAT)
    except regular_file.UnfitFileError as error:
        raise errors.ConfigError(f"{path} cannot be taken: {error.strerror}; remove it") from error
    except OSError as error:
        # On a disk that takes no file units are served from memory: that is not to fail for this.
        _logger.warning(_UNLOCKED, path, error.strerror)
        yield
        return
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: pathlib.Path) -> None:
    end = time.monotonic() + TAKE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise errors.ConfigError(
                    f"another agent serves {path.parent}: {machine_lock.holder_of(path)} holds {path.name};"
                    " stop that one, or name another directory with --data-dir"
                ) from error
        except OSError as error:
            # Some network file systems lock nothing: that keeps nobody from being served.
            _logger.warning(_UNLOCKED, path, error.strerror)
            return
        else:
            return
        time.sleep(_TAKE_PERIOD_SECONDS)


def check_readable(data_dir: pathlib.Path) -> None:
    """Make sure that an agent can read something: one that can read no unit would wait for ever.

    Raises:
        ConfigError: the directory of its units, or each ``agent.conf`` that there is, is not to be read.
    """
    agents = data_dir / "agents"
    try:
        found = [path / agent_conf.FILE_NAME for path in agents.glob("unit-*")]
        os.scandir(agents).close()
    except PermissionError as error:
        raise errors.ConfigError(f"{agents} cannot be read: {error.strerror}; {_RUN_AS}") from error
    except OSError:
        return
    present = [path for path in found if _is_there(path)]
    if present and not any(os.access(path, os.R_OK, effective_ids=True) for path in present):
        raise errors.ConfigError(f"none of {len(present)} agent.conf in {agents} can be read; {_RUN_AS}")


def _is_there(path: pathlib.Path) -> bool:
    try:
        path.lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def check_data_dir(settings: agent_settings.AgentSettings) -> None:
    """Warn of a data directory that others may write; root does not serve it, unless told.

    Raises:
        WritableByOthersError: root would serve it.
    """
    faults = file_access.faults((settings.data_dir, settings.data_dir / "agents"))
    refuse_or_warn(faults, settings)


def unit_faults(directory: pathlib.Path) -> list[str]:
    """Say which of a unit's files others may write: whoever can has the agent's rights."""
    charm = directory / "charm"
    hooks = (charm / hook_environment.dispatch_path(hook) for hook in hook_call.HookKind)
    return file_access.faults(
        (directory, directory / agent_conf.FILE_NAME, charm, charm / "hooks", charm / "dispatch", *hooks)
    )


def refuse_or_warn(faults: Iterable[str], settings: agent_settings.AgentSettings) -> None:
    """Warn of each fault; as root, refuse to go on where there is one, unless told.

    Raises:
        WritableByOthersError: refused.
    """
    words = "; ".join(faults)
    if not words:
        return
    if os.geteuid() == 0 and not settings.allows_writable:
        raise WritableByOthersError(
            f"{words}: whoever may write it would have root's rights;"
            " change its mode or owner, or start the agent with --allow-writable-by-others"
        )
    _logger.warning("%s: whoever may write it has this agent's rights", words)


def lock_directory(settings: agent_settings.AgentSettings) -> pathlib.Path:
    """Choose where the machine lock lies, and say why there."""
    if settings.lock_dir is not None:
        _logger.info("hooks exclude each other by a lock in %s, as told", settings.lock_dir)
        return settings.lock_dir
    is_root = os.geteuid() == 0
    chosen = machine_lock.choose_directory(
        is_root=is_root,
        own_dir=_own_directory(settings, is_root=is_root),
        has_juju=machine_lock.has_juju_agent(JUJU_DATA_DIR, settings.data_dir),
    )
    _logger.info("%s", chosen.reason)
    if settings.is_lock_per_unit:
        _logger.info("each unit has a lock of its own there: no unit's hook waits for another's")
        if chosen.is_jujus:
            _logger.warning(
                "a lock per unit is shared with no Juju agent: its hooks and ours may run at once"
            )
            return settings.data_dir / "lock"
    return chosen.path


class JujuLook:
    """Notices a Juju agent that comes to the machine once the place of the lock was chosen, and says so.

    The lock's place is not changed while hooks may run: two of them could then run at once.
    """

    def __init__(self, settings: agent_settings.AgentSettings) -> None:
        self._data_dir = settings.data_dir
        is_chosen = settings.lock_dir is None and not settings.is_lock_per_unit and os.geteuid() == 0
        self._is_over = not is_chosen or self._is_there()

    def look(self) -> None:
        """Look once."""
        if self._is_over or not self._is_there():
            return
        self._is_over = True
        _logger.warning(
            "a Juju agent has come to this machine: restart this agent, or its hooks and Juju's run at once"
        )

    def _is_there(self) -> bool:
        return machine_lock.has_juju_agent(JUJU_DATA_DIR, self._data_dir)


def _own_directory(settings: agent_settings.AgentSettings, *, is_root: bool) -> pathlib.Path:
    own = settings.data_dir / "lock"
    if not is_root:
        return own
    try:
        made_directory.make(RUN_DIR, 0o700)
    except OSError as error:  # what is not to be written in a sandbox
        _logger.info(
            "%s cannot be made: %s; the lock excludes no other agent's hooks", RUN_DIR, error.strerror
        )
        return own
    return RUN_DIR
