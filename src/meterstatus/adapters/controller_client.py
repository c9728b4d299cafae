"""The facades of a controller that an agent calls, as the rest of it wants them, over any ``APIConnection``.

Turns results of the wire into values and errors, one call for one call (spec juju-api, 2, 4 and 5). Keeps no
connection alive, and retries nothing.
"""

import asyncio
import datetime
import logging
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from meterstatus import errors
from meterstatus.domain import names, status
from meterstatus.ports import connection as connections
from meterstatus.ports import time
from meterstatus.protocol import messages, results
from meterstatus.protocol.facades import admin, meter_status, wire

_R = TypeVar("_R", bound=wire.Wire)

_logger = logging.getLogger(__name__)

# Versions as Juju writes them: 3.6.1, 3.6-beta2, 3.6.1.7 (spec juju-api, 0).
_version_re = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}(?:\.[0-9]{1,9}|-[a-z]+[0-9]{1,9})(?:\.[0-9]{1,9})?")

STOP_SECONDS = 5.0
"""For the answer to the end of a watch: whoever ends it waits, and a status may be due meanwhile."""

FRESH = datetime.timedelta(milliseconds=100)
"""How long a status that came with an event may wait to be taken, and still be contact when it is."""

_WATCH_IS_OVER = ("stopped", errors.NotFoundError.code)


async def _call(
    connection: connections.APIConnection,
    facade: wire.Facade,
    method: str,
    params: wire.Wire,
    result: type[_R],
) -> _R:
    response = await connection.call(facade.name, facade.version, method, params)
    return messages.read_result(response, result)


class AdminClient:
    """Logs an agent or a user in."""

    def __init__(self, connection: connections.APIConnection) -> None:
        self._connection = connection

    async def login(
        self,
        tag: str,
        password: str,
        *,
        model_tag: str,
        nonce: str = "",
        client_version: str = "",
        cli_args: str = "",
    ) -> connections.Login:
        """Log in and check the answer as Juju's client does (spec juju-api, 2.2).

        Args:
            tag: who, ``unit-shop-0`` or ``user-bob``.
            password: the password.
            model_tag: the model that was dialled; "" on a controller connection.
            nonce: the agent's, from its file; "" for a user.
            client_version: our version as Juju writes versions; "" sends none.
            cli_args: the command, for the controller's audit log.

        Raises:
            UnauthorizedError: refused, also where the controller asks for a macaroon instead.
            RemoteProtocolError: the answer is for another model, or cannot be one of a controller.
            RequestError, UnsupportedError, TransportError: as ``APIConnection.call``.

        The caller closes the connection after a failure: some leave it half logged in.
        """
        request = admin.LoginRequest(
            tag,
            password,
            nonce,
            cli_args=cli_args,
            client_version=client_version,
        )
        result = await _call(self._connection, admin.ADMIN, "Login", request, admin.LoginResult)
        if result.discharge_required is not None or result.bakery_discharge_required is not None:
            raise errors.UnauthorizedError("the controller asks for a macaroon, and there is none")
        _check_login(result, model_tag)
        return connections.Login(
            controller_tag=result.controller_tag,
            model_tag=result.model_tag,
            server_version=result.server_version,
            facades={facade.name: facade.versions for facade in result.facades},
            servers=tuple(_address(place) for machine in result.servers for place in machine),
        )


def _check_login(result: admin.LoginResult, model_tag: str) -> None:
    if result.model_tag != model_tag:
        raise errors.RemoteProtocolError(
            f'the controller logged us in to model "{result.model_tag}" instead of "{model_tag}"'
        )
    if result.user_info is not None:
        _check_tag(result.user_info.identity, names.Kind.USER)
    _check_tag(result.controller_tag, names.Kind.CONTROLLER)
    if _version_re.fullmatch(result.server_version) is None:
        raise errors.RemoteProtocolError(f'the controller has the version "{result.server_version}"')


def _check_tag(text: str, kind: names.Kind) -> None:
    try:
        found = names.parse_tag(text).kind
    except names.TagError as error:
        raise errors.RemoteProtocolError(f"the controller logged us in, but {error}") from error
    if found is not kind:
        raise errors.RemoteProtocolError(f'the controller logged us in, but "{text}" is no {kind} tag')


def _address(place: admin.HostPort) -> str:
    host = f"[{place.value}]" if ":" in place.value else place.value
    return f"{host}:{place.port}"


