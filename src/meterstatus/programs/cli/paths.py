"""Where things are kept where nobody says otherwise: root's in the system's place, others' at home."""

import os
import pathlib

SYSTEM = pathlib.Path("/var/lib/meterstatus")
HOME_RELATIVE = pathlib.Path(".local", "share", "meterstatus")

AGENT_SHOWN = f"{SYSTEM}, or ~/{HOME_RELATIVE} unless root"
CONTROLLER_SHOWN = f"{SYSTEM}/controller, or ~/{HOME_RELATIVE}/controller unless root"
JUJU_DATA_SHOWN = "~/.local/share/juju"
LOGIN_SHOWN = "login.yaml in the controller's data directory"


def agent_data_dir() -> pathlib.Path:
    """Return the agent's data directory."""
    return SYSTEM if os.geteuid() == 0 else pathlib.Path.home() / HOME_RELATIVE


def controller_data_dir() -> pathlib.Path:
    """Return the controller's data directory."""
    return agent_data_dir() / "controller"


def juju_data_dir() -> pathlib.Path:
    """Return where the juju client keeps what it knows, where JUJU_DATA does not say."""
    shared = os.environ.get("XDG_DATA_HOME")
    return (pathlib.Path(shared) if shared else pathlib.Path.home() / ".local" / "share") / "juju"


def login_file() -> pathlib.Path:
    """Return the file that says how an operator reaches the controller and logs in."""
    return controller_data_dir() / "login.yaml"
