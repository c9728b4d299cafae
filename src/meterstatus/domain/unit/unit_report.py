"""How one unit is, in plain values under fixed keys, for whoever asks its agent (spec worker, C.6; B-28).

Pure. What is not known, or says nothing, has no key. Instants are RFC 3339, UTC, of the wall clock; counted
spans are whole seconds. The keys are listed in docs/reference/agent-status.md.
"""

import dataclasses
import datetime
import enum

from meterstatus.domain import instants, status
from meterstatus.domain import policy as policies
from meterstatus.domain.hook import hook_call
from meterstatus.domain.hook import outcome as outcomes
from meterstatus.domain.hook import trouble as troubles
from meterstatus.domain.unit import delivery, escalation, offline_clock, state


class Mode(enum.StrEnum):
    """What a unit's agent is about."""

    STARTING = "starting"
    """No status worker has read the unit's memory yet; an error says why where that has failed."""

    CONNECTED = "connected"
    """The controller's word rules."""

    ISOLATED = "isolated"
    """There is no contact, and the time decides."""

    COMPLETED = "completed"
    """The controller has no meter status, so there is nothing to do."""

    REFUSED = "refused"
    """The unit's configuration cannot be used, so it is not served."""


@dataclasses.dataclass(frozen=True, slots=True)
class LockWait:
    """A wait for the machine lock, which keeps a hook from running."""

    waited: datetime.timedelta
    """How long so far."""

    holder: str
    """Who holds the lock; "" where that is not known."""

    @property
    def words(self) -> str:
        """The wait in words, as the reason why something is not told."""
        seconds = f"its hook has waited {_seconds(self.waited)} s for the machine lock"
        return f"{seconds}: {self.holder}" if self.holder else seconds


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a status worker knows beside the unit's memory, and forgets when it ends."""

    mode: Mode
    last_outcome: outcomes.HookOutcome | None = None
    next_action: datetime.timedelta | None = None
    """When something is to be done by itself, by the boot clock; None where nothing is."""

    unsaved: str = ""
    """Why the memory is not on the disk; "" where it is, or was never refused."""

    trouble: troubles.Trouble | None = None
    """What keeps the hook from being told, or the memory from the disk; None where nothing does."""

    is_unreported: bool = False
    """Whether the controller's copy of the memory is still to be written."""

    lock_wait: LockWait | None = None
    """The wait for the machine lock that goes on; None where there is none."""


def describe(memory: state.State, running: Running, now: offline_clock.Instant) -> dict[str, object]:
    """Return all that is known of a unit now, ``mode`` first."""
    return {
        "mode": running.mode.value,
        **_told(memory),
        **_contact(memory, now),
        **_upcoming(memory, running, now),
        "policy": _policy(memory),
        **_announced(memory),
        **_delivery(memory, now),
        **_lock_wait(running.lock_wait),
        **_last_outcome(running.last_outcome),
        **_trouble(memory, running),
    }


def _told(memory: state.State) -> dict[str, object]:
    facts: dict[str, object] = {"status": memory.code, "info": memory.info}
    word = delivery.controllers_word(memory)
    if word is not None and word != memory.delivered:
        facts["controllers-word"] = _status(word)
    return facts


def _contact(memory: state.State, now: offline_clock.Instant) -> dict[str, object]:
    facts: dict[str, object] = {}
    mark = memory.latest_contact or memory.mark
    if mark is not None:
        facts["last-contact"] = instants.in_full(mark.at.wall - mark.counted)
        facts["seconds-since-contact"] = _seconds(escalation.elapsed(memory, now))
        behind = mark.highest_wall - now.wall
        if behind > offline_clock.STEP:
            facts["clock-behind-seconds"] = _seconds(behind)
    if memory.cut_off_at is not None:
        facts["disconnected-since"] = instants.in_full(memory.cut_off_at)
    return facts


def _upcoming(memory: state.State, running: Running, now: offline_clock.Instant) -> dict[str, object]:
    facts: dict[str, object] = {}
    if running.mode is Mode.ISOLATED:
        stage = next(escalation.coming(memory, now, delivery.target(memory, now)), None)
        facts |= {} if stage is None else {"next-stage": _stage(stage)}
    if memory.warned:
        facts["warned-of"] = memory.warned
    if running.next_action is not None:
        facts["next-action"] = _wall(running.next_action, now)
    return facts


