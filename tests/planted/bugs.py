"""The planted bugs: read from ``bugs/*.toml``, and put into a copy of the source, never into the source.

A bug is a piece of text that stands exactly once where it says, and what takes its place. So a bug that the
code has drifted away from fails loudly, and one whose code only moved to another module of its folder does
not.
"""

import dataclasses
import os
import pathlib
import shutil
import tomllib
from collections.abc import Iterable, Iterator

ROOT = pathlib.Path(__file__).parents[2]
SOURCE = ROOT / "src"
PACKAGE = "meterstatus"
_DATA = pathlib.Path(__file__).parent / "bugs"


class DriftError(Exception):
    """The text that a bug replaces is not there exactly once."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One planted bug."""

    name: str
    defect: str
    """The reference's defect that it brings back, B-01 to B-36; "own" where it is none of them."""

    where: str
    """The module, or the folder in one of whose modules the text stands, below the package."""

    seen: str
    """What a charm or an operator would see, in one sentence."""

    old: str
    new: str
    tests: tuple[str, ...] = ()
    """Test modules that hold the module to it beside its own."""

    at_run_time: bool = True
    """It shows while our own agent and controller run, without a file that neither of them writes."""

    beyond_simulation: str = ""
    """Why the simulation cannot find it: what of the real thing it does not have."""

    def module_in(self, source: pathlib.Path) -> pathlib.Path:
        """Find the module in a source folder.

        Raises:
            DriftError: the text stands nowhere, or more than once.
        """
        place = source / PACKAGE / self.where
        modules = [place] if place.is_file() else sorted(place.rglob("*.py"))
        counts = {module: module.read_text(encoding="utf-8").count(self.old) for module in modules}
        if sum(counts.values()) != 1:
            found = {module.name: count for module, count in counts.items() if count}
            raise DriftError(f"{self.name}: what it replaces stands not once in {self.where}, but {found}")
        return next(module for module, count in counts.items() if count)

    def changed(self) -> str:
        """Return its module's text with the bug in it.

        Raises:
            DriftError: as ``module_in``.
            SyntaxError: what comes of it is no Python.
        """
        module = self.module_in(SOURCE)
        text = module.read_text(encoding="utf-8").replace(self.old, self.new)
        if module.suffix == ".py":
            compile(text, str(module), "exec")
        return text

    def plant(self, folder: pathlib.Path) -> pathlib.Path:
        """Make a copy of the source in a folder with the bug in it, and return the copy's source folder.

        All else is linked, the compiled modules too, which saves copying and compiling.

        Raises:
            DriftError, SyntaxError: as ``changed``.
        """
        text = self.changed()
        copy = folder / "src"
        shutil.copytree(SOURCE, copy, copy_function=os.symlink)
        module = copy / self.module_in(SOURCE).relative_to(SOURCE)
        module.unlink()  # or the source itself would be written
        module.write_text(text, encoding="utf-8")
        for compiled in module.parent.glob(f"__pycache__/{module.stem}.*"):
            compiled.unlink()
        return copy


def load() -> list[Bug]:
    """Read all bugs, in the order of the files.

    Raises:
        TypeError: one lacks a key, or has one that is none.
        ValueError: two have the same name.
    """
    bugs = list(_read())
    names = [bug.name for bug in bugs]
    if len(names) != len(set(names)):
        raise ValueError(f"two bugs of one name: {sorted(names)}")
    return bugs


def drifted(planted: Iterable[Bug]) -> list[str]:
    """Return what is wrong with each that does not fit the code; all at once, to be mended in one go."""
    faults: list[str] = []
    for bug in planted:
        try:
            bug.changed()
        except DriftError as error:
            faults.append(str(error))
        except SyntaxError as error:
            faults.append(f"{bug.name}: what comes of it is no Python: {error}")
    return faults


def _read() -> Iterator[Bug]:
    for path in sorted(_DATA.glob("*.toml")):
        for name, facts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            yield Bug(name=name, tests=tuple(facts.pop("tests", ())), **facts)
