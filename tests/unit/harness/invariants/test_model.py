"""harness.invariants.model: what a unit can know follows from what happened to it, and from its disk."""

import pytest

from harness.invariants import memory, model
from tests.unit.harness.samples import FAILED, after, clocks, counted, found, heard, mark, run, word


def test_a_word_that_counts_for_certain() -> None:
    """Contact is that moment, and the stages wait for what is left of maintenance then."""
    of = counted(0.0, maintenance_until=600.0)
    of.hear(word("GREEN"), 100.0, is_contact=True)
    assert (of.contact, of.base) == (model.Span(100.0, 100.0), model.Span(600.0, 600.0))
    of.maintenance_until = model.NEVER
    of.hear(word("GREEN"), 200.0, is_contact=True)
    assert of.base == model.Span(200.0, 200.0)


def test_a_word_that_may_not_be_acted_on_widens_what_is_known() -> None:
    """It may be contact or not, and end maintenance or not."""
    of = counted(0.0, maintenance_until=600.0)
    of.hear(word("GREEN"), 100.0, is_contact=True)
    of.maintenance_until = model.NEVER
    of.hear(word("GREEN"), 200.0, is_contact=True, is_sure=False)
    assert (of.contact, of.base) == (model.Span(100.0, 200.0), model.Span(200.0, 600.0))


def test_the_word_of_a_login_is_no_contact() -> None:
    """It is heard, and moves nothing."""
    of = heard((100.0, word("RED")))
    assert (of.word, of.heard_at, of.contact) == (word("RED"), 100.0, model.Span(0.0, 0.0))


def test_an_old_copy_announces_nothing_that_counts_for_certain() -> None:
    """Whoever has heard more may pass it over."""
    of = counted(0.0, maintenance_until=600.0, is_led_back=True)
    of.hear(word("GREEN"), 100.0, is_contact=True)
    assert of.base == model.Span(100.0, 600.0)


def test_a_killed_agent_knows_what_its_disk_says() -> None:
    """The contact that counts is the one that was written, and so are word, policy and delivery."""
    of = counted(160.0, word=word("RED"), maintenance_until=900.0)
    rules = memory.Rules((("RED", 60.0),))
    pending = memory.Pending("7", word("AMBER"), 1)
    said = memory.Memory(
        told=word("GREEN"), word=word("AMBER"), mark=mark(100.0, longer=30.0), rules=rules, pending=pending
    )
    of.start(found(said), 200.0, clocks(200.0))
    assert (of.contact, of.base) == (model.Span(100.0, 100.0), model.Span(130.0, 130.0))
    assert (of.word, of.known, of.floor) == (word("AMBER"), word("GREEN"), word("AMBER"))
    assert (of.rules, of.pending, of.begun) == (rules, pending, {word("AMBER")})
    assert not of.is_sure


@pytest.mark.parametrize(
    ("read_at", "contact"),
    [
        (clocks(300.0), 900.0),
        (clocks(10.0, "b", wall=320.0), 880.0),
        (clocks(10.0, "b", wall=-5.0), 1190.0),
    ],
    ids=["the same boot", "another boot", "another boot with a clock that is behind"],
)
def test_what_passed_before_a_start_is_counted_by_the_rule(read_at: memory.Clocks, contact: float) -> None:
    """Across boots by the wall clock from the highest that it showed, or since the boot."""
    of = counted()
    of.start(found(memory.Memory(mark=mark(0.0))), 1200.0, read_at)
    assert of.contact == model.Span(contact, contact)


def test_a_unit_without_a_memory_counts_from_its_start() -> None:
    """Or from a little later, where a first connection ended without a word."""
    of = after(run("RED"))
    of.start(found(None), 1000.0, clocks(1000.0))
    assert of.base == model.Span(1000.0, 1000.0 + model.FIRST_CONTACT)
    assert (of.known, of.floor, of.word, of.severity()) == (None, None, None, 0)


def test_a_damaged_memory_is_red_from_the_first_stage_on() -> None:
    """It knows nothing of what was told, and where both versions are damaged every stage is due."""
    of = counted()
    of.start(found(memory.Memory(told=word("RED"), mark=mark(0.0), is_unsure=True)), 100.0, clocks(100.0))
    assert (of.known, of.stages, of.due(300.0).latest) == (None, (("RED", 300.0),), 300.0)
    of.start(memory.find("shop/0", b"cut", b"cut", None), 100.0, clocks(100.0))
    assert of.due(900.0).latest < 100.0
    of.rules = memory.Rules(())
    assert of.stages == ()


def test_a_version_that_is_written_while_cut_off_shows_what_its_agent_counts_from() -> None:
    """Within what is possible; outside nothing is believed of it."""
    of = counted(100.0, 130.0)
    for at, expected in ((50.0, model.Span(100.0, 130.0)), (130.0, model.Span(130.0, 130.0))):
        assert of.contact.narrowed(at) == expected


def test_a_disk_that_was_put_back_misleads() -> None:
    """Unless the controller's copy knows better; a run that succeeds ends it."""
    of = after(run("RED"))
    of.content = b"mine"
    of.start(found(memory.Memory(told=word("GREEN"))), 1100.0, clocks(1100.0))
    assert of.is_replaced
    assert of.is_misled
    after(run("AMBER"), of=of)
    assert not of.is_misled
    of.is_copied = True
    of.start(found(memory.Memory(told=word("GREEN"))), 1200.0, clocks(1200.0))
    assert not of.is_misled


def test_what_was_not_written_counts_as_replaced() -> None:
    """The bytes are those that were there before, and the agent that dies forgets what they lack."""
    of = counted(content=b"other", is_written=False)
    of.start(found(memory.Memory()), 100.0, clocks(100.0))
    assert of.is_replaced
    assert of.is_written
    of.start(found(memory.Memory()), 100.0, clocks(100.0))
    assert not of.is_replaced


def test_what_a_run_leaves() -> None:
    """One that failed may have told all; one that succeeded is known."""
    of = after(run("AMBER", result=FAILED))
    assert (of.known, of.begun) == (None, {run("AMBER").status})
    after(run("RED"), of=of)
    assert (of.known, of.begun, of.is_sure) == (run("RED").status, set(), True)


def test_words_before_a_run_are_forgotten_but_for_those_in_the_race() -> None:
    """Those may have come too late for it."""
    of = after(run("RED", began=1000.0), of=heard((990.0, word("GREEN")), (999.0, word("RED"))))
    assert of.recent == [(999.0, word("RED"))]


@pytest.mark.parametrize(("heard_code", "expected"), [("GREEN", "GREEN"), ("RED", "AMBER"), (None, "AMBER")])
def test_a_word_in_hand_while_an_old_copy_is_put_back(heard_code: str | None, expected: str) -> None:
    """Seed 44532: the milder word came while the hook ran, and was written down only after that."""
    of = counted(memory=memory.Memory(word=word("AMBER"), revision=103))
    of.word = None if heard_code is None else word(heard_code)
    of.lead_back(100)
    assert of.held is not None
    assert of.held.code == expected


def test_an_old_copy_that_has_all_that_a_unit_heard() -> None:
    """It knows no more, and nothing is held; nor where its disk did not take what it heard."""
    of = counted(memory=memory.Memory(word=word("AMBER"), revision=100))
    of.lead_back(100)
    assert (of.held, of.knows_more) == (None, False)
    of = counted(memory=memory.Memory(word=word("AMBER"), revision=103), is_written=False)
    of.lead_back(100)
    assert (of.held, of.knows_more) == (None, True)
