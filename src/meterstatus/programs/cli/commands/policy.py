"""``meterstatus policy``: how long units wait for their controller, set at the controller."""

import dataclasses
import datetime
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.domain import policy as policies
from meterstatus.domain.fleet import effective_policy
from meterstatus.programs import output
from meterstatus.programs.cli import failures, parameters, session
from meterstatus.programs.cli.views import policy_view
from meterstatus.protocol import policies as wire_policies
from meterstatus.protocol.facades import meter_status_admin

_WAITS = (output.Column("AMBER"), output.Column("RED"), output.Column("Warning"))
SET_COLUMNS = (output.name_column("Set for"), *_WAITS, output.Column("Revision", numeric=True))
UNIT_COLUMNS = (output.name_column("Unit"), output.name_column("Set for"), *_WAITS)

NONE_IS_SET = (
    f"their agents' own options rule, {policies.JUJU_POLICY.in_words()} where those say nothing else."
)
_MAX_NAMED = 5


@click.group("policy", short_help="Set how long units wait for their controller.")
def policy() -> None:
    """Set how long units wait for their controller.

    A unit that has lost its controller is AMBER after some time, and RED after more.
    """


entity_argument = click.argument("entity", metavar="[ENTITY]", type=parameters.ENTITY, required=False)
model_option = click.option("--model", "whole", is_flag=True, help="For every unit, in place of ENTITY.")


def _span_option(name: str, words: str) -> Callable[[Any], Any]:
    return click.option(name, metavar="SPAN|off", type=parameters.SPAN_OR_OFF, help=words)


@policy.command("set", short_help="Set the policy of a unit, an application or the model.")
@entity_argument
@model_option
@_span_option("--amber", "How long after the last contact until AMBER.")
@_span_option("--red", "How long after the last contact until RED.")
@parameters.stage_option
@_span_option("--warning", "How long before each stage the charm is warned.")
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def set_policy(
    make_dialer: session.MakeDialer,
    entity: names.Tag | None,
    whole: bool,
    amber: parameters.GivenSpan | None,
    red: parameters.GivenSpan | None,
    stages: tuple[policies.Stage, ...],
    warning: parameters.GivenSpan | None,
    reason: str,
    login: pathlib.Path,
) -> None:
    """Set the policy of ENTITY, a unit or application, or of the whole model.

    The narrowest policy rules a unit, whole: its own, else its application's, else the model's. A stage is
    10s to 90d after the last contact, and AMBER comes before RED. "off" keeps the last status. What is not
    given stays as it is set for ENTITY, or else is Juju's: AMBER after 5m, RED after 15m, no warning.
    """
    _check_target(entity, whole)
    given = _Given(amber, red, stages, warning)
    if given == _Given():
        raise click.UsageError("nothing to set; give --amber, --red or --warning, or --stage for each")
    if stages and (amber or red):
        raise click.UsageError("--stage goes without --amber and --red: give one for each stage")
    done = session.ask(login, make_dialer, lambda opened: _set(opened, entity, given, reason))
    click.echo(f"{_subject(entity)} without contact: {done.policy.in_words()}")
    if done.narrower:
        click.echo(f"Not for what has a policy of its own: {_named(done.narrower)}")
    if entity is not None and not done.has_units:
        click.echo(f"{entity.name} has no units yet: it holds for those that are added.")


class _Set(NamedTuple):
    """What is set now."""

    policy: policies.Policy
    narrower: Sequence[names.Tag]
    """What keeps its own."""

    has_units: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """What a person gave; None where nothing was."""

    amber: parameters.GivenSpan | None = None
    red: parameters.GivenSpan | None = None
    stages: tuple[policies.Stage, ...] = ()
    warning: parameters.GivenSpan | None = None

    @property
    def is_partial(self) -> bool:
        """Whether a stage comes from elsewhere."""
        return not self.stages and (self.amber is None or self.red is None)

    def over(self, held: policies.Policy) -> policies.Policy:
        """Lay it over what is set.

        Raises:
            ConfigError: other stages than AMBER and RED are set, and one of those two was given alone.
        """
        warning = _chosen(self.warning, held.warning)
        if self.stages or (self.amber is None and self.red is None):
            return policies.Policy(self.stages or held.stages, warning)
        if self.is_partial and not held.is_amber_red:
            raise errors.ConfigError(f"stages are set ({held.in_words()}); give --stage for each of them")
        amber, red = (held.grace(code) for code in policies.CODES)
        return policies.amber_red(_chosen(self.amber, amber), _chosen(self.red, red), warning)


