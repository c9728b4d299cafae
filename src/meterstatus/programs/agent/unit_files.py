"""Finds the ``agent.conf`` of every unit under a data directory, again and again.

Only what is not there is gone. What cannot be looked at for the moment, for want of descriptors or because a
disk fails, is as it was when it was last seen: no unit is left for that.
"""

import logging
import os
import pathlib

from meterstatus.adapters.files import agent_conf
from meterstatus.programs.agent import agent_file

_ABSENT = (FileNotFoundError, NotADirectoryError)
_logger = logging.getLogger("meterstatus.agent")


class UnitFiles:
    """Remembers what it has found, and what it has said of what it could not look at.

    Args:
        data_dir: the units are in its directory ``agents``.
    """

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._agents = data_dir / "agents"
        self._found: dict[str, agent_file.Signature] = {}
        self._faults: dict[pathlib.Path, str] = {}

    def path_of(self, tag: str) -> pathlib.Path:
        """Return where a unit's file is."""
        return self._agents / tag / agent_conf.FILE_NAME

    def look(self) -> dict[str, agent_file.Signature]:
        """Return the tags of the units whose files are there, in order, each with its file's signature.

        Never raises: says once what cannot be looked at, and once that it can be again.
        """
        looked = {tag: self._look_at(tag) for tag in self._tags()}
        self._found = {tag: signature for tag, signature in looked.items() if signature is not None}
        return dict(self._found)

    def _tags(self) -> list[str]:
        try:
            with os.scandir(self._agents) as entries:
                tags = sorted(entry.name for entry in entries if entry.name.startswith("unit-"))
        except _ABSENT:
            tags = []
        except OSError as error:
            self._say(self._agents, error)
            return list(self._found)
        self._say(self._agents, None)
        return tags

    def _look_at(self, tag: str) -> agent_file.Signature | None:
        path = self.path_of(tag)
        try:
            signature = agent_file.signature(path)
        except OSError as error:
            self._say(path, error)
            return self._found.get(tag)
        self._say(path, None)
        return signature

    def _say(self, path: pathlib.Path, error: OSError | None) -> None:
        former = self._faults.pop(path, "")
        if error is None:
            if former:
                _logger.info("%s can be looked at again", path)
            return
        self._faults[path] = error.strerror or str(error)
        if former != self._faults[path]:
            _logger.warning(
                "%s cannot be looked at: %s; what was found there before is served on",
                path,
                self._faults[path],
            )