class MeterStatusFacadeClient:
    """The controller's word on one unit; ``MeterStatusClient`` of ``ports.status``.

    Args:
        connection: logged in as the unit's agent.
        unit_tag: the unit's.
        hear_policy: given what an event says of the unit's policy, before the event is there.
        clock: tells how old a status is that came with an event; without one it is good for ever.
    """

    def __init__(
        self,
        connection: connections.APIConnection,
        unit_tag: str,
        *,
        hear_policy: Callable[[wire.PolicyResult], None] | None = None,
        clock: time.InstantClock | None = None,
    ) -> None:
        self._connection = connection
        self._hear_policy = hear_policy
        self._clock = clock
        self._params = wire.Entities((wire.Entity(unit_tag),))
        self._said: status.MeterStatus | None = None
        self._said_at = datetime.timedelta()

    async def meter_status(self) -> status.MeterStatus:
        """Return the unit's status; see ``ports.status.MeterStatusClient``.

        What our controller said with the last event is taken once and not asked for again: it saves the
        hook a round trip. Juju's says nothing with an event, and is asked. So is ours where the event had to
        wait, because whoever gets a status takes it for contact at that moment.

        Raises:
            RemoteProtocolError: not one result.
        """
        said, self._said = self._said, None
        return await self._fetch() if said is None or self._is_old() else said

    def _is_old(self) -> bool:
        return self._clock is not None and self._clock.instant_now().boot - self._said_at > FRESH

    async def _fetch(self) -> status.MeterStatus:
        answer = await _call(
            self._connection,
            meter_status.METER_STATUS,
            "GetMeterStatus",
            self._params,
            meter_status.MeterStatusResults,
        )
        # One connection keeps its order: what was said before this answer is older than it.
        self._said = None
        result = results.only(answer.results)
        return status.MeterStatus(result.code, result.info)

    def _hear(self, event: wire.NextResult) -> None:
        self._said = status.MeterStatus(event.code, event.info) if event.code else None
        if self._clock is not None:
            self._said_at = self._clock.instant_now().boot
        if self._hear_policy is not None and event.policy is not None:
            self._hear_policy(event.policy)

    async def watch_meter_status(self) -> "FacadeNotifyWatcher":
        """Start a watch, which the caller stops. Raises as ``meter_status``."""
        answer = await _call(
            self._connection,
            meter_status.METER_STATUS,
            "WatchMeterStatus",
            self._params,
            wire.NotifyWatchResults,
        )
        result = results.only(answer.results)
        return FacadeNotifyWatcher(self._connection, result.notify_watcher_id, self._hear)


class FacadeNotifyWatcher:
    """One watcher of the controller's; ``NotifyWatcher`` of ``ports.status``.

    Keeps exactly one Next in flight, the first from the start on, so that no change between a read and the
    next wait is missed (spec juju-api, 5.2).

    Args:
        hear: given what each event says, before the event is there for the consumer.
    """

    def __init__(
        self,
        connection: connections.APIConnection,
        watcher_id: str,
        hear: Callable[[wire.NextResult], None],
    ) -> None:
        self._hear = hear
        self._connection = connection
        self._id = watcher_id
        self._event = asyncio.Event()
        # The Watch call itself consumed the first event (spec juju-api, 4.4).
        self._event.set()
        self._failure: errors.MeterStatusError | None = None
        self._stopping = False
        self._asking = asyncio.create_task(self._ask(), name=f"watcher {watcher_id}")

    async def _ask(self) -> None:
        try:
            while True:
                answer = await self._request("Next", wire.NextParams(tell_status=True), timeout_seconds=None)
                self._hear(messages.read_result(answer, wire.NextResult))
                self._event.set()
        except errors.MeterStatusError as error:
            if not (self._stopping and error.code in _WATCH_IS_OVER):
                self._failure = error
            self._event.set()

    async def _request(
        self, method: str, params: wire.Wire | None = None, timeout_seconds: float | None = 30.0
    ) -> Any:
        facade = meter_status.NOTIFY_WATCHER
        return await self._connection.call(
            facade.name,
            facade.version,
            method,
            params,
            object_id=self._id,
            timeout_seconds=timeout_seconds,
        )

    def __aiter__(self) -> AsyncIterator[None]:
        """Return the stream."""
        return self

    async def __anext__(self) -> None:
        """Return at the next event.

        Raises:
            StopAsyncIteration: ``stop`` was called.
            RequestError, TransportError: the watch broke; so does every later wait.
        """
        await self._event.wait()
        if self._failure is not None:
            raise self._failure
        if self._stopping:
            raise StopAsyncIteration
        self._event.clear()

    async def stop(self) -> None:
        """End the watch, here in any case and on the controller if it can be reached; any number of times."""
        if self._stopping:
            return
        self._stopping = True
        try:
            if not self._asking.done():
                await self._request("Stop", timeout_seconds=STOP_SECONDS)
        except errors.ConnectionLostError:
            pass  # the watcher ended with the connection
        except errors.MeterStatusError as error:
            if error.code not in _WATCH_IS_OVER:
                _logger.warning("watcher %s was not stopped: %s", self._id, error)
        finally:
            self._asking.cancel()
            self._event.set()
        await asyncio.wait({self._asking})


class UnitStateFacadeClient:
    """The unit's meter field on the controller; ``UnitStateAPI`` of ``ports.status``."""

    def __init__(self, connection: connections.APIConnection, unit_tag: str) -> None:
        self._connection = connection
        self._unit_tag = unit_tag

    async def state(self) -> str:
        """Fetch the field; "" when it is absent. Raises as ``MeterStatusFacadeClient.meter_status``."""
        answer = await _call(
            self._connection,
            meter_status.METER_STATUS,
            "State",
            wire.Entities((wire.Entity(self._unit_tag),)),
            meter_status.UnitStateResults,
        )
        return results.only(answer.results).meter_status_state

    async def set_state(self, text: str) -> None:
        """Store the field and touch no other. Raises as ``MeterStatusFacadeClient.meter_status``."""
        arg = meter_status.SetUnitStateArg(self._unit_tag, meter_status_state=text)
        answer = await _call(
            self._connection,
            meter_status.METER_STATUS,
            "SetState",
            meter_status.SetUnitStateArgs((arg,)),
            wire.ErrorResults,
        )
        results.only(answer.results)
