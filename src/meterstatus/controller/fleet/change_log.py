"""Changes as lines of the controller's log."""

import logging
from collections.abc import Sequence

from meterstatus.domain.fleet import records

_logger = logging.getLogger(__name__)
_MAX_LOGGED = 20
"""Changes that came together and are logged one by one; of more, only how many."""


def write(updates: Sequence[records.Update]) -> None:
    """Log changes that came together, of which there is at least one."""
    if len(updates) > _MAX_LOGGED:
        first, last = updates[0].change, updates[-1].change
        _logger.info("revisions %d to %d: %d changes", first.revision, last.revision, len(updates))
        return
    for update in updates:
        _logger.info("%s", sentence(update.change))


def sentence(change: records.Change) -> str:
    """Say in one line what was changed, by whom and why."""
    why = f" because {change.author.why!r}" if change.author.why else ""
    return f"revision {change.revision}: {change.author.who} {_what(change)}{why}"


def _what(change: records.Change) -> str:
    if change.policy is not None:
        new = change.policy.new
        if new is None:
            return f"takes away the policy of {change.policy.scope}"
        return f"sets the policy of {change.policy.scope}: {new.in_words()}"
    if change.epoch is not None:
        return f"begins epoch {change.epoch.number}"
    if change.kind is records.ChangeKind.MAINTENANCE:
        announced = change.maintenance
        return "ends maintenance" if announced is None else f"announces maintenance until {announced.until}"
    if change.level is not None and change.new is None:
        return f"takes away the status of {change.level}"
    new_status = f" {change.new.code} {change.new.info!r}" if change.new is not None else ""
    until = "" if change.limit is None else f" until {change.limit.until}"
    return f"{change.kind.value} {change.level or change.unit}{new_status}{until}"
