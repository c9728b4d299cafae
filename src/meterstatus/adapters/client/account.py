"""What a user asks about himself, over any ``APIConnection`` to a controller (spec juju-api, 8.1).

These are calls of Juju's, so that a controller of Juju's answers them too.
"""

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

from meterstatus import errors
from meterstatus.domain import names
from meterstatus.ports import connection as connections
from meterstatus.protocol import messages, results, wire
from meterstatus.protocol.facades import model_manager, user_manager

_R = TypeVar("_R", bound=wire.Wire)


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """A model as its users name it."""

    owner: str
    """A user's name."""

    name: str
    uuid: str

    @property
    def qualified_name(self) -> str:
        """The name that no other model of the controller has: ``admin/default``."""
        return f"{self.owner}/{self.name}"


class AccountClient:
    """A user's models and rights.

    Every method raises as ``APIConnection.call``, and RemoteProtocolError for an answer that cannot be one.
    """

    def __init__(self, connection: connections.APIConnection) -> None:
        self._connection = connection

    async def models(self, user: str) -> Sequence[Model]:
        """Return the models that a user, named without a tag, may see."""
        params = wire.Entity(f"user-{user}")
        answer = await self._call(
            model_manager.MODEL_MANAGER, "ListModels", params, model_manager.UserModelList
        )
        return [_model(found.model) for found in answer.user_models]

    async def access(self, user: str) -> str:
        """Return what a user may do on the controller: ``login``, ``superuser`` or another word of Juju's."""
        params = user_manager.UserInfoRequest((wire.Entity(f"user-{user}"),))
        answer = await self._call(user_manager.USER_MANAGER, "UserInfo", params, user_manager.UserInfoResults)
        found = results.only(answer.results).result
        if found is None:
            raise errors.RemoteProtocolError(f'the controller says nothing about user "{user}"')
        return found.access

    async def _call(self, facade: wire.Facade, method: str, params: wire.Wire, result: type[_R]) -> _R:
        response = await self._connection.call(facade.name, facade.version, method, params)
        return messages.read_result(response, result)


def _model(found: model_manager.Model) -> Model:
    try:
        owner = names.parse_tag(found.owner_tag).name
    except names.TagError as error:
        raise errors.RemoteProtocolError(f'the owner of model "{found.name}" is nobody: {error}') from error
    return Model(owner, found.name, found.uuid)
