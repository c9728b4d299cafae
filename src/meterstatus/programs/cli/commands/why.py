"""``meterstatus why``: the story of one unit in sentences."""

import datetime
import pathlib
from collections.abc import Iterator

import click

from meterstatus import errors
from meterstatus.domain.fleet import prediction
from meterstatus.domain.hook import trouble
from meterstatus.domain.text import spans
from meterstatus.programs import output
from meterstatus.programs.cli import parameters, session
from meterstatus.programs.cli.views import policy_view
from meterstatus.protocol.facades import meter_status_admin, meter_status_delivery
from meterstatus.runtime import clock

_WORDS = {
    prediction.Assumption.OWN_OPTIONS: "That assumes the options of an agent started without any.",
    prediction.Assumption.NOT_BEFORE: (
        "Its controller died, so contact may have been lost later than is said, and what comes later too."
    ),
    prediction.Assumption.UNTOLD: "The agent does not know what is asserted now: it was set after that.",
    prediction.Assumption.SILENT: "It is connected, but has been silent so long that its network is gone.",
}
"""What is said of a prediction beside it; without a contact there is none."""

_TROUBLES = {
    trouble.Reason.CHARM: "Its hook is not told: there is no charm to tell yet",
    trouble.Reason.LOCK: "Its hook is not told: it waits for the machine lock",
    trouble.Reason.HOOK_RUNNING: "Its hook is being told, and has not ended",
    trouble.Reason.HOOK_FAILED: "Its hook is not told: it fails",
    trouble.Reason.HOOK_NOT_STARTED: "Its hook is not told: it cannot be started",
    trouble.Reason.STATE: "Its agent cannot write down what the hook was told, and may tell it twice",
    trouble.Reason.AGENT: "Its hook is not told: its agent cannot begin",
}


@click.command("why", short_help="Explain how one unit is.")
@click.argument("unit", metavar="UNIT", type=parameters.UNIT)
@parameters.login_option
@click.pass_obj
def why(make_dialer: session.MakeDialer, unit: str, login: pathlib.Path) -> None:
    """Say in sentences what UNIT is asserted, told and predicted to be, and why."""
    answer = session.ask(login, make_dialer, lambda opened: opened.admin.status((unit,)))
    found = [each for each in answer.units if each.unit == unit]
    if not found:
        raise session.hinted(errors.NotFoundError(f'unit "{unit}"'))
    for sentence in story(found[0], clock.SystemClock().now()):
        click.echo(output.plain(sentence))


def story(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> Iterator[str]:
    """Tell how a unit is, a sentence or two at a time."""
    set_at = output.instant_in_seconds(unit.since)
    asserted = _status(unit.code, unit.info)
    yield f"{unit.unit} is asserted {asserted}, since {set_at} by revision {unit.revision}."
    if unit.end is not None:
        then = _status(unit.end.code, unit.end.info)
        yield f"That ends {_moment(unit.end.at, now)}; then it is {then} again."
    if (unit.told_code, unit.told_info) != (unit.code, unit.info):
        yield f"Its agent is told {_status(unit.told_code, unit.told_info)}."
    yield _contact(unit, now)
    yield _policy(unit)
    yield from _delivered(unit, now)
    yield from _trouble(unit, now)
    if unit.predicted is not None and unit.contact is not None:
        yield from _predicted(unit.predicted, now)


def _moment(at: datetime.datetime, now: datetime.datetime) -> str:
    """Write an instant that is still to come, and how soon that is."""
    return f"{output.instant_in_seconds(at)}, {output.distance(at, now)}"


def _status(code: str, info: str) -> str:
    return f'{code} "{info}"' if info else code


def _contact(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> str:
    contact = unit.contact
    if contact is None:
        return "Its agent was never in contact." if not unit.connected else "Its agent is connected."
    last = output.instant_in_seconds(contact.last_contact)
    if contact.controller:
        since = output.instant_in_seconds(contact.since)
        return f"Its agent is connected to {contact.controller} since {since}, and was last answered {last}."
    if contact.is_exact:
        ago = output.distance(min(contact.last_contact, now), now)
        return f"Its agent is out of contact: it was last answered {last}, {ago}."
    return f"Its agent is out of contact: its controller died, and it was in contact until {last} or later."


def _policy(unit: meter_status_admin.UnitStatus) -> str:
    if unit.ruling is None:
        return "No policy is set for it: its agent's own options rule."
    whose = policy_view.scope_name(policy_view.scope_of(unit.ruling.tag))
    return f"The policy of {whose} rules it: {policy_view.in_words(unit.ruling.policy)}."


def _delivered(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> Iterator[str]:
    if unit.delivered is None:
        unknown = ", so whether it was told is not known" if unit.trouble is None else ""
        yield f"Nothing was reported of its hook{unknown}."
        return
    if unit.delivered_before is None:
        yield from _hook("was last told", unit.delivered.delivery, now)
        return
    yield from _hook("was last told", unit.delivered_before.delivery, now)
    yield from _hook("was then to be told", unit.delivered.delivery, now)


def _trouble(unit: meter_status_admin.UnitStatus, now: datetime.datetime) -> Iterator[str]:
    said = unit.trouble
    if said is None:
        return
    words = _TROUBLES.get(trouble.Reason(said.reason)) if said.reason in set(trouble.Reason) else None
    detail = f" ({said.detail})" if said.detail else ""
    yield f"{words or f'Its hook is not told: {said.reason}'}{detail}."
    if said.retry_at is not None:
        yield f"It is tried again {_moment(said.retry_at, now)}."


def _hook(how: str, told: meter_status_delivery.Delivery, now: datetime.datetime) -> Iterator[str]:
    ended = output.instant_in_seconds(told.ended)
    yield f"Its hook {how} {_status(told.code, told.info)} {ended}, and {_end(told)}."
    for line in told.log:
        yield f"  {line}"


def _end(told: meter_status_delivery.Delivery) -> str:
    status = "" if told.exit_status in (None, 0) else f" with exit status {told.exit_status}"
    detail = f" ({told.detail})" if told.detail else ""
    return {"ran": "ran", "missing": "the charm has none"}.get(told.result, told.result + status + detail)


def _predicted(made: meter_status_admin.Predicted, now: datetime.datetime) -> Iterator[str]:
    if made.code:
        yield f"By now its hook must have been told {_status(made.code, made.info)}."
    upcoming = made.next_stage
    if upcoming is None:
        yield "No worse stage comes."
    else:
        early = spans.render(datetime.timedelta(seconds=made.early_by_seconds))
        at = _moment(upcoming.at, now)
        yield f"{upcoming.code} comes {at}, at the latest, and may come {early} earlier."
    for assumption, words in _WORDS.items():
        if assumption.value in made.assumptions:
            yield words
