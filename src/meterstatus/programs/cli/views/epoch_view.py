"""A controller's epoch as commands show it, and what units have heard that it does not have."""

from collections.abc import Iterator
from typing import Any

from meterstatus.programs import output
from meterstatus.programs.cli.views import maintenance_view
from meterstatus.protocol.facades import meter_status_admin

_LOUD_SECONDS = 1.0
"""A difference between clocks that is no accident."""


def document(answer: meter_status_admin.StatusResult) -> dict[str, Any]:
    """Return what holds for the whole fleet, by the keys of ``meterstatus status --format json``."""
    return {
        "epoch": _epoch(answer.epoch),
        "behind": _missing(answer.behind),
        "given-up": _missing(answer.given_up),
        "store-revision": answer.store_revision or None,
        "maintenance": maintenance_view.document(answer.maintenance),
        "controllers": [
            {
                "addresses": list(one.addresses),
                "seen": output.instant(one.seen),
                "clock-ahead-seconds": one.ahead_seconds,
            }
            for one in answer.controllers
        ],
    }


def change_document(change: meter_status_admin.Change) -> dict[str, Any]:
    """Return what a change of the whole fleet was, by the keys of ``meterstatus history --format json``."""
    if change.epoch is not None:
        return {"epoch": _epoch(change.epoch)}
    return {"maintenance": maintenance_view.document(change.maintenance)}


def _epoch(epoch: meter_status_admin.Epoch | None) -> dict[str, Any] | None:
    if epoch is None:
        return None
    return {
        "number": epoch.number,
        "base": epoch.base,
        "began": None if epoch.began is None else output.instant(epoch.began),
        "user": epoch.user,
        "reason": epoch.reason,
    }


def _missing(missing: meter_status_admin.Missing | None) -> dict[str, Any] | None:
    if missing is None:
        return None
    return {
        "units": missing.units,
        "epoch": missing.epoch,
        "revision": missing.revision,
        "names": list(missing.names),
    }


def notes(answer: meter_status_admin.StatusResult) -> Iterator[str]:
    """Say what a person must know of the whole fleet, a line each: maintenance, clocks, what was led back."""
    if answer.maintenance is not None:
        yield maintenance_view.in_words(answer.maintenance)
    for one in answer.controllers:
        if one.ahead_seconds is not None and abs(one.ahead_seconds) > _LOUD_SECONDS:
            way = "ahead of" if one.ahead_seconds > 0 else "behind"
            yield output.plain(
                f"The clock of the controller at {', '.join(one.addresses)} is {abs(one.ahead_seconds):.1f} s"
                f" {way} the database's, by which all is reckoned: set it right"
            )
    if answer.store_revision:
        yield (
            f"The database was led back from revision {answer.revision} to {answer.store_revision} while the"
            " controller ran: restart the controller, then look here again"
        )
    epoch = answer.epoch
    if epoch is None:
        return
    if answer.behind is not None:
        yield (
            f"{_heard(answer.behind)}; this controller is at revision {answer.revision} of epoch"
            f" {epoch.number}: its database was led back, and those units stay at what they heard where that"
            " is worse. Find the newer database or controller, or set what is to hold and then say"
            " 'meterstatus controller new-epoch --reason ...'; where they lie, say"
            " 'meterstatus controller dismiss-heard UNIT...'"
        )
    if answer.given_up is not None and epoch.began is not None:
        began = output.instant_in_seconds(epoch.began)
        yield output.plain(
            f"{_heard(answer.given_up)}, which is lost: the controller went back to revision {epoch.base} at"
            f" {began} by {epoch.user}: {epoch.reason}. Set again what was changed after it"
        )


def _heard(missing: meter_status_admin.Missing) -> str:
    units = "1 unit" if missing.units == 1 else f"{missing.units} units"
    verb = "has" if missing.units == 1 else "have"
    more = ", ..." if missing.units > len(missing.names) else ""
    named = f" ({', '.join(missing.names)}{more})" if missing.names else ""
    return f"{units}{named} {verb} heard revision {missing.revision} of epoch {missing.epoch}"
