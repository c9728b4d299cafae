"""What agents have heard that is not here."""

import logging

import pytest

from meterstatus.controller.fleet import claims
from meterstatus.domain import epoch

OWN = epoch.Place(9, 600, 498)


def test_what_is_here_is_not_missing() -> None:
    """And what was missing is forgotten once it is."""
    heard = claims.Claims()
    assert heard.receive("shop/0", epoch.Place(9, 600), OWN)
    assert not heard.receive("shop/0", epoch.Place(9, 601), OWN)
    assert heard.receive("shop/0", epoch.Place(9, 601), epoch.Place(9, 601, 498))
    assert (heard.epochs(), heard.behind(OWN), heard.given_up(OWN)) == ([], None, None)


def test_what_is_newer_and_what_was_given_up_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    """With how many units have heard any of it and the newest; each unit's is logged once."""
    heard = claims.Claims()
    said = [
        ("a/0", 9, 601),
        ("a/1", 9, 610),
        ("a/2", 10, 3),
        ("b/0", 5, 499),
        ("b/1", 5, 512),
        ("b/1", 5, 512),
    ]
    for unit, number, revision in said:
        assert not heard.receive(unit, epoch.Place(number, revision), OWN)
    assert heard.behind(OWN) == claims.Missing(3, epoch.Place(10, 3), ("a/2", "a/1", "a/0"))
    assert heard.given_up(OWN) == claims.Missing(2, epoch.Place(5, 512), ("b/1", "b/0"))
    assert sorted(heard.epochs()) == [5, 5, 9, 9, 10]
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(lines) == 5
    assert (
        lines[0]
        == "a/0 has heard revision 601 of epoch 9, which is not here: this is revision 600 of epoch 9"
    )


def test_a_unit_that_is_gone_is_forgotten() -> None:
    """Nobody follows for it any more."""
    heard = claims.Claims()
    heard.receive("a/0", epoch.Place(9, 601), OWN)
    heard.forget("a/0")
    heard.forget("a/1")
    assert heard.behind(OWN) is None


def test_a_new_epoch_gives_up_what_was_missing() -> None:
    """What was behind is that no more."""
    heard = claims.Claims()
    heard.receive("a/0", epoch.Place(9, 601), OWN)
    after = epoch.Place(11, 601, 600)
    assert (heard.behind(after), heard.given_up(after)) == (
        None,
        claims.Missing(1, epoch.Place(9, 601), ("a/0",)),
    )


def test_a_unit_that_is_dismissed_is_not_believed_until_it_says_what_is_here() -> None:
    """Whatever else it comes up with; then it is one as any other."""
    heard = claims.Claims()
    assert not heard.dismiss("a/1")
    heard.receive("a/0", epoch.Place(9, 601), OWN)
    assert heard.dismiss("a/0")
    for revision in (601, 602):
        assert not heard.receive("a/0", epoch.Place(9, revision), OWN)
    assert heard.behind(OWN) is None
    heard.receive("a/0", OWN, OWN)
    heard.receive("a/0", epoch.Place(9, 603), OWN)
    assert heard.behind(OWN) == claims.Missing(1, epoch.Place(9, 603), ("a/0",))


def test_some_of_many_are_named() -> None:
    """Those first that have heard the newest."""
    heard = claims.Claims()
    for number in range(12):
        heard.receive(f"a/{number}", epoch.Place(9, 601 + number), OWN)
    found = heard.behind(OWN)
    assert found is not None
    assert (found.units, found.names) == (12, ("a/11", "a/10", "a/9", "a/8", "a/7"))
