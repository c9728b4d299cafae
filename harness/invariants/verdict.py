"""What a check finds: nothing to ask, what is right, what it lets pass and why, or what is wrong. Pure."""

import dataclasses
import enum


class Cause(enum.Enum):
    """Why a check lets something pass that it did not find right; the value is what the census prints."""

    CANNOT_WRITE = "disk takes nothing"
    CHANGED_JUST_NOW = "changed just now"
    """Whoever says it may not have heard of the change."""

    CONTROLLER_AWAY = "no controller could"
    DISK_LOST = "disk was replaced"
    HALF_TOLD = "may be known already"
    """A run of the same began before, and the charm may have heard it."""

    HELD_UP = "hook or lock held it up"
    HOOK_TROUBLED = "hook is troubled"
    LED_BACK = "old copy was put back"


@dataclasses.dataclass(frozen=True, slots=True)
class NotConcerned:
    """What happened is none of the check's."""


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """The check asked, and all is right."""


@dataclasses.dataclass(frozen=True, slots=True)
class Excused:
    """It is the check's, and neither right nor wrong can be said, or it is let pass."""

    cause: Cause


@dataclasses.dataclass(frozen=True, slots=True)
class Violated:
    """It is wrong."""

    text: str
    """What is, for a person."""


Verdict = NotConcerned | Held | Excused | Violated

NOT_CONCERNED = NotConcerned()
HELD = Held()


def excuse(found: Verdict, cause: Cause | None) -> Verdict:
    """Return what is found where a cause lets it pass, whether it was right or wrong; None is no cause."""
    return found if cause is None or isinstance(found, NotConcerned) else Excused(cause)
