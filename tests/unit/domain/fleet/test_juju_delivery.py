"""What a stored state says of the hook of a Juju agent."""

import datetime

import pytest

from meterstatus.domain import status
from meterstatus.domain.fleet import juju_delivery
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.domain.unit import state

AT = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def test_what_a_juju_agent_stored_is_what_its_hook_was_told() -> None:
    """With the time at which it was stored."""
    read = juju_delivery.read("status-code: RED\nstatus-info: unpaid\n", AT)
    assert read is not None
    assert (read.status, read.origin) == (status.MeterStatus("RED", "unpaid"), hook_call.Origin.CONTROLLER)
    assert (read.outcome.result, read.attempt, read.ended_at) == (outcome.HookResult.RAN, 1, AT)
    assert read.delivery_id.endswith("-juju")


def test_a_stage_is_the_agents_own_word() -> None:
    """It is stored with the reference's information when contact is back."""
    text = state.State("AMBER", "unit agent has been disconnected").to_yaml()
    read = juju_delivery.read(text, AT)
    assert read is not None
    assert read.origin is hook_call.Origin.AGENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "status-code: PURPLE",
        state.State("RED", "unpaid", deliveries=7).to_yaml(),
        "status-code: RED\nstatus-info: " + "x" * juju_delivery.LONGEST_TEXT,
    ],
    ids=["nothing", "no yaml", "no status", "one of ours", "too long"],
)
def test_what_is_no_word_of_a_juju_agent(text: str) -> None:
    """It is stored all the same, and says nothing here."""
    assert juju_delivery.read(text, AT) is None
