"""Policies in cells, in words and for programs."""

import pytest

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.programs.cli.views import policy_view
from meterstatus.protocol import wire
from meterstatus.protocol.facades import meter_status_admin

SHORT = wire.Policy(10, 90.5, 2)
NO_AMBER = wire.Policy(0, 5400)
MODEL = names.Tag(names.Kind.MODEL, "0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33")


def test_a_policy_is_shown_to_people() -> None:
    """Spans as a person writes them, what is off by its word, and nothing as a dash."""
    assert policy_view.cells(SHORT) == ("10s", "1m30s500ms", "2s")
    assert policy_view.cells(NO_AMBER) == ("off", "1h30m", "off")
    assert policy_view.graces(NO_AMBER) == "off/1h30m"
    assert policy_view.graces(None) == "-"
    assert policy_view.in_words(SHORT) == "AMBER after 10s, RED after 1m30s500ms, warned 2s before"
    assert policy_view.in_words(None) == "-"


def test_a_policy_is_shown_to_programs() -> None:
    """Seconds, null for what is off, and what it is set for by kind and name."""
    assert policy_view.ruling_document(meter_status_admin.Ruling("application-shop", NO_AMBER, 3)) == {
        "set-for": {"kind": "application", "name": "shop"},
        "amber-grace-seconds": None,
        "red-grace-seconds": 5400,
        "warning-seconds": None,
        "revision": 3,
    }


def test_what_it_is_set_for_is_named() -> None:
    """A unit and an application by name; the model by words that are no application's name."""
    assert policy_view.scope_name(names.Tag(names.Kind.UNIT, "shop/0")) == "shop/0"
    assert policy_view.scope_name(MODEL) == "the model"
    assert not names.is_application(policy_view.scope_name(MODEL))
    assert policy_view.scope_of(str(MODEL)) == MODEL


def test_nonsense_of_a_controller_is_told() -> None:
    """A policy that is none, and a tag that is none, are failures in words."""
    with pytest.raises(errors.RemoteProtocolError, match="holds a policy that is none"):
        policy_view.cells(wire.Policy(1e300, 0))
    with pytest.raises(errors.RemoteProtocolError, match="holds a policy for nothing"):
        policy_view.scope_of("rubbish")
