"""The agent program with a wall clock that a file moves: ``programs.agent.agent`` in all else.

Composed here, from the outside, so that the product has no switch for it. The boot clock and the boot id are
injected only where a machine cannot be given namespaces of its own (see ``machine``).
"""

import datetime
import functools
import pathlib
import sys
import time
from collections.abc import Sequence

from meterstatus.domain.unit import offline_clock
from meterstatus.programs.agent import agent
from meterstatus.runtime import clock


class MovedClock(clock.SystemClock):
    """``SystemClock`` whose wall time is moved by the seconds in a file, read each time.

    Args:
        offset: the file; it is always replaced as a whole.
        boot_offset_seconds: moves the boot clock, for as long as the process lives.
        boot_id: the boot's name; "" is the kernel's.
    """

    def __init__(self, offset: pathlib.Path, boot_offset_seconds: float, boot_id: str) -> None:
        moved_ns = int(boot_offset_seconds * 1e9)
        super().__init__(lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) + moved_ns)
        self._offset = offset
        self._given_boot_id = boot_id

    def now(self) -> datetime.datetime:
        """Return the wall time, moved."""
        return super().now() + datetime.timedelta(seconds=float(self._offset.read_text()))

    def instant_now(self) -> offline_clock.Instant:
        """Return all clocks, read together."""
        instant = super().instant_now()
        if not self._given_boot_id:
            return instant
        return offline_clock.Instant(instant.wall, instant.boot, self._given_boot_id)


def main(arguments: Sequence[str]) -> int:
    """Run the agent: the arguments of ``MovedClock``, then its settings as the program takes them."""
    offset, boot_offset_seconds, boot_id, *settings = arguments
    moved = functools.partial(MovedClock, pathlib.Path(offset), float(boot_offset_seconds), boot_id)
    return agent.main(settings, moved)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
