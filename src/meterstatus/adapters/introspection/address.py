"""Where an agent is asked."""

import dataclasses
import hashlib
import os
import pathlib

PREFIX = "meterstatus-agent:"
LONGEST = 107
"""Bytes of a socket's name, without the NUL that says it is abstract; the kernel's figure."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """The socket of the agent that serves a data directory.

    Two agents of one machine have two data directories, and so do not meet. The name is found from the
    directory alone, by whatever way to it.
    """

    data_dir: pathlib.Path
    """Real: absolute and without symbolic links."""

    @classmethod
    def of(cls, data_dir: pathlib.Path) -> "Address":
        """Return the address for a data directory, which need not be there."""
        return cls(pathlib.Path(os.path.realpath(data_dir)))

    @property
    def name(self) -> bytes:
        """What to bind and to connect to."""
        return b"\0" + self._words

    @property
    def _words(self) -> bytes:
        plain = PREFIX.encode() + os.fsencode(self.data_dir)
        if len(plain) <= LONGEST:
            return plain
        # A directory begins with a slash, and this does not, so it is never another's plain name.
        return f"{PREFIX}sha256-{hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()}".encode()

    def __str__(self) -> str:
        """Return the name as tools such as ``ss`` show it: ``@meterstatus-agent:/var/lib/meterstatus``."""
        return "@" + self._words.decode(errors="replace")
