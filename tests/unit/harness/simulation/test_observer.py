"""harness.simulation.observer: what it takes note of is what happened."""

import asyncio
import random as randoms

from harness.invariants import memory, model
from harness.simulation import charm, observer, story, wiretap
from meterstatus.domain import policy, status
from meterstatus.testing import virtual_time
from tests.unit.harness.samples import SECOND, word


@virtual_time.virtual
async def test_whoever_knows_more_than_an_old_copy_follows_no_policy_of_its() -> None:
    """Until an epoch has begun: what it answers in between is heard, and the one from before rules on."""
    log, random = story.Story(), randoms.Random(0)  # noqa: S311 - the simulation's own
    witness = observer.Observer(log, {"shop/0": "m0", "shop/1": "m0"})
    old = policy.amber_red(warning=SECOND)
    for unit, heard_revision, expected in (("shop/0", 15, old), ("shop/1", 16, policy.JUJU_POLICY)):
        of = witness.models[unit]
        of.memory = memory.Memory(revision=heard_revision)
        witness.led_back(15)
        ear = witness.ear(charm.Charm(unit, "m0", log, random, witness.began, witness.ended))
        ear.hear_policy(old)
        assert of.rules == memory.rules_of(expected)
        witness.follows_again()
        ear.hear_policy(old)
        assert of.rules == memory.rules_of(old)


@virtual_time.virtual
async def test_a_unit_that_comes_to_an_old_copy_only_once_as_much_has_ended_there() -> None:
    """It may be lowered, for it cannot know; whoever heard the copy's lower revision first may not."""
    witness = observer.Observer(story.Story(), {"shop/0": "m0", "shop/1": "m1"})
    for unit, of in witness.models.items():
        its = charm.Charm(unit, "m0", story.Story(), randoms.Random(1), lambda _: None, lambda _: None)  # noqa: S311
        witness.charms[unit] = its
        of.memory = memory.Memory(word=status.MeterStatus("RED"), revision=103)
    await asyncio.sleep(60)
    witness.led_back(100)
    early, late = (witness.ear(witness.charms[unit]) for unit in ("shop/0", "shop/1"))
    witness.newest = lambda: 102
    late.hear_status(word("GREEN"), wiretap.How.LOGIN, is_late=False)  # seed 47507: it says nothing of places
    early.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    witness.newest = lambda: 103
    early.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    late.hear_status(word("GREEN"), wiretap.How.ANSWER, is_late=False)
    assert [of.held for of in witness.models.values()] == [status.MeterStatus("RED", ""), None]


@virtual_time.virtual
async def test_an_agent_that_is_stopped_with_a_word_in_hand_takes_it_afterwards() -> None:
    """Seed 42798: it counts from when it takes the word; one that was taken before counts from then."""
    witness = observer.Observer(story.Story(), {"shop/0": "m0", "shop/1": "m1"})
    of = witness.models["shop/0"]
    await asyncio.sleep(60)
    of.hear(word("GREEN"), story.now(), is_contact=True)
    for expected in (93.0, 93.0):
        witness.stopped("m0")
        await asyncio.sleep(33)
        witness.started("m0", was_stopped=True)
        assert of.contact == model.Span(60.0, expected)
        assert witness.models["shop/1"].contact == model.Span(0.0, 0.0)
        await asyncio.sleep(1)
