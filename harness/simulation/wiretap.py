"""Listens in on an agent's connection: which statuses and policies it hears, and how."""

import enum
from typing import Any, Protocol

import msgspec

from harness.simulation import story
from meterstatus.domain import policy, status
from meterstatus.protocol import policies, wire


class How(enum.Enum):
    """How a status is heard."""

    LOGIN = "login"
    """Asked for before the login counts; nobody acts on it."""

    ANSWER = "answer"
    EVENT = "event"


class Ear(Protocol):
    """Given all that an agent hears of its unit, as it arrives."""

    def hear_status(self, word: status.MeterStatus, how: How, *, is_late: bool) -> None:
        """Take note of a status; a late one has lain there while the agent was stopped."""
        ...

    def overhear(self, word: status.MeterStatus) -> None:
        """Take note of a status that a controller says, as it says it."""
        ...

    def hear_policy(self, word: policy.Policy | None) -> None:
        """Take note of a policy; None is the word that none is set."""
        ...

    def expect_maintenance(self) -> None:
        """Take note of an event that tells of maintenance; how much of it is left, the agent asks."""
        ...

    def hear_maintenance(self, until: float) -> None:
        """Take note of until when maintenance is announced, in virtual seconds; in the past where none is."""
        ...

    def overhear_maintenance(self, seconds: float) -> None:
        """Take note of what a controller says is left of maintenance, as it says it."""
        ...


class _Request(msgspec.Struct, rename="kebab"):
    request_id: int = 0
    request: str = ""


class _Result(msgspec.Struct, rename="kebab"):
    """What any of the answers has that is of interest here."""

    code: str = ""
    info: str = ""
    policy: Any = None
    maintenance_seconds: float = 0.0
    results: tuple["_Result", ...] = ()


class Response(msgspec.Struct, rename="kebab"):
    """An answer of a controller."""

    request_id: int = 0
    error: str = ""
    response: _Result = msgspec.field(default_factory=_Result)


_decode_request = msgspec.json.Decoder(_Request).decode
_decode_response = msgspec.json.Decoder(Response).decode


class Wiretap:
    """One connection's.

    Args:
        ear: what hears it.
        hears_answers_leave: whether it hears statuses also as they leave the controller.
    """

    def __init__(self, ear: Ear, *, hears_answers_leave: bool = False) -> None:
        self._ear = ear
        self._hears_answers_leave = hears_answers_leave
        self._asked: dict[int, tuple[str, float]] = {}
        self._statuses = 0

    def went(self, message: bytes) -> None:
        """Take note of what the agent asks."""
        asked = _decode_request(message)
        self._asked[asked.request_id] = asked.request, story.now()

    def left(self, message: bytes) -> Response:
        """Take note of what the controller says, and return what ``came_back`` is given, if it arrives."""
        answer = _decode_response(message)
        asked, _ = self._asked.get(answer.request_id, ("", 0.0))
        said = answer.response
        first = said.results[0] if said.results else said
        if asked == "GetPolicy" and said.results:
            self._ear.overhear_maintenance(first.maintenance_seconds)
        elif first.code and self._hears_answers_leave and asked in ("GetMeterStatus", "Next"):
            self._ear.overhear(status.MeterStatus(first.code, first.info))
        return answer

    def came_back(self, answer: Response, *, is_late: bool) -> None:
        """Take note of what the agent hears; the status that a login asks for is no contact."""
        (asked, asked_at), said = self._asked.pop(answer.request_id, ("", 0.0)), answer.response
        first = said.results[0] if said.results else said
        if asked == "GetMeterStatus" and first.code:
            self._statuses += 1
            how = How.LOGIN if self._statuses == 1 else How.ANSWER
            self._ear.hear_status(status.MeterStatus(first.code, first.info), how, is_late=is_late)
        elif asked == "GetPolicy":
            self._ear.hear_policy(_policy(first.policy))
            left = first.maintenance_seconds
            self._ear.hear_maintenance(asked_at + left if left else float("-inf"))
        elif asked == "Next" and said.code:
            self._ear.hear_policy(_policy(said.policy.get("policy")))
            if said.policy.get("maintenance-seconds"):
                self._ear.expect_maintenance()
            self._ear.hear_status(status.MeterStatus(said.code, said.info), How.EVENT, is_late=is_late)


def _policy(said: Any) -> policy.Policy | None:
    return None if said is None else policies.from_wire(msgspec.convert(said, wire.Policy))
