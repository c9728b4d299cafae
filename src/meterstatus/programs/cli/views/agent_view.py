"""What an agent tells of its units, for a person: a row for each, and under it what is wrong or coming.

The document is the one of ``programs.agent.agent_report``, of whatever release the agent is: what it lacks
is not shown.
"""

import datetime
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from meterstatus.domain import epoch as epochs
from meterstatus.domain.text import spans
from meterstatus.domain.unit import unit_report
from meterstatus.programs import output
from meterstatus.programs.cli import parameters

COLUMNS = (
    output.name_column("Unit"),
    output.Column("Mode"),
    output.Column("Told"),
    output.Column("Info", narrowest=12),
    output.Column("Last contact"),
    output.Column("Policy"),
)
NOTHING = "-"

UNSAVED = "it is tried again every few seconds; free space there, or make it writable"

_PASSIVE = ("not run", "not started", "terminated")
_INDENT, _HANGING = "  ", "    "

Unit = Mapping[str, Any]


def lines(document: Mapping[str, Any], width: int | None, *, coloured: bool = False) -> list[str]:
    """Lay out what an agent tells; nothing for one without units.

    Args:
        document: what it told.
        width: what to fit into; None cuts and folds nothing.
        coloured: whether to colour the statuses.
    """
    units: Mapping[str, Unit] = document.get("units", {})
    if not units:
        return []
    title, *rows = output.table(COLUMNS, [_row(name, unit) for name, unit in units.items()], width)
    shown = [title]
    for row, unit in zip(rows, units.values(), strict=True):
        shown.append(output.coloured(row, unit.get("status", "")) if coloured else row)
        for detail in _details(unit):
            shown += _folded(detail, width)
    return shown


def _row(name: str, unit: Unit) -> tuple[str, ...]:
    since = unit.get("seconds-since-contact")
    return (
        name,
        unit.get("mode", NOTHING),
        unit.get("status") or NOTHING,
        unit.get("info") or ("" if unit.get("status") else NOTHING),
        NOTHING if since is None else f"{_span(since)} ago",
        _policy(unit.get("policy")),
    )


def _policy(policy: Mapping[str, Any] | None) -> str:
    """Return the times until each stage, and whose word they are: ``5m/off (controller)``."""
    if policy is None:
        return NOTHING
    stages = policy.get("stages")
    two = (policy[f"{stage}-grace-seconds"] for stage in ("amber", "red"))
    graces = [stage["grace-seconds"] for stage in stages] if stages else two
    words = (parameters.OFF if each is None else _exact(each) for each in graces)
    return f"{'/'.join(words)} ({policy['origin']})"


def _details(unit: Unit) -> Iterator[str]:
    mode = unit.get("mode")
    if mode == unit_report.Mode.REFUSED:
        yield f"not served: {unit.get('error')}; it is looked at again when that is mended"
    elif "error" in unit:
        yield f"not at work: {unit['error']}; tried again"
    if mode == unit_report.Mode.COMPLETED:
        yield "its controller has no meter status, so there is nothing to do"
    if mode == unit_report.Mode.ISOLATED:
        yield from _isolation(unit)
    elif "connection-error" in unit:
        yield f"its controller: {unit['connection-error']}"
    if "clock-behind-seconds" in unit:
        yield f"its machine's clock is {_span(unit['clock-behind-seconds'])} behind what it has shown"
    yield from _announced(unit)
    yield from _delivery(unit)
    yield from _trouble(unit)


