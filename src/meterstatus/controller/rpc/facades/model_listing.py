"""What ModelManager and Controller tell of models (spec juju-api, 8.1 and 8.4). Pure."""

from collections.abc import Iterable

from meterstatus.controller import settings
from meterstatus.controller.fleet import model_view, models
from meterstatus.domain.fleet import records
from meterstatus.protocol.facades import all_watcher, model_manager

_SLA = all_watcher.SLA(models.UNSUPPORTED, "")


def listed(found: Iterable[model_view.ModelView]) -> model_manager.UserModelList:
    """Name models."""
    return model_manager.UserModelList(
        tuple(
            model_manager.UserModel(
                model_manager.Model(view.model.name, view.model.uuid, models.MODEL_TYPE, view.owner), None
            )
            for view in found
        )
    )


def summary(view: model_view.ModelView, user: records.User) -> model_manager.ModelSummary:
    """Sum up a model for a user who may see it."""
    counts = (
        model_manager.EntityCount("machines", 0),
        model_manager.EntityCount("cores", 0),
        model_manager.EntityCount("units", len(view.units)),
    )
    return model_manager.ModelSummary(
        name=view.model.name,
        uuid=view.model.uuid,
        type=models.MODEL_TYPE,
        controller_uuid=view.controller_uuid,
        is_controller=view.model.is_controller,
        provider_type=models.PROVIDER,
        default_series="jammy",
        cloud_tag=models.CLOUD_TAG,
        owner_tag=view.owner,
        life=models.ALIVE,
        status=model_manager.EntityStatus("available", "", view.since),
        user_access=user.access.value,
        last_connection=None,
        counts=counts,
        agent_version=settings.SERVER_VERSION,
        sla=_SLA,
    )


def info(view: model_view.ModelView, users: Iterable[records.User]) -> model_manager.ModelInfo:
    """Tell all about a model, and of those of its users that the caller may know of."""
    return model_manager.ModelInfo(
        name=view.model.name,
        type=models.MODEL_TYPE,
        uuid=view.model.uuid,
        controller_uuid=view.controller_uuid,
        is_controller=view.model.is_controller,
        provider_type=models.PROVIDER,
        default_series="jammy",
        default_base="ubuntu@22.04/stable",
        cloud_tag=models.CLOUD_TAG,
        owner_tag=view.owner,
        life=models.ALIVE,
        status=model_manager.EntityStatus("available", "", view.since),
        users=tuple(
            model_manager.ModelUser(view.model.tag, user.name, "", None, user.access.value) for user in users
        ),
        machines=(),
        secret_backends=(),
        sla=_SLA,
        agent_version=settings.SERVER_VERSION,
    )


def status(view: model_view.ModelView) -> model_manager.ModelStatus:
    """Count what is in a model."""
    return model_manager.ModelStatus(
        model_tag=view.model.tag,
        life=models.ALIVE,
        type=models.MODEL_TYPE,
        hosted_machine_count=0,
        application_count=sum(map(view.has_application, view.applications)),
        unit_count=len(view.units),
        owner_tag=view.owner,
    )
