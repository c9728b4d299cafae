"""adapters.delivery_client: what is asked, and what a refusal is."""

import pytest
from tests.unit.protocol import test_deliveries

from meterstatus import errors
from meterstatus.adapters import delivery_client
from meterstatus.ports import status
from meterstatus.testing import connection

REPORT = "MeterStatusDelivery.ReportDeliveries"


async def test_reports_go_in_one_request() -> None:
    """Each names the unit; the answer has a result for each."""
    fake = connection.FakeAPIConnection({REPORT: {"results": [{}, {}]}})
    reporter: status.DeliveryReporter = delivery_client.MeterStatusDeliveryClient(fake, "unit-shop-0")
    await reporter.report_deliveries([test_deliveries.REPORT] * 2)
    said = {"tag": "unit-shop-0", "delivery": test_deliveries.WIRE}
    params = {"reports": [said, said]}
    assert fake.calls == [connection.Call("MeterStatusDelivery", 1, "ReportDeliveries", params)]


@pytest.mark.parametrize(
    ("results", "error"),
    [
        ([{"error": {"message": "no", "code": ""}}], errors.RequestError),
        ([], errors.RemoteProtocolError),
    ],
)
async def test_a_refusal_is_raised(results: list[object], error: type[Exception]) -> None:
    """A report that was not taken, or not answered, is no success."""
    client = delivery_client.MeterStatusDeliveryClient(
        connection.FakeAPIConnection({REPORT: {"results": results}}), "unit-shop-0"
    )
    with pytest.raises(error):
        await client.report_deliveries([test_deliveries.REPORT])
