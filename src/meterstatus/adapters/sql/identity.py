"""What a database is made with: the controller's identity, and its users."""

import datetime
import json
from collections.abc import Iterable

from meterstatus import errors
from meterstatus.adapters.sql import announcements, engine
from meterstatus.domain.fleet import records

_CREATED = "created"
_KEYS = ("controller-uuid", "model-uuid", "model-name", "hosts", "port")


async def create(
    transaction: engine.Transaction, identity: records.Identity, users: Iterable[records.User]
) -> None:
    """Write what a new database has: no units, and no changes."""
    values = {
        "controller-uuid": identity.controller_uuid,
        "model-uuid": identity.model_uuid,
        "model-name": identity.model_name,
        "hosts": json.dumps(identity.hosts),
        "port": str(identity.port),
    }
    if identity.created is not None:
        values[_CREATED] = identity.created.isoformat()
    for key, value in values.items():
        await transaction.execute("add_meta", {"key": key, "value": value})
    for user in users:
        await transaction.execute("add_user", _user_parameters(user))


def _user_parameters(user: records.User) -> engine.Parameters:
    return {
        "name": user.name,
        "salt": user.salt,
        "password_hash": user.password_hash,
        "access": user.access.value,
        "enabled": user.enabled,
    }


async def read(transaction: engine.Transaction) -> records.Identity:
    """Read which controller's database it is.

    Raises:
        StoreUnavailableError: nothing is there: the database was emptied, or somebody else made it.
    """
    values = await announcements.read_meta(transaction)
    missing = [key for key in _KEYS if key not in values]
    if missing:
        raise errors.StoreUnavailableError(f"the database has no controller in it: no {', '.join(missing)}")
    return records.Identity(
        controller_uuid=values["controller-uuid"],
        model_uuid=values["model-uuid"],
        model_name=values["model-name"],
        hosts=tuple(json.loads(values["hosts"])),
        port=int(values["port"]),
        created=datetime.datetime.fromisoformat(values[_CREATED]) if _CREATED in values else None,
    )