def _isolation(unit: Unit) -> Iterator[str]:
    since = unit.get("disconnected-since")
    cut_off = "trying to reach its controller" if since is None else f"cut off since {_instant(since)}"
    reason = unit.get("connection-error")
    yield cut_off if reason is None else f"{cut_off}: {reason}"
    if unit.get("unmetered"):
        yield "its last controller had no meter status, so it stays as it is until one that has it speaks"
        return
    word = unit.get("controllers-word")
    if word is not None:
        yield f"its controller's last word was {word['status']}"
    upcoming = unit.get("next-stage")
    if upcoming is None:
        yield "no stage is left: it stays as it is until contact returns"
    else:
        warned = ", and its charm was warned" if unit.get("warned-of") == upcoming["status"] else ""
        at = _instant(upcoming["at"])
        in_time = _span(upcoming["in-seconds"])
        yield f"{upcoming['status']} comes at {at}, in {in_time}, unless contact returns{warned}"


def _announced(unit: Unit) -> Iterator[str]:
    longer = unit.get("maintenance-seconds")
    if longer:
        yield f"maintenance was announced: without contact each stage comes {_span(longer)} later"
    epoch = unit.get("epoch")
    if epoch is None:
        return
    heard = f"revision {epoch['revision']} of epoch {epoch['number']}"
    state, older, lost = epoch["state"], epoch["controller-at"], epoch["restored-from"]
    if state == epochs.Relation.BEHIND:
        yield f"it has heard {heard}, and its controller was led back{_at(older)}: the worse of both holds"
    elif state == epochs.Relation.SUPERSEDED:
        yield f"it has heard {heard}, and its controller is an old one{_at(older, 'at')}: that is no contact"
    elif state == epochs.Relation.RESTORED:
        yield f"it was led back by a restore{_at(lost, 'from')}, and follows {heard}"


def _at(place: Mapping[str, Any] | None, word: str = "to") -> str:
    """Return ``, to revision 498 of epoch 1``; nothing where a controller would not say where it is."""
    if place is None or not place["number"]:
        return ""
    return f" {word} revision {place['revision']} of epoch {place['number']}"


def _delivery(unit: Unit) -> Iterator[str]:
    if "delivering" not in unit:
        return
    attempt = unit.get("attempt")
    telling = f"telling {unit['delivering']}" + (f", attempt {attempt}" if attempt else "")
    if "lock-wait-seconds" in unit:
        holder = unit.get("lock-holder")
        waits = f"{telling}: the hook has waited {_span(unit['lock-wait-seconds'])} for the machine lock"
        yield f"{waits}; {holder}" if holder else waits
        return
    if "retry-at" not in unit:
        yield f"{telling}: the hook runs, or waits for the machine lock"
        return
    again = f"tried again at {_instant(unit['retry-at'])}, in {_span(unit['retry-in-seconds'])}"
    yield f"{telling}: {_outcome(unit)}; {again}"


def _outcome(unit: Unit) -> str:
    """Say what became of the last hook: ``the hook was not started (the charm is not there)``."""
    outcome, detail = unit.get("last-outcome", "not run"), unit.get("last-outcome-detail")
    words = f"the hook {'was ' if outcome in _PASSIVE else ''}{outcome}"
    return f"{words} ({detail})" if detail else words


def _trouble(unit: Unit) -> Iterator[str]:
    if unit.get("unsaved"):
        yield f"its state is not saved: {unit.get('unsaved-error')}; {UNSAVED}"
    if unit.get("unreported"):
        yield "the controller's copy of its state is not written; tried again"
    if unit.get("unsure"):
        yield "its state was damaged, so its hook is told anew"


def _folded(detail: str, width: int | None) -> list[str]:
    text = output.plain(detail)
    if width is None:
        return [_INDENT + text]
    return textwrap.wrap(
        text,
        max(width, 2 * len(_HANGING)),
        initial_indent=_INDENT,
        subsequent_indent=_HANGING,
        break_on_hyphens=False,
    )


def _instant(text: str) -> str:
    return output.instant_in_seconds(datetime.datetime.fromisoformat(text))


def _exact(seconds: float) -> str:
    return spans.render(datetime.timedelta(seconds=seconds))


def _span(seconds: float) -> str:
    return spans.in_brief(datetime.timedelta(seconds=seconds))
