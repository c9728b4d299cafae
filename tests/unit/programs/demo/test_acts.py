"""What the acts demand; that they can be played is shown by the tests of the installed commands."""

from meterstatus.domain import status
from meterstatus.programs.demo import acts


def test_every_status_has_its_mode() -> None:
    """The shop has a mode of its own for each status that can be told."""
    assert set(acts.MODES) == set(status.SETTABLE)
    assert len(set(acts.MODES.values())) == len(acts.MODES)


def test_the_story_can_show_an_escalation() -> None:
    """The status before the loss of contact is milder than both stages, or no stage would raise it."""
    before, amber, red = (
        status.severity(told.code) for told in (acts.RAISED, acts.CUT_OFF_AMBER, acts.CUT_OFF_RED)
    )
    assert before < amber < red
