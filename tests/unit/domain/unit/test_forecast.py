"""What would be told without contact."""

import datetime

from meterstatus.domain import policy, status
from meterstatus.domain.unit import forecast

MINUTE = datetime.timedelta(minutes=1)


def story(plan: forecast.Plan) -> list[tuple[float, str]]:
    """Return when, in minutes, and what: a status told, a warning's hook, or what happened."""
    return [
        (each.after / MINUTE, each.what or (each.told.status.code if each.told else ""))
        for each in forecast.forecast(plan)
    ]


def test_stages_come_at_their_times_and_contact_ends_them() -> None:
    """GREEN, AMBER after 5 minutes, RED after 15, GREEN again."""
    assert story(forecast.Plan(20 * MINUTE)) == [
        (0, "GREEN"),
        (5, "AMBER"),
        (15, "RED"),
        (20, "contact returns"),
        (20, "GREEN"),
    ]


def test_restarts_and_reboots_move_nothing() -> None:
    """In any order, and those after contact returned do not happen."""
    plan = forecast.Plan(16 * MINUTE, restarts=[6 * MINUTE, 60 * MINUTE], reboots=[3 * MINUTE])
    assert story(plan) == [
        (0, "GREEN"),
        (3, "the machine reboots"),
        (5, "AMBER"),
        (6, "the agent restarts"),
        (15, "RED"),
        (16, "contact returns"),
        (16, "GREEN"),
    ]


def test_a_stage_goes_before_the_contact_of_the_same_instant() -> None:
    """Contact that returns when AMBER is due comes too late for it; a restart then does not happen."""
    assert story(forecast.Plan(5 * MINUTE, restarts=[5 * MINUTE])) == [
        (0, "GREEN"),
        (5, "AMBER"),
        (5, "contact returns"),
        (5, "GREEN"),
    ]


def test_a_warning_is_a_hook_of_its_own() -> None:
    """It bears the status that the charm knows."""
    plan = forecast.Plan(10 * MINUTE, policy=policy.amber_red(red=None, warning=MINUTE))
    told = [each for each in forecast.forecast(plan) if each.told]
    assert [
        (each.after / MINUTE, each.told.hook.value, each.told.status.code) for each in told if each.told
    ] == [
        (0, "meter-status-changed", "GREEN"),
        (4, "meter-status-will-change", "GREEN"),
        (5, "meter-status-changed", "AMBER"),
        (10, "meter-status-changed", "GREEN"),
    ]


def test_red_stays_red() -> None:
    """A unit that is RED hears nothing."""
    plan = forecast.Plan(20 * MINUTE, told=status.MeterStatus("RED", "over"))
    assert story(plan) == [(0, "RED"), (20, "contact returns")]


def test_announced_maintenance_puts_off_the_stages() -> None:
    """Through a restart too."""
    hour = datetime.timedelta(hours=1)
    plan = forecast.Plan(offline=3 * hour, maintenance=2 * hour, restarts=[hour], reboots=[2 * hour])
    told = [(each.after, each.told.status.code) for each in forecast.forecast(plan)[1:] if each.told]
    amber, red = datetime.timedelta(minutes=5), datetime.timedelta(minutes=15)
    assert told == [(2 * hour + amber, "AMBER"), (2 * hour + red, "RED"), (3 * hour, "GREEN")]
