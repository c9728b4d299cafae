"""What an AllWatcher tells: the whole model, then what became of an entity (spec juju-api, 8.4)."""

import dataclasses
from collections.abc import Iterable

from meterstatus.controller import slices
from meterstatus.controller.fleet import model_view, models
from meterstatus.domain import names
from meterstatus.protocol.facades import all_watcher


def _info(words: model_view.Words) -> all_watcher.StatusInfo:
    return all_watcher.StatusInfo(words.status, words.info, words.since, "")


async def whole(view: model_view.ModelView) -> tuple[all_watcher.Delta, ...]:
    """Tell of everything as it was at the call: the model, its applications, and its units."""
    then = dataclasses.replace(view, units=dict(view.units), applications=dict(view.applications))
    named = [name for name in then.applications if then.has_application(name)]
    applications = await slices.each(lambda name: application(then, name), named)
    units = await slices.each(lambda name: unit(then, name), list(then.units))
    return (model(then), *applications, *units)


def model(view: model_view.ModelView) -> all_watcher.Delta:
    """Tell of the model."""
    update = all_watcher.ModelUpdate(
        model_uuid=view.model.uuid,
        name=view.model.name,
        life=models.ALIVE,
        owner=names.parse_tag(view.owner).name,
        controller_uuid=view.controller_uuid,
        is_controller=view.model.is_controller,
        config={},
        constraints={},
        status=_info(model_view.Words("available", "", view.since)),
        sla=all_watcher.SLA(models.UNSUPPORTED, ""),
    )
    return "model", "change", update


def application(view: model_view.ModelView, name: str) -> all_watcher.Delta:
    """Tell of an application as it is now, or that it is gone."""
    if not view.has_application(name):
        return "application", "remove", all_watcher.Gone(view.model.uuid, name)
    info = all_watcher.ApplicationInfo(
        model_uuid=view.model.uuid,
        name=name,
        exposed=False,
        charm_url=model_view.charm_url(name),
        owner_tag=view.owner,
        life=models.ALIVE,
        min_units=0,
        constraints={},
        subordinate=False,
        status=_info(view.workload),
        workload_version="",
    )
    return "application", "change", info


def unit(view: model_view.ModelView, name: str) -> all_watcher.Delta:
    """Tell of a unit as it is now, or that it is gone."""
    found = view.units.get(name)
    if found is None:
        return "unit", "remove", all_watcher.Gone(view.model.uuid, name)
    application_name = found.application
    info = all_watcher.UnitInfo(
        model_uuid=view.model.uuid,
        name=name,
        application=application_name,
        charm_url=model_view.charm_url(application_name),
        life=models.ALIVE,
        machine_id="",
        public_address="",
        private_address="",
        principal="",
        subordinate=False,
        workload_status=_info(view.workload),
        agent_status=_info(view.agent(name)),
        meter_status=model_view.colour(found.prevailing),
    )
    return "unit", "change", info


def applications_of(units: Iterable[str]) -> list[str]:
    """Return the applications that units belong to, each once, in the order of the units."""
    return list(dict.fromkeys(names.application_of(unit) for unit in units))
