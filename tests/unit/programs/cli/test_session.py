"""Logging in for one command, and what is said when that fails."""

import datetime
import pathlib
import socket
import ssl
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.adapters.files import login_file
from meterstatus.ports import connection
from meterstatus.programs.cli import session
from meterstatus.testing import connection as connections
from meterstatus.testing import virtual_time


def test_dials_the_model_with_the_files_authority(operator: Any, controller: Any) -> None:
    """The first address that answers is used, with the model's path and the file's CA, and closed."""
    assert operator("status").exit_status == 0
    (endpoint,) = controller.dialled
    assert endpoint.address == "127.0.0.1:17070"
    assert endpoint.path == "/model/0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33/api"
    assert endpoint.ca_certificate == "-----BEGIN CERTIFICATE-----\n"
    assert controller.closed == 1


@pytest.mark.parametrize(
    ("why", "advice"),
    [
        (ConnectionRefusedError("nobody listens"), "start it with 'meterstatus controller run', or correct"),
        (OSError("Multiple exceptions"), "start it with 'meterstatus controller run', or correct"),
        (ssl.SSLCertVerificationError("not trusted"), "another controller is there than the one that"),
        (TimeoutError("no answer"), "see whether the network leads there and the controller runs"),
        (OSError(113, "No route to host"), "see whether the network leads there and the controller runs"),
    ],
)
def test_says_which_addresses_failed_and_what_to_do(
    operator: Any,
    controller: Any,
    login: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    why: Exception,
    advice: str,
) -> None:
    """Where no address answers, one line names each, why, and the way out that fits."""
    monkeypatch.setattr(session, "START_LIMIT", datetime.timedelta(0))
    controller.unreachable = why
    answer = operator("status")
    assert answer.exit_status == 1
    assert answer.err.startswith(
        f"meterstatus: cannot reach the controller: cannot connect to 127.0.0.1:17070: {why};"
        f" cannot connect to [::1]:17070: {why}; {advice}"
    )
    assert str(login) in answer.err
    assert answer.err.count("\n") == 1
    assert len(controller.dialled) == 2


class StartingDialer:
    """A controller that listens after some tries."""

    def __init__(self, refusals: int, why: Exception) -> None:
        self.left = refusals
        self.why = why
        self.made = connections.FakeAPIConnection()

    async def dial(self, endpoint: connection.Endpoint) -> connections.FakeAPIConnection:
        """Connect, once it listens."""
        if self.left:
            self.left -= 1
            raise errors.ConnectFailedError(f"cannot connect to {endpoint.address}") from self.why
        return self.made


@pytest.mark.parametrize("address", ["127.0.0.1:17070", "[::1]:17070", "localhost:17070"])
@pytest.mark.parametrize("why", [ConnectionRefusedError(), OSError("Multiple exceptions: two refusals")])
@virtual_time.virtual
async def test_waits_for_a_controller_of_this_machine_that_starts(address: str, why: Exception) -> None:
    """A local controller that does not listen yet is tried for five seconds, ten times in each."""
    clock = virtual_time.VirtualClock()
    began = clock.now()
    dialer = StartingDialer(50, why)
    endpoint = connection.Endpoint(address, "/", "")
    assert await session.PatientDialer(dialer, clock).dial(endpoint) is dialer.made
    assert clock.now() - began == session.START_LIMIT
    never = session.PatientDialer(StartingDialer(51, why), clock)
    with pytest.raises(errors.ConnectFailedError):
        await never.dial(endpoint)
    assert len(never.failures) == 1


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.0.0.7:17070", ConnectionRefusedError()),
        ("controller.example:17070", ConnectionRefusedError()),
        ("127.0.0.1:17070", ssl.SSLCertVerificationError("not trusted")),
        ("127.0.0.1:17070", TimeoutError()),
        ("127.0.0.1:17070", ConnectionResetError()),
        ("localhost:17070", socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
        ("no address", ConnectionRefusedError()),
    ],
)
@virtual_time.virtual
async def test_waits_for_nothing_else(address: str, why: Exception) -> None:
    """Another machine's refusal, and any other failure, is final at once."""
    clock = virtual_time.VirtualClock()
    began = clock.now()
    with pytest.raises(errors.ConnectFailedError):
        await session.PatientDialer(StartingDialer(1, why), clock).dial(connection.Endpoint(address, "/", ""))
    assert clock.now() == began


def test_says_whose_password_was_refused(operator: Any, controller: Any, login: pathlib.Path) -> None:
    """A login that is refused names the user and the file, and closes the connection."""
    controller.password = "another"
    answer = operator("status")
    assert answer.exit_status == 1
    assert 'the controller refused user "admin"' in answer.err
    assert str(login) in answer.err
    assert answer.err.count("\n") == 1
    assert controller.closed == 1


def test_says_where_a_login_file_comes_from(operator: Any, login: pathlib.Path) -> None:
    """Without a login file the command says how to get one."""
    login.unlink()
    answer = operator("status")
    assert answer.exit_status == 1
    assert f"there is no login file {login}; 'meterstatus controller init' makes one" in answer.err


@pytest.mark.parametrize("text", ["", "a: [", "controller: x\n", "\0"])
def test_a_login_file_that_cannot_be_used_is_one_line(operator: Any, login: pathlib.Path, text: str) -> None:
    """A damaged login file fails with its name, on one line."""
    login.write_text(text)
    answer = operator("status")
    assert (answer.exit_status, answer.err.count("\n")) == (1, 1)
    assert str(login) in answer.err


def test_says_when_the_controller_is_another_kind(operator: Any, controller: Any) -> None:
    """A controller without our facade is named as the reason."""
    controller.unsupported = "Status"
    answer = operator("status")
    assert answer.exit_status == 1
    assert "only a controller of meterstatus can" in answer.err


def test_closes_after_a_failure(operator: Any, controller: Any) -> None:
    """A refused request leaves no connection behind."""
    controller.refused = "Status"
    assert operator("status").err == "meterstatus: the disk is full\n"
    assert controller.closed == 1


def test_a_controller_that_lets_nobody_in_is_passed_over(operator: Any, controller: Any) -> None:
    """The next address is tried; where none is left, the failure is what the last one was."""
    controller.frozen = "127.0.0.1:17070"
    assert operator("status").exit_status == 0
    assert [each.address for each in controller.dialled] == ["127.0.0.1:17070", "[::1]:17070"]
    assert controller.closed == 2


def test_a_refused_password_is_tried_nowhere_else(operator: Any, controller: Any) -> None:
    """All controllers of a model know the same users."""
    controller.password = "another"
    assert operator("status").exit_status == 1
    assert len(controller.dialled) == 1


def test_the_login_file_follows_the_controllers(operator: Any, login: pathlib.Path) -> None:
    """What a login tells is dialled the next time, the address that worked first."""
    assert operator("status").exit_status == 0
    held = login_file.read(login)
    assert held.addresses == ("127.0.0.1:17070", "[::1]:17070", "10.0.0.9:17070")
    written = login.stat().st_mtime_ns
    assert operator("status").exit_status == 0
    assert login.stat().st_mtime_ns == written
