"""Policies of one to four stages, against the rule as it is written (decision 0017).

The rule: a stage is told at its time where it is worse than what was told, and a later stage with its code is
worse than an earlier one. Whatever the list, the agent's decisions, the controller's prediction, the state
file, the wire and the database follow it.
"""

import datetime
import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from meterstatus.adapters.sql import policies as stored
from meterstatus.domain import policy, status
from meterstatus.domain.fleet import prediction, presence
from meterstatus.domain.unit import forecast, state
from meterstatus.protocol import policies as wired

AT = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)
WORDS = [status.MeterStatus(code, "by the controller") for code in ("GREEN", "AMBER", "RED")]

CLOSE = policy.Policy(
    (policy.Stage(policy.CODES[1], 10 * SECOND, "a"), policy.Stage(policy.CODES[1], 11 * SECOND, "b")),
    5 * SECOND,
)
"""Two stages that are closer to each other than the warning."""


@st.composite
def _policies(draw: st.DrawFn) -> policy.Policy:
    count = draw(st.integers(1, 4))
    graces = sorted(draw(st.sets(st.integers(10, 900), min_size=count, max_size=count)))
    ambers = draw(st.integers(0, count))
    infos = draw(
        st.lists(
            st.sampled_from([policy.DISCONNECTED_INFO, "shed load", "write out", 'a "quoted": one', "ü☂"]),
            min_size=count,
            max_size=count,
            unique=True,
        )
    )
    codes = [policy.CODES[0]] * ambers + [policy.CODES[1]] * (count - ambers)
    stages = [
        policy.Stage(code, grace * SECOND, info)
        for code, grace, info in zip(codes, graces, infos, strict=True)
    ]
    warning = draw(st.sampled_from([None, 5 * SECOND]))
    return policy.Policy(tuple(stages), warning)


def _told(
    word: status.MeterStatus, rules: policy.Policy
) -> list[tuple[datetime.timedelta, status.MeterStatus]]:
    """What a hook is told, and when, by the rule alone."""
    told = [(0 * SECOND, word)]
    by_stage = ""
    for stage in rules.stages:
        is_worse = status.severity(stage.code) > status.severity(told[-1][1].code)
        if is_worse or by_stage == stage.code:
            told.append((stage.grace, status.MeterStatus(stage.code.value, stage.info)))
            by_stage = stage.code
    return told


@settings(max_examples=150, deadline=None)
@given(
    word=st.sampled_from(WORDS),
    rules=_policies(),
    restarts=st.lists(st.integers(1, 900), max_size=2),
    passed=st.integers(0, 1000),
)
@example(word=WORDS[0], rules=CLOSE, restarts=[], passed=0)
def test_any_list_of_stages_is_told_at_its_times(
    word: status.MeterStatus, rules: policy.Policy, restarts: list[int], passed: int
) -> None:
    """By the agent, through restarts that read its file; and the controller predicts the same."""
    policy.check(rules)
    plan = forecast.Plan(DAY, word, rules, restarts=[at * SECOND for at in restarts])
    hooks = [(each.after, each.told) for each in forecast.forecast(plan) if each.told and each.after < DAY]
    changed = [(at, told.status) for at, told in hooks if told.hook == "meter-status-changed"]
    expected = _told(word, rules)
    assert changed == expected
    if rules.warning is not None:
        warned = [at for at, told in hooks if told.hook == "meter-status-will-change"]
        # Of one that follows the stage before it sooner than that, as soon as that is told.
        coming = itertools.pairwise(at for at, _ in expected)
        assert warned == [max(before, at - rules.warning) for before, at in coming]
    known = prediction.Known(
        presence.Contact("shop/0", "", AT, AT, is_exact=True), word, AT - SECOND, word, word, rules
    )
    made = prediction.predict(known, AT + passed * SECOND)
    assert made is not None
    assert made.status == [told for at, told in expected if at <= passed * SECOND][-1]
    ahead = [at for at, _ in expected if at > passed * SECOND]
    assert (made.upcoming and made.upcoming.due_in) == (ahead[0] - passed * SECOND if ahead else None)


@settings(max_examples=150, deadline=None)
@given(rules=_policies())
def test_any_list_is_kept(rules: policy.Policy) -> None:
    """In the state file, on the wire and in the database; what older readers know of it are the first two."""
    memory = state.State(policy=rules)
    assert state.State.from_yaml(memory.to_yaml()).policy == rules
    said = wired.to_wire(rules)
    assert wired.from_wire(said) == rules
    assert stored.from_text(stored.to_text(rules)) == rules
    firsts = [rules.grace(code) for code in policy.CODES]
    assert [said.amber_grace_seconds, said.red_grace_seconds] == [
        0 if grace is None else grace.total_seconds() for grace in firsts
    ]
