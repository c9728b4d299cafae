"""Says once that something fails for the store's sake, and once that it is done again."""

import logging

from meterstatus import errors


class FailureLog:
    """One task's trouble with the store; there is none at first.

    For what is tried again by itself: a line for each try would fill the log of the hour in which it is
    needed, and without the last one nobody knows from it whether all is well again.

    Args:
        logger: the task's.
        fails: what is not done, in words.
        works: that it is done again, in words.
    """

    def __init__(self, logger: logging.Logger, fails: str, works: str) -> None:
        self._logger = logger
        self._fails = fails
        self._works = works
        self._is_there = False

    def met(self, error: errors.StoreError) -> None:
        """Take in a try that failed."""
        if not self._is_there:
            self._logger.warning("%s: %s", self._fails, error)
        self._is_there = True

    def is_over(self) -> None:
        """Take in a try that did not."""
        if self._is_there:
            self._logger.warning("%s", self._works)
        self._is_there = False
