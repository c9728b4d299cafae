"""When a unit that lost its controller escalates: data that an operator sets and an agent keeps.

Pure. The reference has two constants (spec worker, A.5); here a policy is a list of stages, each with what
is told, and a charm may be warned before each. No stage at all is Nomad's and Kubernetes' "keep the last
status".

Juju's wire, files and triggers know AMBER and RED, each once. What crosses that border is made by
``amber_red`` and read by ``grace`` (decision 0017).
"""

import dataclasses
import datetime
from collections.abc import Iterator

from meterstatus import errors
from meterstatus.domain import status
from meterstatus.domain.text import line, spans

SHORTEST = datetime.timedelta(seconds=10)
"""A shorter grace would take a controller's restart for its loss."""

LONGEST = datetime.timedelta(days=90)

MOST_STAGES = 8
"""Of one policy."""


JUJU_AMBER = datetime.timedelta(minutes=5)
JUJU_RED = datetime.timedelta(minutes=15)
"""The reference's constants (spec worker, A.5)."""

DISCONNECTED_INFO = "unit agent has been disconnected"
"""The information of both of Juju's stages (spec worker, A.2)."""

CODES = (status.StatusCode.AMBER, status.StatusCode.RED)
"""What a stage may tell, in the order in which stages come: a charm knows no other bad news."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """What is told without contact, and when."""

    code: status.StatusCode
    """One of ``CODES``."""

    grace: datetime.timedelta
    """From the last confirmed contact."""

    info: str = DISCONNECTED_INFO

    @property
    def status(self) -> status.MeterStatus:
        """What the hook is told."""
        return status.MeterStatus(self.code.value, self.info)


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """The stages, soonest first, and how early a charm is warned of each."""

    stages: tuple[Stage, ...] = (
        Stage(status.StatusCode.AMBER, JUJU_AMBER),
        Stage(status.StatusCode.RED, JUJU_RED),
    )
    warning: datetime.timedelta | None = None
    """How long before a stage the hook ``meter-status-will-change`` runs; None where it does not."""

    @property
    def is_amber_red(self) -> bool:
        """Whether Juju's two stages say all of it: each at most once, with Juju's information."""
        amber, red = (self.grace(code) for code in CODES)
        return self == amber_red(amber, red, self.warning)

    def grace(self, code: status.StatusCode) -> datetime.timedelta | None:
        """Return the grace of the first stage with a code; None where there is none."""
        return next((stage.grace for stage in self.stages if stage.code is code), None)

    @property
    def first_grace(self) -> datetime.timedelta | None:
        """The shortest grace; None without a stage."""
        return min((stage.grace for stage in self.stages), default=None)

    def before(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the earlier stages with a stage's code; none for one that is not in the policy."""
        if stage not in self.stages:
            return ()
        earlier = self.stages[: self.stages.index(stage)]
        return tuple(each for each in earlier if each.code is stage.code)

    def name(self, stage: Stage) -> str:
        """Name a stage: its code, from the second one on with its number: ``AMBER``, ``AMBER2``, ``RED``."""
        number = len(self.before(stage)) + 1
        return stage.code.value if number == 1 else f"{stage.code.value}{number}"

    def outranks(self, stage: Stage, told: status.MeterStatus | None) -> bool:
        """Tell whether a stage is worse than what a hook was told: more severe, or later with that code.

        Of a status that is as severe and no stage, such as the controller's own AMBER, it takes nothing away
        (spec worker, B-27).
        """
        if told is None or status.severity(stage.code) > status.severity(told.code):
            return True
        return any(each.status == told for each in self.before(stage))

    def in_words(self) -> str:
        """Say it in one line: ``AMBER after 5m, RED off``."""
        if not self.stages:
            return "never escalates"
        words = ", ".join(self._stages_in_words())
        return words if self.warning is None else f"{words}, warned {_in_words(self.warning)} before"

    def _stages_in_words(self) -> Iterator[str]:
        if self.grace(status.StatusCode.AMBER) is None:
            yield "AMBER off"
        for stage in self.stages:
            said = "" if stage.info == DISCONNECTED_INFO else f' "{stage.info}"'
            yield f"{self.name(stage)}{said} after {_in_words(stage.grace)}"
        if self.grace(status.StatusCode.RED) is None:
            yield "RED off"