def _chosen(given: parameters.GivenSpan | None, held: datetime.timedelta | None) -> datetime.timedelta | None:
    return held if given is None else given.span


def _check_target(entity: names.Tag | None, whole: bool) -> None:
    if (entity is None) is not whole:
        raise click.UsageError("name one ENTITY, a unit or application, or give --model")


def _scope(opened: session.Session, entity: names.Tag | None) -> names.Tag:
    return effective_policy.model_scope(opened.file.model) if entity is None else entity


def _subject(entity: names.Tag | None) -> str:
    if entity is None:
        return "Every unit"
    return entity.name if entity.kind is names.Kind.UNIT else f"Every unit of {entity.name}"


def _named(scopes: Sequence[names.Tag]) -> str:
    shown = ", ".join(scope.name for scope in scopes[:_MAX_NAMED])
    more = len(scopes) - _MAX_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


async def _set(opened: session.Session, entity: names.Tag | None, given: _Given, reason: str) -> _Set:
    """Set it, and return what is set now and which narrower scopes keep their own."""
    scope = _scope(opened, entity)
    found = (await opened.admin.policies()).policies
    held = next((each for each in found if each.tag == str(scope)), None)
    wanted = given.over(policies.JUJU_POLICY if held is None else policy_view.policy_of(held.policy))
    try:
        policies.check(wanted)
    except (errors.NotValidError, errors.ConfigError) as error:
        kept = "Juju's" if held is None else f"as it is set for {policy_view.scope_name(scope)}"
        rest = f"; what is not given stays {kept}" if given.is_partial else ""
        raise errors.ConfigError(f"{wanted.in_words()} cannot be: {error}{rest}") from error
    try:
        await opened.admin.set_policy(str(scope), wire_policies.to_wire(wanted), reason)
    except errors.RequestError as error:
        raise session.hinted(error) from error
    if not wanted.is_amber_red:
        await _check_kept(opened, scope)
    others = [policy_view.scope_of(each.tag) for each in found if each.tag != str(scope)]
    narrower = [other for other in others if _is_within(other, scope)]
    is_application = scope.kind is names.Kind.APPLICATION
    has_units = not is_application or bool((await opened.admin.status([scope.name])).units)
    return _Set(wanted, narrower, has_units)


async def _check_kept(opened: session.Session, scope: names.Tag) -> None:
    """Refuse a controller of an earlier release, which passes stages over and keeps AMBER and RED alone."""
    found = (await opened.admin.policies()).policies
    kept = next((policy_view.policy_of(each.policy) for each in found if each.tag == str(scope)), None)
    if kept is not None and kept.is_amber_red:
        done = f"the controller knows no --stage: it keeps {kept.in_words()}"
        raise errors.RequestError(
            f"{done}; upgrade it and set the stages again", errors.UnsupportedError.code
        )


def _is_within(scope: names.Tag, wider: names.Tag) -> bool:
    if scope.kind is names.Kind.UNIT:
        return wider in effective_policy.scopes_of(scope.name, wider.name)
    return scope.kind is names.Kind.APPLICATION and wider.kind is names.Kind.MODEL


@policy.command("remove", short_help="Remove a policy; what is set more widely rules then.")
@entity_argument
@model_option
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def remove(
    make_dialer: session.MakeDialer, entity: names.Tag | None, whole: bool, reason: str, login: pathlib.Path
) -> None:
    """Remove the policy of ENTITY, a unit or application, or of the whole model.

    What is set more widely rules then, or else each agent's own options.
    """
    _check_target(entity, whole)
    left = session.ask(login, make_dialer, lambda opened: _remove(opened, entity, reason))
    name = policy_view.WHOLE_MODEL if entity is None else entity.name
    click.echo(f"The policy of {name} is removed.")
    if left is None:
        click.echo(f"Where no other is set, {NONE_IS_SET}")
    else:
        wider = policy_view.scope_name(policy_view.scope_of(left.tag))
        click.echo(f"That of {wider} rules now: {policy_view.in_words(left.policy)}")


