"""Making a controller. That it runs is shown by the tests of the installed commands."""

import pathlib
from typing import Any

import pytest

from harness import postgres
from meterstatus.adapters.files import login_file as login_files


def test_makes_a_controller_and_says_what_comes_next(operator: Any, tmp_path: pathlib.Path) -> None:
    """The login file is there, and the next two commands can be typed as they stand."""
    place = tmp_path / "my controller"
    words = (
        "--name",
        "shop.example",
        "--name",
        "::1",
        "--port",
        "17999",
        "--model",
        "prod",
        "--admin",
        "eve",
    )
    answer = operator("controller", "init", "--data-dir", str(place), *words)
    login = login_files.read(place / "login.yaml")
    assert (answer.exit_status, answer.err) == (0, "")
    assert login.addresses == ("shop.example:17999", "[::1]:17999")
    assert (login.user, login.model_name) == ("eve", "prod")
    assert answer.out.splitlines()[1:] == [
        f"  meterstatus controller run --data-dir '{place}'",
        f"  meterstatus unit add shop/0 --login '{place}/login.yaml'",
    ]
    assert login.password not in answer.out


@pytest.mark.parametrize(
    "words", [("--name", "a b"), ("--port", "0"), ("--model", "Å"), ("--admin", "no one"), ("--name", "")]
)
def test_refuses_what_cannot_be(operator: Any, tmp_path: pathlib.Path, words: tuple[str, ...]) -> None:
    """A value that cannot be is a usage failure of one line, and nothing is made."""
    answer = operator("controller", "init", "--data-dir", str(tmp_path / "c"), *words)
    assert (answer.exit_status, answer.err.count("\n")) == (2, 1)
    assert not (tmp_path / "c").exists()


def test_keeps_a_controller_that_is_there(operator: Any, tmp_path: pathlib.Path) -> None:
    """A directory that is in use is not made anew."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "precious").write_text("x")
    answer = operator("controller", "init", "--data-dir", str(tmp_path / "c"))
    assert answer.exit_status == 1
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["precious"]


def test_a_database_out_of_reach_is_one_line(operator: Any, tmp_path: pathlib.Path) -> None:
    """Without its database no controller is made, and nothing is left behind."""
    words = ("--data-dir", str(tmp_path / "c"), "--database", "postgresql://u@127.0.0.1:1/d")
    answer = operator("controller", "init", *words)
    assert (answer.exit_status, answer.err.count("\n")) == (1, 1)
    assert 'cannot connect to database "d"' in answer.err
    assert [path for path in tmp_path.iterdir() if path.name != "login.yaml"] == []


def test_a_controller_is_invited_and_joins(
    operator: Any, tmp_path: pathlib.Path, postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers say what to type next, and no password."""
    monkeypatch.setenv("METERSTATUS_DATABASE", postgres_server.url(postgres_server.database()))
    one, two, file = (str(tmp_path / name) for name in ("one", "two", "ctl2.yaml"))
    made = operator("controller", "init", "--data-dir", one, "--name", "ctl1.example")
    invited = operator("controller", "invite", "--data-dir", one, "--out", file, "ctl2.example")
    joined = operator("controller", "join", "--data-dir", two, file)
    for answer in (made, invited, joined):
        assert (answer.exit_status, answer.err) == (0, "")
        assert "secret" not in answer.out
    assert invited.out.splitlines()[-1] == "  meterstatus controller join ctl2.yaml"
    assert joined.out.splitlines()[-1] == f"  meterstatus controller run --data-dir {two}"
