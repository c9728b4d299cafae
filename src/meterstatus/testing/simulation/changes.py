"""What operators do during a simulation: set statuses and policies, drawn from its seed."""

import asyncio
import datetime
import random as randoms

from meterstatus.domain import names, policy, status
from meterstatus.testing import repository
from meterstatus.testing.simulation import headquarters, judge, story

_MODEL = f"model-{repository.IDENTITY.model_uuid}"


def _scopes_of(unit: str) -> tuple[str, ...]:
    return names.unit_tag(unit), f"application-{names.application_of(unit)}", _MODEL


def _policy(random: randoms.Random) -> policy.Policy | None:
    """Draw a policy; None a third of the time."""
    if random.random() < 0.33:
        return None
    amber, red = random.choice((None, 120, 300, 420)), random.choice((None, 600, 900, 1500))
    warning = random.choice((None, None, 30, 60))
    return policy.Policy(
        *(None if span is None else datetime.timedelta(seconds=span) for span in (amber, red, warning))
    )


class Operators:
    """Whoever sets statuses and policies."""

    def __init__(
        self, controller: headquarters.Headquarters, witness: judge.Judge, random: randoms.Random
    ) -> None:
        self._controller, self._judge, self._random = controller, witness, random
        self._units = sorted(witness.machines)
        self._scopes = sorted({scope for unit in self._units for scope in _scopes_of(unit)})

    async def change_statuses(self, times: list[float]) -> None:
        """Set statuses at random, at given times."""
        for number, at in enumerate(times):
            await asyncio.sleep(max(0.0, at - story.now()))
            unit = self._random.choice(self._units)
            code = self._random.choice(("GREEN", "AMBER", "RED"))
            await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} change {number}"))
            if self._random.random() < 0.3:
                # So soon that the agent is still being told of the one before.
                await asyncio.sleep(self._random.choice((0.0, 0.01, 0.03)))
                code = self._random.choice(("GREEN", "AMBER", "RED"))
                await self._controller.set_status(unit, status.MeterStatus(code, f"{unit} change {number}b"))

    async def change_policies(self, times: list[float]) -> None:
        """Set and take away policies at random, at given times."""
        for at in times:
            await asyncio.sleep(max(0.0, at - story.now()))
            scope, wanted = self._random.choice(self._scopes), _policy(self._random)
            self._judge.ruled([unit for unit in self._units if scope in _scopes_of(unit)])
            await self._controller.set_policy(scope, wanted)
