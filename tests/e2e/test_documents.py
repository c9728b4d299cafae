"""What the documents say to type, pasted as it is: in order, at once, by a shell of its own in a new home."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 60
DONE = "\1"
"""Stands in the output before each command's exit status."""

# A network of its own, because the documents name no port and another controller may have the usual one; and
# no root, whose files are in the system's places. Where the machine allows neither, an ordinary user does
# without.
_APART = ("unshare", "--user", "--map-user=1000", "--net", "--keep-caps")
_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
os.execvp(sys.argv[1], sys.argv[1:])
"""


def _typed(document: pathlib.Path, heading: str) -> list[str]:
    """Return the commands under a heading and those beneath it; a here-document is part of its command."""
    text = document.read_text()
    beginning = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert beginning is not None
    rest = text[beginning.end() :]
    section = re.split(rf"^#{{1,{len(beginning[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    commands: list[str] = []
    for block in re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
        end = ""
        for line in block.splitlines():
            if end:
                commands[-1] += f"\n{line}"
                end = "" if line == end else end
            elif line.startswith("$ "):
                commands.append(line.removeprefix("$ "))
                here = re.search(r"<<'(\w+)'", line)
                end = here[1] if here else ""
    return commands


def _install_shim(folder: pathlib.Path) -> pathlib.Path:
    """Make a ``python3`` whose venv has this very meterstatus, and a pip that has nothing left to do."""
    folder.mkdir()
    program = folder / "python3"
    program.write_text(
        "#!/bin/sh\n"
        f'[ "$1 $2" = "-m venv" ] || exec {shlex.quote(sys.executable)} "$@"\n'
        'mkdir -p "$3/bin" && ln -s /bin/true "$3/bin/pip"\n'
        f'printf \'#!/bin/sh\\nexec {sys.executable} -m meterstatus "$@"\\n\' > "$3/bin/meterstatus"\n'
        'chmod +x "$3/bin/meterstatus"\n'
    )
    program.chmod(0o755)
    return folder


def _paste(commands: list[str], home: pathlib.Path, folder: pathlib.Path) -> tuple[list[int], str]:
    """Type the commands into a bash one after the other, and end what still runs; return their statuses."""
    script = home.parent / "pasted"
    lines = [f"{command}\nprintf '{DONE}%d\\n' $?\n" for command in commands]
    script.write_text("".join([*lines, "kill $(jobs -p) 2>/dev/null\nwait\n"]))
    apart = [*_APART, sys.executable, "-c", _UP]
    is_apart = subprocess.run([*apart, "true"], check=False, capture_output=True).returncode == 0
    if not is_apart and os.geteuid() == 0:
        pytest.skip("nothing can be set apart here, and root's files are in the system's places")
    search = f"{_install_shim(home.parent / 'shim')}:{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("METERSTATUS_")}
    done = subprocess.run(
        # It ends all that was started, too.
        [
            "timeout",
            "-s",
            "KILL",
            str(SECONDS),
            *(apart if is_apart else ()),
            "bash",
            "--noprofile",
            "--norc",
            str(script),
        ],
        cwd=folder,
        env={**kept, "HOME": str(home), "PATH": search},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return [int(number) for number in re.findall(rf"^{DONE}(\d+)$", done.stdout, re.MULTILINE)], done.stdout


@pytest.mark.parametrize(
    ("document", "heading", "last"),
    [
        ("README.md", "A tour in 60 seconds", "80 % of the budget is used"),
        ("docs/tutorial/first-unit.md", "Your first unit", "shop/0 GREEN within budget"),
    ],
)
def test_what_is_pasted_works(tmp_path: pathlib.Path, document: str, heading: str, last: str) -> None:
    """Every command of the page succeeds where each is typed as soon as the one before is done."""
    commands = _typed(ROOT / document, heading)
    assert len(commands) > 6
    home, folder = tmp_path / "home", tmp_path / "checkout"
    home.mkdir()
    shutil.copytree(ROOT / "examples" / "shop", folder / "examples" / "shop")
    statuses, output = _paste(commands, home, folder)
    assert statuses == [0] * len(commands), output
    assert last in output
