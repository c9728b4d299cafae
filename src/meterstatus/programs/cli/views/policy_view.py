"""Policies as commands show them: to people in words and cells, to programs in seconds."""

from typing import Any

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain import policy as policies
from meterstatus.domain.text import spans
from meterstatus.programs.cli import parameters
from meterstatus.protocol import policies as wire_policies
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin

NOTHING = "-"
WHOLE_MODEL = "the model"
"""No application's name: those have no spaces."""


def policy_of(said: wire.Policy) -> policies.Policy:
    """Read a policy that a controller holds.

    Raises:
        RemoteProtocolError: it is none.
    """
    try:
        return wire_policies.from_wire(said)
    except errors.NotValidError as error:
        raise errors.RemoteProtocolError(f"the controller holds a policy that is none: {error}") from error


def scope_name(tag: names.Tag) -> str:
    """Name what a policy is set for: a unit, an application or ``the model``."""
    return WHOLE_MODEL if tag.kind is names.Kind.MODEL else tag.name


def scope_of(text: str) -> names.Tag:
    """Read the tag that a policy is set for.

    Raises:
        RemoteProtocolError: it is no tag.
    """
    try:
        return names.parse_tag(text)
    except names.TagError as error:
        raise errors.RemoteProtocolError(f"the controller holds a policy for nothing: {error}") from error


def cells(said: wire.Policy) -> tuple[str, str, str]:
    """Return the times until AMBER and RED, and that of the warning, each ``off`` where it is.

    Where more stages than one have a code: ``5m,10m``.
    """
    policy = policy_of(said)
    amber, red = (
        ",".join(spans.render(stage.grace) for stage in policy.stages if stage.code is code) or parameters.OFF
        for code in policies.CODES
    )
    return amber, red, parameters.OFF if policy.warning is None else spans.render(policy.warning)


def graces(said: wire.Policy | None) -> str:
    """Return the times until AMBER and RED in one cell, ``5m/off``; a dash where there is no policy."""
    return NOTHING if said is None else "/".join(cells(said)[:2])


def in_words(said: wire.Policy | None) -> str:
    """Say a policy in a line; a dash where there is none."""
    return NOTHING if said is None else policy_of(said).in_words()


def document(said: wire.Policy) -> dict[str, Any]:
    """Return a policy's spans in seconds; None, which is ``null``, for what is off.

    ``stages`` is there where those do not say all.
    """
    stages = [
        {"status": stage.status, "info": stage.info, "grace-seconds": stage.grace_seconds}
        for stage in said.stages
    ]
    return {
        "amber-grace-seconds": said.amber_grace_seconds or None,
        "red-grace-seconds": said.red_grace_seconds or None,
        "warning-seconds": said.warning_seconds or None,
        **({"stages": stages} if stages else {}),
    }


def scope_document(tag: names.Tag) -> dict[str, str]:
    """Return what a policy is set for; a model is named by its UUID."""
    return {"kind": tag.kind.value, "name": tag.name}


def ruling_document(ruling: meter_status_admin.Ruling) -> dict[str, Any]:
    """Return a policy, where it is set, and the revision of the change that set it."""
    return {
        "set-for": scope_document(scope_of(ruling.tag)),
        **document(ruling.policy),
        "revision": ruling.revision,
    }
