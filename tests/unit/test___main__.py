"""Running the package."""

import subprocess
import sys


def test_the_package_is_the_command() -> None:
    """``python -m meterstatus`` is ``meterstatus``."""
    done = subprocess.run(
        [sys.executable, "-m", "meterstatus", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("meterstatus ")
