"""When a unit escalates without its controller, as that controller says; over any ``APIConnection``.

Asks once a connection, then takes what is told with the events of the unit's watch. A policy that no agent
can follow is refused in the log. Keeps nothing on a disk: what was said on a connection before is the
memory's to know.

What is left of announced maintenance is asked for anew whenever an event tells of another: an event may have
lain there while the machine slept, and what is left is counted from before the question.
"""

import dataclasses
import datetime
import logging

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.domain import epoch, maintenance
from meterstatus.domain import policy as policies
from meterstatus.domain.unit import decide, offline_clock
from meterstatus.ports import connection as connections
from meterstatus.ports import time
from meterstatus.protocol import policies as wire_policies
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import meter_status_policy

_logger = logging.getLogger(__name__)

_NOTHING_HEARD = (-1, -1)
"""Below every epoch and revision."""


class MeterStatusPolicyClient:
    """The controller's word on one unit's policy; ``PolicySource`` and ``EpochReporter`` of ``ports.status``.

    Args:
        connection: logged in as the unit's agent.
        unit_tag: the unit's.
        clock: counts what is left of announced maintenance; without one none is believed.
    """

    def __init__(
        self, connection: connections.APIConnection, unit_tag: str, clock: time.InstantClock | None = None
    ) -> None:
        self._connection = connection
        self._unit_tag = unit_tag
        self._clock = clock
        self._is_answered = False
        self._newest = _NOTHING_HEARD
        self._over_at: datetime.timedelta | None = None
        self._lacks: epoch.Place | None = None
        self._word: decide.PolicyWord | None = None
        self._complaint = ""

    async def policy(self) -> decide.PolicyWord | None:
        """Return what the controller last said on this connection; see ``ports.status.PolicySource``.

        A refusal is no word, and it is asked again at the next call: the status is told all the same.
        """
        if not self._is_answered:
            await self._ask()
        if self._word is None:
            return None
        return dataclasses.replace(self._word, maintenance=self._rest(), lacks=self._lacks)

    def _rest(self) -> datetime.timedelta:
        if self._clock is None or self._over_at is None:
            return maintenance.NOTHING
        return max(maintenance.NOTHING, self._over_at - self._clock.instant_now().boot)

    async def report_heard(self, heard: epoch.Place) -> None:
        """Say what the unit has heard; see ``ports.status.EpochReporter``.

        Raises:
            TransportError: the connection failed.
        """
        said = meter_status_policy.Heard(self._unit_tag, heard.epoch, heard.revision)
        params = meter_status_policy.ReportHeard((said,))
        try:
            answer = await call.ask(self._connection, meter_status_policy.REPORT_HEARD, params)
            self._lacks = None if results.only(answer.results).known else heard
        except errors.TransportError:
            raise
        except errors.MeterStatusError as error:
            _logger.info("the controller takes no word of what %s has heard: %s", self._unit_tag, error)

    @property
    def heard(self) -> decide.PolicyWord | None:
        """What the controller last said on this connection, without asking."""
        return self._word

    async def _ask(self) -> None:
        asked = offline_clock.NOTHING if self._clock is None else self._clock.instant_now().boot
        params = wire.Entities((wire.Entity(self._unit_tag),))
        try:
            answer = await call.ask(self._connection, meter_status_policy.GET_POLICY, params)
            said = results.only(answer.results)
            self.hear(said)
            if (said.epoch, said.revision) == self._newest:
                self._over_at = asked + _span(said.maintenance_seconds) if said.maintenance_seconds else None
                self._is_answered = True
        except errors.UnsupportedError:
            self._is_answered = True
            _logger.debug("the controller of %s knows no policies", self._unit_tag)
        except errors.TransportError:
            raise
        except errors.MeterStatusError as error:
            self._complain(f"could not be fetched, and is asked for again: {error}")
            # A controller that knows policies and does not say where it is may be anywhere.
            self._word = self._word or decide.PolicyWord(None, is_silent=True, place=epoch.UNSAID)

    def hear(self, said: wire.PolicyResult) -> None:
        """Take what came with an event or as an answer, unless it is none or a newer word is known."""
        if said.error is not None:
            return  # what is absent beside an error is no policy that was taken away
        if (said.epoch, said.revision) < self._newest:
            return
        self._newest = (said.epoch, said.revision)
        # What is left is not taken from an event, and is asked for where there is some or there was.
        self._is_answered = not said.maintenance_seconds and self._over_at is None
        place = epoch.Place(said.epoch, said.revision, said.epoch_base) if said.epoch > 0 else None
        former = self._word
        try:
            word = decide.PolicyWord(None if said.policy is None else _sensible(said.policy), place=place)
        except errors.MeterStatusError as error:
            self._complain(f"is refused: {error}")
            if place is not None:
                silent = decide.PolicyWord(None, is_silent=True)
                self._word = dataclasses.replace(former or silent, place=place)
            return
        self._complaint = ""
        is_first = former is None or former.is_silent
        if former is None or is_first or word.policy != former.policy:
            # That none is set is no news on a new connection.
            level = logging.DEBUG if is_first and word.policy is None else logging.INFO
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


def _span(seconds: float) -> datetime.timedelta:
    """Return a span that is no longer than may be announced; a number that is none is nothing."""
    longest = maintenance.LONGEST.total_seconds()
    return datetime.timedelta(seconds=min(seconds, longest) if seconds > 0 else 0)


def _sensible(said: wire.Policy) -> policies.Policy:
    policy = wire_policies.from_wire(said)
    policies.check_sense(policy)
    return policy
