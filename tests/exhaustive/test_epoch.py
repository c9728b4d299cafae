"""Every standing that a unit can come to, under every sequence of words from every place, to the end.

Three words, from five places of two epochs or from nowhere, from a controller that has what the unit heard or
has said that it has not, through the very text of the state file at each step.
"""

import itertools
from typing import NamedTuple

from meterstatus.domain import epoch, status
from meterstatus.domain.unit import state

WORDS = tuple(status.MeterStatus(code, "word") for code in ("GREEN", "AMBER", "RED"))
PLACES = (
    None,
    epoch.UNSAID,
    *(epoch.Place(1, revision) for revision in (1, 2, 3)),
    *(epoch.Place(2, revision, 1) for revision in (2, 3)),
)
NEWER = epoch.Place(3, 0)


class World(NamedTuple):
    """What a unit remembers, and what is true."""

    standing: epoch.Standing | None
    word: status.MeterStatus | None
    """The controller's, as the unit has it."""

    newest: status.MeterStatus | None
    """The last word of the newest place."""


def read_back(standing: epoch.Standing | None) -> epoch.Standing | None:
    """Return what the state file keeps of a standing."""
    read = state.State.from_yaml(state.State("GREEN", standing=standing).to_yaml()).standing
    assert read == standing, "what was read is not what was written"
    return read


def after(world: World, said: status.MeterStatus, place: epoch.Place | None, *, is_lost: bool) -> World:
    """Hear a word, and check what must hold of that one step."""
    before = world.standing
    lacks = before.unknown if is_lost and before is not None else None
    heard = epoch.hear(before, world.word, said, place, lacks=lacks)
    word = heard.word if heard.is_contact else world.word
    if before is not None and heard.standing is not None:
        assert heard.standing.heard >= before.heard, "it forgot how far it was"
        assert not (before.is_lost and heard.is_followed and place is not None) or (
            place is not None and place.epoch > before.heard.epoch
        ), "it caught up with another history"
    if heard.is_followed:
        assert word == said, "it follows and does something else"
        return World(heard.standing, word, said)
    assert word is not None
    assert world.newest is not None
    assert status.severity(word.code) >= status.severity(world.newest.code), "an older word lowered it"
    if heard.is_contact:
        assert word in (said, world.newest), "it made up a word"
    return World(heard.standing, word, world.newest)


def test_every_standing() -> None:
    """No sequence of words lowers a unit below the newest one, and an epoch above all ends whatever was."""
    known = {World(None, None, None)}
    layer = list(known)
    while layer:
        found = {
            after(world, said, place, is_lost=is_lost)
            for world, said, place, is_lost in itertools.product(layer, WORDS, PLACES, (False, True))
        }
        layer = list(found - known)
        known |= found
    assert len(known) > 200, "the search did not get far: the model is wrong, not the rule right"
    for world, said in itertools.product(known, WORDS):
        end = epoch.hear(read_back(world.standing), world.word, said, NEWER)
        assert (end.word, end.is_followed, end.is_contact) == (said, True, True)
