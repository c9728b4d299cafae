"""Introducing a controller to Juju's client."""

import pathlib
from typing import Any

import pytest
import yaml


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a directory of Juju's client that is not there yet."""
    return tmp_path / "juju"


@pytest.fixture(autouse=True)
def locks(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the client's locks out of the machine's directory for them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def load(directory: pathlib.Path, file: str) -> Any:
    """Return what a file of Juju's client holds."""
    return yaml.safe_load((directory / file).read_text())["controllers"]


def test_writes_what_the_client_needs(operator: Any, controller: Any, directory: pathlib.Path) -> None:
    """Asked on a connection to the controller, it tells who owns the models and what the user may."""
    answer = operator("juju-client", "--juju-data", str(directory))
    assert (answer.exit_status, answer.err) == (0, "")
    assert controller.dialled[0].path == "/api"
    account = {"type": "userpass", "user": "admin", "password": controller.password}
    assert load(directory, "accounts.yaml") == {"meterstatus": account | {"last-known-access": "superuser"}}
    models = load(directory, "models.yaml")["meterstatus"]
    assert (list(models["models"]), models["current-model"]) == (
        ["olga/controller", "olga/default"],
        "olga/default",
    )
    assert load(directory, "controllers.yaml")["meterstatus"]["api-endpoints"] == [
        "localhost:17070",
        "10.0.0.9:17070",
    ]
    assert answer.out.splitlines() == [
        'The juju client knows this controller as "meterstatus", and logs in as admin.',
        f"Written: {directory}/accounts.yaml",
        f"Written: {directory}/models.yaml",
        f"Written: {directory}/controllers.yaml",
        f"Now: JUJU_DATA={directory} juju status",
    ]
    assert controller.password not in answer.out


def test_the_second_time_there_is_nothing_to_do(operator: Any, directory: pathlib.Path) -> None:
    """It may be typed again at any time."""
    operator("juju-client", "--juju-data", str(directory))
    answer = operator("juju-client", "--juju-data", str(directory))
    assert f"Its files in {directory} say so already." in answer.out
    assert "Written" not in answer.out


def test_the_current_controller_stays(operator: Any, directory: pathlib.Path) -> None:
    """Beside another controller it is not the current one, and the command to type names it."""
    directory.mkdir()
    (directory / "controllers.yaml").write_text("controllers: {lab: {uuid: x}}\ncurrent-controller: lab\n")
    answer = operator("juju-client", "--juju-data", str(directory), "--name", "mine")
    former = f"{directory}/controllers.yaml.before-meterstatus"
    assert f"Written: {directory}/controllers.yaml (before: {former})" in answer.out
    assert answer.out.splitlines()[-2:] == [
        "Another controller is the current one there, and stays so.",
        f"Now: JUJU_DATA={directory} juju status -m mine:olga/default",
    ]


@pytest.mark.parametrize("variable", ["JUJU_DATA", "XDG_DATA_HOME"])
def test_it_writes_where_the_client_looks(
    operator: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """The directory is that of the client's own variables, and the command to type needs no more."""
    monkeypatch.delenv("JUJU_DATA", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "juju" if variable == "JUJU_DATA" else tmp_path))
    answer = operator("juju-client")
    assert (tmp_path / "juju" / "controllers.yaml").exists()
    assert answer.out.splitlines()[-1] == "Now: juju status"


@pytest.mark.parametrize(
    ("words", "exit_status", "told"),
    [
        (("--name", "a/b"), 2, '"a/b" is no name for a controller'),
        (("--juju-data", "/proc/juju"), 1, "--juju-data or JUJU_DATA names another directory"),
    ],
)
def test_what_cannot_be_is_one_line(
    operator: Any, directory: pathlib.Path, words: tuple[str, ...], exit_status: int, told: str
) -> None:
    """A name that cannot be and a directory that cannot be made are told in one line."""
    answer = operator("juju-client", "--juju-data", str(directory), *words)
    assert (answer.exit_status, answer.out, answer.err.count("\n")) == (exit_status, "", 1)
    assert told in answer.err


def test_a_model_that_is_not_shown_is_told(operator: Any, controller: Any, directory: pathlib.Path) -> None:
    """Where the controller does not show the login file's model, nothing is written."""
    controller.model = "00000000-0000-4000-8000-000000000000"
    answer = operator("juju-client", "--juju-data", str(directory))
    assert (answer.exit_status, answer.out) == (1, "")
    assert 'does not show user "admin" the model 0b5e7b3e' in answer.err
    assert not directory.exists()


def test_without_a_controller_nothing_is_written(
    operator: Any, controller: Any, login: pathlib.Path, directory: pathlib.Path
) -> None:
    """A controller out of reach, a password it refuses and no login file are each told in one line."""
    controller.unreachable = OSError(113, "No route to host")
    answers = [operator("juju-client", "--juju-data", str(directory))]
    controller.unreachable, controller.password = None, "another"
    answers.append(operator("juju-client", "--juju-data", str(directory)))
    login.unlink()
    answers.append(operator("juju-client", "--juju-data", str(directory)))
    for answer, told in zip(
        answers, ("cannot reach the controller", "refused user", "there is no login file"), strict=True
    ):
        assert (answer.exit_status, answer.out, answer.err.count("\n")) == (1, "", 1)
        assert told in answer.err
    assert not directory.exists()
