"""``meterstatus simulate``: what a unit would be told without its controller, by the code that decides it."""

import datetime
from collections.abc import Sequence

import click

from meterstatus import errors
from meterstatus.domain import maintenance as maintenances
from meterstatus.domain import policy as policies
from meterstatus.domain import status
from meterstatus.domain.text import spans
from meterstatus.domain.unit import forecast
from meterstatus.programs import output
from meterstatus.programs.cli import parameters

COLUMNS = (
    output.Column("After"),
    output.Column("What", narrowest=12),
    output.Column("Status"),
    output.Column("Next"),
)


@click.command("simulate", short_help="Say what a unit would be told without its controller.")
@click.option(
    "--offline",
    metavar="SPAN",
    type=parameters.SPAN,
    required=True,
    help="How long the controller cannot be reached.",
)
@click.option(
    "--status",
    "code",
    metavar="STATUS",
    type=parameters.STATUS,
    default="GREEN",
    show_default=True,
    help="What the controller said last.",
)
@click.option(
    "--restart-at", metavar="SPAN", type=parameters.SPAN, multiple=True, help="Restart the agent then."
)
@click.option(
    "--reboot-at", metavar="SPAN", type=parameters.SPAN, multiple=True, help="Reboot the machine then."
)
@click.option(
    "--amber-grace",
    metavar="SPAN|off",
    type=parameters.SPAN_OR_OFF,
    default=parameters.GivenSpan(policies.JUJU_AMBER),
    show_default=spans.render(policies.JUJU_AMBER),
    help="How long until AMBER.",
)
@click.option(
    "--red-grace",
    metavar="SPAN|off",
    type=parameters.SPAN_OR_OFF,
    default=parameters.GivenSpan(policies.JUJU_RED),
    show_default=spans.render(policies.JUJU_RED),
    help="How long until RED.",
)
@parameters.stage_option
@click.option(
    "--warning",
    metavar="SPAN|off",
    type=parameters.SPAN_OR_OFF,
    default=parameters.GivenSpan(None),
    show_default=parameters.OFF,
    help="Warn the charm so long before each stage.",
)
@click.option(
    "--maintenance",
    metavar="SPAN",
    type=parameters.SPAN,
    default=maintenances.NOTHING,
    show_default="none",
    help="How much was left of announced maintenance at the last contact.",
)
@parameters.format_option
def simulate(
    offline: datetime.timedelta,
    code: str,
    restart_at: Sequence[datetime.timedelta],
    reboot_at: Sequence[datetime.timedelta],
    amber_grace: parameters.GivenSpan,
    red_grace: parameters.GivenSpan,
    stages: tuple[policies.Stage, ...],
    warning: parameters.GivenSpan,
    maintenance: datetime.timedelta,
    form: output.Format,
) -> None:
    """Say what a unit's hook would be told, and when, while its controller cannot be reached.

    Nothing is started and no controller is asked: the agent's own decisions are played through. Times count
    from the last contact.
    """
    two = policies.amber_red(amber_grace.span, red_grace.span, warning.span)
    graces = [stage.grace for stage in two.stages]
    if graces != sorted(set(graces)):
        amber, red = map(spans.render, graces)
        raise click.UsageError(f"--amber-grace {amber} must be shorter than --red-grace {red}")
    policy = _of_stages(stages, warning.span) if stages else two
    if maintenance > maintenances.LONGEST:
        raise click.UsageError(f"--maintenance {spans.render(maintenance)} is above 24h, the most there is")
    plan = forecast.Plan(
        offline=offline,
        told=status.MeterStatus(code),
        policy=policy,
        restarts=restart_at,
        reboots=reboot_at,
        maintenance=maintenance,
    )
    # The first is the status before contact was lost.
    happenings = forecast.forecast(plan)[1:]
    document = {"happenings": [_document(happening) for happening in happenings]}
    output.show(document, form, lambda: _table(happenings))


def _of_stages(stages: Sequence[policies.Stage], warning: datetime.timedelta | None) -> policies.Policy:
    policy = policies.Policy(tuple(stages), warning)
    try:
        policies.check_sense(policy)
    except (errors.NotValidError, errors.ConfigError) as error:
        raise click.UsageError(f"--stage: {error}") from error
    return policy


def _document(happening: forecast.Happening) -> dict[str, object]:
    told = happening.told
    facts: dict[str, object] = {"after-seconds": happening.after.total_seconds(), "what": _what(happening)}
    if told is not None:
        facts |= {"status": told.status.code, "info": told.status.info, "origin": str(told.origin)}
    return facts


def _what(happening: forecast.Happening) -> str:
    return happening.what if happening.told is None else happening.told.hook.value


def _table(happenings: Sequence[forecast.Happening]) -> list[str]:
    rows = [
        (
            spans.render(happening.after),
            _what(happening),
            _status(happening),
            _next(happening),
        )
        for happening in happenings
    ]
    return output.table(COLUMNS, rows, output.terminal_width())


def _status(happening: forecast.Happening) -> str:
    if happening.told is None:
        return "-"
    said = happening.told.status
    is_usual = said.info in ("", policies.DISCONNECTED_INFO)
    return said.code if is_usual else f"{said.code} {said.info}"


def _next(happening: forecast.Happening) -> str:
    upcoming = happening.told.next_stage if happening.told else None
    return f"{upcoming.name} in {spans.render(upcoming.due_in)}" if upcoming else "-"