def _stage(stage: hook_call.Stage) -> dict[str, object]:
    return {"status": stage.code, "at": instants.in_full(stage.at), "in-seconds": _seconds(stage.due_in)}


def _policy(memory: state.State) -> dict[str, object]:
    rules = memory.ruling_policy
    origin = hook_call.Origin.AGENT if memory.policy is None else hook_call.Origin.CONTROLLER
    return {
        "words": rules.in_words(),
        "origin": origin.value,
        **{f"{key}-seconds": span and span.total_seconds() for key, span in _spans(rules)},
        **({} if rules.is_amber_red else {"stages": [_stage_keys(rules, stage) for stage in rules.stages]}),
    }


def _stage_keys(rules: policies.Policy, stage: policies.Stage) -> dict[str, object]:
    return {
        "name": rules.name(stage),
        **_status(stage.status),
        "grace-seconds": stage.grace.total_seconds(),
    }


def _announced(memory: state.State) -> dict[str, object]:
    facts: dict[str, object] = {}
    longer = escalation.longer(memory)
    if longer:
        facts["maintenance-seconds"] = _seconds(longer)
    if memory.standing is not None:
        facts["epoch"] = hook_call.standing_keys(memory.standing)
    return facts


def _spans(rules: policies.Policy) -> tuple[tuple[str, datetime.timedelta | None], ...]:
    return (
        ("amber-grace", rules.grace(status.StatusCode.AMBER)),
        ("red-grace", rules.grace(status.StatusCode.RED)),
        ("warning", rules.warning),
    )


def _delivery(memory: state.State, now: offline_clock.Instant) -> dict[str, object]:
    pending = memory.delivering
    if pending is None:
        return {}
    facts: dict[str, object] = {
        "delivering": pending.status.code,
        "delivering-info": pending.status.info,
        "delivery-id": pending.id,
        "attempt": pending.attempt,
    }
    if pending.retry_at is not None and delivery.rests(pending, now):
        facts["retry-at"] = _wall(pending.retry_at, now)
        facts["retry-in-seconds"] = _seconds(pending.retry_at - now.boot)
    return facts


def _lock_wait(wait: LockWait | None) -> dict[str, object]:
    if wait is None:
        return {}
    facts: dict[str, object] = {"lock-wait-seconds": _seconds(wait.waited)}
    if wait.holder:
        facts["lock-holder"] = wait.holder
    return facts


def _last_outcome(last: outcomes.HookOutcome | None) -> dict[str, object]:
    if last is None:
        return {}
    facts: dict[str, object] = {"last-outcome": last.result.value}
    if last.exit_status is not None:
        facts["last-exit-status"] = last.exit_status
    if last.detail:
        facts["last-outcome-detail"] = last.detail
    return facts


def _trouble(memory: state.State, running: Running) -> dict[str, object]:
    facts: dict[str, object] = {}
    if running.trouble is not None:
        facts["trouble"] = _trouble_keys(running.trouble)
    if running.unsaved:
        facts |= {"unsaved": True, "unsaved-error": running.unsaved}
    if running.is_unreported:
        facts["unreported"] = True
    if memory.unsure:
        facts["unsure"] = True
    if memory.unmetered:
        facts["unmetered"] = True
    return facts


def _trouble_keys(trouble: troubles.Trouble) -> dict[str, str]:
    facts = {"reason": trouble.reason.value, "detail": trouble.detail}
    return facts if trouble.retry_at is None else {**facts, "retry-at": instants.in_full(trouble.retry_at)}


def _status(said: status.MeterStatus) -> dict[str, str]:
    return {"status": said.code, "info": said.info}


def _wall(at: datetime.timedelta, now: offline_clock.Instant) -> str:
    """Return the wall time of an instant of the boot clock, if the wall clock is not set meanwhile."""
    return instants.in_full(now.wall + (at - now.boot))


def _seconds(span: datetime.timedelta) -> int:
    return int(span.total_seconds())
