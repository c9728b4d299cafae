#!/usr/bin/env python3
"""A charm on ops that observes its meter status."""

import logging
import pathlib

import ops

from meterstatus import charm, charm_ops

logger = logging.getLogger(__name__)


class ShopCharm(ops.CharmBase):
    """A shop that closes when its meter status is RED."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.meter = charm_ops.MeterStatusObserver(self)
        framework.observe(self.meter.on.changed, self._on_meter_status)
        framework.observe(self.meter.on.will_change, self._on_meter_warning)
        framework.observe(self.on.collect_unit_status, self._on_collect_status)

    def _on_meter_status(self, event: charm_ops.MeterStatusChangedEvent) -> None:
        told = event.told
        logger.info("obeying %s: %s", told.status, told.info)
        closed = pathlib.Path("closed")
        if told.status is charm.Status.RED:
            closed.touch()
        else:
            closed.unlink(missing_ok=True)
        with pathlib.Path("told").open("a", encoding="utf-8") as file:
            file.write(f"{told.status}\t{told.info}\n")

    def _on_meter_warning(self, event: charm_ops.MeterStatusWillChangeEvent) -> None:
        upcoming = event.told.next_stage
        if upcoming is not None:
            logger.warning("without contact it is %s at %s", upcoming.status, upcoming.at)
            pathlib.Path("warned").write_text(upcoming.status)

    def _on_collect_status(self, event: ops.CollectStatusEvent) -> None:
        # Not in the meter status hook, where a charm may set no status: in Juju's next one.
        told = self.meter.told
        if told is not None and told.status is charm.Status.RED:
            event.add_status(ops.BlockedStatus(f"closed: {told.info}"))
        event.add_status(ops.ActiveStatus())


if __name__ == "__main__":
    ops.main(ShopCharm)