async def _remove(
    opened: session.Session, entity: names.Tag | None, reason: str
) -> meter_status_admin.Ruling | None:
    """Remove it, and return what rules in its place."""
    scope = _scope(opened, entity)
    held = {each.tag: each for each in (await opened.admin.policies()).policies}
    if str(scope) not in held:
        raise errors.RequestError(
            f"no policy is set for {policy_view.scope_name(scope)};"
            f" '{failures.PROGRAM} policy show' lists those that are",
            errors.NotFoundError.code,
        )
    await opened.admin.remove_policy(str(scope), reason)
    return next((held[str(wider)] for wider in _wider(scope, opened.file.model) if str(wider) in held), None)


def _wider(scope: names.Tag, model_uuid: str) -> Sequence[names.Tag]:
    if scope.kind is names.Kind.UNIT:
        return effective_policy.scopes_of(scope.name, model_uuid)[1:]
    return (effective_policy.model_scope(model_uuid),) if scope.kind is names.Kind.APPLICATION else ()


@policy.command("show", short_help="Show what is set, or what rules a unit.")
@entity_argument
@parameters.format_option
@parameters.login_option
@click.pass_obj
def show(
    make_dialer: session.MakeDialer, entity: names.Tag | None, form: output.Format, login: pathlib.Path
) -> None:
    """Show every policy that is set, or which one rules ENTITY, a unit or each unit of an application.

    Times count from the last contact.
    """
    if entity is None:
        _show_all(session.ask(login, make_dialer, lambda opened: opened.admin.policies()), form)
    else:
        _show_units(session.ask(login, make_dialer, lambda opened: _units(opened, entity)), form)


def _show_all(answer: meter_status_admin.PoliciesResult, form: output.Format) -> None:
    document = {
        "revision": answer.revision,
        "policies": [policy_view.ruling_document(each) for each in answer.policies],
    }
    output.show(document, form, lambda: _set_table(answer.policies))
    if not answer.policies and form == "tabular":
        click.echo(f"No policy is set for any unit: {NONE_IS_SET}", err=True)


def _set_table(held: Sequence[meter_status_admin.Ruling]) -> list[str]:
    if not held:
        return []
    rows = [
        (
            policy_view.scope_name(policy_view.scope_of(each.tag)),
            *policy_view.cells(each.policy),
            str(each.revision),
        )
        for each in held
    ]
    return output.table(SET_COLUMNS, rows, output.terminal_width())


async def _units(opened: session.Session, entity: names.Tag) -> Sequence[meter_status_admin.UnitStatus]:
    units = (await opened.admin.status([entity.name])).units
    if not units:
        missing = errors.RequestError(f'{entity.kind} "{entity.name}" not found', errors.NotFoundError.code)
        raise session.hinted(missing)
    return units


def _show_units(units: Sequence[meter_status_admin.UnitStatus], form: output.Format) -> None:
    document = {
        "units": {
            unit.unit: None if unit.ruling is None else policy_view.ruling_document(unit.ruling)
            for unit in units
        }
    }
    output.show(document, form, lambda: _unit_table(units))
    if form == "tabular" and any(unit.ruling is None for unit in units):
        click.echo(f"Where no policy is set, {NONE_IS_SET}", err=True)


def _unit_table(units: Sequence[meter_status_admin.UnitStatus]) -> list[str]:
    nothing = policy_view.NOTHING
    rows = [
        (unit.unit, nothing, nothing, nothing, nothing)
        if unit.ruling is None
        else (
            unit.unit,
            policy_view.scope_name(policy_view.scope_of(unit.ruling.tag)),
            *policy_view.cells(unit.ruling.policy),
        )
        for unit in units
    ]
    return output.table(UNIT_COLUMNS, rows, output.terminal_width())
