"""The kinds of value that commands take, each refused with one clear line before anything is done."""

import contextlib
import dataclasses
import datetime
import os
import pathlib
from collections.abc import Callable
from typing import Any, TypeVar

import click

from meterstatus import errors
from meterstatus.adapters.files import juju_data
from meterstatus.domain import maintenance, names, policy, status
from meterstatus.domain.fleet import time_limit
from meterstatus.domain.text import spans
from meterstatus.programs import logs, output
from meterstatus.programs.cli import paths
from meterstatus.runtime import clock

_F = TypeVar("_F", bound=Callable[..., Any])

OFF = "off"
"""The word for a stage that never comes, and for no warning."""

END = "end"
"""The word that takes an announcement back."""


class _Kind(click.ParamType):  # pyright: ignore[reportMissingTypeArgument] # older clicks take none
    """A kind of value; a refusal is a whole sentence about the value, and bears no prefix of click's."""

    def refuse(self, sentence: str, context: click.Context | None) -> click.UsageError:
        return click.UsageError(sentence, context)


class Unit(_Kind):
    """A unit's name."""

    name = "unit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, ``shop/0``."""
        if not names.is_unit(value):
            raise self.refuse(f'"{value}" is not a valid unit, which looks like shop/0', ctx)
        return value


class Entity(_Kind):
    """A unit's or application's name."""

    name = "entity"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> names.Tag:
        """Return the tag."""
        if isinstance(value, names.Tag):
            return value
        if names.is_unit(value):
            return names.Tag(names.Kind.UNIT, value)
        if names.is_application(value):
            return names.Tag(names.Kind.APPLICATION, value)
        # The reference's words (spec worker, E.3).
        raise self.refuse(f'"{value}" is not a valid unit or application', ctx)


class Status(_Kind):
    """A status that can be set; a person need not shout."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the code in capitals."""
        code = str(value).upper()
        if code not in status.SETTABLE:
            raise self.refuse(f'"{value}" is not a status; choose {", ".join(status.SETTABLE)}', ctx)
        return code


class LastStatus(Status):
    """A status that stands behind the entities it is set for, and may have been left out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the code in capitals."""
        named = ctx is not None and bool(ctx.params.get("entities"))
        if str(value).upper() not in status.SETTABLE and (names.is_unit(value) or not named):
            choice = ", ".join(status.SETTABLE)
            raise self.refuse(f'the status is missing: write one behind "{value}": {choice}', ctx)
        return super().convert(value, param, ctx)


class Span(_Kind):
    """A time span with its unit."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.timedelta:
        """Return the span, which is longer than nothing."""
        if isinstance(value, datetime.timedelta):
            return value
        try:
            span = spans.parse(value)
        except errors.NotValidError:
            raise self.refuse(f'"{value}" is no time span; write 90s, 5m, 1h30m or 250ms', ctx) from None
        if not span:
            raise self.refuse(f'"{value}" is no time at all; write a longer span', ctx)
        return span


@dataclasses.dataclass(frozen=True, slots=True)
class GivenSpan:
    """A span that was given, or the word that there is to be none."""

    span: datetime.timedelta | None
    """None for ``off``."""


class SpanOrOff(_Kind):
    """A time span with its unit, or ``off``."""

    name = "span or off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> GivenSpan:
        """Return the span, which is longer than nothing, or that there is none."""
        if isinstance(value, GivenSpan):
            return value
        if str(value).lower() == OFF:
            return GivenSpan(None)
        try:
            return GivenSpan(SPAN.convert(value, param, ctx))
        except click.UsageError as error:
            raise self.refuse(f'{error.message}, or "{OFF}"', ctx) from None


class Stage(_Kind):
    """A stage of a policy: when, what, and with which information."""

    name = "stage"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> policy.Stage:
        """Return the stage of ``10m=AMBER`` or ``10m=AMBER:write out what you hold``."""
        span, equals, told = str(value).partition("=")
        code, colon, info = told.partition(":")
        if not equals or code.upper() not in policy.CODES:
            raise self.refuse(f'"{value}" is no stage; write 10m=AMBER or 15m=RED:TEXT', ctx)
        grace = SPAN.convert(span, param, ctx)
        said = TEXT.convert(info, param, ctx) if colon else policy.DISCONNECTED_INFO
        return policy.Stage(status.StatusCode(code.upper()), grace, said)


class SpanOrEnd(_Kind):
    """How long maintenance is announced for, or ``end``, which is no time at all."""

    name = "span or end"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.timedelta:
        """Return the span, which may be announced, or zero."""
        if isinstance(value, datetime.timedelta):
            return value
        if str(value).lower() == END:
            return maintenance.NOTHING
        try:
            span = SPAN.convert(value, param, ctx)
            maintenance.check(span)
        except click.UsageError as error:
            raise self.refuse(f'{error.message}, or "{END}"', ctx) from None
        except errors.NotValidError as error:
            raise self.refuse(str(error), ctx) from None
        return span


class Past(_Kind):
    """An instant, or how long ago it was."""

    name = "past"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.datetime:
        """Return the instant, aware UTC where none says otherwise; a span counts back from now."""
        if isinstance(value, datetime.datetime):
            return value
        with contextlib.suppress(errors.NotValidError, OverflowError):
            return clock.SystemClock().now() - spans.parse(value)
        try:
            at = datetime.datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            raise self.refuse(
                f'"{value}" is no time; write 2h for two hours ago, 2026-03-01 or 2026-03-01T12:00:00Z', ctx
            ) from None


class StatusSpan(_Kind):
    """For how long a status may be set."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.timedelta:
        """Return the span."""
        span = SPAN.convert(value, param, ctx)
        try:
            time_limit.check(span)
        except errors.NotValidError as error:
            raise self.refuse(str(error), ctx) from None
        return span


