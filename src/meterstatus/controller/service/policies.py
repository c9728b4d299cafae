"""When units escalate by themselves: set a policy, take it away, list all."""

from meterstatus.controller import refusals
from meterstatus.controller.fleet import fleet
from meterstatus.domain import names, policy
from meterstatus.domain.fleet import effective_policy, records
from meterstatus.ports import repository, time

_SCOPES = (names.Kind.UNIT, names.Kind.APPLICATION, names.Kind.MODEL)


class Policies:
    """The policies of the model, its applications and units.

    Args:
        of: the fleet.
        store: what it is kept in.
        clock: says when.
    """

    def __init__(self, of: fleet.Fleet, store: repository.Repository, clock: time.Clock) -> None:
        self._fleet = of
        self._store = store
        self._clock = clock

    async def set(
        self, user: records.User, scope: names.Tag, wanted: policy.Policy | None, reason: str = ""
    ) -> None:
        """Set the policy of a unit, an application or the model; None takes it away.

        Only an admin: a status says what holds now, this for how long nobody can say otherwise.

        Raises:
            UnauthorizedError: the user may not.
            Refusal: the tag is of another kind.
            NotFoundError: there is no such unit, or it is another model's tag; nor, where it is taken away,
                such an application or a policy of it.
            NotValidError, ConfigError: the policy cannot be set (``policy.check``), or the reason is no line.
            StoreUnavailableError: nothing was set.
        """
        user.require(records.Access.ADMIN)
        if scope.kind not in _SCOPES:
            raise refusals.Refusal(
                f"expected model, application or unit tag, got {scope.kind.value} tag {scope}"
            )
        if wanted is not None:
            policy.check(wanted)
        await self._store.set_policy(scope, wanted, user.author(self._clock.now(), reason))

    def everything(self, user: records.User) -> tuple[int, list[effective_policy.Ruling]]:
        """Return the revision, and every policy that is set at it, in the order of ``Policies.everything``.

        Raises:
            UnauthorizedError: the user may not look.
        """
        user.require(records.Access.READ)
        return self._fleet.revision, self._fleet.policies.everything()
