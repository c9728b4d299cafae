"""A second dependency engine, as dumb as can be, to compare ``engine.graph`` with (spec worker, C.3 to C.5).

It keeps nothing but a list of what has happened and works out everything else anew from that list each time
it is asked. Errors are words, workers are numbers, effects are plain tuples whose order means nothing.
"""

from collections.abc import Iterator
from typing import Any

RESET_TIME = 60.0
"""Seconds a worker must have run for its failure to count as the first."""

KINDS = ("none", "aborted", "missing", "bounce", "uninstall", "other", "temporary", "fatal")
"""The words for how an attempt ends."""

Fact = tuple[Any, ...]
Effect = tuple[Any, ...]


class ReferenceEngine:
    """Told what happens, it says what is to be done.

    Attributes:
        facts: everything that happened or was decided, oldest first.
    """

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def install(self, name: str, inputs: tuple[str, ...]) -> list[Effect] | None:
        """Install a manifold; None where that is refused."""
        if self.is_dying() or name in self.installed() or self._would_cycle(name, inputs):
            return None
        self.facts.append(("installed", name, inputs))
        return [self._request_start(name, "none")]

    def started(self, name: str, worker: int, now: float) -> list[Effect]:
        """Take the report of a new worker."""
        if self.is_dying() or self._is_unwanted(name):
            return [("stop", name)]
        self.facts.append(("started", name, worker, now))
        return list(self._bounce(name))

    def stopped(self, name: str, raw: str, filtered: str, now: float) -> list[Effect]:
        """Take the report of an attempt's end, in the words of ``KINDS``."""
        was_running = self.worker(name) is not None
        was_unwanted = self._is_unwanted(name)
        self.facts.append(("stopped", name, raw, filtered, now))
        effects: list[Effect] = [("log", "trace" if raw in {"aborted", "missing"} else "debug", name, raw)]
        if filtered == "fatal":
            effects.append(("fail", filtered))
            effects.extend(self.kill())
        elif self.is_dying():
            pass
        elif was_unwanted or filtered == "bounce":
            effects.append(self._request_start(name, "bounce"))
        elif filtered == "uninstall":
            self.facts.append(("uninstalled", name))
            effects.append(("forget", name))
        elif filtered in {"other", "temporary"}:
            effects.append(("log", "info" if filtered == "temporary" else "error", name, filtered))
            effects.append(self._request_start(name, "error"))
        if was_running:
            effects.extend(self._bounce(name))
        return effects

    def kill(self) -> list[Effect]:
        """End everything."""
        self.facts.append(("killed",))
        return [effect for name in self.installed() for effect in self._request_stop(name)]

    def is_dying(self) -> bool:
        """Tell whether the end was asked for."""
        return ("killed",) in self.facts

    def is_over(self) -> bool:
        """Tell whether the end has come."""
        return self.is_dying() and all(self.state(name) == "stopped" for name in self.installed())

    def installed(self) -> dict[str, tuple[str, ...]]:
        """Return every manifold's inputs."""
        found: dict[str, tuple[str, ...]] = {}
        for fact in self.facts:
            if fact[0] == "installed":
                found[fact[1]] = fact[2]
            elif fact[0] == "uninstalled":
                del found[fact[1]]
        return found

    def state(self, name: str) -> str:
        """Return the word for a manifold's state, as reports have it."""
        latest = self._attempt(name)
        if not latest or latest[-1][0] == "stopped":
            return "stopped"
        if not any(fact[0] == "started" for fact in latest):
            return "starting"
        return "stopping" if self._is_unwanted(name) else "started"

    def worker(self, name: str) -> int | None:
        """Return the running worker of a manifold, if there is one."""
        if self.state(name) in {"started", "stopping"}:
            return next(fact[2] for fact in self._attempt(name) if fact[0] == "started")
        return None

    def start_count(self, name: str) -> int:
        """Return how many workers a manifold has had."""
        return sum(fact[0] == "started" for fact in self._life(name))

    def recent_errors(self, name: str) -> int:
        """Count a manifold's failures in a row."""
        count, began = 0, None
        for fact in self._life(name):
            if fact[0] == "requested":
                began = None
            elif fact[0] == "started":
                began = fact[3]
            elif fact[0] == "stopped" and fact[2] == "none":
                count = 0
            elif fact[0] == "stopped":
                ran_long = began is not None and fact[4] - began >= RESET_TIME
                count = 1 if ran_long or fact[2] in {"aborted", "missing"} else count + 1
        return count

    def _life(self, name: str) -> list[Fact]:
        """Return what happened to a manifold since it was last installed; nothing if it is not."""
        life: list[Fact] = []
        for fact in self.facts:
            if fact[:2] in {("installed", name), ("uninstalled", name)}:
                life = []
            elif fact[1:2] == (name,):
                life.append(fact)
        return life

    def _attempt(self, name: str) -> list[Fact]:
        """Return what happened to a manifold since a start was last requested."""
        life = self._life(name)
        requests = [number for number, fact in enumerate(life) if fact[0] == "requested"]
        return life[requests[-1] :] if requests else []

    def _is_unwanted(self, name: str) -> bool:
        return any(fact[0] == "stop requested" for fact in self._attempt(name))

    def _request_start(self, name: str, pause: str) -> Effect:
        self.facts.append(("requested", name))
        workers = tuple((one, self.worker(one)) for one in self.installed()[name])
        return ("start", name, pause, self.recent_errors(name), workers)

    def _request_stop(self, name: str) -> Iterator[Effect]:
        if self.state(name) != "stopped" and not self._is_unwanted(name):
            self.facts.append(("stop requested", name))
            yield ("stop", name)

    def _bounce(self, name: str) -> Iterator[Effect]:
        for dependent, inputs in self.installed().items():
            if name in inputs and self.state(dependent) != "stopped":
                yield from self._request_stop(dependent)
            elif name in inputs and not self.is_dying():
                yield self._request_start(dependent, "bounce")

    def _would_cycle(self, name: str, inputs: tuple[str, ...]) -> bool:
        known = {**self.installed(), name: inputs}
        reached: set[str] = set()
        for _ in range(len(known) + 1):
            reached |= set(inputs) | {far for near in reached for far in known.get(near, ())}
        return name in reached
