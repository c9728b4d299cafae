"""One logged-in connection to the controller for the length of a command.

Every failure on the way says which address, why, and what to do.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import ipaddress
import logging
import pathlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import click

from meterstatus import errors
from meterstatus.adapters import client, websocket_client
from meterstatus.adapters.client import account as account_client
from meterstatus.adapters.client import operator
from meterstatus.adapters.files import login_file as login_files
from meterstatus.domain import backoff
from meterstatus.ports import connection, time
from meterstatus.programs.cli import failures
from meterstatus.runtime import clock
from meterstatus.workers import dialing

OPEN_LIMIT = datetime.timedelta(seconds=15)
"""For connecting and logging in together; a person waits."""

START_LIMIT = datetime.timedelta(seconds=5)
"""For a controller of this machine to listen: whoever has just started it goes on at once."""

START_LOOK = datetime.timedelta(milliseconds=100)
"""Between two tries at a controller that does not listen yet."""

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a command works with while it is logged in."""

    file: login_files.LoginFile
    login: connection.Login
    admin: operator.MeterStatusAdminClient
    metrics: operator.MetricsDebugClient
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
        found = login_files.read(path)
    except (errors.NotFoundError, FileNotFoundError):
        raise errors.ConfigError(
            f"there is no login file {path}; 'meterstatus controller init' makes one,"
            " and --login or METERSTATUS_LOGIN names another"
        ) from None
    exposure = login_files.exposure(path)
    if exposure:
        click.echo(f"Warning: {exposure}", err=True)
    return found


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
    made, login, address = await _open(endpoints, file, path, model, PatientDialer(dialer, system_clock))
    try:
        file = _follow(file, path, login, address)
        return await question(
            Session(
                file=file,
                login=login,
                admin=operator.MeterStatusAdminClient(made),
                metrics=operator.MetricsDebugClient(made),
                account=account_client.AccountClient(made),
            )
        )
    except errors.UnsupportedError as error:
        raise errors.UnsupportedError(
            f"the controller cannot do this: {error}; only a controller of {failures.PROGRAM} can"
        ) from error
    finally:
        await made.close()


async def _open(
    endpoints: Sequence[connection.Endpoint],
    file: login_files.LoginFile,
    path: pathlib.Path,
    model: str,
    dialer: "PatientDialer",
) -> tuple[connection.APIConnection, connection.Login, str]:
    """Connect and log in at the first address where both succeed; return its ``host:port`` too.

    A controller that takes connections and lets nobody in, frozen or without its database, is passed over
    while there is another.
    """
    system_clock, left, given_up = clock.SystemClock(), list(endpoints), ""
    while True:
        try:
            made = await dialing.dial_first(dialer, left, system_clock)
        except errors.ConnectFailedError as error:
            raise errors.ConnectFailedError(
                f"cannot reach the controller: {given_up}{error}; {_way_out(dialer.failures, path)}"
            ) from error
        address = dialer.address_of(made)
        limit = OPEN_LIMIT if len(left) == 1 else OPEN_LIMIT / len(endpoints)
        try:
            login = await dialing.within(limit, system_clock, lambda: _log_in(made, file, path, model))  # noqa: B023 - at once
        except errors.MeterStatusError as error:
            await made.close()
            left = [each for each in left if each.address != address]
            is_passing = isinstance(error, errors.TransportError) or error.code == backoff.AGAIN
            if not is_passing or not left:
                raise
            given_up += f"cannot log in at {address}: {error}; "
        except BaseException:
            await made.close()
            raise
        else:
            return made, login, address


def _follow(
    file: login_files.LoginFile, path: pathlib.Path, login: connection.Login, address: str
) -> login_files.LoginFile:
    """Keep in the login file where the controllers are now; a file that cannot be written stops nobody."""
    followed = file.followed(login.machines, address)
    if followed is not file:
        with contextlib.suppress(OSError):
            if login_files.is_ours(path):
                followed.write(path)
    return followed


class PatientDialer:
    """Dials, and again for a while where a controller of this machine does not listen yet.

    Args:
        dialer: connects, once for each try.
        clock: the tries' clock.
    """

    def __init__(self, dialer: connection.Dialer, clock: time.Clock) -> None:
        self._dialer = dialer
        self._clock = clock
        self.failures: list[errors.ConnectFailedError] = []
        """Why addresses were given up, one for each that was."""

        self._made: list[tuple[connection.APIConnection, str]] = []

    def address_of(self, made: connection.APIConnection) -> str:
        """Return the address of a connection that was made here."""
        return next(address for one, address in reversed(self._made) if one is made)

    async def dial(self, endpoint: connection.Endpoint) -> connection.APIConnection:
        """Connect; see ``ports.connection.Dialer``."""
        tries = START_LIMIT // START_LOOK if _is_here(endpoint.address) else 0
        while True:
            try:
                made = await self._dialer.dial(endpoint)
            except errors.ConnectFailedError as error:
                if tries <= 0 or not _is_refused(error):
                    self.failures.append(error)
                    raise
            else:
                self._made.append((made, endpoint.address))
                return made
            tries -= 1
            look = self._clock.after(START_LOOK)
            try:
                await look
            finally:
                look.cancel()


def _is_here(address: str) -> bool:
    """Tell whether an address, ``host:port``, is this machine's own by its form."""
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_refused(error: errors.ConnectFailedError) -> bool:
    """Tell whether nobody listens there.

    asyncio tells of a name with several network addresses, as localhost is, by one OSError without a number.
    """
    cause = error.__cause__
    return isinstance(cause, ConnectionRefusedError) or (type(cause) is OSError and cause.errno is None)


def _way_out(failures: list[errors.ConnectFailedError], path: pathlib.Path) -> str:
    """Say what to do where no address could be connected to."""
    causes = [failure.__cause__ for failure in failures]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            f"another controller is there than the one that {path} is of;"
            " --login or METERSTATUS_LOGIN names another login file"
        )
    if failures and all(map(_is_refused, failures)):
        return f"start it with 'meterstatus controller run', or correct the addresses in {path}"
    return f"see whether the network leads there and the controller runs, or correct the addresses in {path}"


async def _log_in(
    made: connection.APIConnection, file: login_files.LoginFile, path: pathlib.Path, model: str
) -> connection.Login:
    try:
        return await client.AdminClient(made).login(
            f"user-{file.user}", file.password, model_tag=f"model-{model}" if model else ""
        )
    except errors.UnauthorizedError as error:
        raise errors.UnauthorizedError(
            f'the controller refused user "{file.user}": {error}; is {path} from this controller?'
        ) from error


UNITS_LISTED = f"'{failures.PROGRAM} status' lists the units"


def hinted(error: errors.MeterStatusError, not_found: str = UNITS_LISTED) -> errors.MeterStatusError:
    """Add to a peer's "not found" where to find what there is."""
    if error.code != errors.NotFoundError.code:
        return error
    return errors.RequestError(f"{error}; {not_found}", error.code)
