"""A policy as the wire has it, in seconds and with 0 for what is off, and as the rest of us has it."""

import datetime
import math

from meterstatus import errors
from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.protocol import wire


def to_wire(policy: policies.Policy) -> wire.Policy:
    """Write a policy."""
    amber, red = (policy.grace(code) for code in policies.CODES)
    stages = () if policy.is_amber_red else tuple(map(_stage_to_wire, policy.stages))
    return wire.Policy(_seconds(amber), _seconds(red), _seconds(policy.warning), stages)


def _stage_to_wire(stage: policies.Stage) -> wire.Stage:
    return wire.Stage(stage.code.value, stage.grace.total_seconds(), stage.info)


def _seconds(span: datetime.timedelta | None) -> float:
    return 0 if span is None else span.total_seconds()


def from_wire(policy: wire.Policy) -> policies.Policy:
    """Read a policy; whether it makes sense, ``policy.check`` and ``policy.check_sense`` say.

    Raises:
        NotValidError: a number that is none, or of more seconds than can be counted, or a stage that is
            neither AMBER nor RED.
    """
    if policy.stages:
        return policies.Policy(tuple(map(_stage_from_wire, policy.stages)), _span(policy.warning_seconds))
    return policies.amber_red(
        _span(policy.amber_grace_seconds), _span(policy.red_grace_seconds), _span(policy.warning_seconds)
    )


def _stage_from_wire(stage: wire.Stage) -> policies.Stage:
    if stage.status not in policies.CODES:
        raise errors.NotValidError(f'stage of status "{stage.status}"', "it is neither AMBER nor RED")
    grace = _span(stage.grace_seconds) or datetime.timedelta(0)
    return policies.Stage(status.StatusCode(stage.status), grace, stage.info)


def _span(seconds: float) -> datetime.timedelta | None:
    if seconds == 0:
        return None
    try:
        # A NaN is neither above nor below any bound, and would pass a check that is written as it is thought.
        if math.isfinite(seconds):
            return datetime.timedelta(seconds=seconds)
    except OverflowError:
        pass
    raise errors.NotValidError(f"span of {seconds} seconds", "it cannot be counted")
