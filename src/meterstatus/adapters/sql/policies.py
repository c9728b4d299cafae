"""A policy as the database keeps it: JSON of seconds, ``{"amber": 300.0, "red": null, "warning": 60.0}``.

``stages`` is there only where the first AMBER and the first RED do not say all; an earlier release passes it
over (decision 0017).
"""

import datetime
import json
from typing import Any

from meterstatus.domain import policy as policies
from meterstatus.domain import status


def to_text(policy: policies.Policy | None) -> str | None:
    """Write a policy; None, where none is set, stays None."""
    if policy is None:
        return None
    spans = {
        "amber": policy.grace(status.StatusCode.AMBER),
        "red": policy.grace(status.StatusCode.RED),
        "warning": policy.warning,
    }
    row: dict[str, Any] = {
        name: None if span is None else span.total_seconds() for name, span in spans.items()
    }
    if not policy.is_amber_red:
        row["stages"] = [
            [stage.code.value, stage.grace.total_seconds(), stage.info] for stage in policy.stages
        ]
    return json.dumps(row)


def from_text(text: str | None) -> policies.Policy | None:
    """Read what ``to_text`` wrote.

    Raises:
        ValueError, KeyError: somebody else wrote it.
    """
    if text is None:
        return None
    row: dict[str, Any] = json.loads(text)
    amber, red, warning = (_span(row[name]) for name in ("amber", "red", "warning"))
    if "stages" not in row:
        return policies.amber_red(amber, red, warning)
    stages = (
        policies.Stage(status.StatusCode(code), datetime.timedelta(seconds=seconds), info)
        for code, seconds, info in row["stages"]
    )
    return policies.Policy(tuple(stages), warning)


def _span(seconds: float | None) -> datetime.timedelta | None:
    return None if seconds is None else datetime.timedelta(seconds=seconds)
