"""What the story plays in."""

import datetime
import os
import pathlib

import pytest

from meterstatus.domain import status
from meterstatus.programs.demo import ports, processes, scene, story
from meterstatus.runtime import clock

GREEN = status.MeterStatus("GREEN", "paid")
RED = status.MeterStatus("RED")


@pytest.fixture
def stage(tmp_path: pathlib.Path) -> scene.Scene:
    """Give a scene whose agent is a process that sleeps."""
    running = processes.Processes(tmp_path, {})
    made = scene.Scene(tmp_path, running)
    made.charm.mkdir(parents=True)
    return made


def _write(stage: scene.Scene, text: str, at: float = 1_800_000_000.25) -> None:
    path = stage.charm / "told.tsv"
    with path.open("a") as file:
        file.write(text)
    os.utime(path, (at, at))


def test_reads_what_the_hook_wrote(stage: scene.Scene) -> None:
    """Each line is one call, its instant the file's own; what is not written whole is not there yet."""
    assert stage.look() == []
    _write(stage, "2027-01-15T08:00:00Z\tGREEN\tpaid\tMETERSTATUS_A METERSTATUS_B\n2027-01")
    (call,) = stage.look()
    assert call.status == GREEN
    written = datetime.datetime(2027, 1, 15, 8, 0, 0, 250_000, tzinfo=datetime.UTC)
    read = clock.SystemClock().instant_now()
    # Reading two clocks takes a moment, in either order; a clock that is set moves both.
    assert abs((read.boot - call.at) - (read.wall - written)) < datetime.timedelta(seconds=60)
    assert call.besides == ("METERSTATUS_A", "METERSTATUS_B")
    assert stage.look() == []
    _write(stage, "-15T08:00:01Z\tRED\t\t\n")
    assert [call.status for call in stage.look()] == [RED]
    assert len(stage.told) == 2


class BusyFile(type(pathlib.Path())):
    """A file that the hook writes a line into just after somebody has looked at its time."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Look, and let the hook write, once."""
        found = super().stat(follow_symlinks=follow_symlinks)
        if self.name == "told.tsv" and found.st_mtime == 1_000.0:
            with self.open("a") as file:
                file.write("t\tRED\t\t\n")
            os.utime(self, (2_000.0, 2_000.0))
        return found


def test_a_line_has_its_own_time_and_not_the_one_before(stage: scene.Scene) -> None:
    """What is written between a look at the file's time and reading it is not taken for older than it is."""
    _write(stage, "", at=2_000.0)
    stage.look()
    _write(stage, "t\tGREEN\tpaid\t\n", at=2_000.0)
    (settled,) = stage.look()
    os.utime(stage.charm / "told.tsv", (1_000.0, 1_000.0))
    stage.charm = BusyFile(stage.charm)
    (busy,) = stage.look()
    assert busy.status == RED
    assert abs(busy.at - settled.at) < datetime.timedelta(seconds=60)


def test_awaits_exactly_what_must_come(stage: scene.Scene) -> None:
    """A call that is not the one awaited, or one too many, fails the step at once."""
    _write(stage, "t\tGREEN\tpaid\t\n")
    assert stage.await_told(GREEN, 0.0).status == GREEN
    _write(stage, "t\tRED\t\t\nt\tGREEN\tpaid\t\n")
    with pytest.raises(story.StepFailed) as failed:
        stage.await_told(GREEN, 0.0)
    assert failed.value.seen == 'it was told RED, then GREEN "paid"'


def test_says_what_came_last_when_nothing_comes(stage: scene.Scene) -> None:
    """Where no call comes in time, the last one is what was seen."""
    _write(stage, "t\tGREEN\tpaid\t\n")
    stage.look()
    with pytest.raises(story.StepFailed) as failed:
        stage.await_told(RED, -1.0)
    assert failed.value.seen == 'it was last told GREEN "paid"'


def test_the_example_charm_is_found_and_can_be_executed(tmp_path: pathlib.Path) -> None:
    """The charm is there, and its copy can run whatever the installer did to its modes."""
    scene.copy_charm(scene.example_charm(), tmp_path / "charm")
    assert os.access(tmp_path / "charm" / "hooks" / "meter-status-changed", os.X_OK)
    assert os.access(tmp_path / "charm" / "bin" / "shop", os.X_OK)


def test_a_shop_that_does_not_answer_fails_the_step(stage: scene.Scene) -> None:
    """Where nobody serves, that is what was seen."""
    with pytest.raises(story.StepFailed, match="refused"):
        stage.shop_mode(f"http://127.0.0.1:{ports.free_port()}/")
