"""Every reachable state of one unit's agent, under every sequence of events (docs/explanation/invariants.md).

Small scopes, each closed: the search goes on until it finds nothing new. In all of them the controller says
any of three words or is lost, which is noticed at once or late; time passes to each moment at which something
is due; the machine lock is had, awaited or refused, and the controller asked again meanwhile; a hook ends in
each of the six ways; rests before another attempt end at any time; workers take over from each other; agents
crash between any two steps and start again at once or later. What a scope adds to this says its name here.

Out of scope is a crash while the disk refuses: what cannot be written cannot be remembered.
"""

import datetime
import os

import pytest

from meterstatus.domain import policy
from tests.exhaustive import memories, search
from tests.exhaustive.worlds import Scope

pytestmark = pytest.mark.timeout(3600)  # ``make walk`` takes minutes

MOST = int(os.environ.get("METER_STATUS_TRANSITIONS", "45000"))
"""After how many transitions a larger scope stops, at the end of the layer begun."""

WARNED = policy.amber_red(warning=datetime.timedelta(minutes=1))
ONLY_AMBER = policy.amber_red(red=None)
ONLY_RED = policy.amber_red(amber=None)
NO_STAGES = policy.amber_red(None, None)
ALMOST_NEVER = policy.amber_red(red=policy.LONGEST)

SCOPES = {
    "a slow hook and a full disk": Scope(is_slow=True, refuses_saves=True),
    "only RED": Scope(ONLY_RED, is_slow=True, refuses_saves=True),
    "only AMBER": Scope(ONLY_AMBER, is_slow=True, refuses_saves=True),
    "no stages": Scope(NO_STAGES, is_slow=True, refuses_saves=True),
    "warnings": Scope(WARNED, is_slow=True),
    "policies of the controller": Scope(policies=(None, ONLY_AMBER, NO_STAGES)),
    "contact that goes on": Scope(is_confirmed_again=True),
    "announced maintenance": Scope(rests=(600,), is_slow=True),
    "maintenance that goes on": Scope(rests=(45, 15), is_confirmed_again=True),
    "maintenance, clocks and boots": Scope(rests=(600,), sets_clocks=True),
    "maintenance and warnings": Scope(WARNED, rests=(600,)),
    "maintenance and damaged files": Scope(rests=(600,), damages_files=True),
    "maintenance without bound": Scope(ALMOST_NEVER, rests=(2 * memories.MOST_MAINTENANCE,)),
    "clocks and boots": Scope(sets_clocks=True),
    "damaged files": Scope(damages_files=True),
    "damaged files and clocks": Scope(damages_files=True, sets_clocks=True),
}


def report(name: str, found: search.Search) -> None:
    reach = "closed" if found.is_closed else "not closed"
    states = f"{len(found.came_from):,} states, {found.transitions:,} transitions, {found.cpu_seconds:.0f} s"
    print(f"{name}: {states}, {reach} after {found.depth} events")  # noqa: T201 - pytest -s


def test_every_reachable_state() -> None:
    """No sequence of events, however long, leads to a state in which an invariant does not hold."""
    found = search.Search(Scope())
    found.run()
    report("Juju's policy", found)
    assert found.is_closed
    assert len(found.came_from) > 10_000, (
        "the search did not get far: the model is wrong, not the agent right"
    )


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_every_state_within_reach(scope: Scope, request: pytest.FixtureRequest) -> None:
    """No sequence of events in a larger scope breaks an invariant, as far as the walk goes."""
    found = search.Search(scope)
    found.run(MOST)
    report(request.node.callspec.id, found)
    assert found.is_closed or found.depth >= 6
