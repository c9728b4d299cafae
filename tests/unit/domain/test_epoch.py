"""What a unit makes of a word that is newer, older or elsewhere; each row of the table in the explanation."""

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterstatus.domain import epoch, status

GREEN, AMBER, RED = (status.MeterStatus(code, "said") for code in ("GREEN", "AMBER", "RED"))
HEARD = epoch.Place(5, 512)
AT_512 = epoch.Standing(HEARD)
RESTORED = epoch.Standing(epoch.Place(9, 499, 498), restored_from=HEARD)
BEHIND = epoch.Standing(HEARD, older=epoch.Place(5, 498), kept=RED)
LOST = epoch.Standing(HEARD, older=epoch.Place(5, 498), kept=RED, is_lost=True)
SUPERSEDED = epoch.Standing(HEARD, older=epoch.Place(4, 900), kept=RED)


def followed(standing: epoch.Standing | None, word: status.MeterStatus) -> epoch.Heard:
    return epoch.Heard(standing, word, is_followed=True, is_contact=True)


def held(standing: epoch.Standing, word: status.MeterStatus) -> epoch.Heard:
    return epoch.Heard(standing, word, is_followed=False, is_contact=True)


def test_a_controller_without_epochs_is_followed() -> None:
    """Juju's, and older releases of ours; what was heard of another is kept, and holds nothing back."""
    assert epoch.hear(None, RED, GREEN, None) == followed(None, GREEN)
    assert epoch.hear(AT_512, RED, GREEN, None) == followed(AT_512, GREEN)
    assert epoch.hear(BEHIND, RED, GREEN, None) == followed(AT_512, GREEN)


def test_the_first_place_is_taken() -> None:
    """A unit that has heard of none follows any; one that is not said is remembered by nobody."""
    assert epoch.hear(None, None, GREEN, HEARD) == followed(AT_512, GREEN)
    assert epoch.hear(None, RED, GREEN, epoch.UNSAID) == followed(None, GREEN)


@pytest.mark.parametrize("revision", [512, 513])
def test_the_same_epoch_and_no_lower_revision_is_followed(revision: int) -> None:
    """Also where the severity falls: that is what a controller is for. One that only lagged is in order."""
    place = epoch.Place(5, revision)
    assert epoch.hear(AT_512, RED, GREEN, place) == followed(epoch.Standing(place), GREEN)
    assert epoch.hear(BEHIND, RED, GREEN, place) == followed(epoch.Standing(place), GREEN)
    assert epoch.hear(SUPERSEDED, RED, GREEN, place) == followed(epoch.Standing(place), GREEN)


def test_a_word_that_is_no_news_leaves_the_standing_itself() -> None:
    """The very object: the agent takes nothing in, and writes nothing, for what it hears each minute."""
    assert epoch.hear(AT_512, RED, GREEN, HEARD).standing is AT_512


def test_a_controller_that_has_caught_up_is_behind_no_more() -> None:
    """At the very place that was heard, whether or not there was a word to keep meanwhile."""
    for kept in (RED, None):
        behind = epoch.Standing(HEARD, older=epoch.Place(5, 498), kept=kept)
        assert epoch.hear(behind, RED, GREEN, HEARD) == followed(AT_512, GREEN)


def test_a_newer_epoch_is_followed_and_noted() -> None:
    """Whatever was heard before; that it lost what the unit knows, the unit remembers."""
    place = epoch.Place(9, 499, 498)
    for before in (AT_512, BEHIND, LOST, SUPERSEDED):
        assert epoch.hear(before, RED, GREEN, place) == followed(RESTORED, GREEN)


def test_a_newer_epoch_that_lost_nothing_is_no_restore() -> None:
    """It began at what the unit has heard, or later."""
    place = epoch.Place(9, 513, 512)
    assert epoch.hear(AT_512, RED, GREEN, place) == followed(epoch.Standing(place), GREEN)


def test_a_restore_is_remembered_within_its_epoch() -> None:
    """Later words of it do not make it forgotten, and the next epoch does."""
    later = epoch.Place(9, 700, 498)
    assert epoch.hear(RESTORED, GREEN, RED, later).standing == epoch.Standing(later, restored_from=HEARD)
    assert epoch.hear(RESTORED, GREEN, RED, epoch.Place(10, 900, 800)).standing == epoch.Standing(
        epoch.Place(10, 900, 800)
    )


@pytest.mark.parametrize(
    ("former", "said", "word"),
    [(RED, GREEN, RED), (GREEN, RED, RED), (AMBER, AMBER, AMBER), (None, GREEN, GREEN)],
)
def test_the_same_epoch_and_a_lower_revision_lowers_nothing(
    former: status.MeterStatus | None, said: status.MeterStatus, word: status.MeterStatus
) -> None:
    """The database was led back: the worse of both words holds, and it is contact."""
    older = epoch.Place(5, 498)
    expected = held(epoch.Standing(HEARD, older=older, kept=former), word)
    assert epoch.hear(AT_512, former, said, older) == expected


