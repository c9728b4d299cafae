"""Units: who is there, with what status, password and state."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from meterstatus import errors
from meterstatus.adapters.sql import changes, engine
from meterstatus.domain import status
from meterstatus.domain.fleet import effective_policy, records, unit_state


class Stored(NamedTuple):
    """What a change of a unit looks at."""

    status: status.MeterStatus
    password_hash: str
    added: int


async def find(transaction: engine.Transaction, name: str) -> Stored | None:
    """Read a unit; None where there is none of that name."""
    row = await transaction.fetch_one("read_unit", {"unit": name})
    if row is None:
        return None
    return Stored(status.MeterStatus(row["code"], row["info"]), row["password_hash"], row["added"])


async def get(transaction: engine.Transaction, name: str, added: int | None = None) -> Stored:
    """Read a unit.

    Raises:
        NotFoundError: there is none of that name, or it is one that another revision added.
    """
    found = await find(transaction, name)
    if found is None or added not in (None, found.added):
        raise errors.NotFoundError(f'unit "{name}"')
    return found


async def has_application(transaction: engine.Transaction, application: str) -> bool:
    """Tell whether any unit is of an application."""
    found = await transaction.fetch_one("read_application", {"application": application})
    return found is not None


async def add(
    transaction: engine.Transaction,
    name: str,
    password_hash: str,
    initial: status.MeterStatus,
    author: records.Author,
) -> None:
    """Add a unit."""
    if await find(transaction, name) is not None:
        raise errors.ConflictError(f'unit "{name}" already exists')
    change = await changes.record(transaction, records.ChangeKind.ADD, name, author, new=initial)
    await transaction.execute("add_unit", {**change, "password_hash": password_hash})


async def remove(transaction: engine.Transaction, name: str, author: records.Author) -> None:
    """Remove a unit."""
    unit = await get(transaction, name)
    await changes.record(transaction, records.ChangeKind.REMOVE, name, author, old=unit.status)
    await transaction.execute("remove_unit", {"unit": name})
    await transaction.execute("leave_deliveries", {"unit": name})
    await transaction.execute("remove_policy", {"scope": str(effective_policy.unit_scope(name))})


async def set_password_hash(
    transaction: engine.Transaction,
    name: str,
    password_hash: str,
    author: records.Author,
    added: int | None,
) -> None:
    """Set the hash of a unit's password."""
    if (await get(transaction, name, added)).password_hash == password_hash:
        return
    await changes.record(transaction, records.ChangeKind.PASSWORD, name, author)
    await transaction.execute("set_password_hash", {"unit": name, "password_hash": password_hash})


async def set_status(
    transaction: engine.Transaction, name: str, wanted: status.MeterStatus, author: records.Author
) -> None:
    """Set a unit's status."""
    if not await _set_status(transaction, wanted, author, unit=name):
        await get(transaction, name)


async def set_application_status(
    transaction: engine.Transaction, application: str, wanted: status.MeterStatus, author: records.Author
) -> None:
    """Set the status of all units of an application."""
    if not await has_application(transaction, application):
        raise errors.NotFoundError(f'application "{application}"')
    batch = await changes.newest(transaction) + 1
    await _set_status(transaction, wanted, author, application=application, batch=batch)


async def _set_status(
    transaction: engine.Transaction,
    wanted: status.MeterStatus,
    author: records.Author,
    *,
    unit: str | None = None,
    application: str | None = None,
    batch: int | None = None,
) -> Sequence[engine.Row]:
    """Set what differs; return a row for each unit of which something did."""
    chosen = {"unit": unit, "application": application, "code": str(wanted.code), "info": wanted.info}
    parameters = {**chosen, **changes.author_parameters(author)}
    return await transaction.fetch("set_status", {**parameters, "batch": batch})


async def read_state(transaction: engine.Transaction, name: str, added: int | None = None) -> dict[str, str]:
    """Read what is stored of a unit."""
    await get(transaction, name, added)
    found = await transaction.fetch("read_unit_state", {"unit": name})
    return {row["field"]: row["text"] for row in found}


async def change_state(
    transaction: engine.Transaction, name: str, wanted: Mapping[str, str], added: int | None
) -> None:
    """Store fields of a unit's state."""
    stored = await read_state(transaction, name, added)
    merged = unit_state.merge(stored, wanted)
    for field in stored.keys() - merged.keys():
        await transaction.execute("remove_state_field", {"unit": name, "field": field})
    for field, text in merged.items() - stored.items():
        await transaction.execute("set_state_field", {"unit": name, "field": field, "text": text})
