"""One logged-in connection to the controller for the length of a command.

Every failure on the way says which address, why, and what to do.
"""

import asyncio
import dataclasses
import datetime
import logging
import pathlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from meterstatus import clock, errors
from meterstatus.adapters import account_client, controller_client, operator_client, websocket_client
from meterstatus.ports import connection
from meterstatus.programs import login_file as login_files
from meterstatus.programs.cli import failures
from meterstatus.workers import dialing

OPEN_LIMIT = datetime.timedelta(seconds=15)
"""For connecting and logging in together; a person waits."""

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a command works with while it is logged in."""

    file: login_files.LoginFile
    login: connection.Login
    admin: operator_client.MeterStatusAdminClient
    metrics: operator_client.MetricsDebugClient
    account: account_client.AccountClient
    """For connections to the controller, as the others are for those to the model."""


MakeDialer = Callable[[], connection.Dialer]
"""Commands find one in ``click.Context.obj``."""


def websocket_dialer() -> connection.Dialer:
    """Make the dialer that the program uses."""
    return websocket_client.WebSocketDialer()


def ask(
    path: pathlib.Path,
    make_dialer: MakeDialer,
    question: Callable[[Session], Awaitable[_T]],
    *,
    on_controller: bool = False,
) -> _T:
    """Log in as a login file says, ask, close, and return the answer.

    Args:
        path: the login file.
        make_dialer: makes what connects.
        question: asks.
        on_controller: whether to connect to the controller, and not to the file's model.

    Raises:
        MeterStatusError: any step failed; the text says which address, why, and what to do.
    """
    file = _read(path)
    for library in ("meterstatus", "asyncio"):
        # What fails comes back as an exception and is told once, in one line.
        logging.getLogger(library).addHandler(logging.NullHandler())
    return asyncio.run(_ask(file, path, make_dialer(), question, "" if on_controller else file.model))


def _read(path: pathlib.Path) -> login_files.LoginFile:
    try:
        return login_files.read(path)
    except (errors.NotFoundError, FileNotFoundError):
        raise errors.ConfigError(
            f"there is no login file {path}; 'meterstatus controller init' makes one,"
            " and --login or METERSTATUS_LOGIN names another"
        ) from None


async def _ask(
    file: login_files.LoginFile,
    path: pathlib.Path,
    dialer: connection.Dialer,
    question: Callable[[Session], Awaitable[_T]],
    model: str,
) -> _T:
    system_clock = clock.SystemClock()
    endpoints = [
        connection.Endpoint(address, f"/model/{model}/api" if model else "/api", file.ca_certificate)
        for address in file.addresses
    ]
    try:
        made = await dialing.dial_first(dialer, endpoints, system_clock)
    except errors.ConnectFailedError as error:
        raise errors.ConnectFailedError(
            f"cannot reach the controller: {error}; start it with 'meterstatus controller run',"
            f" or correct the addresses in {path}"
        ) from error
    try:
        login = await dialing.within(OPEN_LIMIT, system_clock, lambda: _log_in(made, file, path, model))
        return await question(
            Session(
                file=file,
                login=login,
                admin=operator_client.MeterStatusAdminClient(made),
                metrics=operator_client.MetricsDebugClient(made),
                account=account_client.AccountClient(made),
            )
        )
    except errors.UnsupportedError as error:
        raise errors.UnsupportedError(
            f"the controller cannot do this: {error}; only a controller of {failures.PROGRAM} can"
        ) from error
    finally:
        await made.close()


async def _log_in(
    made: connection.APIConnection, file: login_files.LoginFile, path: pathlib.Path, model: str
) -> connection.Login:
    try:
        return await controller_client.AdminClient(made).login(
            f"user-{file.user}", file.password, model_tag=f"model-{model}" if model else ""
        )
    except errors.UnauthorizedError as error:
        raise errors.UnauthorizedError(
            f'the controller refused user "{file.user}": {error}; is {path} from this controller?'
        ) from error


def hint_at_status(error: errors.MeterStatusError) -> errors.MeterStatusError:
    """Add to a peer's "not found" where to find what there is."""
    if error.code != errors.NotFoundError.code:
        return error
    return errors.RequestError(f"{error}; '{failures.PROGRAM} status' lists the units", error.code)
