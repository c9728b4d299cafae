"""What the commands that make, run and restore a controller refuse alike."""

import pathlib
import re
import shlex
import sys
from typing import Any

import pytest

from meterstatus import errors
from meterstatus.programs.cli import controller_options


def test_a_password_on_the_command_line_is_refused(operator: Any, tmp_path: pathlib.Path) -> None:
    """Every user of the machine could see it; nothing is made, and the refusal does not say it again."""
    for url in ("postgresql://u:secret@127.0.0.1:1/d", "mysql://u:secret@h/d"):
        answer = operator("controller", "init", "--data-dir", str(tmp_path / "c"), "--database", url)
        assert (answer.exit_status, answer.err.count("\n")) == (2, 1)
        assert "secret" not in answer.err
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("module", "libraries"),
    [
        ("uvloop", ["cryptography", "picows", "uvloop"]),
        ("asyncpg", ["asyncpg", "cryptography", "picows", "uvloop"]),
    ],
)
def test_says_what_to_install(module: str, libraries: list[str]) -> None:
    """An installation for agents alone is told a command for its own Python that asks no index for us."""
    with (
        pytest.raises(errors.ConfigError, match=f"needs {module}") as told,
        controller_options.extra_needed(),
    ):
        raise ModuleNotFoundError(name=module)
    python, *pip, command = shlex.split(str(told.value).partition("with: ")[2])[:4]
    assert (python, pip, command) == (sys.executable, ["-m", "pip"], "install")
    named = shlex.split(str(told.value).partition(" install ")[2].partition(" install ")[2])
    assert sorted(re.split("[<>=]", each)[0] for each in named) == libraries


def test_a_defect_in_an_import_is_not_explained_away() -> None:
    """A module of our own that is missing is a defect, not an extra to install."""
    with pytest.raises(ModuleNotFoundError), controller_options.extra_needed():
        raise ModuleNotFoundError(name="meterstatus.nowhere")
