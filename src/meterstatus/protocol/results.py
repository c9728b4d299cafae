"""What a caller checks in the results of a facade: that each is there, and whether it tells of a failure.

The rules of every facade that takes a list (spec juju-api, 1.12 and 4.2). Reads what is decoded already.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from meterstatus import errors
from meterstatus.protocol import messages, wire

_T = TypeVar("_T")


class Result(Protocol):
    """A result that may be a failure."""

    @property
    def error(self) -> wire.Error | None:
        """What went wrong, or None."""
        ...


_R = TypeVar("_R", bound=Result)


def as_many(results: Sequence[_T], count: int) -> Sequence[_T]:
    """Return results, checked to be one for each element asked for.

    Raises:
        RemoteProtocolError: they are more or fewer.
    """
    if len(results) != count:
        raise errors.RemoteProtocolError(
            f"expected {count} result{'' if count == 1 else 's'}, got {len(results)}"
        )
    return results


def only(results: Sequence[_R]) -> _R:
    """Return the one result of the one element asked for, checked to be none that failed.

    Raises:
        UnauthorizedError, UnsupportedError, RequestError: it is an error, see ``messages.to_error``.
        RemoteProtocolError: there is not one result.
    """
    (result,) = as_many(results, 1)
    refused = refusal(result)
    if refused is not None:
        raise refused
    return result


def refusal(result: Result) -> errors.MeterStatusError | None:
    """Return the error that a result tells of, see ``messages.to_error``; None where it is a success."""
    said = result.error
    return None if said is None else messages.to_error(said.message, said.code, said.info)
