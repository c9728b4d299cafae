"""Chaos with real processes: a real controller, real agents and real hooks, out of a seed.

``python -m harness.chaos --cycles 200 --seed 0``, or ``make chaos``. A seed fixes what is done
(``plan``); the machine's own timing decides what becomes of it, so a seed that fails need not fail each time.

Judged is the hook's own record (``hook``, ``record``) against the controller's history and what the driver
did (``judge``). Never judged is how fast anything was, beyond limits that are generous for a busy machine;
that nothing comes early is exact.

How what cannot be had everywhere is done (``machine``); the report says which way was used:

* Full disk: the agent's data directory is a tmpfs of one megabyte, filled to the last byte. Where nothing can
  be mounted, the agent's limit of a file's size is set to nothing.
* Reboot: the agent is started in a time namespace with another boot clock, and with another boot id mounted
  over the kernel's. Where that may not be done, both are injected, as the wall clock is.
* Wall clock: two of the three machines run ``harness.chaos.agent``, the agent program with a
  clock whose wall time is moved by what a file says. The third runs the agent as it is shipped.
"""
