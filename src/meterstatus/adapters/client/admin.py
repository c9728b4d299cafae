"""Admin: the login, and what is checked in its answer (spec juju-api, 2.2)."""

import re

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.domain import names
from meterstatus.ports import connection as connections
from meterstatus.protocol import server_addresses
from meterstatus.protocol.facades import admin

# Versions as Juju writes them: 3.6.1, 3.6-beta2, 3.6.1.7 (spec juju-api, 0).
_version_re = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}(?:\.[0-9]{1,9}|-[a-z]+[0-9]{1,9})(?:\.[0-9]{1,9})?")


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
        result = await call.ask(self._connection, admin.LOGIN, request)
        if result.discharge_required is not None or result.bakery_discharge_required is not None:
            raise errors.UnauthorizedError("the controller asks for a macaroon, and there is none")
        _check_login(result, model_tag)
        return connections.Login(
            controller_tag=result.controller_tag,
            model_tag=result.model_tag,
            server_version=result.server_version,
            facades={facade.name: facade.versions for facade in result.facades},
            machines=server_addresses.from_wire(result.servers),
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
