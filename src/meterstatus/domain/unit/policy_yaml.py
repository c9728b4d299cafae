"""A policy in a unit's state file: Juju's two stages under a key each, and any other list beside them.

Pure. ``stages`` is there only where the two keys do not say the whole; an earlier release passes it over and
follows those (decision 0017).
"""

from typing import Any

from meterstatus import errors
from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.text import lenient_yaml
from meterstatus.domain.unit import offline_clock


def keys(policy: policies.Policy) -> dict[str, Any]:
    """Return the keys of a policy, in their order."""
    spans = {
        "amber-grace-seconds": policy.grace(status.StatusCode.AMBER),
        "red-grace-seconds": policy.grace(status.StatusCode.RED),
        "warning-seconds": policy.warning,
    }
    document: dict[str, Any] = {key: span.total_seconds() for key, span in spans.items() if span is not None}
    if policy.is_amber_red:
        return document
    stages = enumerate(policy.stages, start=1)
    return document | {"stages": {f"stage-{number}": _stage_keys(stage) for number, stage in stages}}


def _stage_keys(stage: policies.Stage) -> dict[str, Any]:
    return {
        "grace-seconds": stage.grace.total_seconds(),
        "status-code": stage.code.value,
        "status-info": stage.info,
    }


def read(fields: lenient_yaml.Fields) -> policies.Policy:
    """Read what ``keys`` wrote.

    Raises:
        StateCorruptError: no agent can follow it.
    """
    spans = [fields.seconds(f"{key}-seconds") or None for key in ("amber-grace", "red-grace", "warning")]
    two = policies.amber_red(*spans)
    graces = [stage.grace for stage in two.stages]
    is_negative = any(span is not None and span < offline_clock.NOTHING for span in spans)
    if is_negative or graces != sorted(set(graces)):
        raise errors.StateCorruptError(f"the policy has AMBER after {spans[0]} and RED after {spans[1]}")
    stages = fields.part("stages", lambda inner: inner.each(_stage))
    return _checked(policies.Policy(stages, two.warning)) if stages else two


def _stage(fields: lenient_yaml.Fields) -> policies.Stage:
    code = fields.text("status-code")
    if code not in policies.CODES:
        raise errors.StateCorruptError(f"the policy has a stage of status {code!r}")
    return policies.Stage(
        status.StatusCode(code), fields.seconds("grace-seconds"), fields.text("status-info")
    )


def _checked(policy: policies.Policy) -> policies.Policy:
    try:
        policies.check_sense(policy)
    except (errors.NotValidError, errors.ConfigError) as error:
        raise errors.StateCorruptError(f"the policy has stages that cannot be followed: {error}") from error
    return policy
