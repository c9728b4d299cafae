"""The phases in which a unit may be told something (spec juju-api, 9.1, step 6)."""

import pytest

from meterstatus.domain.unit import migration


@pytest.mark.parametrize("phase", ["", "UNKNOWN", "NONE", "DONE", "REAPFAILED", "ABORTDONE"])
def test_without_a_migration_work_goes_on(phase: str) -> None:
    """Before one, after one, and where nobody knows."""
    assert migration.lets_work(phase)


@pytest.mark.parametrize(
    "phase", ["QUIESCE", "IMPORT", "VALIDATION", "SUCCESS", "LOGTRANSFER", "REAP", "ABORT", "NEW"]
)
def test_amid_a_migration_work_waits(phase: str) -> None:
    """In every other phase, also in one that is not known here."""
    assert not migration.lets_work(phase)