class ControllerName(_Kind):
    """What the juju client calls a controller."""

    name = "controller name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if not juju_data.is_name(value):
            raise self.refuse(
                f'"{value}" is no name for a controller: letters, digits, dots, plus signs and hyphens', ctx
            )
        return value


class Text(_Kind):
    """Any text that can be sent."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is."""
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise self.refuse("a text on the command line is not UTF-8", ctx) from None
        return str(value)


UNIT = Unit()
ENTITY = Entity()
STATUS = Status()
LAST_STATUS = LastStatus()
SPAN = Span()
SPAN_OR_OFF = SpanOrOff()
STAGE = Stage()
PAST = Past()
STATUS_SPAN = StatusSpan()
TEXT = Text()
CONTROLLER_NAME = ControllerName()

stage_option = click.option(
    "--stage",
    "stages",
    metavar="SPAN=STATUS[:TEXT]",
    type=STAGE,
    multiple=True,
    help="A stage: when, AMBER or RED, and what the hook is told with it; for each, in place of the two.",
)

DIRECTORY = click.Path(file_okay=False, path_type=pathlib.Path, resolve_path=True)
"""A directory to use, by whatever way to it."""


class NewDirectory(click.Path):
    """A directory to make: a link at its place is something that is there, and is not followed."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> pathlib.Path:
        """Return its absolute path."""
        return pathlib.Path(os.fsdecode(super().convert(value, param, ctx))).absolute()


NEW_DIRECTORY = NewDirectory(file_okay=False)

login_option = click.option(
    "--login",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    envvar="METERSTATUS_LOGIN",
    default=paths.login_file,
    show_default=paths.LOGIN_SHOWN,
    show_envvar=True,
    help="How to reach the controller and log in.",
)
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(output.FORMATS),
    default="tabular",
    show_default=True,
    help="How to write the answer.",
)


def agent_data_dir_option(what: str) -> Callable[[_F], _F]:
    """Return the option that names an agent's data directory; the text says what for."""
    return click.option(
        "--data-dir",
        metavar="DIR",
        type=DIRECTORY,
        default=paths.agent_data_dir,
        show_default=paths.AGENT_SHOWN,
        help=what,
    )


reason_option = click.option("--reason", metavar="TEXT", type=TEXT, default="", help="Why, for the history.")


log_level_option = click.option(
    "--log-level",
    type=click.Choice(logs.LEVELS, case_sensitive=False),
    default="INFO",
    show_default=True,
    help="The least serious messages to log.",
)

log_format_option = click.option(
    "--log-format",
    type=click.Choice(logs.FORMATS),
    default="text",
    show_default=True,
    help="A line of text for each message, or an object of JSON.",
)
