"""protocol.results: one result for each element, and which of them failed."""

import pytest

from meterstatus import errors
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import meter_status

RED = meter_status.MeterStatusResult("RED", "over")


def test_as_many_as_asked_for_are_returned() -> None:
    """Results of the right number are returned as they are, failures among them."""
    found = (wire.ErrorResult(), wire.ErrorResult(wire.Error("no", "")))
    assert results.as_many(found, 2) is found


@pytest.mark.parametrize(
    ("count", "text"), [(0, "expected 0 results, got 1"), (2, "expected 2 results, got 1")]
)
def test_another_number_is_no_answer(count: int, text: str) -> None:
    """More or fewer results than elements cannot be told apart, and none is used."""
    with pytest.raises(errors.RemoteProtocolError) as raised:
        results.as_many([RED], count)
    assert str(raised.value) == text


def test_the_only_result_is_returned() -> None:
    """One result without an error is the result."""
    assert results.only([RED]) is RED


def test_the_only_result_is_one() -> None:
    """Where one was asked for, two are no answer."""
    with pytest.raises(errors.RemoteProtocolError) as raised:
        results.only([RED, RED])
    assert str(raised.value) == "expected 1 result, got 2"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unauthorized access", errors.UnauthorizedError),
        ("not implemented", errors.UnsupportedError),
        ("not found", errors.RequestError),
    ],
)
def test_the_error_of_the_only_result_is_raised(code: str, kind: type[errors.MeterStatusError]) -> None:
    """A failure inside a result becomes the exception that the failure of the whole call would be."""
    with pytest.raises(kind) as raised:
        results.only([wire.ErrorResult(wire.Error("no", code, {"k": 1}))])
    assert type(raised.value) is kind
    assert (str(raised.value), raised.value.code) == ("no", code)


def test_a_refusal_is_returned_as_only_would_raise_it() -> None:
    """Where each result counts for itself; a success is none."""
    error = results.refusal(wire.ErrorResult(wire.Error("no", "try again")))
    assert error is not None
    assert (type(error), str(error), error.code) == (errors.RequestError, "no", "try again")
    assert results.refusal(RED) is None
