"""What a unit's hook would be told without contact, and when: the agent's own decisions, played through.

Pure. Runs ``decide`` as the workers do, on clocks that only these steps move: nothing here knows a stage, so
what it says is what would happen.
"""

import dataclasses
import datetime
from collections.abc import Sequence

from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.domain.unit import decide, offline_clock, state

_START = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)
_RAN = outcome.HookOutcome(outcome.HookResult.RAN, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens."""

    after: datetime.timedelta
    """Since the last contact."""

    told: hook_call.HookCall | None = None
    """What a hook is told; None where something happens to the agent."""

    what: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen to a unit that loses its controller."""

    offline: datetime.timedelta
    """How long it has no contact; then contact returns, with the status it had."""

    told: status.MeterStatus = status.MeterStatus("GREEN")  # noqa: RUF009 - frozen
    """What the controller said last."""

    policy: policies.Policy = policies.JUJU_POLICY
    restarts: Sequence[datetime.timedelta] = ()
    """When the agent is restarted, since the last contact."""

    reboots: Sequence[datetime.timedelta] = ()
    """When the machine is, in no time."""

    maintenance: datetime.timedelta = offline_clock.NOTHING
    """What was left of announced maintenance at the last contact."""


def forecast(plan: Plan) -> list[Happening]:
    """Play a plan through; what happens at the same instant is in the order in which it is done."""
    return _Unit(plan).play()


class _Unit:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._passed = self._booted = offline_clock.NOTHING
        self._boots = 1
        self._wake: datetime.timedelta | None = None
        self._happenings: list[Happening] = []
        self._memory = state.State()

    def play(self) -> list[Happening]:
        self._start()
        announced = decide.PolicyWord(None, maintenance=self._plan.maintenance)
        self._on(decide.ContactConfirmed(self._plan.told, announced))
        self._on(decide.ContactLost())
        disturbances = [(at, False) for at in self._plan.restarts] + [(at, True) for at in self._plan.reboots]
        for at, is_reboot in sorted(disturbances):
            if at < self._plan.offline:
                self._pass_until(at)
                self._start_again(is_reboot=is_reboot)
        self._pass_until(self._plan.offline)
        self._happenings.append(Happening(self._passed, what="contact returns"))
        self._on(decide.ContactConfirmed(self._plan.told))
        return self._happenings

    def _instant(self) -> offline_clock.Instant:
        boot_id = f"boot-{self._boots}"
        return offline_clock.Instant(_START + self._passed, self._passed - self._booted, boot_id)

    def _start(self) -> None:
        self._memory, _ = decide.decide(self._memory, decide.Started(self._plan.policy), self._instant())

    def _start_again(self, *, is_reboot: bool) -> None:
        what = "the machine reboots" if is_reboot else "the agent restarts"
        self._happenings.append(Happening(self._passed, what=what))
        if is_reboot:
            self._booted, self._boots = self._passed, self._boots + 1
        # Through the very text that would be on the disk.
        self._memory = state.State.from_yaml(self._memory.to_yaml())
        self._start()
        self._on(decide.ContactLost())

    def _pass_until(self, end: datetime.timedelta) -> None:
        while self._wake is not None and self._wake <= end:
            self._passed = self._wake
            self._on(decide.TimePassed())
        self._passed = end

    def _on(self, event: decide.Event) -> None:
        upcoming: decide.Event | None = event
        while upcoming is not None:
            self._memory, effects = decide.decide(self._memory, upcoming, self._instant())
            self._wake, upcoming = None, None
            for effect in effects:
                upcoming = self._obey(effect)

    def _obey(self, effect: decide.Effect) -> decide.Event | None:
        match effect:
            case decide.TakeLock():
                return decide.LockHeld()
            case decide.RunHook():
                self._happenings.append(Happening(self._passed, effect.telling))
                return decide.HookEnded(_RAN)
            case decide.WakeIn():
                self._wake = self._passed + effect.delay
            case _:
                pass
        return None
