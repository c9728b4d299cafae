"""What a user asks about himself, over any ``APIConnection`` to a controller (spec juju-api, 8.1).

These are calls of Juju's, so that a controller of Juju's answers them too.
"""

import dataclasses
from collections.abc import Sequence

from meterstatus import errors
from meterstatus.adapters.client import call
from meterstatus.domain import names
from meterstatus.ports import connection as connections
from meterstatus.protocol import results, wire
from meterstatus.protocol.facades import model_manager, user_manager


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
        answer = await call.ask(self._connection, model_manager.LIST_MODELS, params)
        return [_model(found.model) for found in answer.user_models]

    async def access(self, user: str) -> str:
        """Return what a user may do on the controller: ``login``, ``superuser`` or another word of Juju's."""
        params = user_manager.UserInfoRequest((wire.Entity(f"user-{user}"),))
        answer = await call.ask(self._connection, user_manager.USER_INFO, params)
        found = results.only(answer.results).result
        if found is None:
            raise errors.RemoteProtocolError(f'the controller says nothing about user "{user}"')
        return found.access


def _model(found: model_manager.Model) -> Model:
    try:
        owner = names.parse_tag(found.owner_tag).name
    except names.TagError as error:
        raise errors.RemoteProtocolError(f'the owner of model "{found.name}" is nobody: {error}') from error
    return Model(owner, found.name, found.uuid)
