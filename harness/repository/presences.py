"""Which controllers run and which units are connected to them, in memory."""

import datetime
from collections.abc import Container, Sequence

from meterstatus.domain.fleet import presence


class Presences:
    """Controllers and contacts, by name."""

    def __init__(self) -> None:
        self._controllers: dict[str, presence.ControllerProcess] = {}
        self._contacts: dict[str, presence.Contact] = {}

    def copy(self) -> "Presences":
        """Return what a backup holds."""
        made = Presences()
        made._controllers, made._contacts = dict(self._controllers), dict(self._contacts)
        return made

    def report(
        self,
        name: str,
        addresses: Sequence[str],
        at: datetime.datetime,
        ahead: datetime.timedelta | None = None,
    ) -> bool:
        """Put down a heartbeat; tell whether the controller was not known."""
        known = self._controllers.get(name)
        started_at = at if known is None else known.started_at
        self._controllers[name] = presence.ControllerProcess(name, tuple(addresses), started_at, at, ahead)
        return known is None

    def controllers(self) -> Sequence[presence.ControllerProcess]:
        """Return the controllers by name."""
        return [self._controllers[name] for name in sorted(self._controllers)]

    def forget(self, name: str) -> None:
        """Take a controller out."""
        gone = self._controllers.pop(name, None)
        if gone is None:
            return
        for contact in tuple(self._contacts.values()):
            if contact.controller == name:
                self._contacts[contact.unit] = presence.after_death(contact, gone.seen_at)

    def record(self, by: str, contacts: Sequence[presence.Contact], units: Container[str]) -> None:
        """Write what a controller knows of units that are there."""
        for contact in contacts:
            held = self._contacts.get(contact.unit)
            is_news = held is None or held.controller == by
            if held is not None and not is_news and held.since <= contact.since:
                is_news = bool(contact.controller) or not held.controller
            if is_news and contact.unit in units:
                self._contacts[contact.unit] = contact

    def contacts(self) -> Sequence[presence.Contact]:
        """Return what is known of every unit."""
        return [self._contacts[unit] for unit in sorted(self._contacts)]

    def unit_removed(self, name: str) -> None:
        """Forget what is known of a unit."""
        self._contacts.pop(name, None)
