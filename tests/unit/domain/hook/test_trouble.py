"""What keeps a hook from being told: where it comes from, and when it is news."""

import datetime

import pytest

from meterstatus.domain.hook import outcome, trouble

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
LOCK = trouble.Trouble(trouble.Reason.LOCK, "process 7", AT)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (outcome.HookOutcome(outcome.HookResult.RAN, 0), None),
        (outcome.HookOutcome(outcome.HookResult.MISSING), None),
        (
            outcome.HookOutcome(outcome.HookResult.NOT_STARTED, detail="no interpreter"),
            trouble.Trouble(trouble.Reason.HOOK_NOT_STARTED, "no interpreter", AT),
        ),
        (
            outcome.HookOutcome(outcome.HookResult.FAILED, 3, "oops"),
            trouble.Trouble(trouble.Reason.HOOK_FAILED, "failed; exit status 3; oops", AT),
        ),
        (
            outcome.HookOutcome(outcome.HookResult.TIMED_OUT),
            trouble.Trouble(trouble.Reason.HOOK_FAILED, "timed out", AT),
        ),
    ],
)
def test_a_hook_that_was_not_told_is_a_trouble(
    ended: outcome.HookOutcome, expected: trouble.Trouble | None
) -> None:
    """It says what became of the hook in a line."""
    assert trouble.of_outcome(ended, AT) == expected


@pytest.mark.parametrize(
    ("said", "now", "is_news"),
    [
        (None, None, False),
        (None, LOCK, True),
        (LOCK, None, True),
        (LOCK, trouble.Trouble(trouble.Reason.CHARM, "process 7", AT), True),
        (LOCK, trouble.Trouble(trouble.Reason.LOCK, "process 8", AT), True),
        (LOCK, trouble.Trouble(trouble.Reason.LOCK, "process 7"), True),
        (trouble.Trouble(trouble.Reason.LOCK), trouble.Trouble(trouble.Reason.LOCK), False),
        (LOCK, trouble.Trouble(trouble.Reason.LOCK, "process 7", AT + SECOND), False),
        (LOCK, trouble.Trouble(trouble.Reason.LOCK, "process 7", AT + 5 * SECOND), True),
    ],
)
def test_the_same_reckoned_again_is_no_news(
    said: trouble.Trouble | None, now: trouble.Trouble | None, is_news: bool
) -> None:
    """Another reason, word or retry is; a retry that two clocks put a second apart is not."""
    assert trouble.is_news(said, now) is is_news


def test_only_a_state_that_is_not_written_down_withholds_nothing() -> None:
    """The hook was told, and may be told again."""
    assert [reason for reason in trouble.Reason if not trouble.Trouble(reason).withholds] == [
        trouble.Reason.STATE
    ]


def test_its_words_are_cut() -> None:
    """A line is enough for a person."""
    cut = trouble.Trouble(trouble.Reason.AGENT, "x" * 10_000, AT).shortened()
    assert (len(cut.detail.encode()), cut.retry_at) == (trouble.DETAIL_LIMIT_BYTES, AT)