JUJU_POLICY = Policy()


def amber_red(
    amber: datetime.timedelta | None = JUJU_AMBER,
    red: datetime.timedelta | None = JUJU_RED,
    warning: datetime.timedelta | None = None,
) -> Policy:
    """Make a policy of Juju's two stages, each at its grace; None where it is off."""
    graces = zip(CODES, (amber, red), strict=True)
    return Policy(tuple(Stage(code, grace) for code, grace in graces if grace is not None), warning)


def check(policy: Policy) -> None:
    """Check a policy that an operator sets; an agent's own options are not held to these bounds.

    Raises:
        NotValidError: a grace period out of range, a warning that is not above zero and shorter than the
            first stage's grace period, or stages as in ``check_sense``.
        ConfigError: a stage is not before the next.
    """
    for stage in policy.stages:
        if stage.grace < SHORTEST:
            raise _out_of_range(policy, stage)
    check_sense(policy)


def check_sense(policy: Policy) -> None:
    """Check a policy that came from elsewhere: that an agent can follow it, however short its stages are.

    Raises:
        NotValidError: a grace period that is not above zero or is over 90 days, a warning as in ``check``,
            too many stages, one that falls below the one before or tells the same as another, or an
            information that is no line.
        ConfigError: a stage is not before the next.
    """
    for stage in policy.stages:
        if not datetime.timedelta(0) < stage.grace <= LONGEST:
            raise _out_of_range(policy, stage)
    _check_order(policy)
    _check_told(policy)
    if policy.warning is None:
        return
    if not datetime.timedelta(0) < policy.warning <= LONGEST:
        raise errors.NotValidError(
            f"warning {_in_words(policy.warning)} before a stage", f"it may be up to {_in_words(LONGEST)}"
        )
    if policy.stages and policy.warning >= policy.stages[0].grace:
        first = _in_words(policy.stages[0].grace)
        raise errors.NotValidError(
            f"warning {_in_words(policy.warning)} before a stage", f"the first stage comes after {first}"
        )


def _check_order(policy: Policy) -> None:
    for former, later in zip(policy.stages, policy.stages[1:], strict=False):
        if later.grace <= former.grace:
            names = policy.name(former).lower(), policy.name(later).lower()
            raise errors.ConfigError(
                f"{names[0]} grace period must be shorter than the {names[1]} grace period"
            )


def _check_told(policy: Policy) -> None:
    if len(policy.stages) > MOST_STAGES:
        raise errors.NotValidError(f"policy of {len(policy.stages)} stages", f"the limit is {MOST_STAGES}")
    if any(stage.code not in CODES for stage in policy.stages):
        raise errors.NotValidError("stage", "it is neither AMBER nor RED")
    codes = [CODES.index(stage.code) for stage in policy.stages]
    if codes != sorted(codes):
        raise errors.NotValidError("policy", "AMBER comes after RED, and without contact no status falls")
    for stage in policy.stages:
        line.check(f"information of {policy.name(stage)}", stage.info)
        if any(former.info == stage.info for former in policy.before(stage)):
            raise errors.NotValidError(policy.name(stage), "it has the information of an earlier stage")


def _out_of_range(policy: Policy, stage: Stage) -> errors.NotValidError:
    bounds = f"{spans.render(SHORTEST)} to {spans.render(LONGEST)}"
    return errors.NotValidError(f"{policy.name(stage)} after {_in_words(stage.grace)}", f"it may be {bounds}")


def _in_words(span: datetime.timedelta) -> str:
    nothing = datetime.timedelta(0)
    return f"-{spans.render(-span)}" if span < nothing else spans.render(span)
