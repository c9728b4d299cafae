"""Names and tags of units, applications, models, controllers and users (spec juju-api, 0).

On the wire an entity is a *tag*, ``<kind>-<id>``; a person sees a *name*. Pure text in, text out.
Differs from the reference on purpose: a model UUID is checked in full (the reference does not anchor
its check), and parsing never panics, whatever the text (spec worker, B-22). A name has a longest form,
``MAX_NAME_CHARACTERS``, where the reference's have none.
"""

import dataclasses
import enum
import re

from meterstatus import errors

MAX_NAME_CHARACTERS = 250
"""Of every name here. A unit's directory and an agent's bear its tag, ``unit-`` and the name, and a file's
name has at most 255 bytes."""

_MAX_QUOTED_CHARACTERS = 100
"""How much of what is no tag an error repeats."""

# Each part of a name can end in one place only, so that a text is read once, however long and odd it is.
_APPLICATION = r"[a-z][a-z0-9]*+(?:-[0-9]*+[a-z][a-z0-9]*+)*+"
# Up to 18 digits, which fit every integer on the way: of a number of thousands, which nobody has counted,
# Python refuses to make one, and one such unit would fail every list that it is in.
_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_USER_PART = r"[a-zA-Z0-9][a-zA-Z0-9.+-]*[a-zA-Z0-9]"

_application_re = re.compile(_APPLICATION)
_unit_re = re.compile(rf"({_APPLICATION})/({_NUMBER})")
_uuid_re = re.compile(_UUID)
_user_re = re.compile(rf"({_USER_PART})(?:@({_USER_PART}))?")
_machine_re = re.compile(rf"{_NUMBER}(?:/[a-z]+/{_NUMBER})*")


class Kind(enum.StrEnum):
    """The kinds of entity that a tag can name here."""

    UNIT = "unit"
    APPLICATION = "application"
    MODEL = "model"
    CONTROLLER = "controller"
    USER = "user"
    MACHINE = "machine"


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """An entity on the wire; ``str()`` is the tag text."""

    kind: Kind
    name: str
    """The name a person sees: ``shop/0``, ``shop``, ``bob``, a UUID."""

    def __str__(self) -> str:
        if self.kind is Kind.UNIT or self.kind is Kind.MACHINE:
            return f"{self.kind.value}-{self.name.replace('/', '-')}"
        return f"{self.kind.value}-{self.name}"


def _matches(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    return pattern.fullmatch(name) if len(name) <= MAX_NAME_CHARACTERS else None


def _quoted(text: str) -> str:
    return text if len(text) <= _MAX_QUOTED_CHARACTERS else f"{text[:_MAX_QUOTED_CHARACTERS]}…"


def is_application(name: str) -> bool:
    """Tell whether text is an application name, such as ``shop`` or ``my-shop``."""
    return _matches(_application_re, name) is not None


def is_unit(name: str) -> bool:
    """Tell whether text is a unit name, such as ``shop/0``."""
    return _matches(_unit_re, name) is not None


def is_uuid(text: str) -> bool:
    """Tell whether text is a lower-case UUID in full."""
    return _uuid_re.fullmatch(text) is not None


def is_user(name: str) -> bool:
    """Tell whether text is a user name, such as ``bob`` or ``bob@corp``."""
    return _matches(_user_re, name) is not None


def application_of(unit_name: str) -> str:
    """Return the application of a unit name.

    Raises:
        NotValidError: the text is no unit name.
    """
    match = _matches(_unit_re, unit_name)
    if match is None:
        raise errors.NotValidError(f'unit name "{_quoted(unit_name)}"')
    return match.group(1)


def unit_number(unit_name: str) -> int:
    """Return the number of a unit name, so that units sort as a person counts them.

    Raises:
        NotValidError: the text is no unit name.
    """
    match = _matches(_unit_re, unit_name)
    if match is None:
        raise errors.NotValidError(f'unit name "{_quoted(unit_name)}"')
    return int(match.group(2))


def unit_tag(unit_name: str) -> str:
    """Return the tag text of a unit name: ``shop/0`` gives ``unit-shop-0``.

    Raises:
        NotValidError: the text is no unit name.
    """
    if not is_unit(unit_name):
        raise errors.NotValidError(f'unit name "{_quoted(unit_name)}"')
    return str(Tag(Kind.UNIT, unit_name))


class TagError(errors.MeterStatusError):
    """Text is no tag; the message is the reference's and carries no code (spec juju-api, 0)."""

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(f'"{_quoted(text)}" is not a valid {kind + " " if kind else ""}tag')
        self.text = text


def _unit_name(identifier: str) -> str | None:
    head, dash, number = identifier.rpartition("-")
    # A slash left in is accepted, as the reference does, where it is already the name's form.
    for name in (f"{head}/{number}" if dash else "", identifier):
        if is_unit(name):
            return name
    return None


def _user_name(identifier: str) -> str | None:
    return identifier.removesuffix("@local") if is_user(identifier) else None


def _machine_name(identifier: str) -> str | None:
    name = identifier.replace("-", "/")
    return name if _matches(_machine_re, name) else None


def _own_name(identifier: str, *, valid: bool) -> str | None:
    return identifier if valid else None


def parse_tag(text: str) -> Tag:
    """Read a tag.

    Raises:
        TagError: the kind is unknown, or the rest is no name of that kind.
    """
    kind_text, dash, identifier = text.partition("-")
    try:
        kind = Kind(kind_text)
    except ValueError:
        raise TagError(text) from None
    if not dash:
        raise TagError(text)
    if kind is Kind.UNIT:
        name = _unit_name(identifier)
    elif kind is Kind.USER:
        name = _user_name(identifier)
    elif kind is Kind.MACHINE:
        name = _machine_name(identifier)
    elif kind is Kind.APPLICATION:
        name = _own_name(identifier, valid=is_application(identifier))
    else:
        name = _own_name(identifier, valid=is_uuid(identifier))
    if name is None:
        raise TagError(text, kind.value)
    return Tag(kind, name)
