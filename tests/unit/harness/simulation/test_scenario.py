"""harness.simulation.scenario: what is read is what was written, and what is shrunk is small."""

import dataclasses
import datetime

import pytest

from harness.invariants import census, verdict
from harness.simulation import faults, plans, run, scenario
from meterstatus.domain import policy, status

MINUTE = datetime.timedelta(minutes=1)
TEXT = """
# What it shows.
seed 7
controllers 2
joins 2:00
policy 60 - 20
statuses 1.5 20
for-a-time 3
0:30 network refuses: m1, 200 s
1:00 hook fails: shop/1, 2.5 s, draw 0.25
0:10 set shop/1 RED
end 0:06:00
----
whatever follows
"""


def test_what_is_done_is_read() -> None:
    """Commands one a line; comments and what follows are passed over."""
    assert scenario.parse(TEXT) == plans.Plan(
        seed=7,
        controllers=2,
        joins_at=120.0,
        rules=policy.amber_red(MINUTE, None, MINUTE / 3),
        statuses=(1.5, 20.0),
        for_a_time=(3.0,),
        strikes=(
            faults.Fault(faults.Kind.REFUSED, 30.0, 200.0, "m1", 0.5),
            faults.Fault(faults.Kind.HOOK_FAILS, 60.0, 2.5, "shop/1", 0.25),
        ),
        sets=(plans.Set(10.0, "shop/1", status.MeterStatus("RED", "shop/1 said so")),),
        end=360.0,
    )


@pytest.mark.parametrize("line", ["0:30 network sulks: m1, 200 s", "set shop/1", "hope 3"])
def test_what_cannot_be_done(line: str) -> None:
    """It is named."""
    with pytest.raises(scenario.ScenarioError, match=line):
        scenario.parse(f"{line}\n")


@pytest.mark.parametrize("seed", [1, 3, 8])
def test_what_a_seed_does_can_be_written_down(seed: int) -> None:
    """And is read again, to the last digit."""
    planned = plans.of(seed)
    assert scenario.parse(scenario.render(planned)) == planned
    given = scenario.parse(TEXT)
    assert scenario.parse(scenario.render(given)) == given


def test_a_trace_has_nothing_that_only_the_moment_makes() -> None:
    """No ids and no parts of seconds, and what was let pass at its end."""
    asked = census.Census()
    asked.count("2 never late", verdict.Excused(verdict.Cause.HELD_UP))
    asked.count("2 never late", verdict.HELD)
    line = "0:01:02.345 shop/1: hook meter-status-changed RED '', attempt 2 of 1c2b-7"
    report = run.Report(seed=1, faults=0, runs=1, lines=(line,), violations=(), census=asked)
    assert scenario.trace(report).splitlines() == [
        "0:01:02 shop/1: hook meter-status-changed RED '', attempt 2",
        "let pass: 2 never late, 1 times, hook or lock held it up",
    ]


def test_what_is_not_needed_is_left_out() -> None:
    """Of all faults and changes those that it takes together remain."""
    planned = plans.of(3)
    needed = {planned.strikes[2], planned.strikes[-1]}
    at = planned.statuses[1]
    asked = 0

    def is_so(fewer: plans.Plan) -> bool:
        nonlocal asked
        asked += 1
        return needed <= set(fewer.strikes) and at in fewer.statuses

    assert scenario.shrink(planned, is_so) == dataclasses.replace(
        planned,
        strikes=(planned.strikes[2], planned.strikes[-1]),
        statuses=(at,),
        policies=(),
        widely=(),
        for_a_time=(),
        announcements=(),
    )
    assert asked < 120
