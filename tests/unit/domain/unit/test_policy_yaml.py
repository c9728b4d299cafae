"""A policy in a unit's state file."""

import datetime

import pytest

from meterstatus import errors
from meterstatus.domain import policy
from meterstatus.domain.text import lenient_yaml, plain_yaml
from meterstatus.domain.unit import policy_yaml

MINUTE = datetime.timedelta(minutes=1)
AMBER, RED = policy.CODES
THREE = policy.Policy(
    (
        policy.Stage(AMBER, 5 * MINUTE),
        policy.Stage(AMBER, 10 * MINUTE, "write out"),
        policy.Stage(RED, 15 * MINUTE),
    )
)
TWO = """\
amber-grace-seconds: 300.000000
red-grace-seconds: 900.000000
"""
WRITTEN = (
    TWO
    + """\
stages:
  stage-1:
    grace-seconds: 300.000000
    status-code: "AMBER"
    status-info: "unit agent has been disconnected"
  stage-2:
    grace-seconds: 600.000000
    status-code: "AMBER"
    status-info: "write out"
  stage-3:
    grace-seconds: 900.000000
    status-code: "RED"
    status-info: "unit agent has been disconnected"
"""
)


def _read(text: str) -> policy.Policy:
    return policy_yaml.read(lenient_yaml.load(text, "the policy"))


@pytest.mark.parametrize(("kept", "text"), [(policy.JUJU_POLICY, TWO), (THREE, WRITTEN)])
def test_a_policy_is_kept(kept: policy.Policy, text: str) -> None:
    """Two stages as ever; more of them beside the first AMBER and the first RED."""
    assert plain_yaml.dump(policy_yaml.keys(kept)) == text
    assert _read(text) == kept


def test_what_this_release_adds_is_read_by_the_fast_reader() -> None:
    """Keys with a digit too: PyYAML takes forty times as long."""
    assert plain_yaml.parse(WRITTEN) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grace-seconds: 600", "grace-seconds: 200"),
        ("grace-seconds: 600", "grace-seconds: 0"),
        ('"AMBER"', '"GREEN"'),
        ('"write out"', '"unit agent has been disconnected"'),
    ],
    ids=["order", "no grace", "no such stage", "twice the same"],
)
def test_what_no_agent_can_follow_is_damage(old: str, new: str) -> None:
    """And not another policy."""
    assert old in WRITTEN
    with pytest.raises(errors.StateCorruptError):
        _read(WRITTEN.replace(old, new))
