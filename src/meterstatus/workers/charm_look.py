"""Whether a unit's charm can be told anything yet, for ``workers.driver`` (spec worker, B-06 g, B-07, B-08).

Asks the hook runner, which looks, and says in the log when a wait begins and when it ends. Decides nothing.
"""

import logging

from meterstatus.ports import hooks


class CharmLook:
    """One unit's charm, as its hook runner sees it; one that cannot look sees a charm that is ready.

    Attributes:
        awaited: for what of the charm its hooks had to wait at the last look; "" where they need not.
    """

    def __init__(self, runner: hooks.HookRunner, logger: logging.Logger) -> None:
        self._looker = runner if isinstance(runner, hooks.CharmLooker) else None
        self._logger = logger
        self.awaited = ""

    def must_wait(self) -> bool:
        """Look, and tell whether there is no charm yet to tell anything."""
        before, self.awaited = self.awaited, "" if self._looker is None else self._looker.awaited()
        if self.awaited and not before:
            self._logger.info("waiting for the charm: %s", self.awaited)
        if before and not self.awaited:
            self._logger.info("the charm can be told now")
        return bool(self.awaited)

    def has_got_hook(self) -> bool:
        """Look for a hook in a charm that had none when it was last to be told."""
        if self._looker is None or self._looker.awaited() or not self._looker.has_hook():
            return False
        self._logger.info("the charm has a hook now, and is told what it missed")
        return True
