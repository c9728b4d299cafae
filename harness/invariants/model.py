"""What is true of one unit, by what the world did to it: the model that the invariants are checks of. Pure.

Fed with what happens and nothing else: bytes that its disk holds, messages that arrived, clocks, processes
that ran. Nothing is asked of the agent. What cannot be known widens a ``Span``; an agent that starts knows
what the bytes on its disk say, whole, damaged or somebody else's, so a start sets all to that.
``docs/explanation/unit-model.md`` goes through it. All times are seconds of the world's own clock.
"""

import dataclasses

from harness.invariants import memory as memories
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome

STAGE_INFO = "unit agent has been disconnected"
"""What a charm is told beside a stage."""

RACE = 2.0
"""Before a hook begins: within it a word may have come too late for it. What is told was decided up to a
second before, and the answer was on its way."""

CLOSE = 0.1
"""That two readings of one moment may lie apart."""

FIRST_CONTACT = 60.0
"""In which an agent that remembers no contact has begun to count: at its start, or when the first connection
that it made has ended without a word."""

NEVER, FOREVER = float("-inf"), float("inf")


@dataclasses.dataclass(slots=True, kw_only=True)
class Run:
    """One run of a unit's hook, as the charm saw it."""

    unit: str
    machine: str
    began: float
    told: hook_call.HookCall
    ended: float | None = None
    result: outcome.HookResult | None = None
    """None while it runs; TERMINATED also where its agent died."""

    @property
    def status(self) -> status.MeterStatus:
        """What the charm was told."""
        return self.told.status

    @property
    def severity(self) -> int:
        """How severe that is."""
        return status.severity(self.told.status.code)

    @property
    def is_stage(self) -> bool:
        """Tell whether it is a stage that the agent has reached without contact."""
        return self.told.status.info == STAGE_INFO

    @property
    def succeeded(self) -> bool:
        """Tell whether the charm surely knows it."""
        return self.result in (outcome.HookResult.RAN, outcome.HookResult.MISSING)


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A moment that is known to lie between two."""

    earliest: float = 0.0
    latest: float = 0.0

    def widened(self, at: float) -> "Span":
        """Return it with a moment that it may be as well."""
        return Span(min(self.earliest, at), max(self.latest, at))

    def narrowed(self, at: float) -> "Span":
        """Return it where it is seen to be a moment; as it was where that is outside."""
        return Span(at, at) if self.earliest - CLOSE <= at <= self.latest + CLOSE else self


@dataclasses.dataclass(slots=True, kw_only=True)
class UnitModel:
    """One unit's."""

    unit: str

    # Since when it counts.
    contact: Span = Span()
    """When it heard the last status that counts: by it the time without contact is told."""

    base: Span = Span()
    """That and what was left of announced maintenance then: each stage comes its grace after it."""

    maintenance_until: float = NEVER
    """The end of what its agent was told of."""

    # What its disk says, and what its agent can know by that.
    memory: memories.Memory | None = None
    content: bytes | None = None
    """What was written last."""

    is_written: bool = True
    """What was to be written last is on the disk."""

    saved_contact: float = 0.0
    """The contact that the disk counts from."""

    noted_at: float = 0.0
    """Until when the disk has counted."""

    rules: memories.Rules = memories.JUJU_RULES
    known: status.MeterStatus | None = None
    """What its charm was last told, as far as its agent can know; None where it knows of nothing."""

    floor: status.MeterStatus | None = None
    """Below which nothing may be told without contact."""

    left: status.MeterStatus | None = None
    """What that was of the agent before."""

    begun: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    """What runs were told of which it does not know that they ended well: the charm may know any of it."""

    pending: memories.Pending | None = None
    """The last of them."""

    is_unsure: bool = False
    is_missing: bool = False
    """What is known was told when there was no hook."""

    is_replaced: bool = False
    """It has started on something else than was written last."""

    is_damaged: bool = False
    """Its agent has found files that are no state."""

    is_to_complain: bool = False
    """And has not said so yet."""

    is_misled: bool = False
    """A disk that was put back tells it something else than its charm was told, and nobody knows better."""

    is_copied: bool = False
    """The controller's copy says what its charm was told."""

    # What it heard.
    word: status.MeterStatus | None = None
    heard_at: float = NEVER
    recent: list[tuple[float, status.MeterStatus]] = dataclasses.field(
        default_factory=list[tuple[float, status.MeterStatus]]
    )
    """Every word since the last hook run began, and within the race before it."""

    ever_heard: set[status.MeterStatus] = dataclasses.field(default_factory=set[status.MeterStatus])
    addresses: tuple[str, ...] | None = ()
    """Where its agent has written down that controllers are; None where its disk did not take it."""

    # What its charm was told.
    last: Run | None = None
    told: Run | None = None
    """The last that succeeded."""

    # Its agent.
    started_at: float = 0.0
    """When it last started, or ran again after it was held."""

    stopped_at: float = FOREVER
    """When it was last held."""

    was_stopped: bool = False
    """It ran again, and has a connection of before."""

    has_controller: bool = False
    """There was one to reach when it started."""

    was_overdue: bool = False
    """A stage that it was not told was due then."""

    # An old copy of the controller's database that was put back.
    is_led_back: bool = False
    """It speaks: what was said before it may be told, and not what it says."""

    held: status.MeterStatus | None = None
    """Below that nothing may be told, for its disk has heard it; None where it has not."""

    held_from: int = 0
    """The revision that it was of."""

    knows_more: bool = False
    placed_at: float = NEVER
    """When it last heard where its controller is."""

    follows_since: float = NEVER

    @property
    def stages(self) -> tuple[tuple[str, float], ...]:
        """The stages that its agent reaches, and their graces: one that is unsure is RED from the first."""
        return (
            (("RED", self.rules.stages[0][1]),) if self.is_unsure and self.rules.stages else self.rules.stages
        )

    @property
    def is_sure(self) -> bool:
        """Tell whether its agent knows what its charm knows."""
        return self.known is not None and not (self.begun or self.is_unsure or self.is_missing)

    def severity(self) -> int:
        """Return how severe what its agent knows to be told is; 0 of nothing."""
        return 0 if self.known is None else status.severity(self.known.code)

    def due(self, grace: float) -> Span:
        """Return when a stage is due."""
        return Span(self.base.earliest + grace, self.base.latest + grace)

    # Messages.

    def hear(self, word: status.MeterStatus, now: float, *, is_contact: bool, is_sure: bool = True) -> None:
        """Take in a status that arrived.

        Args:
            word: it.
            now: when.
            is_contact: whether it counts as contact, if the agent acts on it.
            is_sure: whether it surely does.
        """
        self.heard_at, self.word = now, word
        self.recent.append((now, word))
        self.ever_heard.add(word)
        if is_contact:
            self.count_from(now, is_sure=is_sure)

    def count_from(self, now: float, *, is_sure: bool) -> None:
        """Take in a contact; what its agent may not act on widens what is known."""
        until = max(now, self.maintenance_until)
        if not is_sure:
            self.contact, self.base = self.contact.widened(now), self.base.widened(until)
            return
        self.contact = Span(now, now)
        # An old copy announces nothing to whoever has heard more.
        self.base = Span(now if self.is_led_back else until, until)

    # The disk.

    def write(self, content: bytes, now: float, clocks: memories.Clocks) -> None:
        """Take in a version that is on the disk from now on."""
        version = memories.read(self.unit, content)
        self.content, self.is_written = content, True
        if version is None:
            return
        self.memory = version.memory
        if self.memory.is_unsure:
            self.known, self.is_unsure = None, True
        mark = self.memory.mark
        if mark is None or mark.at.boot_id != clocks.boot_id:
            return
        self.saved_contact, self.noted_at = now - mark.elapsed(clocks), now - (clocks.boot - mark.at.boot)
        if self.memory.is_cut_off:
            self.contact = self.contact.narrowed(self.saved_contact)
            self.base = self.base.narrowed(self.saved_contact + mark.longer)

    def start(self, found: memories.Found, now: float, clocks: memories.Clocks) -> None:
        """Take in that an agent starts and reads its disk: from then on it knows what that says."""
        self.is_replaced = found.content != self.content or not self.is_written
        memory = found.memory or memories.Memory()
        self.memory, self.content = found.memory, found.content
        self.is_damaged = self.is_to_complain = found.is_damaged
        self.rules, self.is_unsure, self.is_missing = memory.rules, memory.is_unsure, memory.is_missing
        self.known = None if memory.is_unsure else memory.told
        self.left, self.floor = self.floor, memory.worst()
        self.pending, self.word = memory.pending, memory.word
        begun = (memory.doubted, memory.pending and memory.pending.attempt and memory.pending.status)
        self.begun = {each for each in begun if each}
        self.recent, self.maintenance_until = [], NEVER
        was_told = None if self.told is None else self.told.status
        self.is_misled = self.is_replaced and not self.is_copied and memory.told != was_told
        self.is_written = True  # what it has now, it has from there
        if self.is_replaced:
            self.held, self.knows_more = None, False
        self._count_by(memory.mark, now, clocks)

    def _count_by(self, mark: memories.Mark | None, now: float, clocks: memories.Clocks) -> None:
        """Count by what a disk says."""
        if mark is None:
            self.contact = self.base = Span(now, now + FIRST_CONTACT)
            self.saved_contact = self.noted_at = now
            return
        self.saved_contact = now - mark.elapsed(clocks)
        due_from = self.saved_contact + mark.longer
        self.contact, self.base = Span(self.saved_contact, self.saved_contact), Span(due_from, due_from)
        if mark.counted >= memories.LONGEST:  # nobody knows, and so every stage is due
            self.contact = self.base = Span(NEVER, now - memories.LONGEST)
        is_same_boot = mark.at.boot_id == clocks.boot_id
        self.noted_at = now - (clocks.boot - mark.at.boot) if is_same_boot else now

    # The hook.

    def begin(self, run: Run) -> None:
        """Take in a run that begins."""
        self.last, self.floor, self.is_copied = run, run.status, False
        self.begun.add(run.status)
        self.pending = memories.Pending(run.told.delivery_id or "", run.status, run.told.attempt or 0)
        self.recent = [(at, word) for at, word in self.recent if at >= run.began - RACE]

    def end(self, run: Run) -> None:
        """Take in its end."""
        if not run.succeeded:
            return
        self.told, self.known, self.pending = run, run.status, None
        self.is_unsure = self.is_misled = False
        self.is_missing = run.result is outcome.HookResult.MISSING
        self.begun.clear()

    # An old copy of the controller's database.

    def lead_back(self, revision: int) -> None:
        """Take in that one is put back, at a revision that its disk may know more than."""
        heard = 0 if self.memory is None else self.memory.revision
        self.knows_more = self.memory is not None and heard > revision and not self.memory.is_behind
        self.held = self._least_word() if self.knows_more and self.is_written else None
        self.is_led_back, self.held_from = True, heard

    def _least_word(self) -> status.MeterStatus | None:
        """Return the milder of what it wrote down and what it has in hand, which a hook may keep there."""
        words = [word for word in (self.word, self.memory and self.memory.word) if word is not None]
        return min(words, key=lambda word: status.severity(word.code), default=None)
