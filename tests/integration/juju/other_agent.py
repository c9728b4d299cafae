"""Another agent on the machine: takes turns at the machine lock, by the specification (spec worker, D.7).

A program of its own, with nothing of the product in it:
``other_agent.py LOCK LOG AGENT TURNS HOLD_SECONDS INSIDE`` takes the lock, makes the directory INSIDE, which
only one holder at a time can, holds, removes it, writes its line, lets go and rests, as often as it is told.
It says ``held`` each time that it holds the lock, and ends with status 1 where somebody else was inside.
Where HOLD_SECONDS is ``told``, it holds until a line comes.
"""

import fcntl
import os
import sys
import time


def main() -> int:
    lock, log, agent, turns, hold, inside = sys.argv[1:]
    is_first = True
    for _ in range(int(turns)):
        asked = time.time()  # noqa: TID251 - the line tells wall time
        descriptor = os.open(lock, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        held = time.time()  # noqa: TID251
        try:
            os.mkdir(inside)  # noqa: PTH102 - one system call, which fails where somebody is inside
        except FileExistsError:
            return 1
        print("held", flush=True)  # noqa: T201
        sys.stdin.readline() if hold == "told" else time.sleep(float(hold))
        os.rmdir(inside)  # noqa: PTH106
        now = time.time()  # noqa: TID251
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        started = f"{stamp} === agent {agent} started ===\n" if is_first else ""
        line = (
            f"{stamp} {agent}: app/0 uniter (run hook), waited {held - asked:.0f}s, held {now - held:.0f}s\n"
        )
        with open(log, "a") as file:
            file.write(started + line)
        is_first = False
        os.close(descriptor)
        time.sleep(0.0 if hold == "told" else float(hold) / 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
