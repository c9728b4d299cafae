"""``meterstatus set``, ``status`` and ``history``: what the operator says, and what the controller holds."""

import pathlib
from collections.abc import Sequence
from typing import Any

import click

from meterstatus import clock, errors
from meterstatus.domain import names
from meterstatus.programs import output
from meterstatus.programs.cli import parameters, policy_view, session
from meterstatus.protocol.facades import meter_status_admin

STATUS_COLUMNS = (
    output.Column("Unit", narrowest=12),
    output.Column("Status"),
    output.Column("Info", narrowest=12),
    output.Column("Since"),
    output.Column("Connected"),
    output.Column("Revision", numeric=True),
)
POLICY_COLUMN = output.Column("Policy", narrowest=7)
HISTORY_COLUMNS = (
    output.Column("Revision", numeric=True),
    output.Column("Time"),
    output.Column("User", narrowest=8),
    output.Column("Unit", narrowest=12),
    output.Column("Change"),
    output.Column("Info", narrowest=8),
    output.Column("Reason", narrowest=8),
)
HISTORY_LIMIT = 20
NOTHING = "-"


@click.command("set", short_help="Set the meter status of a unit or application.")
@click.argument("entity", metavar="ENTITY", type=parameters.ENTITY)
@click.argument("code", metavar="STATUS", type=parameters.STATUS)
@click.option("--info", metavar="TEXT", type=parameters.TEXT, default="", help="The information beside it.")
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def set_status(
    make_dialer: session.MakeDialer,
    entity: names.Tag,
    code: str,
    info: str,
    reason: str,
    login: pathlib.Path,
) -> None:
    """Set the meter status of ENTITY, a unit or all units of an application.

    STATUS is GREEN, AMBER or RED.
    """
    session.ask(login, make_dialer, lambda opened: _set(opened, entity, code, info, reason))
    whose = entity.name if entity.kind is names.Kind.UNIT else f"Every unit of {entity.name}"
    click.echo(output.plain(f"{whose} is {code}{f': {info}' if info else ''}"))


async def _set(opened: session.Session, entity: names.Tag, code: str, info: str, reason: str) -> None:
    try:
        await opened.metrics.set_meter_status(str(entity), code, info, reason)
    except errors.RequestError as error:
        raise session.hint_at_status(error) from error


@click.command("status", short_help="Show how the units are.")
@click.argument("patterns", metavar="[PATTERN]...", type=parameters.TEXT, nargs=-1)
@parameters.format_option
@parameters.login_option
@click.pass_obj
def status(
    make_dialer: session.MakeDialer, patterns: tuple[str, ...], form: output.Format, login: pathlib.Path
) -> None:
    """Show the meter status of every unit, or of those that a PATTERN names.

    A PATTERN is a unit or application, with * and ? as in a shell: shop/0, shop, 'web-*'.

    Where policies are set, the last column has the times without contact until AMBER and RED.
    """
    answer = session.ask(login, make_dialer, lambda opened: opened.admin.status(patterns))
    units = sorted(answer.units, key=lambda unit: _natural(unit.unit))
    output.show(_status_document(answer, units), form, lambda: _status_table(units))
    if not units and form == "tabular":
        click.echo(
            "No unit matches." if patterns else "There is no unit; 'meterstatus unit add' makes one.",
            err=True,
        )


def _natural(unit: str) -> tuple[str, int]:
    return names.application_of(unit), names.unit_number(unit)


def _status_document(
    answer: meter_status_admin.StatusResult, units: Sequence[meter_status_admin.UnitStatus]
) -> dict[str, Any]:
    return {
        "controller": answer.controller,
        "model": {"name": answer.model_name, "uuid": answer.model},
        "revision": answer.revision,
        "units": {
            unit.unit: {
                "status": unit.code,
                "info": unit.info,
                "told": {"status": unit.told_code, "info": unit.told_info},
                "since": output.instant(unit.since),
                "connected": unit.connected,
                "revision": unit.revision,
                "policy": None if unit.ruling is None else policy_view.ruling_document(unit.ruling),
            }
            for unit in units
        },
    }


def _status_table(units: Sequence[meter_status_admin.UnitStatus]) -> list[str]:
    if not units:
        return []
    now = clock.SystemClock().now()
    # Where nothing is set there is nothing to show, and the room is for the information.
    is_set = any(unit.ruling is not None for unit in units)
    columns = (*STATUS_COLUMNS, POLICY_COLUMN) if is_set else STATUS_COLUMNS
    rows = [
        (
            unit.unit,
            unit.code,
            unit.info,
            output.short_instant(unit.since, now),
            "yes" if unit.connected else "no",
            str(unit.revision),
            *((policy_view.graces(unit.ruling and unit.ruling.policy),) if is_set else ()),
        )
        for unit in units
    ]
    title, *lines = output.table(columns, rows, output.terminal_width())
    if output.may_colour():
        lines = [output.coloured(line, unit.code) for line, unit in zip(lines, units, strict=True)]
    return [title, *lines]


@click.command("history", short_help="Show what was changed, when and by whom.")
@click.argument("entity", metavar="[ENTITY]", type=parameters.ENTITY, required=False)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=HISTORY_LIMIT,
    show_default=True,
    help="How many changes to show at most.",
)
@parameters.format_option
@parameters.login_option
@click.pass_obj
def history(
    make_dialer: session.MakeDialer,
    entity: names.Tag | None,
    limit: int,
    form: output.Format,
    login: pathlib.Path,
) -> None:
    """Show the latest changes, oldest first, of every unit or of ENTITY, a unit or application."""
    about = "" if entity is None else entity.name
    newest_first = session.ask(login, make_dialer, lambda opened: _history(opened, about, limit))
    changes = newest_first[::-1]
    document = {"changes": [_change_document(change) for change in changes]}
    output.show(document, form, lambda: _history_table(changes))
    if not changes and form == "tabular":
        click.echo(f"{about or 'The model'} has no history.", err=True)


async def _history(opened: session.Session, entity: str, limit: int) -> list[meter_status_admin.Change]:
    """Fetch the newest changes, page by page: the controller may give fewer than asked for."""
    changes: list[meter_status_admin.Change] = []
    while len(changes) < limit:
        before = changes[-1].revision if changes else 0
        try:
            page = await opened.admin.history(entity, limit=limit - len(changes), before_revision=before)
        except errors.RequestError as error:
            raise session.hint_at_status(error) from error
        if not page:
            break
        changes.extend(page)
    return changes


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
    if change.scope:
        document["policy"] = {
            "set-for": policy_view.scope_document(policy_view.scope_of(change.scope)),
            "old": None if change.old_policy is None else policy_view.document(change.old_policy),
            "new": None if change.new_policy is None else policy_view.document(change.new_policy),
        }
    return document


def _history_table(changes: Sequence[meter_status_admin.Change]) -> list[str]:
    if not changes:
        return []
    now = clock.SystemClock().now()
    rows = [
        (
            str(change.revision),
            output.short_instant(change.time, now),
            change.user,
            policy_view.scope_name(policy_view.scope_of(change.scope)) if change.scope else change.unit,
            _what_changed(change),
            _information(change) or NOTHING,
            change.reason or NOTHING,
        )
        for change in changes
    ]
    return output.table(HISTORY_COLUMNS, rows, output.terminal_width())


def _information(change: meter_status_admin.Change) -> str:
    if change.scope:
        return policy_view.in_words(change.new_policy)
    return change.new.info if change.new else ""


def _what_changed(change: meter_status_admin.Change) -> str:
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
