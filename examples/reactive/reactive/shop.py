"""The handlers of a reactive charm."""

import pathlib

from charmhelpers.core import hookenv
from charms import reactive


@reactive.meter_status_changed()
def obey() -> None:
    """Keep a flag that other handlers can wait for, and write down what was told."""
    status, info = hookenv.meter_status(), hookenv.meter_info()
    hookenv.log(f"obeying {status}: {info}")
    reactive.toggle_flag("shop.closed", status == "RED")
    closed = pathlib.Path("closed")
    if reactive.is_flag_set("shop.closed"):
        closed.touch()
    else:
        closed.unlink(missing_ok=True)
    with pathlib.Path("told").open("a", encoding="utf-8") as file:
        file.write(f"{status}\t{info}\n")
