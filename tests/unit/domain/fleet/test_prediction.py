"""What the agent of a unit out of contact must have decided, held to what it does decide."""

import dataclasses
import datetime

import hypothesis
import pytest
from hypothesis import strategies

from meterstatus.domain import maintenance, policy, status
from meterstatus.domain.fleet import prediction, presence
from meterstatus.domain.unit import forecast

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
GREEN, RED = status.MeterStatus("GREEN", "fine"), status.MeterStatus("RED", "unpaid")
SHORT = policy.amber_red(10 * SECOND, 20 * SECOND)
A = prediction.Assumption


def known(
    asserted: status.MeterStatus = GREEN,
    *,
    rules: policy.Policy | None = SHORT,
    controller: str = "",
    is_exact: bool = True,
    set_after: datetime.timedelta = -SECOND,
    delivered: status.MeterStatus | None = None,
    heard: status.MeterStatus | None = None,
) -> prediction.Known:
    """Return what is known of a unit whose last contact was at ``AT``."""
    contact = presence.Contact("shop/0", controller, AT, AT, is_exact=is_exact)
    return prediction.Known(contact, asserted, AT + set_after, delivered, heard or delivered, rules)


def predicted(what: prediction.Known, seconds: float) -> prediction.Prediction:
    """Return the prediction some seconds after the last contact, which there must be."""
    made = prediction.predict(what, AT + seconds * SECOND)
    assert made is not None
    return made


SPANS = strategies.integers(1, 40).map(lambda number: number * SECOND)


def _policy(
    amber: datetime.timedelta, more: datetime.timedelta, has_amber: bool, has_red: bool
) -> policy.Policy:
    return policy.amber_red(amber if has_amber else None, amber + more if has_red else None)


POLICIES = strategies.builds(_policy, SPANS, SPANS, strategies.booleans(), strategies.booleans())
STATUSES = strategies.sampled_from([GREEN, RED, status.MeterStatus("AMBER", "low"), status.MeterStatus("?")])


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(told=STATUSES, rules=POLICIES, passed=strategies.integers(0, 90))
def test_the_prediction_is_what_the_agent_decides(
    told: status.MeterStatus, rules: policy.Policy, passed: int
) -> None:
    """Played through ``decide``, the hook was told what is predicted, and is told the next stage then."""
    played = forecast.forecast(forecast.Plan(datetime.timedelta(days=1), told, rules))
    # Contact returns at the end; what is told then is no longer the agent's own word.
    tellings = [each for each in played if each.told is not None and each.after < datetime.timedelta(days=1)]
    now = passed * SECOND
    last = [each for each in tellings if each.after <= now][-1].told
    later = [each for each in tellings if each.after > now]
    made = predicted(known(told, rules=rules), passed)
    assert last is not None
    assert made.status == last.status
    upcoming = None if made.upcoming is None else (made.upcoming.code, made.upcoming.due_in)
    coming = later[0].told if later else None
    assert upcoming == (None if coming is None else (coming.status.code, later[0].after - now))


def test_a_unit_in_contact_is_not_predicted() -> None:
    """One that is connected and was answered within its first stage decides nothing by itself."""
    assert prediction.predict(known(controller="one"), AT + 9.9 * SECOND) is None


def test_a_connected_unit_that_is_silent_is() -> None:
    """A connection whose agent was not answered for a whole first stage has no agent at its end."""
    made = predicted(known(controller="one"), 10)
    assert (made.stage, made.assumptions) == (status.StatusCode.AMBER, (A.SILENT,))


def test_a_unit_that_was_never_in_contact_is_not_guessed() -> None:
    """Nothing is predicted, and that is said."""
    never = prediction.Known(None, GREEN, AT)
    assert prediction.predict(never, AT) == prediction.Prediction(None, assumptions=(A.NEVER_IN_CONTACT,))


