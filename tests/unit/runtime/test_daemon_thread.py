"""daemon_thread: blocking work in order, on a thread that nobody waits for at the end."""

import asyncio
import concurrent.futures
import subprocess
import sys
import threading

import pytest

from meterstatus.runtime import daemon_thread


def test_calls_are_done_one_after_another_in_order() -> None:
    """Each gives what it returns, or raises what it raised."""
    executor, said = daemon_thread.DaemonExecutor("test"), list[int]()
    futures = [executor.submit(said.append, number) for number in range(100)]
    failing = executor.submit(int, "no number")
    assert executor.submit(sum, (1, 2)).result(10) == 3
    assert said == list(range(100))
    assert all(future.done() for future in futures)
    with pytest.raises(ValueError, match="invalid literal"):
        failing.result()


def test_a_call_that_is_cancelled_before_its_turn_is_not_done() -> None:
    """One that is under way goes on."""
    executor, begun, go_on = daemon_thread.DaemonExecutor("test"), threading.Event(), threading.Event()
    said: list[int] = []

    def wait() -> str:
        begun.set()
        go_on.wait()
        return "ended"

    under_way, unwanted = executor.submit(wait), executor.submit(said.append, 1)
    begun.wait()
    assert unwanted.cancel() and not under_way.cancel()
    go_on.set()
    assert under_way.result(10) == "ended"
    assert executor.submit(len, said).result(10) == 0


def test_the_thread_is_there_while_there_is_work_and_again_for_more() -> None:
    """An idle one costs memory, on every unit's machine."""
    executor = daemon_thread.DaemonExecutor("test-of-work")
    for _ in range(2):
        done = executor.submit(threading.current_thread).result(10)
        assert done.daemon and done.name == "test-of-work"
        done.join(10)
        assert not done.is_alive()


def test_a_loop_takes_it_as_an_executor() -> None:
    """As asyncio's own."""

    async def ask() -> int:
        return await asyncio.get_running_loop().run_in_executor(
            daemon_thread.DaemonExecutor("test"), len, "four"
        )

    assert asyncio.run(ask()) == 4


def test_without_a_thread_it_fails_and_forgets_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has no more of them: an error of the system, and the next call may go."""
    executor = daemon_thread.DaemonExecutor("test")

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    said: list[int] = []
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        with pytest.raises(OSError, match="no thread can be started"):
            executor.submit(said.append, 1)
    executor.submit(said.append, 2).result(10)
    assert said == [2]


PROGRAM = """
import asyncio, threading
from meterstatus.runtime import daemon_thread

async def main():
    begun = threading.Event()
    def hang():
        begun.set()
        threading.Event().wait()
    asyncio.get_running_loop().run_in_executor(daemon_thread.DaemonExecutor("hangs"), hang)
    begun.wait()

asyncio.run(main())
"""


def test_a_call_that_hangs_does_not_hold_up_the_end() -> None:
    """Neither the loop's nor the program's."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], timeout=30, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_it_is_an_executor() -> None:
    """So that a loop that does everything at once, as the tests have, can pass for it."""
    assert isinstance(daemon_thread.DaemonExecutor("test"), concurrent.futures.Executor)
