"""The wheel, as it is installed: with what it declares and nothing else, every module can be imported."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]

_IMPORT_ALL = """
import importlib, pkgutil, meterstatus
names = [found.name for found in pkgutil.walk_packages(meterstatus.__path__, "meterstatus.")]
for name in names:
    if not name.endswith("__main__") and name != "meterstatus.charm_ops":
        importlib.import_module(name)
print(len(names))
"""
"""``charm_ops`` is for charms, which bring ``ops``; ``__main__`` is a program."""


def _uv() -> str:
    found = shutil.which("uv") or next(map(str, ROOT.glob(".tools/uv-*/bin/uv")), None)
    assert found is not None, "uv is needed to build the wheel: make setup"
    return found


def _run(*words: str | pathlib.Path, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        words, cwd="/", check=False, capture_output=True, text=True, env={**environment, **variables}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("dist")
    _run(_uv(), "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_the_package_and_nothing_else(wheel: pathlib.Path) -> None:
    """Neither the laboratory nor the tests are installed on every unit."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"meterstatus"}


def test_every_module_is_there_with_what_it_needs(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """In an environment without this project's tools each module is imported, and the story is shown."""
    _run(_uv(), "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    _run(_uv(), "pip", "install", "--quiet", "--python", python, f"{wheel}[controller,postgres]")
    assert int(_run(python, "-I", "-c", _IMPORT_ALL)) > 200
    assert "went as they must" in _run(python.with_name("meterstatus"), "demo", HOME=os.fspath(tmp_path))
