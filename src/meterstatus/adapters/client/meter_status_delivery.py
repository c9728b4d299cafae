"""Reports deliveries and troubles to a unit's controller, over any ``APIConnection``."""

from collections.abc import Sequence

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.domain.hook import delivery_report, trouble
from meterstatus.ports import connection as connections
from meterstatus.protocol import deliveries, results
from meterstatus.protocol.facades import meter_status_delivery


class MeterStatusDeliveryClient:
    """``DeliveryReporter`` and ``TroubleReporter`` of ``ports.status``."""

    def __init__(self, connection: connections.APIConnection, unit_tag: str) -> None:
        self._connection = connection
        self._unit_tag = unit_tag

    async def report_deliveries(
        self, reports: Sequence[delivery_report.DeliveryReport]
    ) -> Sequence[errors.MeterStatusError | None]:
        """Report, in one request; see ``ports.status.DeliveryReporter``.

        Raises:
            RemoteProtocolError: not one result for each.
        """
        params = meter_status_delivery.ReportDeliveries(
            tuple(
                meter_status_delivery.ReportDelivery(self._unit_tag, deliveries.to_wire(report))
                for report in reports
            )
        )
        answer = await call.ask(self._connection, meter_status_delivery.REPORT_DELIVERIES, params)
        return [results.refusal(result) for result in results.as_many(answer.results, len(reports))]

    async def report_trouble(self, now: trouble.Trouble | None) -> None:
        """Say what troubles the unit now; see ``ports.status.TroubleReporter``.

        Raises:
            RemoteProtocolError: not one result.
        """
        said = None if now is None else deliveries.trouble_to_wire(now)
        report = meter_status_delivery.TroubleReport(self._unit_tag, said)
        params = meter_status_delivery.ReportTrouble((report,))
        answer = await call.ask(self._connection, meter_status_delivery.REPORT_TROUBLE, params)
        results.only(answer.results)
