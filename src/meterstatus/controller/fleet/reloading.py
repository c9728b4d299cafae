"""Makes what the fleet in memory is of what a store holds, in steps.

A store that was led back is taken anew under the connections of ten thousand agents: what takes the place of
what is known is made beside it, so that nobody sees half of it.
"""

import collections
import dataclasses
from collections.abc import Mapping

from meterstatus.controller.fleet import levels, policies
from meterstatus.domain import slicing
from meterstatus.domain.fleet import records


@dataclasses.dataclass(frozen=True, slots=True)
class Reloaded:
    """What the fleet in memory is made of."""

    loaded: records.Fleet
    users: Mapping[str, records.User]
    levels: levels.Levels
    policies: policies.Policies
    units: dict[str, records.Unit]
    applications: collections.Counter[str]
    gone: tuple[str, ...]
    """Units that were there before and are not now; one of the same name may be another."""

    new: tuple[str, ...]
    """Units that are there now and were not before."""


def steps(loaded: records.Fleet, before: Mapping[str, records.Unit]) -> slicing.Steps[Reloaded]:
    """Return what a fleet is made of, in steps.

    Args:
        loaded: what the store holds.
        before: the units that are known, of which none comes or goes meanwhile.
    """
    uuid = loaded.identity.model_uuid
    above, ruled = levels.Levels(uuid, loaded.levels), policies.Policies(uuid, loaded.rulings)
    yield
    standing = yield from slicing.over(above.under, loaded.units)
    units: dict[str, records.Unit] = {}
    applications: collections.Counter[str] = collections.Counter()
    new: list[str] = []
    for lot in slicing.lots(standing):
        yield
        for unit in lot:
            units[unit.name] = unit
            applications[unit.application] += 1
            if _is_other(before.get(unit.name), unit):
                new.append(unit.name)
    gone: list[str] = []
    for lot in slicing.lots(tuple(before.values())):
        yield
        gone += [unit.name for unit in lot if _is_other(units.get(unit.name), unit)]
    users = {user.name: user for user in loaded.users}
    return Reloaded(loaded, users, above, ruled, units, applications, tuple(gone), tuple(new))


def _is_other(other: records.Unit | None, unit: records.Unit) -> bool:
    return other is None or other.added != unit.added
