"""programs.logs: one form of line for both programs, and no program that waits for whoever reads it."""

import json
import logging
import os
import subprocess
import sys

import pytest

from meterstatus.programs import logs
from meterstatus.workers import driver

NOON = 1772366400.25


def line(form: logs.LogFormat, message: str, error: Exception | None = None) -> str:
    record = logging.LogRecord(
        "meterstatus.unit-shop-0",
        logging.WARNING,
        __file__,
        1,
        message,
        None,
        None if error is None else (type(error), error, None),
    )
    record.created, record.msecs = NOON, 250.0
    return logs.formatter(form).format(record)


def test_a_line_of_text_has_the_time_in_utc_the_level_and_who_says_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the zone of the machine."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    said = line("text", "cut off")
    assert said == "2026-03-01T12:00:00.250Z WARNING meterstatus.unit-shop-0: cut off"


def test_what_cannot_be_printed_is_escaped_in_text() -> None:
    """A hook's output or a controller's words can neither forge a line nor move a cursor."""
    said = line("text", "a\n2026 ERROR forged \x1b[2J\u202e\x9b\u2028 é")
    assert said.endswith(r": a\n2026 ERROR forged \x1b[2J\u202e\x9b\u2028 é")


def test_a_traceback_follows_its_line() -> None:
    """It is for whoever mends the program."""
    assert line("text", "ended", ValueError("wrong")).splitlines()[1:] == ["ValueError: wrong"]


def test_a_line_of_json_is_one_object_in_ascii() -> None:
    """With the same parts."""
    said = line("json", "a\nb \u202eé", ValueError("wrong"))
    assert said.isascii() and "\n" not in said
    assert json.loads(said) == {
        "time": "2026-03-01T12:00:00.250Z",
        "level": "WARNING",
        "logger": "meterstatus.unit-shop-0",
        "message": "a\nb \u202eé",
        "exception": "ValueError: wrong",
    }


def test_trace_is_the_workers_level() -> None:
    """It is named in two places, because a command must not import the workers to offer it."""
    assert logs.TRACE == driver.TRACE


PROGRAM = """
import logging, sys, warnings
from meterstatus.programs import logs
logs.to_stderr("INFO", "{form}")
logging.getLogger("meterstatus.agent").info("ready")
logging.getLogger("meterstatus.agent").debug("not said")
warnings.warn("odd")
print("in between", file=sys.stderr)
{end}
"""


def run(form: logs.LogFormat, end: str) -> "subprocess.CompletedProcess[str]":
    program = PROGRAM.format(form=form, end=end)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )


def test_everything_that_a_program_says_goes_one_way() -> None:
    """Records, Python's warnings, what is printed, and the traceback of its end, in order and all of it."""
    done = run("text", "raise ValueError('a defect')")
    said = done.stderr.splitlines()
    assert done.returncode == 1
    assert said[0].endswith("Z INFO meterstatus.agent: ready")
    assert "WARNING py.warnings: " in said[1]
    assert said[2] == "in between"
    assert said[3].endswith("CRITICAL meterstatus.programs.logs: ended by a defect; please report it")
    assert said[-1] == "ValueError: a defect"


def test_a_defect_is_an_object_of_json_too() -> None:
    """Whoever collects JSON gets nothing else from the program's own log."""
    said = json.loads(run("json", "raise ValueError('a defect')").stderr.splitlines()[-1])
    assert said["exception"].endswith("ValueError: a defect")


def test_an_interrupted_program_says_so_without_a_traceback() -> None:
    """Ctrl-C is no defect."""
    assert run("text", "raise KeyboardInterrupt").stderr.splitlines()[-1].endswith(": interrupted")


@pytest.mark.parametrize("end", ["", "raise ValueError('a defect')"])
def test_a_program_whose_log_nobody_reads_ends_all_the_same(end: str) -> None:
    """Its pipe is full, and stays so."""
    reader, writer = os.pipe()
    flood = "for _ in range(20_000): logging.getLogger('meterstatus').info('x' * 100)\n"
    program = PROGRAM.format(form="text", end=flood + end)
    process = subprocess.Popen([sys.executable, "-c", program], stderr=writer)
    os.close(writer)
    try:
        assert process.wait(30) == (1 if end else 0)
    finally:
        process.kill()
        os.close(reader)


def test_a_program_started_without_a_standard_error_says_nothing_to_anybody() -> None:
    """Its number may be a socket's by now."""
    program = PROGRAM.format(form="text", end="print(open(2, closefd=False).name)")
    program = program.replace('print("in between", file=sys.stderr)', "")
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, program], timeout=30, check=False
    )
    assert done.returncode == 0


def test_a_program_in_which_something_hangs_is_left_with_its_log() -> None:
    """A thread that is waited for would hold it up for ever."""
    end = """import threading
threading.Thread(target=threading.Event().wait).start()
logging.getLogger("meterstatus.agent").error("leaving it")
logs.leave(1)"""
    done = run("text", end)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("ERROR meterstatus.agent: leaving it")
