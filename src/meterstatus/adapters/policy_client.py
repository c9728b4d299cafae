"""When a unit escalates without its controller, as that controller says; over any ``APIConnection``.

Asks once a connection, then takes what is told with the events of the unit's watch. A policy that no agent
can follow is refused in the log. Keeps nothing on a disk: what was said on a connection before is the
memory's to know.
"""

import logging

from meterstatus import errors
from meterstatus.domain import decide
from meterstatus.domain import policy as policies
from meterstatus.ports import connection as connections
from meterstatus.protocol import messages, results
from meterstatus.protocol import policies as wire_policies
from meterstatus.protocol.facades import meter_status_policy, wire

_logger = logging.getLogger(__name__)

_NOTHING_HEARD = -1
"""Below every revision."""


class MeterStatusPolicyClient:
    """The controller's word on one unit's policy; ``PolicySource`` of ``ports.status``."""

    def __init__(self, connection: connections.APIConnection, unit_tag: str) -> None:
        self._connection = connection
        self._unit_tag = unit_tag
        self._is_answered = False
        self._revision = _NOTHING_HEARD
        self._word: decide.PolicyWord | None = None
        self._complaint = ""

    async def policy(self) -> decide.PolicyWord | None:
        """Return what the controller last said on this connection; see ``ports.status.PolicySource``.

        A refusal is no word, and it is asked again at the next call: the status is told all the same.
        """
        if not self._is_answered:
            await self._ask()
        return self._word

    @property
    def heard(self) -> decide.PolicyWord | None:
        """What the controller last said on this connection, without asking."""
        return self._word

    async def _ask(self) -> None:
        params = wire.Entities((wire.Entity(self._unit_tag),))
        facade = meter_status_policy.METER_STATUS_POLICY
        try:
            response = await self._connection.call(facade.name, facade.version, "GetPolicy", params)
            answer = messages.read_result(response, meter_status_policy.PolicyResults)
            self.hear(results.only(answer.results))
        except errors.UnsupportedError:
            self._is_answered = True
            _logger.debug("the controller of %s knows no policies", self._unit_tag)
        except errors.TransportError:
            raise
        except errors.MeterStatusError as error:
            self._complain(f"could not be fetched, and is asked for again: {error}")

    def hear(self, said: wire.PolicyResult) -> None:
        """Take what came with an event or as an answer, unless it is none or a newer word is known."""
        if said.error is not None:
            return  # what is absent beside an error is no policy that was taken away
        self._is_answered = True
        if said.revision < self._revision:
            return
        self._revision = said.revision
        try:
            word = decide.PolicyWord(None if said.policy is None else _sensible(said.policy))
        except errors.MeterStatusError as error:
            self._complain(f"is refused: {error}")
            return
        self._complaint = ""
        if word != self._word:
            # That none is set is no news on a new connection.
            level = logging.DEBUG if self._word is None and word.policy is None else logging.INFO
            words = "none, the agent's options hold" if word.policy is None else word.policy.in_words()
            _logger.log(level, "the controller's policy for %s: %s", self._unit_tag, words)
        self._word = word

    def _complain(self, complaint: str) -> None:
        """Log what is wrong, once for as long as it is the same."""
        if complaint != self._complaint:
            _logger.warning(
                "the controller's policy for %s %s; what it said before holds", self._unit_tag, complaint
            )
        self._complaint = complaint


def _sensible(said: wire.Policy) -> policies.Policy:
    policy = wire_policies.from_wire(said)
    policies.check_sense(policy)
    return policy
