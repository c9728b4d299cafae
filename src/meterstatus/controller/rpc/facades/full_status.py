"""A model's full status, as ``juju status`` shows it (spec juju-api, 8.3). Reads only."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from meterstatus.controller import settings, slices
from meterstatus.controller.fleet import model_view, models
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import client

BASE = client.Base("ubuntu", "22.04/stable")
"""Of every application. Nobody knows; a client does not go on without one."""

_NOTHING: client.Nothing = {}
_NO_METER_STATUS = client.MeterStatus("", "")


def _status(words: model_view.Words) -> client.DetailedStatus:
    return client.DetailedStatus(words.status, words.info, _NOTHING, words.since, "", "", "")


async def describe(
    view: model_view.ModelView, chosen: Sequence[records.Unit], now: datetime.datetime
) -> client.FullStatus:
    """Describe a model and the units of it that were asked for.

    Args:
        view: the model.
        chosen: the units to show, in the order to show them; applications without any are not shown.
        now: for the controller's time.
    """
    # Made once: a status of ten thousand units is long enough in the making.
    workload = _status(view.workload)
    shown = await slices.each(lambda unit: _shown(view, unit, workload), chosen)
    applications: dict[str, list[_Shown]] = {}
    for unit, made in zip(chosen, shown, strict=True):
        applications.setdefault(unit.application, []).append(made)
    return client.FullStatus(
        model=_model(view),
        machines={},
        applications={name: _application(name, members, workload) for name, members in applications.items()},
        remote_applications={},
        offers={},
        relations=(),
        controller_timestamp=now,
        branches={},
    )


def _model(view: model_view.ModelView) -> client.ModelStatusInfo:
    return client.ModelStatusInfo(
        name=view.model.name,
        type=models.MODEL_TYPE,
        cloud_tag=models.CLOUD_TAG,
        version=settings.SERVER_VERSION,
        available_version="",
        model_status=_status(model_view.Words("available", "", view.since)),
        # A model's own meter status came from a vendor's service, and took no part in its units' (7.3).
        meter_status=_NO_METER_STATUS,
        sla=models.UNSUPPORTED,
    )


class _Shown(NamedTuple):
    name: str
    status: client.UnitStatus
    colour: client.MeterStatus | None


def _shown(view: model_view.ModelView, unit: records.Unit, workload: client.DetailedStatus) -> _Shown:
    return _Shown(unit.name, _unit(view, unit.name, workload), model_view.colour(unit.prevailing))


def _application(
    name: str, units: Sequence[_Shown], workload: client.DetailedStatus
) -> client.ApplicationStatus:
    colours = {unit.name: unit.colour for unit in units if unit.colour is not None}
    return client.ApplicationStatus(
        charm=model_view.charm_url(name),
        charm_version="",
        charm_profile="",
        base=BASE,
        exposed=False,
        life=models.ALIVE,
        relations={},
        can_upgrade_to="",
        subordinate_to=(),
        units={unit.name: unit.status for unit in units},
        meter_statuses=colours or None,
        status=workload,
        workload_version="",
        endpoint_bindings={},
        public_address="",
    )


def _unit(view: model_view.ModelView, name: str, workload: client.DetailedStatus) -> client.UnitStatus:
    return client.UnitStatus(
        agent_status=_status(view.agent(name)),
        workload_status=workload,
        workload_version="",
        machine="",
        opened_ports=(),
        public_address="",
        charm="",
        subordinates=_NOTHING,
    )
