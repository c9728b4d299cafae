"""``meterstatus history``: what was changed, when and by whom, and what hooks were told."""

import dataclasses
import datetime
import pathlib
from collections.abc import Sequence
from typing import Any

import click

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.domain.hook import hook_call, outcome
from meterstatus.domain.text import spans
from meterstatus.programs import output
from meterstatus.programs.cli import parameters, session
from meterstatus.programs.cli.views import epoch_view, policy_view, unit_view
from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery

COLUMNS = (
    output.Column("Revision", numeric=True),
    output.Column("Time"),
    output.Column("User", narrowest=5),
    output.name_column("Unit"),
    output.Column("Change", narrowest=13, is_free_text=False),
    output.Column("Info", narrowest=6),
    output.Column("Reason", narrowest=6),
)
LEVEL = records.ChangeKind.LEVEL.value
OF_ALL = (records.ChangeKind.EPOCH, records.ChangeKind.MAINTENANCE)
LIMIT = 20
PAGE = 100
"""How many changes are asked for at once, and how many reports."""

NOTHING = "-"
Entry = meter_status_admin.Change | meter_status_admin.ReportedDelivery
_RAN = outcome.HookResult.RAN.value


@click.command("history", short_help="Show what was changed and what hooks were told.")
@click.argument("entity", metavar="[ENTITY]", type=parameters.ENTITY, required=False)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    show_default=f"{LIMIT}, or all with --since",
    help="How many changes to show at most.",
)
@click.option("--since", metavar="TIME", type=parameters.PAST, help="Since then, such as 2h or 2026-03-01.")
@click.option("--user", metavar="NAME", type=parameters.TEXT, help="Only changes of this user.")
@click.option("--changes", "is_bare", is_flag=True, help="Only changes, and not what hooks were told.")
@click.option("--all", "is_all", is_flag=True, help="Also new passwords that agents gave their own units.")
@parameters.format_option
@parameters.login_option
@click.pass_obj
def history(
    make_dialer: session.MakeDialer,
    entity: names.Tag | None,
    limit: int | None,
    since: datetime.datetime | None,
    user: str | None,
    is_bare: bool,
    is_all: bool,
    form: output.Format,
    login: pathlib.Path,
) -> None:
    """Show what was changed and what hooks were told, oldest first, of every unit or of ENTITY.

    ENTITY is a unit or an application. What a hook was told is there once its agent has reported it: the
    newest hundred reports, no older than the oldest change that is shown. With --user there are none.
    New passwords that agents gave their own units are left out, but with --all or where --user is a unit.
    """
    about = "" if entity is None else entity.name
    most = limit or (LIMIT if since is None else None)
    wanted = _Wanted(
        about, most, since, user, is_bare or user is not None, is_all or names.is_unit(user or "")
    )
    found, is_cut = session.ask(login, make_dialer, lambda opened: _history(opened, wanted))
    entries = _entries(found, wanted, is_cut=is_cut)
    document: dict[str, Any] = {
        "changes": [_change_document(one) for one in entries if isinstance(one, meter_status_admin.Change)],
        "deliveries": [
            _delivery_document(one) for one in entries if isinstance(one, meter_status_admin.ReportedDelivery)
        ],
    }
    if found.removed_up_to:
        document["removed-up-to"] = found.removed_up_to
    output.show(document, form, lambda: _history_table(entries))
    if form == "tabular":
        if not entries:
            click.echo(f"{about or 'The model'} has no history{wanted.fitting}.", err=True)
        if not is_cut and found.removed_up_to:
            click.echo(f"Changes up to revision {found.removed_up_to} are too old to be kept.", err=True)


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked for."""

    entity: str
    limit: int | None
    since: datetime.datetime | None
    user: str | None
    is_bare: bool
    is_all: bool

    @property
    def fitting(self) -> str:
        """What is said where nothing is there."""
        return "" if self.since is None and self.user is None else " that fits"

    def fits(self, change: meter_status_admin.Change) -> bool:
        """Whether it is of the user, and no agent's own; an earlier release's controller leaves none out."""
        is_own = change.action == records.ChangeKind.PASSWORD and change.user == change.unit
        return (self.is_all or not is_own) and self.user in (None, change.user)


async def _history(opened: session.Session, wanted: _Wanted) -> tuple[meter_status_admin.HistoryResult, bool]:
    """Fetch the newest changes, page by page, and return them and whether more would fit.

    Raises:
        RequestError: nobody has ever heard of the entity.
    """
    changes: list[meter_status_admin.Change] = []
    page = await _page(opened, wanted, 0)
    deliveries = page.deliveries
    is_known = not wanted.entity or bool(page.changes or deliveries)
    if not is_known and not (await opened.admin.status((wanted.entity,))).units:
        raise session.hinted(errors.NotFoundError(f'unit or application "{wanted.entity}"'))
    while page.changes:
        for change in page.changes:
            if wanted.since is not None and change.time < wanted.since:
                return meter_status_admin.HistoryResult(tuple(changes), deliveries, page.removed_up_to), False
            if not wanted.fits(change):
                continue
            if len(changes) == wanted.limit:
                return meter_status_admin.HistoryResult(tuple(changes), deliveries, page.removed_up_to), True
            changes.append(change)
        page = await _page(opened, wanted, page.changes[-1].revision)
    return meter_status_admin.HistoryResult(tuple(changes), deliveries, page.removed_up_to), False


async def _page(opened: session.Session, wanted: _Wanted, before: int) -> meter_status_admin.HistoryResult:
    """Fetch some changes before a revision, 0 for the newest; fewer than asked for, perhaps."""
    try:
        return await opened.admin.history(wanted.entity, PAGE, before, is_without_own=not wanted.is_all)
    except errors.RequestError as error:
        raise session.hinted(error) from error


def _entries(found: meter_status_admin.HistoryResult, wanted: _Wanted, *, is_cut: bool) -> list[Entry]:
    """Bring changes and deliveries into one order, oldest first; no delivery before the changes that fit."""
    oldest = wanted.since
    if is_cut and found.changes:
        oldest = min(change.time for change in found.changes)
    told = () if wanted.is_bare else found.deliveries[::-1]
    # By time, because a stage is reported long after it was told. Changes of one instant stay in their order.
    entries: list[Entry] = [*found.changes[::-1], *told]
    return sorted((one for one in entries if oldest is None or _happened_at(one) >= oldest), key=_happened_at)


def _happened_at(entry: Entry) -> datetime.datetime:
    if isinstance(entry, meter_status_admin.Change):
        return entry.time
    # A clock of a unit's machine that is ahead must not put it after what came later.
    return min(entry.delivery.ended, entry.received)


def _change_document(change: meter_status_admin.Change) -> dict[str, Any]:
    document: dict[str, Any] = {
        "revision": change.revision,
        "time": output.instant(change.time),
        "user": change.user,
        "unit": change.unit,
        "action": change.action,
        "reason": change.reason,
    }
    for key, stored in (("old", change.old), ("new", change.new)):
        if stored is not None:
            document[key] = {"status": stored.code, "info": stored.info}
    if change.until is not None:
        document["until"] = output.instant(change.until)
    if change.ended_revision:
        document["ended-revision"] = change.ended_revision
    if change.action == LEVEL:
        document["set-for"] = policy_view.scope_document(policy_view.scope_of(change.scope))
    elif change.scope:
        document["policy"] = {
            "set-for": policy_view.scope_document(policy_view.scope_of(change.scope)),
            "old": None if change.old_policy is None else policy_view.document(change.old_policy),
            "new": None if change.new_policy is None else policy_view.document(change.new_policy),
        }
    if change.action in OF_ALL:
        document |= epoch_view.change_document(change)
    return document


def _delivery_document(reported: meter_status_admin.ReportedDelivery) -> dict[str, Any]:
    return {
        "unit": reported.unit,
        **unit_view.delivery_document(reported.delivery),
        "reported": output.instant(reported.received),
    }


def _history_table(entries: Sequence[Entry]) -> list[str]:
    if not entries:
        return []
    rows = [
        (str(entry.revision), output.instant_in_seconds(entry.time), entry.user, *_change_cells(entry))
        if isinstance(entry, meter_status_admin.Change)
        else (NOTHING, output.instant_in_seconds(_happened_at(entry)), NOTHING, *_delivery_cells(entry))
        for entry in entries
    ]
    return output.table(COLUMNS, rows, output.terminal_width())


def _change_cells(change: meter_status_admin.Change) -> tuple[str, str, str, str]:
    if change.action in OF_ALL:
        what, about = _of_all(change)
        return policy_view.WHOLE_MODEL, what, about, change.reason or NOTHING
    of = policy_view.scope_name(policy_view.scope_of(change.scope)) if change.scope else change.unit
    lasts = "" if change.until is None else f" for {spans.in_brief(change.until - change.time)}"
    return of, f"{_what_changed(change)}{lasts}", _information(change) or NOTHING, change.reason or NOTHING


def _of_all(change: meter_status_admin.Change) -> tuple[str, str]:
    if change.epoch is not None:
        return "new epoch", f"{change.epoch.number}, after revision {change.epoch.base}"
    if change.maintenance is None:
        return "maintenance ended", NOTHING
    announced = change.maintenance
    return "maintenance", f"for {spans.in_brief(announced.until - announced.since)}"


def _delivery_cells(reported: meter_status_admin.ReportedDelivery) -> tuple[str, str, str, str]:
    told = reported.delivery
    remark = told.log[-1] if told.log else "" if told.result == _RAN else told.detail
    return reported.unit, _what_was_told(told), told.info or NOTHING, remark or NOTHING


def _what_was_told(told: meter_status_delivery.Delivery) -> str:
    what = told.code if told.hook == hook_call.HookKind.CHANGED else "warning"
    if told.result == _RAN:
        return f"told {what}"
    if told.result == outcome.HookResult.MISSING.value:
        return f"{what}: no hook"
    status = "" if told.exit_status is None else f" ({told.exit_status})"
    return f"{what}: {told.result}{status}"


def _information(change: meter_status_admin.Change) -> str:
    if change.scope and change.action != LEVEL:
        return policy_view.in_words(change.new_policy)
    return change.new.info if change.new else ""


def _what_changed(change: meter_status_admin.Change) -> str:
    if change.action == LEVEL:
        return f"level {change.new.code if change.new else 'unset'}"
    if change.scope:
        return f"policy {'removed' if change.new_policy is None else policy_view.graces(change.new_policy)}"
    if change.action == "password":
        return "new password"
    if change.new is None:
        return "removed"
    if change.old is None:
        return f"added {change.new.code}"
    if change.old.code == change.new.code:
        return change.new.code
    return f"{change.old.code} → {change.new.code}"
