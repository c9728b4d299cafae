#!/usr/bin/env python3
"""A charm on charmhelpers: one program for all hooks, which are links to it."""

import os
import pathlib
import sys

# The charm brings its Python packages in a venv of its own, which the interpreter above does not know.
if pathlib.Path(sys.prefix).resolve() != pathlib.Path("venv").resolve():
    os.execv("venv/bin/python", ["venv/bin/python", *sys.argv])  # noqa: S606, S607 # the same program again

from charmhelpers.core import hookenv

hooks = hookenv.Hooks()


@hooks.hook("meter-status-changed")
def obey() -> None:
    """Close when the status is RED, and write down what was told."""
    status, info = hookenv.meter_status(), hookenv.meter_info()
    hookenv.log(f"obeying {status}: {info}")
    hookenv.log(f"the workload is {hookenv.status_get()[0]}", level=hookenv.DEBUG)
    closed = pathlib.Path(hookenv.charm_dir(), "closed")
    if status == "RED":
        closed.touch()
    else:
        closed.unlink(missing_ok=True)
    with pathlib.Path("told").open("a", encoding="utf-8") as file:
        file.write(f"{status}\t{info}\n")


if __name__ == "__main__":
    hooks.execute(sys.argv)
