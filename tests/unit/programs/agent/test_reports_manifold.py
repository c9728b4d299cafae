"""programs.agent.reports_manifold: whichever controller there is gets the unit's reports."""

import logging

from meterstatus.domain.hook import outbox as outboxes
from meterstatus.programs.agent import reports_manifold
from meterstatus.testing import connection, virtual_time
from tests.unit.domain.hook import test_delivery_report


class Context:
    """A start context with a connection."""

    def __init__(self, api: connection.FakeAPIConnection) -> None:
        self._api = api

    def get(self, name: str) -> connection.FakeAPIConnection:
        assert name == "api"
        return self._api


@virtual_time.virtual
async def test_the_outbox_is_sent_over_the_connection_there_is() -> None:
    """In the unit's name, until the connection ends and the worker with it."""
    api = connection.FakeAPIConnection({"MeterStatusDelivery.ReportDeliveries": {"results": [{}]}})
    outbox = outboxes.Outbox()
    outbox.put(test_delivery_report.REPORT)
    made = reports_manifold.manifold(
        outbox, "unit-shop-0", "api", virtual_time.VirtualClock(), logging.getLogger("test.reports")
    )
    worker = await made.start(Context(api))  # type: ignore[arg-type]
    await virtual_time.settle()
    (sent,) = (call for call in api.calls if call.request == "ReportDeliveries")
    assert [each["tag"] for each in sent.params["reports"]] == ["unit-shop-0"]
    assert outbox.waiting == ()
    worker.kill()
    await worker.wait()
    assert (made.inputs, made.output) == (("api",), None)
