"""The order in which the workers' parts are checked (spec worker, A.3 and A.5)."""

import dataclasses
import datetime
import logging
from collections.abc import Callable
from typing import Any

import pytest

import meterstatus
from meterstatus.testing import fakes

MINUTE = datetime.timedelta(minutes=1)


def connected(**changes: Any) -> meterstatus.ConnectedConfig:
    config = meterstatus.ConnectedConfig(
        runner=fakes.FakeHookRunner(),
        state_read_writer=fakes.FakeStateReadWriter(),
        status=fakes.FakeMeterStatusClient(),
        logger=logging.getLogger("test"),
    )
    return dataclasses.replace(config, **changes)


def isolated(**changes: Any) -> meterstatus.IsolatedConfig:
    config = meterstatus.IsolatedConfig(
        runner=fakes.FakeHookRunner(),
        state_read_writer=fakes.FakeStateReadWriter(),
        clock=meterstatus.SystemClock(),
        logger=logging.getLogger("test"),
        amber_grace_period=MINUTE,
        red_grace_period=MINUTE * 5,
        trigger_factory=meterstatus.get_triggers,
    )
    return dataclasses.replace(config, **changes)


CONNECTED_FAULTS = [
    ({"runner": None}, "missing Runner not valid"),
    ({"state_read_writer": None}, "missing StateReadWriter not valid"),
    ({"status": None}, "missing Status not valid"),
    ({"logger": None}, "missing Logger not valid"),
]

ISOLATED_FAULTS = [
    ({"runner": None}, "missing Runner not valid"),
    ({"state_read_writer": None}, "missing StateReadWriter not valid"),
    ({"clock": None}, "missing Clock not valid"),
    ({"logger": None}, "missing Logger not valid"),
    ({"amber_grace_period": MINUTE * 0}, "amber grace period not valid"),
    ({"red_grace_period": -MINUTE}, "red grace period not valid"),
    ({"trigger_factory": None}, "missing TriggerFactory not valid"),
]


@pytest.mark.parametrize(("changes", "text"), CONNECTED_FAULTS)
def test_connected_parts_are_required(changes: dict[str, Any], text: str) -> None:
    """Each missing part is a not-valid error of its own, and nothing is started."""
    builders: list[Callable[[meterstatus.ConnectedConfig], object]] = [
        meterstatus.ConnectedConfig.validate,
        meterstatus.ConnectedStatusHandler,
        meterstatus.ConnectedStatusWorker.start,
    ]
    for build in builders:
        with pytest.raises(meterstatus.NotValidError) as caught:
            build(connected(**changes))
        assert text == str(caught.value)


@pytest.mark.parametrize(("changes", "text"), ISOLATED_FAULTS)
def test_isolated_parts_are_required(changes: dict[str, Any], text: str) -> None:
    """Each missing or impossible part is a not-valid error of its own, and nothing is started."""
    builders: list[Callable[[meterstatus.IsolatedConfig], object]] = [
        meterstatus.IsolatedConfig.validate,
        meterstatus.IsolatedStatusWorker.start,
    ]
    for build in builders:
        with pytest.raises(meterstatus.NotValidError) as caught:
            build(isolated(**changes))
        assert text == str(caught.value)


@pytest.mark.parametrize(("faults", "build"), [(CONNECTED_FAULTS, connected), (ISOLATED_FAULTS, isolated)])
def test_the_first_fault_counts(faults: list[tuple[dict[str, Any], str]], build: Any) -> None:
    """Of several faults the first in the reference's order is reported."""
    for number, (_, text) in enumerate(faults):
        changes: dict[str, Any] = {}
        for broken, _ in faults[number:]:
            changes |= broken
        with pytest.raises(meterstatus.NotValidError) as caught:
            build(**changes).validate()
        assert text == str(caught.value)


@pytest.mark.parametrize("amber", [MINUTE * 5, MINUTE * 6])
def test_amber_must_come_before_red(amber: datetime.timedelta) -> None:
    """Equal or longer is an error of its own kind, checked before the trigger factory."""
    with pytest.raises(meterstatus.ConfigError) as caught:
        isolated(amber_grace_period=amber, trigger_factory=None).validate()

    assert str(caught.value) == "amber grace period must be shorter than the red grace period"
    assert not isinstance(caught.value, meterstatus.NotValidError)


def test_whole_configurations_are_accepted() -> None:
    """Nothing is wrong with all parts there."""
    connected().validate()
    isolated().validate()
