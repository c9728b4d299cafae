"""Tests of an engine's configuration: one field broken per row (spec worker, C.2)."""

import dataclasses
import datetime
import logging
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.engine import configuration
from meterstatus.runtime import clock

_GOOD = configuration.EngineConfig(
    is_fatal=lambda _: False,
    worst_error=lambda new, _: new,
    clock=clock.SystemClock(),
    logger=logging.getLogger("test"),
    random=lambda: 0.5,
)
_NEGATIVE = datetime.timedelta(milliseconds=-1)

# In the order of the checks.
_BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"is_fatal": None}, "missing IsFatal"),
    ({"worst_error": None}, "missing WorstError"),
    ({"error_delay": _NEGATIVE}, "negative ErrorDelay"),
    ({"bounce_delay": _NEGATIVE}, "negative BounceDelay"),
    ({"backoff_factor": 0.9}, "BackoffFactor"),
    ({"backoff_reset_time": _NEGATIVE}, "negative BackoffResetTime"),
    ({"max_delay": _NEGATIVE}, "negative MaxDelay"),
    ({"clock": None}, "missing Clock"),
    ({"logger": None}, "missing Logger"),
    ({"random": None}, "missing Random"),
    ({"jitter": (1.1, 0.9)}, "Jitter"),
]


def test_defaults_are_jujus() -> None:
    """The figures of every Juju agent are valid and the default."""
    _GOOD.validate()
    assert _GOOD.error_delay == datetime.timedelta(seconds=3)
    assert _GOOD.bounce_delay == datetime.timedelta(milliseconds=10)
    assert _GOOD.backoff_factor == 1.2
    assert _GOOD.backoff_reset_time == datetime.timedelta(minutes=1)
    assert _GOOD.max_delay == datetime.timedelta(minutes=2)
    assert _GOOD.jitter == (0.9, 1.1)


@pytest.mark.parametrize(("broken", "subject"), _BROKEN, ids=[subject for _, subject in _BROKEN])
def test_one_field_broken(broken: dict[str, Any], subject: str) -> None:
    """Each field is checked."""
    with pytest.raises(errors.NotValidError) as raised:
        dataclasses.replace(_GOOD, **broken).validate()
    assert raised.value.subject == subject


@pytest.mark.parametrize("number", range(len(_BROKEN)), ids=[subject for _, subject in _BROKEN])
def test_order_of_checks(number: int) -> None:
    """With this field and all after it broken, this one is named."""
    broken = {name: value for fields, _ in _BROKEN[number:] for name, value in fields.items()}
    with pytest.raises(errors.NotValidError) as raised:
        dataclasses.replace(_GOOD, **broken).validate()
    assert raised.value.subject == _BROKEN[number][1]


@pytest.mark.parametrize(
    "fields",
    [
        {"backoff_factor": 0},
        {"backoff_factor": 1},
        {"error_delay": datetime.timedelta()},
        {"bounce_delay": datetime.timedelta()},
        {"backoff_reset_time": datetime.timedelta()},
        {"max_delay": datetime.timedelta()},
        {"jitter": (0.0, 1.0)},
        {"jitter": (1.0, 1.0)},
    ],
)
def test_limits_are_valid(fields: dict[str, Any]) -> None:
    """The edges of what is allowed are allowed."""
    dataclasses.replace(_GOOD, **fields).validate()
