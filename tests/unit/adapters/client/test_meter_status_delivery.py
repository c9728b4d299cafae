"""adapters.client.meter_status_delivery: what is asked, and what a refusal is."""

import pytest

from meterstatus import errors
from meterstatus.adapters.client import meter_status_delivery
from meterstatus.domain.hook import trouble
from meterstatus.ports import status
from meterstatus.testing import connection
from tests.unit.protocol import test_deliveries

REPORT = "MeterStatusDelivery.ReportDeliveries"


async def test_reports_go_in_one_request() -> None:
    """Each names the unit; the answer has a result for each."""
    fake = connection.FakeAPIConnection({REPORT: {"results": [{}, {}]}})
    reporter: status.DeliveryReporter = meter_status_delivery.MeterStatusDeliveryClient(fake, "unit-shop-0")
    assert await reporter.report_deliveries([test_deliveries.REPORT] * 2) == [None, None]
    said = {"tag": "unit-shop-0", "delivery": test_deliveries.WIRE}
    params = {"reports": [said, said]}
    assert fake.calls == [connection.Call("MeterStatusDelivery", 1, "ReportDeliveries", params)]


async def test_a_refusal_is_told_of_its_report() -> None:
    """Beside those that were taken, with the controller's own words and code."""
    refused = {"error": {"message": "the database is gone", "code": "try again"}}
    fake = connection.FakeAPIConnection({REPORT: {"results": [{}, refused]}})
    client = meter_status_delivery.MeterStatusDeliveryClient(fake, "unit-shop-0")
    taken, error = await client.report_deliveries([test_deliveries.REPORT] * 2)
    assert taken is None
    assert error is not None
    assert (type(error), str(error), error.code) == (errors.RequestError, "the database is gone", "try again")


async def test_a_report_that_is_not_answered_is_no_success() -> None:
    """Fewer results than reports are no answer."""
    client = meter_status_delivery.MeterStatusDeliveryClient(
        connection.FakeAPIConnection({REPORT: {"results": []}}), "unit-shop-0"
    )
    with pytest.raises(errors.RemoteProtocolError):
        await client.report_deliveries([test_deliveries.REPORT])


async def test_a_trouble_is_said_and_taken_back() -> None:
    """Without one nothing troubles the unit; a refusal is raised."""
    method = "MeterStatusDelivery.ReportTrouble"
    fake = connection.FakeAPIConnection({method: {"results": [{}]}})
    reporter: status.TroubleReporter = meter_status_delivery.MeterStatusDeliveryClient(fake, "unit-shop-0")
    await reporter.report_trouble(trouble.Trouble(trouble.Reason.CHARM, "none"))
    await reporter.report_trouble(None)
    assert [call.params for call in fake.calls] == [
        {"reports": [{"tag": "unit-shop-0", "trouble": {"reason": "charm", "detail": "none"}}]},
        {"reports": [{"tag": "unit-shop-0"}]},
    ]
    refused = {"error": {"message": "no", "code": "not valid"}}
    fake = connection.FakeAPIConnection({method: {"results": [refused]}})
    with pytest.raises(errors.RequestError):
        await meter_status_delivery.MeterStatusDeliveryClient(fake, "unit-shop-0").report_trouble(None)
