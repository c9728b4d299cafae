"""The words in which a unit's world is described: what may happen, and what there is to know of a moment."""

import dataclasses
from typing import NamedTuple

from meterstatus.domain import policy
from tests.exhaustive import memories
from tests.exhaustive.agent_model import Phase

AMBER_DUE, RED_DUE = policy.JUJU_AMBER // memories.SECOND, policy.JUJU_RED // memories.SECOND
"""When the stages come, in seconds."""

NEAR, FAR = AMBER_DUE, memories.FAR // memories.SECOND
"""By how much the wall clock is set: one way it is overtaken by time that passes here, one way never."""

AGAIN = 30
"""In how many seconds contact is confirmed again: sooner than it is written down."""

CUT_OFF = -1
UNWRITTEN = -1
NOBODY = -1
"""The memory of an agent that is down."""

NONE, DAMAGED = -2, -1
"""In place of a file's number: none counts, or it cannot be read."""

WORDS = (1, 2, 3)
"""The controller's statuses, by number."""


class Word(NamedTuple):
    """What the controller may say."""

    told: int
    """The status, by number."""

    ruling: policy.Policy | None = None
    rest: int = 0
    """What it says is left of announced maintenance, in seconds."""

    @property
    def longer(self) -> int:
        """How much longer a unit waits that hears it."""
        return min(self.rest, memories.MOST_MAINTENANCE)


Words = tuple[Word, ...]


@dataclasses.dataclass(frozen=True)
class Scope:
    """What may happen, beside what always may."""

    own: policy.Policy = policy.JUJU_POLICY
    policies: tuple[policy.Policy | None, ...] = ()
    """What the controller may say of when to escalate; empty where it is not asked."""

    rests: tuple[int, ...] = ()
    """What may be left of maintenance that the controller announced, in seconds; it may also have none."""

    refuses_saves: bool = False
    is_slow: bool = False
    """Time passes while the lock is awaited and while a hook runs."""

    is_confirmed_again: bool = False
    """Contact is also confirmed before it is time to write it down again."""

    sets_clocks: bool = False
    """The wall clock is set while the agent runs, and the machine boots, its clock right, late or early."""

    damages_files: bool = False

    @property
    def limit(self) -> int:
        """In how many seconds without contact everything has come that may come."""
        longest = max(self.own.grace(policy.CODES[-1]) or memories.LIMIT, memories.LIMIT) // memories.SECOND
        return max(memories.due(longest, Word(1, None, rest).longer) for rest in (0, *self.rests))


class View(NamedTuple):
    """What the agent's next steps rest on; facts of the environment, but for the agent's memory."""

    phase: Phase
    memory: int
    """The agent's memory, by number."""

    word: int
    """Which of the controller's words holds; ``CUT_OFF`` while contact is lost."""

    counted: int
    """Seconds since contact, as the rule of the offline clock has it (invariant 2)."""

    longer: int
    """Seconds that each stage waits longer, by what was left of maintenance at that contact; ``UNWRITTEN``
    where the agent crashed before it wrote of what it had heard."""

    heard: int
    """The last status that a hook was told to its end, by number."""

    doubt: int
    """The worst severity that hooks begun since then may have told; 0 where there were none."""

    unsaved: bool = False
    """The disk refused the last save."""

    owed: bool = False
    """A save waits for the lock to be had or not."""


class Next(NamedTuple):
    """What follows from a view, and what becomes of the files: moved in time, then written over."""

    event: str
    view: View
    passed: int = 0
    set_by: int = 0
    saves: tuple[int, ...] = ()
