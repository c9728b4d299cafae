"""The models that a user may see (spec juju-api, 8.1 and 8.4)."""

import datetime
from collections.abc import Mapping, Sequence

from meterstatus import errors
from meterstatus.controller import refusals
from meterstatus.controller.fleet import fleet, model_view, model_watchers, models
from meterstatus.controller.service import units
from meterstatus.domain import names
from meterstatus.domain.fleet import records
from meterstatus.ports import time


class Models:
    """The model with units, and the controller's own, which is empty.

    Args:
        of: the fleet.
        clock: says when it is.
    """

    def __init__(self, of: fleet.Fleet, clock: time.Clock) -> None:
        self._fleet = of
        self._clock = clock

    def now(self) -> datetime.datetime:
        """Return what time it is here, which a model's status says."""
        return self._clock.now()

    def workload(self) -> model_view.ModelView:
        """Return a view of the model that the units are in."""
        of = self._fleet
        return self._view(models.workload(of.identity), of.units, of.applications)

    def own(self) -> model_view.ModelView:
        """Return a view of the controller's own model, with nothing in it."""
        return self._view(models.own(self._fleet.identity), {}, {})

    def _view(
        self, model: models.Model, units: Mapping[str, records.Unit], applications: Mapping[str, int]
    ) -> model_view.ModelView:
        of, identity = self._fleet, self._fleet.identity
        owner = models.owner(of.users.values())
        return model_view.ModelView(
            model, identity.controller_uuid, owner, units, applications, of.presence, identity.created
        )

    def _views(self, found: Sequence[models.Model]) -> list[model_view.ModelView]:
        return [self.own() if model.is_controller else self.workload() for model in found]

    def visible(
        self, caller: records.User, tag: names.Tag
    ) -> tuple[records.User, list[model_view.ModelView]]:
        """Return a user, and the models that he may see, by name; for one who does not exist none.

        Raises:
            Refusal: the tag is of no user.
            UnauthorizedError: it is another user, and the caller is no admin.
        """
        if tag.kind is not names.Kind.USER:
            raise refusals.Refusal(f"expected user tag, got {tag.kind.value} tag {tag}")
        if tag.name != caller.name:
            caller.require(records.Access.ADMIN)
        user = self._fleet.users.get(tag.name)
        if user is None:
            return caller, []
        return user, self._views(models.visible(self._fleet.identity, user))

    def everything(self, caller: records.User) -> list[model_view.ModelView]:
        """Return every model. Raises UnauthorizedError where the caller is no admin."""
        caller.require(records.Access.ADMIN)
        return self._views(models.visible(self._fleet.identity, caller))

    def find(self, caller: records.User, tag: names.Tag) -> model_view.ModelView:
        """Return a model.

        Raises:
            UnauthorizedError: there is no such model, or the caller may not see it; he is not told which.
        """
        for view in (self.workload(), self.own()):
            is_visible = not view.model.is_controller or models.may_see_own(caller)
            if str(tag) == view.model.tag and is_visible:
                return view
        raise errors.UnauthorizedError

    def check_is_served(self, tag: names.Tag | None) -> None:
        """Check that a tag is of a model here, whoever asks. Raises UnauthorizedError."""
        identity = self._fleet.identity
        if tag is None or str(tag) not in (models.workload(identity).tag, models.own(identity).tag):
            raise errors.UnauthorizedError

    def check_is_workload(self, tag: names.Tag | None) -> None:
        """Check that a tag is of the model with units, as an agent's must be. Raises UnauthorizedError."""
        if tag is None or str(tag) != models.workload(self._fleet.identity).tag:
            raise errors.UnauthorizedError

    def users(self, caller: records.User, view: model_view.ModelView) -> list[records.User]:
        """Return the users of a model that the caller may know of."""
        is_admin = caller.access.includes(records.Access.ADMIN)
        known = self._fleet.users.values() if is_admin else (caller,)
        return [
            user
            for user in known
            if user.enabled and (not view.model.is_controller or models.may_see_own(user))
        ]

    def look(self, caller: records.User, view: model_view.ModelView) -> model_view.ModelView:
        """Return a model whose content the caller may look at. Raises UnauthorizedError."""
        caller.require(records.Access.READ)
        return view

    async def units(
        self, caller: records.User, view: model_view.ModelView, patterns: Sequence[str]
    ) -> list[records.Unit]:
        """Return the units of a model that match; see ``Units.find``. Raises as that."""
        caller.require(records.Access.READ)
        return [] if view.model.is_controller else await units.matching(self._fleet, patterns)

    def watch(self, caller: records.User, view: model_view.ModelView) -> model_watchers.ModelWatcher:
        """Watch a model. Raises UnauthorizedError."""
        caller.require(records.Access.READ)
        if view.model.is_controller:
            return model_watchers.ModelWatcher(view)  # nothing ever happens there
        return self._fleet.model_watchers.watch(view)
