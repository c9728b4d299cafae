"""The manifold that tells whichever controller there is of a unit's hooks, and of what troubles it.

Apart from the status manifold, whose worker of a new connection begins only once that of the former one has
ended, with the hook that it runs.
"""

import logging

from meterstatus.adapters.client import meter_status_delivery
from meterstatus.domain.hook import outbox as outboxes
from meterstatus.engine import interface
from meterstatus.ports import connection, time
from meterstatus.ports import worker as workers
from meterstatus.workers import reports


def manifold(
    outbox: outboxes.Outbox, unit_tag: str, api_caller_name: str, clock: time.Clock, logger: logging.Logger
) -> interface.Manifold:
    """Make the manifold; no output. A controller that takes no reports is asked once."""

    async def start(context: interface.Context) -> workers.Worker:
        api: connection.APIConnection = context.get(api_caller_name)
        client = meter_status_delivery.MeterStatusDeliveryClient(api, unit_tag)
        return reports.ReportsWorker.start(outbox, client, clock, logger)

    return interface.Manifold(inputs=(api_caller_name,), start=start)
