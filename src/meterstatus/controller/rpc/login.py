"""Who may log in, and what a login is answered (spec juju-api, 2)."""

import dataclasses
import random
from collections.abc import Callable, Sequence

from meterstatus import errors
from meterstatus.controller import refusals, settings
from meterstatus.controller.fleet import fleet, models
from meterstatus.controller.rpc import dispatch, hashing
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import admission, passwords, records
from meterstatus.domain.unit import escalation
from meterstatus.ports import time
from meterstatus.protocol import connection_kind, wire
from meterstatus.protocol.facades import admin

_NOBODY = "user-"
"""What Juju's client makes of no user where it is told the controller's host and no name."""

_NO_SALT = passwords.from_random(bytes(passwords.SALT_BYTES))


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Checks logins; one for all connections, so that the limits hold over all of them."""

    fleet: fleet.Fleet
    clock: time.Clock
    admission: admission.Admission
    """Of agents. Whose password is wrong has no place in the line: it would keep agents out, and what it is
    answered costs no more than "try again"."""

    hashing: hashing.Hashing
    """Of users' passwords."""

    random: Callable[[], float] = random.random

    async def check(
        self, request: admin.LoginRequest, kind: connection_kind.ConnectionKind, remote: str
    ) -> records.Caller:
        """Return who at ``remote`` has logged in, or refuse, in the order of spec juju-api 2.4.

        Raises:
            Refusal: too many logins at once; it says how long to wait.
            TagError: the tag is none.
            UnauthorizedError: unknown, wrong password, disabled; no tag at all; or no access to the
                controller's own model.
        """
        if request.auth_tag in ("", _NOBODY):
            raise errors.UnauthorizedError("failed to authenticate request: unauthorized")
        tag = names.parse_tag(request.auth_tag)
        if tag.kind is names.Kind.USER:
            user = await self._check_user(tag.name, request.credentials, remote)
            if kind is connection_kind.ConnectionKind.CONTROLLER_MODEL and not models.may_see_own(user):
                raise errors.UnauthorizedError
            return user
        if tag.kind is names.Kind.UNIT and kind is connection_kind.ConnectionKind.MODEL:
            return await self._check_agent(tag.name, request.credentials)
        # Machines and the like have no place here; the controller's own model has no units.
        raise refusals.bad_credentials()

    async def _check_agent(self, name: str, password: str) -> records.Agent:
        """Check an agent; a refusal, after which it does not come again, is sure of what it says.

        Another controller may have added the unit, or changed its password, and this one not know yet.
        """
        try:
            return self._check_unit(name, password)
        except errors.UnauthorizedError:
            await self.fleet.catch_up()
        return self._check_unit(name, password)

    def _check_unit(self, name: str, password: str) -> records.Agent:
        unit = self.fleet.units.get(name)
        if unit is None or not passwords.same(unit.password_hash, passwords.agent_hash(password)):
            raise refusals.bad_credentials()
        self._admit(name)
        return records.Agent(name, unit.added)

    def _admit(self, unit: str) -> None:
        # A unit that escalates soon does not wait for longer than a question of its agent's may take.
        held = self.fleet.policies.of(unit)
        rules = policy.JUJU_POLICY if held is None else held.policy
        patience = escalation.answer_limit(rules)
        wait = self.admission.ask(unit, self.clock.now(), patience=patience, jitter=self.random())
        if wait is not None:
            raise refusals.too_many_logins(wait)

    async def _check_user(self, name: str, password: str, remote: str) -> records.User:
        user = self.fleet.users.get(name)
        # An unknown user costs as much as a known one, so that the time does not tell who exists.
        salt = _NO_SALT if user is None else user.salt
        hashed = await self.hashing.hash(remote, password, salt)
        if user is None or not passwords.same(user.password_hash, hashed):
            raise refusals.bad_credentials()
        if not user.enabled:
            raise errors.UnauthorizedError(f'user "{name}" is disabled')
        return user


def credentials(of: fleet.Fleet, clock: time.Clock, limits: settings.Settings) -> Credentials:
    """Make the one ``Credentials`` of a controller."""
    pace = admission.Pace(limits.login_burst, limits.login_period, limits.login_line)
    return Credentials(of, clock, admission.Admission(pace), hashing.Hashing(limits.user_hashes_at_once))


def answer(
    caller: records.Caller,
    identity: records.Identity,
    kind: connection_kind.ConnectionKind,
    servers: Sequence[Sequence[wire.HostPort]],
) -> admin.LoginResult:
    """Return what a successful login is told."""
    model = {
        connection_kind.ConnectionKind.MODEL: identity.model_uuid,
        connection_kind.ConnectionKind.CONTROLLER_MODEL: identity.controller_model_uuid,
        connection_kind.ConnectionKind.CONTROLLER: "",
    }[kind]
    return admin.LoginResult(
        controller_tag=str(names.Tag(names.Kind.CONTROLLER, identity.controller_uuid)),
        facades=dispatch.offered(kind, to_user=isinstance(caller, records.User)),
        server_version=settings.SERVER_VERSION,
        servers=tuple(tuple(machine) for machine in servers if machine),
        model_tag=str(names.Tag(names.Kind.MODEL, model)) if model else "",
        user_info=_user_info(caller, on_model=bool(model)) if isinstance(caller, records.User) else None,
    )


def _user_info(user: records.User, *, on_model: bool) -> admin.UserInfo:
    return admin.UserInfo(
        display_name="",
        identity=user.tag,
        controller_access=models.controller_access(user),
        model_access=user.access.value if on_model else "",
    )
