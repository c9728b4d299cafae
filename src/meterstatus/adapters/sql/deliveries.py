"""What agents report of hook runs."""

from collections.abc import Sequence

from meterstatus.adapters.sql import engine, rows, units
from meterstatus.domain.hook import delivery_report, hook_call
from meterstatus.ports import repository


async def record(
    transaction: engine.Transaction, received: delivery_report.ReceivedReport, added: int | None
) -> None:
    """Keep a report, and no more than ``DELIVERIES_KEPT`` of its unit."""
    await units.get(transaction, received.unit, added)
    parameters = rows.delivery_parameters(received)
    # The same attempt again goes to the end, as the newest: an update in place would keep its old number.
    await transaction.execute("forget_delivery", parameters)
    await transaction.execute("record_delivery", parameters)
    await transaction.execute("drop_deliveries", {"unit": received.unit, "kept": repository.DELIVERIES_KEPT})


async def read(
    transaction: engine.Transaction, unit: str, application: str, limit: int
) -> Sequence[delivery_report.ReceivedReport]:
    """Read what was reported, newest first."""
    of_one = "read_unit_deliveries" if unit else "read_application_deliveries"
    parameters: dict[str, str | int] = {"limit": limit}
    if unit or application:
        parameters["name"] = unit or application
    found = await transaction.fetch(of_one if "name" in parameters else "read_deliveries", parameters)
    return [rows.delivery(row) for row in found]


async def newest(transaction: engine.Transaction) -> delivery_report.Reported:
    """Read the newest report of each unit's status hook, and the newest that is a delivery."""
    found = await transaction.fetch("read_newest_deliveries", {"hook": hook_call.HookKind.CHANGED.value})
    return delivery_report.Reported([rows.delivery(row) for row in found], await _last(transaction))


async def after(transaction: engine.Transaction, number: int, limit: int) -> delivery_report.Reported:
    """Read what was reported after a number."""
    found = await transaction.fetch("read_deliveries_after", {"after": number, "limit": limit})
    last = found[-1]["number"] if found else await _last(transaction)
    return delivery_report.Reported([rows.delivery(row) for row in found], last)


async def _last(transaction: engine.Transaction) -> int:
    row = await transaction.fetch_one("read_last_delivery")
    return 0 if row is None else int(row["number"])