def test_of_equals_the_newer_word_holds() -> None:
    """A controller that is behind does not change the reason either."""
    older = epoch.Place(5, 498)
    said = status.MeterStatus("RED", "another reason")
    assert epoch.hear(AT_512, RED, said, older) == held(epoch.Standing(HEARD, older=older, kept=RED), RED)


def test_the_newer_word_is_kept_and_not_the_worse_one() -> None:
    """What a controller that is behind made worse, it may make better again, down to what was kept."""
    older = epoch.Place(5, 499)
    first = epoch.hear(AT_512, AMBER, RED, older)
    assert first.word == RED
    assert epoch.hear(first.standing, first.word, GREEN, older).word == AMBER


def test_a_refusal_to_say_lowers_nothing() -> None:
    """A controller that knows epochs and does not say where it is may be anywhere."""
    expected = epoch.Standing(HEARD, older=epoch.UNSAID, kept=RED)
    assert epoch.hear(AT_512, RED, GREEN, epoch.UNSAID) == held(expected, RED)
    assert epoch.hear(AT_512, RED, GREEN, epoch.UNSAID, lacks=HEARD) == held(expected, RED)


def test_a_superseded_one_in_between_changes_nothing() -> None:
    """What one that was behind had made worse is not the newer one's word after it: found by the search."""
    older = epoch.Place(5, 499)
    first = epoch.hear(AT_512, AMBER, RED, older)
    left = epoch.hear(first.standing, first.word, GREEN, epoch.Place(4, 900))
    assert epoch.hear(left.standing, first.word, GREEN, older).word == AMBER


def test_a_history_that_was_lost_is_not_caught_up_with() -> None:
    """Once the controller has said that it lacks what was heard, higher revisions are another history."""
    beyond = epoch.Place(5, 600)
    expected = held(epoch.Standing(HEARD, older=beyond, kept=RED, is_lost=True), RED)
    assert epoch.hear(LOST, RED, GREEN, beyond) == expected
    assert epoch.hear(BEHIND, RED, GREEN, beyond, lacks=HEARD) == expected


def test_what_an_epoch_gave_up_is_no_lost_history() -> None:
    """A restored controller lacks what was heard before it, and is followed all the same: found by seed 7."""
    later = epoch.Place(9, 500, 498)
    after = epoch.hear(RESTORED, RED, GREEN, later, lacks=HEARD)
    assert after == followed(epoch.Standing(later, restored_from=HEARD), GREEN)


def test_an_older_epoch_is_no_contact() -> None:
    """Somebody has said that another controller's word holds, so this one's does not."""
    older = epoch.Place(4, 900)
    for before in (AT_512, epoch.Standing(HEARD, older=epoch.Place(5, 1), kept=RED)):
        heard = epoch.hear(before, RED, RED, older)
        assert (heard.standing, heard.is_contact, heard.is_followed) == (SUPERSEDED, False, False)


@pytest.mark.parametrize(
    ("standing", "relation", "unknown"),
    [
        (AT_512, epoch.Relation.CURRENT, None),
        (RESTORED, epoch.Relation.RESTORED, HEARD),
        (BEHIND, epoch.Relation.BEHIND, HEARD),
        (epoch.Standing(HEARD, older=epoch.UNSAID), epoch.Relation.BEHIND, HEARD),
        (SUPERSEDED, epoch.Relation.SUPERSEDED, HEARD),
    ],
)
def test_a_standing_has_a_name(
    standing: epoch.Standing, relation: epoch.Relation, unknown: epoch.Place | None
) -> None:
    """And says what its controller lacks."""
    assert (standing.relation, standing.unknown) == (relation, unknown)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, AT_512, ""),
        (AT_512, None, ""),
        (AT_512, AT_512, ""),
        (AT_512, epoch.Standing(epoch.Place(9, 513, 512)), ""),
        (BEHIND, epoch.Standing(epoch.Place(9, 513, 512)), "is where this unit is: revision 513 of epoch 9"),
        (AT_512, RESTORED, "had heard revision 512 of epoch 5: it was led back by a restore, and follows it"),
        (RESTORED, RESTORED, ""),
        (RESTORED, epoch.Standing(epoch.Place(10, 900, 800)), ""),
        (
            AT_512,
            BEHIND,
            "is at revision 498 of epoch 5, and this unit has heard revision 512 of epoch 5: nothing",
        ),
        (BEHIND, BEHIND, ""),
        (BEHIND, LOST, "nothing falls below what was heard until 'meterstatus controller new-epoch'"),
        (BEHIND, AT_512, "the controller is where this unit is: revision 512 of epoch 5"),
        (AT_512, epoch.Standing(HEARD, older=epoch.UNSAID), "the controller does not say where it is"),
        (AT_512, SUPERSEDED, "another has taken its place, so it is not followed, and is no contact"),
    ],
)
def test_what_is_wrong_is_said_once(
    before: epoch.Standing | None, after: epoch.Standing | None, words: str
) -> None:
    """Whenever it changes, in a line that says where both are."""
    said = epoch.notice(before, after)
    assert (words in said) if words else not said


