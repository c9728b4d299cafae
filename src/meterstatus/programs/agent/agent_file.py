"""A unit's ``agent.conf`` as the running agent follows it: whether it says something else than it did."""

import dataclasses
import hashlib
import logging
import pathlib
from typing import Self

from meterstatus import errors
from meterstatus.adapters.files import agent_conf
from meterstatus.ports import agent
from meterstatus.runtime import regular_file

_logger = logging.getLogger("meterstatus.agent")

Signature = tuple[int, int, int]
"""Changes whenever a file is replaced, written, linked, or its mode changed."""


@dataclasses.dataclass(slots=True)
class AgentFile:
    """A unit's ``agent.conf``, and how it was when this agent last read or wrote it."""

    path: pathlib.Path
    signature: Signature | None
    digest: bytes | None
    """Of its content; None where it could not be read."""

    fault: str = ""
    """Why it cannot be read at the moment, as it was said."""

    @classmethod
    def found(cls, path: pathlib.Path, signature: Signature) -> Self:
        """Return the file as it is, by a look at it that gave a signature before it is read."""
        return cls(path, signature, _digest(path))

    def is_changed(self, seen: Signature | None) -> bool:
        """Tell whether the file is gone or says something else, by a look at it that gave a signature.

        A backup that links it, or who changes its mode, leaves its content: no hook is ended for that. Nor
        for one that cannot be read at the moment, which is looked at again.
        """
        if seen is None or seen == self.signature:
            return seen != self.signature
        try:
            digest = _read(self.path)
        except OSError as error:
            self._say(error.strerror or str(error))
            return False
        self._say("")
        if digest == self.digest:
            self.signature = seen
        return digest != self.digest

    def _say(self, fault: str) -> None:
        if fault not in ("", self.fault):
            _logger.warning("%s cannot be read: %s; what it said before is served on", self.path, fault)
        self.fault = fault

    def change(self, change: agent.Change) -> None:
        """Change the file, which is not news then; raises as ``Agent.change_config``."""
        try:
            if self.is_changed(signature(self.path)):
                raise errors.ConfigError(f"{self.path} was changed by somebody else meanwhile")
            agent_conf.write(self.path, change(agent_conf.read(self.path)))
            self.signature, self.digest = signature(self.path), _digest(self.path)
        except OSError as error:
            raise errors.ConfigError(f"{self.path} cannot be looked at: {error.strerror}") from error


def _digest(path: pathlib.Path) -> bytes | None:
    try:
        return _read(path)
    except OSError:
        return None


def _read(path: pathlib.Path) -> bytes:
    return hashlib.sha256(regular_file.read(path)).digest()


def signature(path: pathlib.Path) -> Signature | None:
    """Return what changes whenever a file is replaced or its mode is; None where it is gone.

    Raises:
        OSError: it cannot be looked at, which says nothing about it.
    """
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return facts.st_ino, facts.st_ctime_ns, facts.st_size
