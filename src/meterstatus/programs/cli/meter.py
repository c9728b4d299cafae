"""``meterstatus status``: what the controller holds."""

import pathlib
from collections.abc import Sequence
from typing import Any

import click

from meterstatus import clock
from meterstatus.domain import names
from meterstatus.programs import output
from meterstatus.programs.cli import epoch_view, level_view, parameters, policy_view, session
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
NOTHING = "-"


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
    if form == "tabular":
        for note in (*level_view.notes(answer), *epoch_view.notes(answer)):
            click.echo(note, err=True)
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
        **epoch_view.document(answer),
        "levels": [level_view.document(one) for one in answer.levels],
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
            *level_view.cells(unit),
            output.short_instant(unit.since, now),
            "yes" if unit.connected else "no",
            str(unit.revision),
            *((policy_view.graces(unit.ruling and unit.ruling.policy),) if is_set else ()),
        )
        for unit in units
    ]
    title, *lines = output.table(columns, rows, output.terminal_width())
    if output.may_colour():
        lines = [
            output.coloured(line, level_view.cells(unit)[0]) for line, unit in zip(lines, units, strict=True)
        ]
    return [title, *lines]
