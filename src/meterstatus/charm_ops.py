"""Meter status as an event of the charm framework ``ops``, which dropped its own.

The one module that imports ``ops``, which a charm brings itself. Beside it needs ``meterstatus.charm`` only,
so a charm may carry both files, in ``lib/meterstatus/``.

``ops`` treats this hook as a restricted one: it calls no hook tool of its own in it but ``juju-log``, brings
back no deferred event and collects no status. It defines no event for it either, so the observer does.
"""

from __future__ import annotations

import weakref
from typing import Any

import ops

from meterstatus import charm as telling

_HOOK = telling.CHANGED.replace("-", "_")

_newest: weakref.WeakKeyDictionary[ops.Framework, dict[str, telling.Told]] = weakref.WeakKeyDictionary()
"""What was told last, by framework and by the path of who emits: an event that comes back from the store
knows no more than these."""


class MeterStatusHookEvent(ops.HookEvent):
    """The hook itself, as ``ops`` emits it; observe ``MeterStatusObserver.on`` instead."""


class MeterStatusEvent(ops.EventBase):
    """A meter status was told.

    Attributes:
        told: what was told.
    """

    def __init__(self, handle: ops.Handle, told: telling.Told) -> None:
        super().__init__(handle)
        self.told = told

    def snapshot(self) -> dict[str, Any]:
        """Return what brings the event back after a deferral."""
        # The number keeps ops from taking the same word, told again, for one that waits already.
        return {"number": self.handle.key, "variables": self.told.variables()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Bring the event back."""
        self.told = telling.told(snapshot["variables"])


class MeterStatusChangedEvent(MeterStatusEvent):
    """The meter status is this now.

    A deferred one comes back with what was told last: a status that was true once must not overwrite the
    one that is.
    """

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Bring the event back, up to date."""
        super().restore(snapshot)
        assert self.handle.parent is not None
        self.told = _newest.get(self.framework, {}).get(self.handle.parent.path, self.told)


class MeterStatusWillChangeEvent(MeterStatusEvent):
    """Without contact the stage ``told.next_stage`` is near."""


class MeterStatusEvents(ops.ObjectEvents):
    """What a charm can observe."""

    changed = ops.EventSource(MeterStatusChangedEvent)
    will_change = ops.EventSource(MeterStatusWillChangeEvent)


class MeterStatusObserver(ops.Object):
    """Turns the hook into events; made in the charm's constructor, as the first observer of the hook.

    Attributes:
        told: what was told last, in whichever hook it is asked; None where nothing was yet.
    """

    on = MeterStatusEvents()
    _stored = ops.StoredState()

    def __init__(self, charm: ops.CharmBase, key: str = "meter-status") -> None:
        super().__init__(charm, key)
        self._stored.set_default(variables={})
        self._remember()
        if not hasattr(charm.on, _HOOK):
            charm.on.define_event(_HOOK, MeterStatusHookEvent)
        self.framework.observe(getattr(charm.on, _HOOK), self._on_hook)

    @property
    def told(self) -> telling.Told | None:
        """What was told last."""
        return _newest.get(self.framework, {}).get(self.on.handle.path)

    def _remember(self) -> None:
        variables: Any = self._stored.variables
        if variables:
            by_path = _newest.setdefault(self.framework, {})
            by_path[self.on.handle.path] = telling.told(dict(variables))

    def _on_hook(self, _: ops.EventBase) -> None:
        told = telling.told()
        if told.is_warning:
            self.on.will_change.emit(told)
            return
        self._stored.variables = told.variables()
        self._remember()
        self.on.changed.emit(told)
