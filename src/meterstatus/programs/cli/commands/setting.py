"""``meterstatus set``, ``unset`` and ``undo``: what an operator says, shown first where it reaches many."""

import contextlib
import dataclasses
import datetime
import pathlib
from collections.abc import Awaitable, Callable, Sequence

import click
import msgspec

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.programs import output
from meterstatus.programs.cli import failures, parameters, question, session
from meterstatus.protocol.facades import meter_status_admin

_NO_CHANGE = f"'{failures.PROGRAM} history' shows revisions"

Params = meter_status_admin.SetStatusesParams
Result = meter_status_admin.SetStatusesResult

level_option = click.option(
    "--level", "is_level", is_flag=True, help="Set an application itself, with the units added later."
)
model_option = click.option(
    "--model", "is_model", is_flag=True, help="Set the model itself, in place of ENTITY."
)
yes_option = click.option("--yes", "agrees", is_flag=True, help="Do not ask.")
radius_option = click.option(
    "--blast-radius",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="How much of the model may become RED at once.  [default: the controller's, 25]",
)


@click.command("set", short_help="Set the meter status of units, an application or the model.")
@click.argument("entities", metavar="[ENTITY]...", type=parameters.ENTITY, nargs=-1)
@click.argument("code", metavar="STATUS", type=parameters.LAST_STATUS)
@click.option("--info", metavar="TEXT", type=parameters.TEXT, default="", help="The information beside it.")
@click.option(
    "--for",
    "span",
    metavar="SPAN",
    type=parameters.STATUS_SPAN,
    help="For how long, such as 2h; then what was set before comes back.",
)
@level_option
@model_option
@radius_option
@yes_option
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def set_status(
    make_dialer: session.MakeDialer,
    entities: tuple[names.Tag, ...],
    code: str,
    info: str,
    span: datetime.timedelta | None,
    is_level: bool,
    is_model: bool,
    blast_radius: float | None,
    agrees: bool,
    reason: str,
    login: pathlib.Path,
) -> None:
    """Set the meter status of every ENTITY, a unit or all units of an application, all or none.

    With --level or --model the application or the model itself is set, with the units that are added later; a
    unit is told the worst of what is set for it, its application and the model.

    With --for it ends by itself, 10s to 400d from now: what was last set without --for comes back, unless
    something else is set meanwhile.

    STATUS is GREEN, AMBER or RED. What would change for more than one unit is shown first, and asked for.
    """
    _check_targets(entities, is_level=is_level, is_model=is_model)
    wanted = _Wanted(entities, is_level or is_model, is_model, code, info, reason, blast_radius, span)
    only = entities[0] if len(entities) == 1 and not is_level and span is None else None
    done, has_units = session.ask(
        login, make_dialer, lambda opened: _set_and_look(opened, only, wanted, asks=not agrees)
    )
    whose = _whose(entities, is_model=is_model, is_level=is_level)
    ends = "" if done is None or done.until is None else f" (until {output.instant_in_seconds(done.until)})"
    click.echo(output.plain(f"{whose} is {code}{f': {info}' if info else ''}{ends}"))
    if not has_units:
        click.echo(f"{entities[0].name} has no units yet: it holds for those that are added.")
    _tell_revision(done)


@click.command("unset", short_help="Take away the status of an application or the model.")
@click.argument("entity", metavar="[APPLICATION]", type=parameters.ENTITY, required=False)
@model_option
@radius_option
@yes_option
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def unset(
    make_dialer: session.MakeDialer,
    entity: names.Tag | None,
    is_model: bool,
    blast_radius: float | None,
    agrees: bool,
    reason: str,
    login: pathlib.Path,
) -> None:
    """Take away the status that is set for APPLICATION itself or the model; units have their own again."""
    entities = () if entity is None else (entity,)
    _check_targets(entities, is_level=True, is_model=is_model)
    wanted = _Wanted(entities, True, is_model, "", "", reason, blast_radius)
    done = session.ask(login, make_dialer, lambda opened: _set(opened, wanted, asks=not agrees))
    click.echo(f"{_whose(entities, is_model=is_model, is_level=True)} has no status of its own.")
    _tell_revision(done)


@click.command("undo", short_help="Undo a change.")
@click.argument("revision", metavar="REVISION", type=click.IntRange(min=1))
@radius_option
@yes_option
@parameters.reason_option
@parameters.login_option
@click.pass_obj
def undo(
    make_dialer: session.MakeDialer,
    revision: int,
    blast_radius: float | None,
    agrees: bool,
    reason: str,
    login: pathlib.Path,
) -> None:
    """Put back what REVISION has changed, with all that was changed by the same command; all or nothing.

    'meterstatus history' shows revisions. Statuses and policies can be undone, where nothing has changed them
    since. What would change for more than one unit is shown first, and asked for.
    """
    done = session.ask(
        login, make_dialer, lambda opened: _undo(opened, revision, reason, blast_radius, asks=not agrees)
    )
    click.echo(f"Revision {revision} is undone.")
    for line in _lines(done):
        click.echo(line)
    _tell_revision(done)


