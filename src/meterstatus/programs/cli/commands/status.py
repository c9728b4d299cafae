"""``meterstatus status``: what the controller holds."""

import fnmatch
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import click

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.programs import output
from meterstatus.programs.cli import parameters, session
from meterstatus.programs.cli.views import epoch_view, level_view, policy_view, unit_view
from meterstatus.protocol.facades import meter_status_admin
from meterstatus.runtime import clock

UNIT_COLUMN = output.name_column("Unit")
STATUS_COLUMN = output.Column("Status")
INFO_COLUMN = output.Column("Info", narrowest=4)
SINCE_COLUMN = output.Column("Since")
UNTIL_COLUMN = output.Column("Until")
REVISION_COLUMN = output.Column("Revision", numeric=True)
POLICY_COLUMN = output.Column("Policy", narrowest=7)
ROOMY = 120
"""From this width on there is room for every column beside what is predicted."""

WIDE = 180
"""From this width on there is room for instants beside how far they are."""


@click.command("status", short_help="Show how the units are.")
@click.argument("patterns", metavar="[PATTERN]...", type=parameters.TEXT, nargs=-1)
@click.option("--problems", is_flag=True, help="Only units out of contact, or told something else.")
@click.option("--disconnected", is_flag=True, help="Only units out of contact.")
@parameters.format_option
@parameters.login_option
@click.pass_obj
def status(
    make_dialer: session.MakeDialer,
    patterns: tuple[str, ...],
    problems: bool,
    disconnected: bool,
    form: output.Format,
    login: pathlib.Path,
) -> None:
    """Show the meter status of every unit, or of those that a PATTERN names.

    A PATTERN is a unit or application, with * and ? as in a shell: shop/0, shop, 'web-*'.

    Delivered is what the unit's hook was told, = where that is what is asserted. Predicted is what an agent
    out of contact must have decided by itself, and the next stage with its time.

    Where policies are set, the last column has the times without contact until AMBER and RED.
    """
    answer = session.ask(login, make_dialer, lambda opened: opened.admin.status(patterns))
    is_wanted = unit_view.is_out_of_contact if disconnected else unit_view.is_problem
    chosen = filter(is_wanted, answer.units) if problems or disconnected else answer.units
    units = sorted(chosen, key=lambda unit: _natural(unit.unit))
    output.show(_status_document(answer, units), form, lambda: _status_table(units))
    if form == "tabular":
        for note in (*level_view.notes(answer), *epoch_view.notes(answer)):
            click.echo(output.plain(note), err=True)
    _refuse_unknown(patterns, answer)
    if not units and form == "tabular":
        click.echo(
            "No unit matches." if answer.units else "There is no unit; 'meterstatus unit add' makes one.",
            err=True,
        )


def _refuse_unknown(patterns: Sequence[str], answer: meter_status_admin.StatusResult) -> None:
    """Fail where a pattern names nothing: whoever mistypes a name must not think that all is well."""
    known = {name for unit in answer.units for name in (unit.unit, names.application_of(unit.unit))}
    known |= {names.parse_tag(level.tag).name for level in answer.levels}
    unknown = [pattern for pattern in patterns if not fnmatch.filter(known, pattern)]
    if unknown:
        quoted = ", ".join(f'"{pattern}"' for pattern in unknown)
        raise session.hinted(errors.NotFoundError(f"unit or application {quoted}"))


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
        "summary": unit_view.sums(units),
        "levels": [level_view.document(one) for one in answer.levels],
        "units": {
            unit.unit: {
                "status": unit.code,
                "info": unit.info,
                "told": {"status": unit.told_code, "info": unit.told_info},
                "since": output.instant(unit.since),
                "connected": unit.connected,
                "revision": unit.revision,
                "end": level_view.end_document(unit.end),
                "policy": None if unit.ruling is None else policy_view.ruling_document(unit.ruling),
                **unit_view.document(unit),
            }
            for unit in units
        },
    }


def _status_table(units: Sequence[meter_status_admin.UnitStatus]) -> list[str]:
    if not units:
        return []
    width = output.terminal_width()
    columns = _columns(units, width)
    rows = [[cell(unit) for cell in columns.values()] for unit in units]
    title, *lines = output.table(list(columns), rows, width)
    if output.may_colour():
        codes = [level_view.cells(unit)[0] for unit in units]
        lines = [output.coloured(line, code) for line, code in zip(lines, codes, strict=True)]
    return [title, *lines, *([] if width is None else [unit_view.sum_line(units)])]


def _columns(
    units: Sequence[meter_status_admin.UnitStatus], width: int | None
) -> dict[output.Column, Callable[[meter_status_admin.UnitStatus], str]]:
    """Choose the columns: where nothing is set, reported or predicted the room is for the information."""
    moments = output.Moments(clock.SystemClock().now(), has_room=width is None or width >= WIDE)
    has_delivered = any(unit.delivered is not None for unit in units)
    has_predicted = any(unit.predicted is not None for unit in units)
    has_end = any(unit.end is not None for unit in units)
    has_policy = any(unit.ruling is not None for unit in units)
    is_roomy = width is None or width >= ROOMY
    has_room = is_roomy or not (has_delivered or has_predicted)
    columns: dict[output.Column, tuple[bool, Callable[[meter_status_admin.UnitStatus], str]]] = {
        UNIT_COLUMN: (True, lambda unit: unit.unit),
        STATUS_COLUMN: (True, lambda unit: level_view.cells(unit)[0]),
        unit_view.DELIVERED_COLUMN: (has_delivered, unit_view.delivered_cell),
        unit_view.PREDICTED_COLUMN: (has_predicted, lambda unit: unit_view.predicted_cell(unit, moments)),
        INFO_COLUMN: (True, lambda unit: level_view.cells(unit)[1]),
        SINCE_COLUMN: (has_room, lambda unit: output.instant_in_seconds(unit.since)),
        UNTIL_COLUMN: (has_end, lambda unit: level_view.end_cell(unit, moments)),
        unit_view.CONTACT_COLUMN: (True, lambda unit: unit_view.contact_cell(unit, moments)),
        REVISION_COLUMN: (has_room, lambda unit: str(unit.revision)),
        POLICY_COLUMN: (
            has_policy and (is_roomy or not (has_delivered or has_predicted or has_end)),
            lambda unit: policy_view.graces(unit.ruling and unit.ruling.policy),
        ),
    }
    return {column: cell for column, (is_shown, cell) in columns.items() if is_shown}
