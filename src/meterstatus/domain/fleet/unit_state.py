"""A unit's store of opaque text on the controller (spec juju-api, 4.3).

Text comes and goes unread; only ``juju_delivery`` looks for what a Juju agent's hook was told. A field that
is a map on the wire is its JSON text here. Sizes are those of the text in UTF-8; the reference measures the
BSON form of the same, which is a little larger.
"""

from collections.abc import Mapping

from meterstatus import errors

METER_STATUS = "meter-status-state"
CHARM = "charm-state"
FIELDS = (CHARM, "uniter-state", "relation-state", "storage-state", "secret-state", METER_STATUS)
"""Every field, by its wire name."""

MAPS = (CHARM, "relation-state")
"""The fields that are maps on the wire."""

MAX_AGENT_STATE_BYTES = 512 * 1024
"""All fields but the charm's, together."""

MAX_CHARM_STATE_BYTES = 2 * 1024 * 1024


class QuotaError(errors.MeterStatusError):
    """A unit wants to store more than it may."""

    code = "quota limit exceeded"

    def __init__(self, what: str, limit_bytes: int) -> None:
        super().__init__(f"{what}: max allowed size ({limit_bytes}) exceeded")


def merge(stored: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return what is stored after changes: only the fields named are touched, an empty one goes away.

    Raises:
        QuotaError: the result is larger than allowed.
    """
    merged = {name: text for name, text in {**stored, **changes}.items() if text}
    charm_bytes = len(merged.get(CHARM, "").encode())
    if charm_bytes > MAX_CHARM_STATE_BYTES:
        raise QuotaError("charm state", MAX_CHARM_STATE_BYTES)
    agent_bytes = sum(len(text.encode()) for name, text in merged.items() if name != CHARM)
    if agent_bytes > MAX_AGENT_STATE_BYTES:
        raise QuotaError("agent state", MAX_AGENT_STATE_BYTES)
    return merged