def _tell_revision(done: Result | None) -> None:
    """Say which change it was, and how it is undone; nothing where nothing was changed."""
    if done is not None and done.made_revision:
        made = done.made_revision
        click.echo(f"That is revision {made}; '{failures.PROGRAM} undo {made}' takes it back.")


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be set."""

    entities: Sequence[names.Tag]
    is_level: bool
    is_model: bool
    code: str
    info: str
    reason: str
    radius: float | None
    span: datetime.timedelta | None = None

    def params(self, model: str, *, revision: int = 0, is_preview: bool = False) -> Params:
        """Return the call, in the model that the controller says is the one."""
        of_model = str(names.Tag(names.Kind.MODEL, model))
        tags = (of_model,) if self.is_model else tuple(map(str, self.entities))
        return Params(
            tags,
            is_level=self.is_level,
            code=self.code,
            info=self.info,
            reason=self.reason,
            revision=revision,
            blast_radius_percent=self.radius,
            is_preview=is_preview,
            for_seconds=None if self.span is None else self.span.total_seconds(),
        )


def _check_targets(entities: Sequence[names.Tag], *, is_level: bool, is_model: bool) -> None:
    if is_model == bool(entities):
        raise click.UsageError("name an ENTITY, or the model with --model, and not both")
    if is_level and not is_model and (len(entities) > 1 or entities[0].kind is names.Kind.UNIT):
        raise click.UsageError("a level is one application, or the model")


def _whose(entities: Sequence[names.Tag], *, is_model: bool, is_level: bool) -> str:
    if is_model:
        return "The model"
    if len(entities) > 1:
        return f"Every unit of {len(entities)} entities"
    only = entities[0]
    return only.name if is_level or only.kind is names.Kind.UNIT else f"Every unit of {only.name}"


async def _set_and_look(
    opened: session.Session, only: names.Tag | None, wanted: _Wanted, *, asks: bool
) -> tuple[Result | None, bool]:
    """Set what is wanted, and return with it whether the application whose level it is has units."""
    done = await _set_one(opened, only, wanted, asks=asks)
    is_of_application = wanted.is_level and not wanted.is_model
    has_units = not is_of_application or bool((await opened.admin.status([wanted.entities[0].name])).units)
    return done, has_units


async def _set_one(
    opened: session.Session, only: names.Tag | None, wanted: _Wanted, *, asks: bool
) -> Result | None:
    """Set what is wanted; one unit or application by Juju's own call where the controller is Juju's.

    One unit is neither shown first nor held to what was seen, and Juju's call answers nothing.
    """
    if only is None:
        return await _set(opened, wanted, asks=asks)
    with contextlib.suppress(errors.UnsupportedError):
        return await _set(opened, wanted, asks=asks and only.kind is not names.Kind.UNIT)
    try:
        await opened.metrics.set_meter_status(str(only), wanted.code, wanted.info, wanted.reason)
    except errors.RequestError as error:
        raise session.hinted(error) from error
    return None


async def _set(opened: session.Session, wanted: _Wanted, *, asks: bool) -> Result:
    model = opened.file.model
    seen = 0
    if asks or wanted.span is not None:
        preview = await _hinted(lambda: opened.admin.set_statuses(wanted.params(model, is_preview=True)))
        if wanted.span is not None and preview.until is None:
            raise errors.ConfigError(
                "the controller is of a release that knows no --for, and would leave it set; nothing was set"
            )
        if asks:
            await _ask(preview, "Set it?")
            seen = preview.revision
    return await _hinted(lambda: opened.admin.set_statuses(wanted.params(model, revision=seen)))


async def _undo(
    opened: session.Session, revision: int, reason: str, radius: float | None, *, asks: bool
) -> Result:
    seen = 0
    if asks:
        try:
            preview = await _hinted(lambda: opened.admin.preview_undo(revision), _NO_CHANGE)
        except errors.UnsupportedError as error:
            raise errors.ConfigError(
                "the controller is of a release that cannot show what an undo would do; --yes undoes unseen"
            ) from error
        await _ask(preview, "Undo it?")
        seen = preview.revision
    return await _hinted(lambda: opened.admin.undo(revision, reason, radius, seen), _NO_CHANGE)


async def _ask(preview: Result, words: str) -> None:
    """Show what would be, and go on only where somebody agrees.

    Raises:
        MeterStatusError: nobody is there to ask, or whoever is asked does not agree.
    """
    if max(sum(one.units for one in told) for told in (preview.told, preview.then)) <= 1:
        return
    for line in _lines(preview):
        click.echo(line, err=True)
    if preview.until is not None:
        click.echo(f"then, from {output.instant_in_seconds(preview.until)} on:", err=True)
        for line in _lines(msgspec.structs.replace(preview, told=preview.then)):
            click.echo(line, err=True)
    await question.agree(words)


def _lines(result: Result) -> list[str]:
    if not result.told:
        return [f"None of {result.units} units is told anything else."]
    return [
        f"{one.units} of {result.units} units: {one.old} → {one.new}"
        if one.old != one.new
        else f"{one.units} of {result.units} units: {one.new}, with other information"
        for one in result.told
    ]


async def _hinted(call: Callable[[], Awaitable[Result]], not_found: str = session.UNITS_LISTED) -> Result:
    try:
        return await call()
    except errors.RequestError as error:
        if error.code == errors.BlastRadiusError.code:
            raise errors.RequestError(
                f"{error}; --blast-radius PERCENT says that it is meant", error.code
            ) from error
        raise session.hinted(error, not_found) from error
