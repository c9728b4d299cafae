"""Performs the demonstration: makes the scene, plays the acts, and clears everything away."""

import contextlib
import dataclasses
import datetime
import pathlib
import shutil
import signal
import tempfile
from collections.abc import Generator
from types import FrameType

import click

from meterstatus import errors
from meterstatus.domain.text import spans
from meterstatus.programs import output
from meterstatus.programs.demo import acts, processes, scene, story

SHORTEST_GAP = datetime.timedelta(seconds=2)
"""Between the loss of contact and AMBER, and on to RED: a stage is checked to within a second."""

FAILED = 1


@dataclasses.dataclass(frozen=True, slots=True)
class DemoOptions:
    """How to demonstrate."""

    amber_grace_period: datetime.timedelta = datetime.timedelta(seconds=3)
    red_grace_period: datetime.timedelta = datetime.timedelta(seconds=6)
    keep: pathlib.Path | None = None
    """A directory to make, work in, and leave; None is a temporary one, left only after a failure."""


class _Terminated(BaseException):  # like KeyboardInterrupt, it is no error
    """SIGTERM came."""


def run(options: DemoOptions) -> int:
    """Perform, and return the exit status: 0 only if every step was right.

    No process is left, whatever happens: a failure, Ctrl-C, SIGTERM.

    Raises:
        NotFoundError: the example charm is not installed.
        OSError: the directory could not be made.
    """
    charm = scene.example_charm()
    directory = _made_directory(options.keep)
    environment = {"METERSTATUS_LOGIN": str(directory / "controller" / "login.yaml")}
    running = processes.Processes(directory, environment)
    failed = False
    try:
        with _sigterm_raised():
            failed = not _perform(options, charm, scene.Scene(directory, running))
    except _Terminated:
        click.echo(err=True)
        return 128 + signal.SIGTERM
    finally:
        # An impatient second Ctrl-C must not leave processes behind.
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        running.end_all()
        if options.keep is None and not failed:
            shutil.rmtree(directory, ignore_errors=True)
        signal.signal(signal.SIGINT, former)
    return FAILED if failed else 0


def _made_directory(keep: pathlib.Path | None) -> pathlib.Path:
    if keep is None:
        return pathlib.Path(tempfile.mkdtemp(prefix="meterstatus-demo-"))
    keep.mkdir(parents=True)
    return keep


def _perform(options: DemoOptions, charm: pathlib.Path, stage: scene.Scene) -> bool:
    told = story.Story()
    told.begin(
        f"A controller, an agent and a web shop, in {stage.directory}.\n"
        f"Without the controller: AMBER after {spans.render(options.amber_grace_period)},"
        f" RED after {spans.render(options.red_grace_period)}."
    )
    began = scene.now()
    cast = acts.Acts(stage, told, charm, options.amber_grace_period, options.red_grace_period)
    try:
        cast.play()
    except story.StepFailed as failure:
        told.failed(failure, stage.running.logs)
        return False
    except (OSError, errors.MeterStatusError) as error:
        told.failed(story.StepFailed("the step to run", str(error)), stage.running.logs)
        return False
    click.echo("\nWhat the hook saw:\n")
    for line in _table(stage, cast.modes, began):
        click.echo(line)
    took = (scene.now() - began).total_seconds()
    click.echo(f"\nAll {told.number} steps went as they must, in {took:.0f} s.")
    return True


def _table(stage: scene.Scene, modes: list[str], began: datetime.timedelta) -> list[str]:
    columns = (
        output.Column("After", numeric=True),
        output.Column("Status"),
        output.Column("Info"),
        output.Column("Shop"),
    )
    rows = [
        (f"{(call.at - began).total_seconds():.1f} s", call.status.code, call.status.info, mode)
        for call, mode in zip(stage.told, modes, strict=True)
    ]
    title, *lines = output.table(columns, rows, story.WIDTH)
    if output.may_colour():
        lines = [output.coloured(line, row[1]) for line, row in zip(lines, rows, strict=True)]
    return [title, *lines]


@contextlib.contextmanager
def _sigterm_raised() -> Generator[None]:
    """Make SIGTERM end the body as an exception, so that what follows it is done."""

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise _Terminated

    former = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
