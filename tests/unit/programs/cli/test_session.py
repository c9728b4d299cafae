"""Logging in for one command, and what is said when that fails."""

import pathlib
from typing import Any

import pytest


def test_dials_the_model_with_the_files_authority(operator: Any, controller: Any) -> None:
    """The first address that answers is used, with the model's path and the file's CA, and closed."""
    assert operator("status").exit_status == 0
    (endpoint,) = controller.dialled
    assert endpoint.address == "127.0.0.1:17070"
    assert endpoint.path == "/model/0b5e7b3e-41c2-4d0f-8a57-2f0c9e7a1d33/api"
    assert endpoint.ca_certificate == "-----BEGIN CERTIFICATE-----\n"
    assert controller.closed == 1


def test_says_which_addresses_failed_and_what_to_do(
    operator: Any, controller: Any, login: pathlib.Path
) -> None:
    """Where no address answers, one line names each, why, and the way out."""
    controller.reachable = False
    answer = operator("status")
    assert answer.exit_status == 1
    assert answer.err == (
        "meterstatus: cannot reach the controller: cannot connect to 127.0.0.1:17070: connection refused;"
        " cannot connect to [::1]:17070: connection refused; start it with 'meterstatus controller run',"
        f" or correct the addresses in {login}\n"
    )
    assert len(controller.dialled) == 2


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
