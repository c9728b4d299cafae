"""Which models there are, and who is shown which (spec juju-api, 8.1 and 8.4).

There is one model with units. Clients of Juju expect a second one, named ``controller``, in which Juju keeps
its own machines; here it is there and empty, for admins only. Pure.
"""

import dataclasses
from collections.abc import Iterable

from meterstatus.domain import names
from meterstatus.domain.fleet import records

CONTROLLER_MODEL = "controller"

CLOUD_TAG = "cloud-meterstatus"
"""There is no cloud, and clients do not go on without the name of one."""

PROVIDER = "manual"
"""Juju's word for a model whose machines are somebody else's."""

MODEL_TYPE = "iaas"
ALIVE = "alive"
UNSUPPORTED = "unsupported"
"""The support level of a model that has none, which is Juju's default."""


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """A model."""

    uuid: str
    name: str
    is_controller: bool = False
    """Whether it is the controller's own, with nothing in it."""

    @property
    def tag(self) -> str:
        """The model's tag."""
        return str(names.Tag(names.Kind.MODEL, self.uuid))


def workload(identity: records.Identity) -> Model:
    """Return the model that the units are in."""
    return Model(identity.model_uuid, identity.model_name)


def own(identity: records.Identity) -> Model:
    """Return the controller's own model."""
    return Model(identity.controller_model_uuid, CONTROLLER_MODEL, is_controller=True)


def visible(identity: records.Identity, user: records.User) -> list[Model]:
    """Return the models that a user may see, by name."""
    shown = [workload(identity)]
    # Of two models with one name, clients would show and use one, and not say which.
    if may_see_own(user) and identity.model_name != CONTROLLER_MODEL:
        shown.append(own(identity))
    return sorted(shown, key=lambda model: model.name)


def may_see_own(user: records.User) -> bool:
    """Tell whether a user may see the controller's own model."""
    return user.access.includes(records.Access.ADMIN)


def owner(users: Iterable[records.User]) -> str:
    """Return the tag of whom the models belong to: the first admin, by name.

    Nothing here depends on it. Clients show it, and put it before a model's name.
    """
    admins = sorted(user.name for user in users if user.enabled and user.access is records.Access.ADMIN)
    return str(names.Tag(names.Kind.USER, admins[0] if admins else "admin"))


def controller_access(user: records.User) -> str:
    """Return what a user may do on the controller, in Juju's words."""
    return "superuser" if user.access is records.Access.ADMIN else "login"