PLACES = st.builds(epoch.Place, st.integers(1, 3), st.integers(0, 5), st.integers(0, 5))
WORDS = st.sampled_from([GREEN, AMBER, RED])
HEARINGS = st.lists(
    st.tuples(WORDS, PLACES | st.just(epoch.UNSAID), st.none() | PLACES), min_size=1, max_size=12
)


@given(HEARINGS)
def test_nothing_falls_to_an_older_word(
    hearings: list[tuple[status.MeterStatus, epoch.Place, epoch.Place | None]],
) -> None:
    """Whatever is said from where: nothing falls below the last word of the newest place."""
    standing: epoch.Standing | None = None
    word = newest = None
    for said, place, lacks in hearings:
        before = standing
        heard = epoch.hear(before, word, said, place, lacks=lacks)
        standing = heard.standing
        if heard.is_contact:
            word = heard.word
        if heard.is_followed:
            newest = said
            assert before is None or place >= before.heard
            assert word == said
        elif newest is not None and word is not None:
            assert status.severity(word.code) >= status.severity(newest.code)
        if before is not None and standing is not None:
            assert standing.heard >= before.heard


def test_a_store_has_what_is_below_it() -> None:
    """Of its own epoch up to its revision, of those before up to where it began, of a later one nothing."""
    own = epoch.Place(9, 600, 498)
    assert epoch.has(own, epoch.Place(9, 600))
    assert not epoch.has(own, epoch.Place(9, 601))
    assert epoch.has(own, epoch.Place(5, 498))
    assert not epoch.has(own, epoch.Place(5, 499))
    assert not epoch.has(own, epoch.Place(10, 1))


NOW = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)
SECOND = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("before", "claimed", "number"),
    [
        (1, (), SECOND),
        (SECOND, (), SECOND + 1),
        (SECOND + 90_000, (), SECOND + 90_001),
        (1, (5, SECOND + 60), SECOND + 61),
        (1, (SECOND + 86_400,), SECOND + 86_401),
        (1, (SECOND + 86_401, 2**62), SECOND),
    ],
)
def test_an_epoch_is_numbered_above_all_that_are_known(
    before: int, claimed: tuple[int, ...], number: int
) -> None:
    """By the time; a clock that is behind counts on; what no clock can have shown is not believed."""
    assert epoch.next_number(before, NOW, claimed) == number


def test_an_epoch_says_where_a_word_is() -> None:
    """With its revision."""
    assert epoch.Epoch(9, 498).place(499) == epoch.Place(9, 499, 498)
    assert epoch.Epoch(9, 498).place(499).base == 498


@pytest.mark.parametrize(
    ("said", "can_be"),
    [
        ((9, 601), True),
        ((1, 0), True),
        ((SECOND + 86_400, 1), True),
        ((9, 600 + epoch.MOST_LOST), True),
        ((0, 1), False),
        ((-1, 1), False),
        ((9, -1), False),
        ((SECOND + 86_401, 1), False),
        ((2**64 - 1, 1), False),
        ((9, 601 + epoch.MOST_LOST), False),
        ((9, 2**64 - 1), False),
    ],
)
def test_what_no_unit_can_have_heard(said: tuple[int, int], can_be: bool) -> None:
    """An epoch that begins after tomorrow, and more revisions than any store can have lost."""
    assert epoch.can_be(epoch.Place(9, 600), epoch.Place(*said), NOW) is can_be


def test_an_epoch_that_a_wrong_clock_began_can_have_been_heard() -> None:
    """The store follows it itself."""
    assert epoch.can_be(epoch.Place(SECOND * 2, 600), epoch.Place(SECOND * 2, 601), NOW)


def test_a_store_that_may_lack_what_it_was_told() -> None:
    """Another epoch has begun, or it is behind what was heard of it; and not what goes on as it was."""
    at = epoch.Standing(epoch.Place(1, 5))
    behind = dataclasses.replace(at, older=epoch.Place(1, 3))
    later, newer = epoch.Standing(epoch.Place(1, 9)), epoch.Standing(epoch.Place(7, 5))
    assert [epoch.is_other_store(at, after) for after in (at, later, behind, newer)] == [
        False,
        False,
        True,
        True,
    ]
    assert not epoch.is_other_store(behind, behind)
    assert not epoch.is_other_store(None, at)
    assert not epoch.is_other_store(at, None)
