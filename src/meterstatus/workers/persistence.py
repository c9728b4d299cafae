"""A unit's memory on its disk, and the controller's copy of it: written, or owed, or tried again.

Disk trouble stops nobody: what cannot be written is kept in memory and tried again (spec worker, B-03).
"""

import datetime
import logging
from collections.abc import Callable

from meterstatus import errors
from meterstatus.domain.unit import merge, state
from meterstatus.ports import status

SAVE_AGAIN = datetime.timedelta(seconds=5)
"""How soon a write that failed is tried again."""

NOT_RECORDED = "failed to record meter status worker state"
"""The reference's words for a failed write (spec worker, A.4)."""


class Persistence:
    """Where one unit's memory is kept.

    Args:
        logger: the unit's.
        disk: the unit's own; None where the controller's copy is all there is.
        controller: the controller's copy; None without contact.
        memory: returns the memory as it is now.
        on_trouble: called where a write failed.

    Attributes:
        unsaved: why the memory is not on the disk; "" where it is.
        is_unreported: whether the controller's copy is still to be written.
    """

    def __init__(
        self,
        logger: logging.Logger,
        disk: status.StateReadWriter | None,
        controller: status.StateReadWriter | None,
        memory: Callable[[], state.State],
        on_trouble: Callable[[], None],
    ) -> None:
        self._logger = logger
        self._disk = disk
        self._controller = controller
        self._memory = memory
        self._on_trouble = on_trouble
        self._owes_save = False
        self.unsaved = ""
        self.is_unreported = False

    def owe(self) -> None:
        """Have the next ``save_if_owed`` write."""
        self._owes_save = True

    async def save_if_owed(self) -> None:
        """Write what is owed."""
        if self._owes_save:
            await self.save()

    async def save(self) -> None:
        """Write the memory to the disk; a failure is logged once, and kept in ``unsaved``."""
        self._owes_save = False
        if self._disk is None:
            return
        try:
            await self._disk.write(self._memory())
        except Exception as error:  # noqa: BLE001 - a caller's own store has errors of its own
            if not self.unsaved:
                self._logger.error(
                    "%s: %s; it is kept in memory and tried again every %d s",
                    NOT_RECORDED,
                    error,
                    SAVE_AGAIN.total_seconds(),
                )
            self.unsaved = str(error) or type(error).__name__
            self._on_trouble()
            return
        if self.unsaved:
            self._logger.info("meter status worker state recorded again")
        self.unsaved = ""

    async def report(self) -> None:
        """Write the controller's copy, where there is contact.

        Raises:
            StateWriteError: it was not written, and there is no disk to remember by.
        """
        if self._controller is None:
            return
        self.is_unreported = False
        try:
            await self._controller.write(merge.copy_of(self._memory(), has_disk=self._disk is not None))
        except Exception as error:
            if self._disk is None:
                raise errors.StateWriteError(f"{NOT_RECORDED}: {error}") from error
            self._logger.warning("%s at the controller: %s; it is tried again", NOT_RECORDED, error)
            self.is_unreported = True


async def recall(store: status.StateReadWriter, logger: logging.Logger) -> state.State | None:
    """Read a stored state; None where nothing is stored.

    A state that cannot be understood is logged and passed over: stopping at it would stop the unit for
    ever (spec worker, B-13). The memory is then unsure of what the hook was told. Any other error of the
    store is raised as it is.
    """
    try:
        return await store.read()
    except errors.NotFoundError:
        return None
    except errors.StateCorruptError as error:
        logger.error("%s; going on without it", error)
        return state.State.after_damage(error.last_written)
