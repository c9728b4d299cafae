"""The statements: one file each in ``queries``, named after what it does, parameters written ``:name``.

What a database says in other words it has in a folder of its own, which is looked into first.
"""

import functools
import importlib.resources
from importlib.resources import abc

_SHARED = importlib.resources.files("meterstatus.adapters.sql") / "queries"


@functools.cache
def text(name: str, own: abc.Traversable | None = None) -> str:
    """Return a statement by its name without ``.sql``, in a database's own words where it has some."""
    if own is not None and (own / f"{name}.sql").is_file():
        return (own / f"{name}.sql").read_text(encoding="utf-8")
    return (_SHARED / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def parts(name: str) -> tuple[str, ...]:
    """Return the statements of a file that may hold several with the same parameters, each ended by ``;``."""
    return tuple(text(name).split(";\n"))


def migrations(folder: abc.Traversable) -> list[str]:
    """Return the scripts of a folder of migrations, in the order of their numbers."""
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")]
