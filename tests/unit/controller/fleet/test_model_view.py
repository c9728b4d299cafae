"""A model's content in Juju's words."""

import datetime

import pytest

from harness import repository
from meterstatus.controller.fleet import model_view, models, presence
from meterstatus.domain import status
from meterstatus.protocol.facades import client
from meterstatus.testing import manual_clock


@pytest.mark.parametrize(
    ("code", "colour"),
    [("GREEN", "green"), ("AMBER", "amber"), ("RED", "red"), ("NOT SET", None), ("NOT AVAILABLE", None)],
)
def test_only_colours_are_shown(code: str, colour: str | None) -> None:
    """A colour is shown in lower case with its information; a unit that nobody has set shows none (8.3)."""
    expected = None if colour is None else client.MeterStatus(colour, "why")
    assert model_view.colour(status.MeterStatus(code, "why")) == expected


async def test_an_agent_is_idle_or_lost() -> None:
    """A connected agent is idle and any other lost, each since it became so."""
    clock = manual_clock.ManualClock()
    there = presence.Presence(clock)
    there.arrived("shop/0")
    view = model_view.ModelView(
        models.workload(repository.IDENTITY), "c", "user-bob", {}, {"shop": 1, "till": 0}, there
    )
    assert view.agent("shop/0") == ("idle", "", clock.now())
    assert view.agent("shop/1").status == "lost"
    assert view.workload == ("unknown", "", clock.now())
    assert [view.has_application(name) for name in ("shop", "till", "bank")] == [True, False, False]


def test_what_never_changes_is_so_since_the_controller_was_made() -> None:
    """Or since this process looks, of a controller that an earlier release made: never is nobody sure."""
    clock = manual_clock.ManualClock()
    made = clock.now() - datetime.timedelta(days=3)
    for created, since in ((made, made), (None, clock.now())):
        view = model_view.ModelView(
            models.workload(repository.IDENTITY),
            "c",
            "user-bob",
            {},
            {},
            presence.Presence(clock),
            created,
        )
        assert (view.since, view.workload.since) == (since, since)
