"""What the log says of one unit's contact with its controller: that it is lost, once, and that it is back."""

import logging

from meterstatus import errors


class ContactLog:
    """Remembers what was said; one per unit, for as long as its agent runs.

    Attributes:
        was_found: whether there has been contact at all: to be without it then is a loss, and not the start.
    """

    def __init__(self) -> None:
        self.was_found = False
        self._is_said = False
        self._refusals: set[str] = set()

    def is_said(self, error: BaseException) -> bool:
        """Tell whether the log needs no line of an error: of a try in vain, or of a refusal that it has.

        That there is no contact is said by ``lost``, with what comes of it; a controller that answers, and
        refuses, is another matter, and said once for each of its words.
        """
        if errors.chain_has(error, errors.TransportError):
            return True
        is_known = str(error) in self._refusals
        self._refusals.add(str(error))
        return is_known

    def lost(self, logger: logging.Logger, words: str, level: int = logging.WARNING) -> None:
        """Say that there is no contact, once for each time that there is none; what is new of it is DEBUG."""
        logger.log(logging.DEBUG if self._is_said else level, "%s", words)
        self._is_said = True

    def found(self, logger: logging.Logger, controller: str) -> None:
        """Say that there is contact, where that is news: the first time, and after a loss that was said."""
        is_news = self._is_said or not self.was_found
        words = "in contact with %s again" if self._is_said else "in contact with %s"
        logger.log(logging.INFO if is_news else logging.DEBUG, words, controller)
        self.was_found, self._is_said = True, False
        self._refusals.clear()