def test_the_agent_may_be_earlier_by_a_contact_period() -> None:
    """A fifth of the first stage, and a minute at most."""
    assert predicted(known(), 5).early_by == 2 * SECOND
    assert predicted(known(rules=policy.amber_red(None, None)), 5).early_by == 60 * SECOND


def test_without_a_policy_the_options_are_assumed() -> None:
    """Where no policy rules a unit, Juju's times are assumed, and that is said."""
    made = predicted(known(rules=None), 301)
    assert (made.stage, made.assumptions) == (status.StatusCode.AMBER, (A.OWN_OPTIONS,))
    assert made.upcoming is not None
    assert made.upcoming.at == AT + policy.JUJU_RED


def test_a_policy_that_is_off_keeps_the_last_status() -> None:
    """With no stage on, the hook keeps what it was told, and nothing comes."""
    made = predicted(known(rules=policy.amber_red(None, None)), 1e6)
    assert (made.status, made.stage, made.upcoming) == (GREEN, "", None)


def test_a_dead_controllers_unit_is_predicted_with_a_bound() -> None:
    """It is said that the last contact may have been later."""
    assert predicted(known(is_exact=False), 12).assumptions == (A.NOT_BEFORE,)


def test_what_was_set_after_the_last_contact_is_not_known_to_the_agent() -> None:
    """Its hook keeps what it was reported to be told; where nothing was, only a stage is known."""
    made = predicted(known(RED, set_after=SECOND, delivered=GREEN), 5)
    assert (made.status, made.assumptions) == (GREEN, (A.UNTOLD,))
    assert predicted(known(RED, set_after=0 * SECOND), 5).status == RED, "it was told of it just then"
    assert predicted(known(RED, set_after=SECOND), 5).status is None
    assert predicted(known(RED, set_after=SECOND), 15).stage == status.StatusCode.AMBER


def test_a_clock_that_was_set_back_predicts_the_last_contact() -> None:
    """An instant before the last contact counts as that contact: nothing is unmade."""
    assert predicted(known(), -100).upcoming == predicted(known(), 0).upcoming


def test_maintenance_that_the_agent_heard_of_makes_it_wait() -> None:
    """By what was left of it at the last contact, also one whose connection is silent."""
    announced = maintenance.Maintenance(AT - 5 * SECOND, AT + 30 * SECOND, "user-bob")
    heard = dataclasses.replace(known(), maintenance=announced)
    assert predicted(heard, 39).status == GREEN
    assert predicted(heard, 40).stage == "AMBER"
    silent = dataclasses.replace(known(controller="controller"), maintenance=announced)
    assert prediction.predict(silent, AT + 39 * SECOND) is None
    just = dataclasses.replace(known(), maintenance=dataclasses.replace(announced, since=AT))
    assert predicted(just, 39).status == GREEN, "the contact at which it was announced told of it"
    later = dataclasses.replace(known(), maintenance=dataclasses.replace(announced, since=AT + SECOND))
    assert predicted(later, 41).stage == "RED"


@pytest.mark.parametrize("set_after", [-SECOND, SECOND])
def test_a_hook_that_failed_leaves_the_charm_with_what_it_was_told(set_after: datetime.timedelta) -> None:
    """Cut off, an agent tells the worse of that and of what failed, whether that is asserted or was."""
    low = status.MeterStatus("AMBER", "low")
    asserted = RED if set_after > datetime.timedelta(0) else low
    worse = predicted(known(asserted, set_after=set_after, delivered=GREEN, heard=low), 5)
    assert (worse.status, worse.upcoming and worse.upcoming.code) == (low, "RED")
    asserted = RED if set_after > datetime.timedelta(0) else GREEN
    better = predicted(known(asserted, set_after=set_after, delivered=low, heard=GREEN), 5)
    assert (better.status, better.upcoming and better.upcoming.code) == (low, "RED")


def test_what_was_reported_of_an_older_word_says_nothing_of_the_newest() -> None:
    """GREEN was heard after RED was told, and no report of it came: its hook has most likely run."""
    assert predicted(known(GREEN, delivered=RED), 5).status == GREEN
