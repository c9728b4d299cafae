"""What the story plays in: a directory, a charm, what its hook was told, and the shop that it switches."""

import dataclasses
import datetime
import http.client
import importlib.resources
import pathlib
import shutil
import time
import urllib.parse

import meterstatus
from meterstatus import errors
from meterstatus.domain import status
from meterstatus.programs.demo import processes, story
from meterstatus.runtime import clock

UNIT = "shop/0"
LOOK_PERIOD = 0.02
"""Seconds between two looks at something awaited; instants of hooks come from files and are exacter."""


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """One call of the hook."""

    at: datetime.timedelta
    """When it wrote its line, by the boot clock, which nobody sets: reckoned from the file's time, so that
    looking late falsifies nothing."""

    status: status.MeterStatus
    besides: tuple[str, ...]
    """The names of the further variables it was given."""


def example_charm() -> pathlib.Path:
    """Return the example charm: installed beside the package, or in the source tree.

    Raises:
        NotFoundError: it is in neither place.
    """
    installed = pathlib.Path(str(importlib.resources.files(meterstatus) / "examples" / "shop"))
    source = pathlib.Path(str(meterstatus.__file__)).resolve().parents[2] / "examples" / "shop"
    for place in (installed, source):
        if (place / "metadata.yaml").is_file():
            return place
    raise errors.NotFoundError(f"the example charm ({installed}, {source})")


def copy_charm(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy a charm and make its programs executable, which not every installer keeps them."""
    shutil.copytree(source, target)
    for program in (*target.glob("hooks/*"), *target.glob("bin/*")):
        program.chmod(0o755)


class Scene:
    """One demonstration's directory and what happens in it."""

    def __init__(self, directory: pathlib.Path, running: processes.Processes) -> None:
        self.directory = directory
        self.controller_dir = directory / "controller"
        self.agent_dir = directory / "agent"
        self.charm = self.agent_dir / "agents" / "unit-shop-0" / "charm"
        self.running = running
        self.told: list[Told] = []
        """Every call of the hook seen so far."""

    def await_told(self, expected: status.MeterStatus, limit: float) -> Told:
        """Wait for the hook's next call, which must be this one.

        Raises:
            StepFailed: another call came, or none within the limit (seconds), or the agent ended.
        """
        what = f"the hook to be told {shown(expected)}"
        deadline = time.monotonic() + limit
        while True:
            fresh = self.look()
            if fresh:
                self._check_only(fresh, expected, what)
                return fresh[0]
            if time.monotonic() > deadline:
                last = f"it was last told {shown(self.told[-1].status)}" if self.told else "it never ran"
                raise story.StepFailed(f"{what} within {limit:.1f} s", last)
            self.running.check("agent")
            time.sleep(LOOK_PERIOD)

    @staticmethod
    def _check_only(fresh: list[Told], expected: status.MeterStatus, what: str) -> None:
        if [call.status for call in fresh] != [expected]:
            raise story.StepFailed(
                what, "it was told " + ", then ".join(shown(call.status) for call in fresh)
            )

    def look(self) -> list[Told]:
        """Return the calls of the hook since the last look."""
        try:
            text, modified = _settled(self.charm / "told.tsv")
        except FileNotFoundError:
            return []
        read = clock.SystemClock().instant_now()
        written = read.boot - (read.wall - modified)
        # A line that is being written has no end yet.
        lines = text.splitlines()[: text.count("\n")]
        fresh = [_told(line, written) for line in lines[len(self.told) :]]
        self.told += fresh
        return fresh

    def shop_mode(self, url: str) -> str:
        """Ask the shop for its page, over HTTP, and return how much of itself it serves.

        Raises:
            StepFailed: it does not answer, or its HTTP status does not fit.
        """
        place = urllib.parse.urlsplit(url)
        request = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5.0)
        try:
            request.request("GET", "/")
            answer = request.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise story.StepFailed(f"the shop to answer at {url}", str(error)) from error
        finally:
            request.close()
        mode = answer.headers.get("Shop-Mode", "")
        if answer.status != (
            http.HTTPStatus.SERVICE_UNAVAILABLE if mode == "stopped" else http.HTTPStatus.OK
        ):
            raise story.StepFailed(f"an HTTP status that fits {mode}", str(answer.status))
        return mode


def now() -> datetime.timedelta:
    """Return the time since the boot, which ``Told.at`` is by."""
    return clock.SystemClock().instant_now().boot


def _settled(path: pathlib.Path) -> tuple[str, datetime.datetime]:
    """Return a file's text and the time of just that text: it must not change while it is read.

    Raises:
        FileNotFoundError: it is not there.
    """
    before = path.stat()
    while True:
        text = path.read_text()
        after = path.stat()
        if (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size):
            return text, datetime.datetime.fromtimestamp(after.st_mtime, datetime.UTC)
        before = after


def _told(line: str, at: datetime.timedelta) -> Told:
    _, code, info, besides = line.split("\t")
    return Told(at, status.MeterStatus(code, info), tuple(besides.split()))


def shown(told: status.MeterStatus) -> str:
    """Write a status as the story shows it."""
    return f'{told.code} "{told.info}"' if told.info else told.code
