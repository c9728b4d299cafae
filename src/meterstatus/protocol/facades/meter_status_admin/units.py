"""Units are added and removed. Shapes only."""

from meterstatus.protocol import wire
from meterstatus.protocol.facades.meter_status_admin import facade


class AddUnit(wire.Wire, frozen=True):
    """A unit to add, with its first status; an empty code is NOT SET."""

    unit: str
    """The name, ``shop/0``."""

    code: str = ""
    info: str = ""
    reason: str = ""


class AddUnits(wire.Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's params."""

    units: tuple[AddUnit, ...]


class AddUnitResult(wire.Wire, frozen=True):
    """A unit added: its tag and the password its agent first logs in with."""

    tag: str
    password: str
    error: wire.Error | None = None


class AddUnitResults(wire.Wire, frozen=True):
    """MeterStatusAdmin.AddUnits's result."""

    results: tuple[AddUnitResult, ...]


class RemoveUnit(wire.Wire, frozen=True):
    """A unit to remove."""

    unit: str
    reason: str = ""


class RemoveUnits(wire.Wire, frozen=True):
    """MeterStatusAdmin.RemoveUnits's params; the result is ``ErrorResults``."""

    units: tuple[RemoveUnit, ...]


ADD_UNITS = wire.Method(facade.FACADE, "AddUnits", AddUnits, AddUnitResults)
REMOVE_UNITS = wire.Method(facade.FACADE, "RemoveUnits", RemoveUnits, wire.ErrorResults)
